import { PlatformFailure, type Platform } from './platform'
import type { Header } from './types'

interface Failed {
  errMsg?: string
  errno?: number
}
interface Callbacks<T> {
  success(result: T): void
  fail(failed: Failed): void
}

/** The phone itself: the only file that names the global `wx`. */
export function wxPlatform(): Platform {
  const encrypted = wx.canIUse('setStorage.object.encrypt')
  const read = (key: string, encrypt: boolean) =>
    promised<{ data: string }>((then) => wx.getStorage({ key, encrypt, ...then }))
      .then(({ data }) => data)
      .catch(() => undefined)
  const write = (key: string, data: string, encrypt: boolean) =>
    promised((then) => wx.setStorage({ key, data, encrypt, ...then }))
      .then(() => true)
      .catch(() => false)
  return {
    now: () => Date.now(),
    after(ms, act) {
      const timer = setTimeout(act, ms)
      return () => clearTimeout(timer)
    },
    random: () =>
      promised<{ randomValues: ArrayBuffer }>((then) =>
        wx.getRandomValues({ length: 16, ...then }),
      )
        .then(({ randomValues }) => [...new Uint8Array(randomValues)])
        // Older phones have no such thing.
        .catch(() => Array.from({ length: 16 }, () => Math.random() * 256))
        .then((octets) => octets.map((o) => (256 + (o | 0)).toString(16).slice(1)).join('')),
    login: (timeout) =>
      promised<{ code: string }>((then) => wx.login({ timeout, ...then })).then(
        ({ code }) => code,
        failure,
      ),
    send: ({ file, ...call }) =>
      promised<{ statusCode: number; data: unknown; header?: Header }>((then) =>
        file ? wx.uploadFile({ ...call, ...file, ...then }) : wx.request({ ...call, ...then }),
      ).then(
        ({ statusCode: status, data, header }) => ({
          status,
          data: file ? parsed(data as string) : data,
          header: lowered(header),
        }),
        failure,
      ),
    read: async (key) => (encrypted && (await read(key, true))) || read(key, false),
    write: async (key, data) =>
      (encrypted && (await write(key, data, true))) || write(key, data, false),
    erase: async (key) =>
      void (await promised((then) => wx.removeStorage({ key, ...then })).catch(() => undefined)),
    onShow: (act) => wx.onAppShow(act),
    onHide: (act) => wx.onAppHide(act),
    about() {
      // Phones that lack the two newer calls have the old one.
      const { language = 'zh' } = (wx.getAppBaseInfo ?? wx.getSystemInfoSync)()
      const { brand, model, platform } = (wx.getDeviceInfo ?? wx.getSystemInfoSync)()
      return {
        envVersion: wx.getAccountInfoSync().miniProgram.envVersion,
        language: /^zh/i.test(language) ? 'zh-CN' : 'en',
        device: { name: `${brand} ${model}`, platform, model },
      }
    },
  }
}

function promised<T>(act: (then: Callbacks<T>) => unknown): Promise<T> {
  return new Promise((success, fail) => void act({ success, fail }))
}

/** Tells failures apart by errno, by words where the base library has none. */
function failure({ errMsg = '', errno }: Failed): never {
  if (errno === 1402101) throw new PlatformFailure('login_blocked')
  if (errno === 1003) throw new PlatformFailure('wechat_busy')
  if (errno === 600003 || /interrupted/.test(errMsg)) throw new PlatformFailure('interrupted')
  if (errno === 5 || /time ?out/i.test(errMsg)) throw new PlatformFailure('timeout')
  throw new PlatformFailure('network')
}

/** Header names come in the case the platform likes. */
function lowered(header: Header = {}): Header {
  return Object.fromEntries(Object.entries(header).map(([name, v]) => [name.toLowerCase(), v]))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
