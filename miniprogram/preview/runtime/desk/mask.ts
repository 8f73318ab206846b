const SECRET = /^(access_token|refresh_token|authorization|code|js_code|login_ticket|phone_code|idempotency-key)$/i
const SHOWN = 10

/** Shortens what is secret, however deep: whoever looks over the shoulder sees that it is there. */
export function masked(value: unknown, name = ''): unknown {
  if (typeof value === 'string' && SECRET.test(name)) return shortened(value)
  if (Array.isArray(value)) return value.map((one) => masked(one))
  if (!value || typeof value !== 'object') return value
  // A refusal's `code` is its name and no secret.
  const refusal = 'title' in value && 'code' in value ? { code: value.code } : {}
  const shown = Object.entries(value).map(([key, one]) => [key, masked(one, key)] as const)
  return { ...Object.fromEntries(shown), ...refusal }
}

function shortened(value: string): string {
  const [, scheme = '', secret = ''] = /^(Bearer )?(.*)$/s.exec(value) ?? []
  return `${scheme}${secret.slice(0, SHOWN)}…`
}

/** Answers both ends of a token, by which two can be told apart. */
export const ends = (token: string) => `${token.slice(0, SHOWN)}…${token.slice(-6)}`

/** Answers what an access token says, without its signature; nothing for other texts. */
export function decoded(token: unknown): Record<string, unknown> | undefined {
  if (typeof token !== 'string') return undefined
  const [head, body, signature] = token.split('.')
  if (!signature) return undefined
  try {
    return { ...read(head), ...read(body) }
  } catch {
    return undefined
  }
}

function read(part: string): Record<string, unknown> {
  const octets = Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (sign) =>
    sign.charCodeAt(0),
  )
  const claims = JSON.parse(new TextDecoder().decode(octets)) as Record<string, unknown>
  for (const name of ['iat', 'exp']) {
    const seconds = claims[name]
    if (typeof seconds === 'number') claims[name] = new Date(seconds * 1000).toLocaleString()
  }
  return claims
}
