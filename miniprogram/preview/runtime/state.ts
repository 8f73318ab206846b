/** What the switches beside the phone say. It outlives a reload, and belongs to this tab alone. */
export interface Switches {
  person: string
  language: 'zh_CN' | 'en'
  theme: 'light' | 'dark'
  largeText: boolean
  offline: boolean
  wechat: 'well' | 'slow' | 'busy'
  phone: 'gives' | 'refuses' | 'no-quota'
  privacy: boolean
  /** By how many seconds the phone's clock is ahead. */
  ahead: number
}

const KEY = 'wxlogin-preview/switches'
type Listener = (switches: Switches, changed: keyof Switches) => void

const fromBrowser = (): Switches => ({
  person: 'xiaoming',
  language: navigator.language.startsWith('zh') ? 'zh_CN' : 'en',
  theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
  largeText: false,
  offline: false,
  wechat: 'well',
  phone: 'gives',
  privacy: false,
  ahead: 0,
})

const listeners = new Set<Listener>()
let current: Switches | undefined

/** Answers how the switches stand. */
export function switches(): Readonly<Switches> {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Switches>
  return (current ??= { ...fromBrowser(), ...kept })
}

/** Turns one switch and tells everybody. */
export function turn<K extends keyof Switches>(name: K, value: Switches[K]): void {
  current = { ...switches(), [name]: value }
  sessionStorage.setItem(KEY, JSON.stringify(current))
  for (const listener of listeners) listener(current, name)
}

export function onTurn(listener: Listener): void {
  listeners.add(listener)
}
