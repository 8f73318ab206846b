/** A phone: the global `wx` as far as the library needs it, with a network that fails on demand. */
import { Service, type Given } from './service'

type Callbacks = {
  success?: (result: never) => void
  fail?: (failed: { errMsg: string; errno?: number }) => void
  complete?: () => void
}
type Request = Callbacks & {
  url: string
  method?: string
  header?: Record<string, string>
  data?: object
  filePath?: string
  name?: string
  timeout?: number
}

/**
 * What becomes of a request: answered; lost on the way there; acted upon, but the answer is lost;
 * acted upon long after the phone gave it up; never called back at all.
 */
export type Fate = 'ok' | 'lost' | 'answer-lost' | 'late' | 'silent'

const LATE = 20_000

export class FakePhone {
  readonly storage = new Map<string, { data: string; encrypt: boolean }>()
  readonly wxCalls: string[] = []
  codes = 0
  latency = 20
  online = true
  /** Of the coming requests; when it is empty they are answered. */
  readonly fates: Fate[] = []
  /** Failures of the coming wx.login calls. */
  readonly loginFailures: { errMsg: string; errno?: number }[] = []
  /** So many coming wx.login calls are never called back. */
  silentLogins = 0
  storageFull = false
  canEncrypt = true
  language = 'zh_CN'
  envVersion = 'release'
  hidden = false
  private showing: (() => void)[] = []
  private hiding: (() => void)[] = []
  private readonly flying = new Set<() => void>()

  constructor(readonly service = new Service()) {}

  /** Becomes the global `wx`, with `more` of it where a test needs that. */
  install(more: object = {}): this {
    ;(globalThis as { wx?: unknown }).wx = { ...this.wx, ...more }
    return this
  }

  /** The process is gone: nothing calls back, nobody listens. */
  restart(): void {
    this.flying.clear()
    this.showing = []
    this.hiding = []
    this.hidden = false
  }

  hide(): void {
    this.hidden = true
    this.hiding.forEach((act) => act())
  }

  show(): void {
    this.hidden = false
    this.showing.forEach((act) => act())
  }

  /** WeChat breaks off what is under way some seconds after hiding. */
  interrupt(): void {
    const flying = [...this.flying]
    this.flying.clear()
    flying.forEach((act) => act())
  }

  private later(ms: number, act: () => void, broken: () => void): void {
    this.flying.add(broken)
    setTimeout(() => this.flying.delete(broken) && act(), ms)
  }

  private carry(request: Request, done: (given: Given) => void): void {
    const interrupted = () => request.fail?.({ errMsg: 'request:fail interrupted', errno: 600003 })
    const failed = () => request.fail?.({ errMsg: 'request:fail net::ERR', errno: 600001 })
    if (this.hidden) return void setTimeout(interrupted, 1)
    const fate = this.online ? (this.fates.shift() ?? 'ok') : 'lost'
    if (fate === 'lost') return this.later(this.latency, failed, interrupted)
    const header = Object.entries(request.header ?? {})
    const arrive = () =>
      this.service.handle({
        method: request.method ?? 'GET',
        path: new URL(request.url).pathname,
        query: new URL(request.url).search,
        header: Object.fromEntries(header.map(([name, value]) => [name.toLowerCase(), value])),
        data: (request.data ?? {}) as Record<string, unknown>,
      })
    if (fate === 'late') {
      setTimeout(arrive, LATE)
      return this.later(this.latency, failed, interrupted)
    }
    const given = arrive()
    if (fate === 'silent') return
    if (fate === 'answer-lost') return this.later(this.latency, failed, interrupted)
    this.later(this.latency, () => done(given), interrupted)
  }

  private readonly wx = {
    canIUse: () => this.canEncrypt,
    login: (options: Callbacks) => {
      this.wxCalls.push('login')
      if (this.silentLogins-- > 0) return
      const failure = this.loginFailures.shift()
      const code = `code-${++this.codes}`
      const fail = () => options.fail?.({ errMsg: 'login:fail interrupted', errno: 600003 })
      const act = () => {
        if (failure) return options.fail?.(failure)
        this.service.codes.add(code)
        options.success?.({ code } as never)
      }
      this.later(this.latency, act, fail)
    },
    request: (options: Request) =>
      this.carry(options, ({ status, data, header = {} }) =>
        options.success?.({ statusCode: status, data, header } as never),
      ),
    uploadFile: (options: Request) => {
      this.wxCalls.push(`uploadFile ${options.filePath} ${options.name}`)
      this.carry({ ...options, method: 'POST' }, ({ status, data, header = {} }) =>
        options.success?.({ statusCode: status, data: JSON.stringify(data), header } as never),
      )
    },
    getStorage: (options: Callbacks & { key: string; encrypt: boolean }) => {
      const found = this.storage.get(options.key)
      // A value that was written the other way is there, but makes no sense.
      if (!found) options.fail?.({ errMsg: 'getStorage:fail data not found' })
      else options.success?.({ data: found.encrypt === options.encrypt ? found.data : '' } as never)
    },
    setStorage: (options: Callbacks & { key: string; data: string; encrypt: boolean }) => {
      if (this.storageFull) return options.fail?.({ errMsg: 'setStorage:fail exceed max size' })
      this.storage.set(options.key, { data: options.data, encrypt: options.encrypt })
      options.success?.({} as never)
    },
    removeStorage: (options: Callbacks & { key: string }) => {
      this.storage.delete(options.key)
      options.success?.({} as never)
    },
    getRandomValues: (options: Callbacks & { length: number }) => {
      const randomValues = crypto.getRandomValues(new Uint8Array(options.length)).buffer
      options.success?.({ randomValues } as never)
    },
    checkSession: () => this.wxCalls.push('checkSession'),
    onAppShow: (act: () => void) => this.showing.push(act),
    onAppHide: (act: () => void) => this.hiding.push(act),
    getAppBaseInfo: () => ({ language: this.language }),
    getDeviceInfo: () => ({ brand: 'Example', model: 'One', platform: 'android' }),
    getAccountInfoSync: () => ({ miniProgram: { envVersion: this.envVersion } }),
  }
}
