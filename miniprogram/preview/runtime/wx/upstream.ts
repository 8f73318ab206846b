import { simulatorBase } from '../config'
import { ended, traced, type Entry } from '../trace'

interface Logged {
  at: string
  api: string
  status: number | null
  errcode: number | null
  code: string
  fault: string | null
}

const seen = new Set<string>()
/** What the simulator shows of a code. */
const SHOWN = 6

/** Shows what the service asked WeChat because of a call, as the simulator saw it. */
export async function watchUpstream(cause: Entry, sent: unknown): Promise<void> {
  const { code } = (sent ?? {}) as { code?: unknown }
  if (typeof code !== 'string') return
  const answer = await fetch(`${simulatorBase}/_sim/log`)
  const { calls } = (await answer.json()) as { calls: Logged[] }
  const own = calls.filter((call) => call.code.startsWith(code.slice(0, SHOWN)))
  for (const call of own.reverse()) {
    const id = `${call.at} ${call.api} ${call.code}`
    if (seen.has(id)) continue
    seen.add(id)
    show(call, cause)
  }
}

function show({ api, errcode, fault, code, status }: Logged, cause: Entry): void {
  const entry = traced({
    lane: 'service-wechat',
    name: api,
    cause,
    sent: api === 'jscode2session' ? { js_code: code, secret: '••••' } : { code },
  })
  const number = errcode ?? 0
  const broken = status === null ? (fault ?? '—') : undefined
  const answer =
    api === 'jscode2session' && !number
      ? { openid: 'o…', session_key: '••••' }
      : { errcode: number }
  ended(entry, { outcome: broken ?? (number ? `errcode ${number}` : 'ok'), good: !number, answer })
}
