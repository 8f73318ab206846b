import { NetworkError, serviceError, ServiceError, WxLoginError } from './errors'
import { PlatformFailure, type Answered, type Call, type Platform } from './platform'
import type { Language } from './types'
import { words } from './words'

const TRIES = 3
/** Interruptions say nothing about network or service, so they have their own count. */
const INTERRUPTIONS = 10
/** Longest wait, in ms, that happens without asking the person. */
export const PATIENCE = 8000
/** The service asked WeChat in vain. What to do then is for those to say who brought a code. */
export const WECHAT = /^wechat_(unavailable|rate_limited)$/
/** WeChat lets calls through for 5 s after the mini-program went to the background. */
const GRACE = 4000

/** Sends calls: in the foreground only, never for longer than their time-out, patiently. */
export interface Wire {
  pause(ms: number): Promise<void>
  /** Answers a fresh wx.login code. Raises NetworkError, or WxLoginError `login_blocked`. */
  code(timeout: number): Promise<string>
  /**
   * Answers a 2xx or 304. Repeats what was refused for a moment, and what was lost when that is
   * harmless. Raises NetworkError, ServiceError.
   */
  send(call: Call, repeatable: boolean): Promise<Answered>
}

export function createWire(platform: Platform, language: Language): Wire {
  let hiddenAt: number | undefined
  let waiting: (() => void)[] = []
  platform.onHide(() => (hiddenAt = platform.now()))
  platform.onShow(() => {
    hiddenAt = undefined
    waiting.forEach((go) => go())
    waiting = []
  })

  const pause = (ms: number) => new Promise<void>((resolve) => platform.after(ms, resolve))

  function foreground(): Promise<void> | undefined {
    const away = hiddenAt === undefined ? 0 : platform.now() - hiddenAt
    // A clock set back while away must not open the gate.
    return away >= 0 && away < GRACE
      ? undefined
      : new Promise((resolve) => waiting.push(resolve))
  }

  /** Does not believe that the phone calls back. */
  const inTime = <T>(timeout: number, act: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const late = () => reject(new PlatformFailure('timeout'))
      act().then(resolve, reject).finally(platform.after(timeout + 1000, late))
    })

  function told(raw: unknown): unknown {
    if (!(raw instanceof PlatformFailure)) return raw
    const Kind = raw.code === 'login_blocked' ? WxLoginError : NetworkError
    return new Kind(raw.code, words(raw.code, language))
  }

  async function persist<T>(attempt: () => Promise<T>, repeatable: boolean): Promise<T> {
    let interruptions = 0
    for (let failed = 1; ; failed++) {
      await foreground()
      try {
        return await attempt()
      } catch (raw) {
        const error = told(raw)
        let wait = patience(error, failed, repeatable)
        const { code } = error as WxLoginError
        if (wait && code === 'interrupted' && interruptions++ < INTERRUPTIONS) {
          // In the background there is no more grace. Or we are about to hear that we are there.
          hiddenAt &&= 0
          wait = 100
          failed--
        }
        if (failed >= TRIES || !wait || wait > PATIENCE) throw error
        await pause(wait)
      }
    }
  }

  return {
    pause,
    code: (timeout) => persist(() => inTime(timeout, () => platform.login(timeout)), true),
    send: (call, repeatable) =>
      persist(async () => {
        const answer = await inTime(call.timeout, () => platform.send(call))
        const { status } = answer
        if ((status >= 200 && status < 300) || status === 304) return answer
        throw serviceError(answer, language)
      }, repeatable),
  }
}

/** Answers how many ms to wait before the next try, undefined where there should be none. */
function patience(error: unknown, failed: number, repeatable: boolean): number | undefined {
  const backoff = 2 ** failed * (200 + Math.random() * 100)
  if (error instanceof NetworkError) return repeatable ? backoff : undefined
  if (!(error instanceof ServiceError) || WECHAT.test(error.code)) return undefined
  const { status, retryAfter } = error
  // 429 comes before anything is done, so even a POST may come again.
  if (status !== 429 && !(repeatable && status > 501 && status < 505)) return undefined
  return retryAfter === undefined ? backoff : retryAfter * 1000 || 1
}
