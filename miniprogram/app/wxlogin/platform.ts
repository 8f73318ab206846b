import type { Device, Header, Language, Method } from './types'

/** A failure of the phone, told apart by what can be done about it. */
export class PlatformFailure extends Error {
  constructor(
    readonly code: 'network' | 'timeout' | 'interrupted' | 'wechat_busy' | 'login_blocked',
  ) {
    super(code)
  }
}

export interface Call {
  method: Method
  url: string
  header: Header
  data?: string | object | ArrayBuffer
  /** Milliseconds. */
  timeout: number
  /** Makes it a multipart upload, which is always a POST. */
  file?: { filePath: string; name: string; formData?: Record<string, string> }
}

export interface Answered {
  status: number
  data: unknown
  header: Header
}

/** What the client needs of the phone. `wx.ts` is the real one. */
export interface Platform {
  /** Milliseconds since 1970, by a clock that may be wrong and may jump. */
  now(): number
  /** Runs `act` after `ms`; answers how to call it off. */
  after(ms: number, act: () => void): () => void
  /** Answers 32 hex digits that nobody can guess. */
  random(): Promise<string>
  /** Answers a fresh wx.login code. Raises PlatformFailure. */
  login(timeout: number): Promise<string>
  /** Sends once; any status is an answer. Raises PlatformFailure. */
  send(call: Call): Promise<Answered>
  /** Answers what was written, or undefined: storage may be cleared at any time. */
  read(key: string): Promise<string | undefined>
  /** Tells whether it was written; storage may be full. */
  write(key: string, text: string): Promise<boolean>
  erase(key: string): Promise<void>
  onShow(act: () => void): void
  onHide(act: () => void): void
  /** `develop`, `trial` or `release`, the phone's language, and what it calls itself. */
  about(): { envVersion: string; language: Language; device: Device }
}
