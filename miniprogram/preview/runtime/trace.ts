/** Who asks whom. */
export type Lane = 'phone-service' | 'phone-wechat' | 'service-wechat' | 'event'

export interface Entry {
  lane: Lane
  /** `POST /v1/login`, `wx.login`, `jscode2session`. */
  name: string
  /** Milliseconds since the page was opened. */
  began: number
  /** The call because of which the service made this one. */
  cause?: Entry
  took?: number
  /** A status, or a word where there is none. */
  outcome?: string
  good?: boolean
  /** It never arrived. */
  lost?: boolean
  headers?: Record<string, string>
  sent?: unknown
  answer?: unknown
}

type Listener = (entry: Entry) => void

const listeners = new Set<Listener>()

/** Tells the desk what goes over the wire: once when it begins, once when it ends. */
export function traced(entry: Omit<Entry, 'began'>): Entry {
  const begun = { began: performance.now(), ...entry }
  listeners.forEach((listener) => listener(begun))
  return begun
}

export function ended(entry: Entry, end: Pick<Entry, 'outcome' | 'good' | 'answer' | 'lost'>): void {
  Object.assign(entry, end, { took: performance.now() - entry.began })
  listeners.forEach((listener) => listener(entry))
}

/** Tells of something that happened to the phone, between the calls. */
export function happened(name: string): void {
  ended(traced({ lane: 'event', name }), { outcome: '', good: true })
}

export function onTrace(listener: Listener): void {
  listeners.add(listener)
}
