// What happens away from the phone under test: another phone of the same person, raw requests.

async function asked(method, url, { body, token } = {}) {
  const headers = {
    ...(body && { 'Content-Type': 'application/json' }),
    ...(token && { Authorization: `Bearer ${token}` }),
  }
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) })
  const text = await answer.text()
  return { status: answer.status, body: text ? JSON.parse(text) : undefined }
}

/** Logs the person in on another phone; answers the token set. */
export async function elsewhere({ service, simulator, appid, person: user }, name) {
  const minted = await asked('POST', `${simulator}/_sim/codes`, { body: { appid, user } })
  const body = { code: minted.body.code, device: { name } }
  return (await asked('POST', `${service}/v1/login`, { body })).body
}

export const me = ({ service }, token) => asked('GET', `${service}/v1/me`, { token })

/** Returns when the condition holds; fails when it does not come to. */
export async function until(what, holds, seconds = 15) {
  for (const end = Date.now() + seconds * 1000; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
