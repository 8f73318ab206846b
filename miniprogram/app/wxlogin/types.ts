/** What callers see, with the names that the service uses on the wire. */

/** A person as the service tells them about themselves. */
export interface User {
  id: string
  nickname: string
  /** Empty when there is none. */
  avatar_url: string
  /** 0 unknown, 1 male, 2 female. */
  gender: number
  /** Masked (`156******77`), or null. */
  phone: string | null
  /** RFC 3339, UTC; `updated_at` too. */
  created_at: string
  updated_at: string
}

/** A person after a change; `warnings` are codes of what was taken but is not shown yet. */
export interface Changed extends User {
  /** `content_in_review`: the nickname is being looked at, the old one shows until then. */
  warnings?: string[]
}

/** Fields left out stay as they are. A local picture in `avatar_url` is uploaded. */
export interface ProfileChange {
  nickname?: string
  avatar_url?: string
  gender?: number
}

export interface Device {
  name?: string
  platform?: string
  model?: string
}

/** One place where the person is logged in. */
export interface SessionInfo {
  sid: string
  device: Device
  created_at: string
  last_used_at: string
  current: boolean
}

/** One app in which the person is known. */
export interface Identity {
  appid: string
  since: string
  /** The app that asks. */
  current: boolean
}

/** What `wx.getWeRunData` and its like answer; more fields do no harm. */
export interface Encrypted {
  encryptedData: string
  iv: string
}

export type OpenDataKind = 'phone' | 'werun' | 'group' | 'user' | 'other'

/** Everything the service holds about a person; a null is what is not known. */
export interface Exported {
  /** With the whole phone number. */
  user: User
  identities: { appid: string; openid: string; unionid: string | null }[]
  sessions: SessionInfo[]
  events: {
    at: string
    event: string
    reason: string | null
    actor: 'self' | 'operator' | 'service'
    appid: string | null
    sid: string | null
    client: string | null
  }[]
  consents: { version: string; appid: string; at: string; withdrawn_at: string | null }[]
  ended_sessions: (Omit<SessionInfo, 'current'> & {
    expires_at: string
    ended_at: string | null
    reason: EndReason | null
  })[]
  /** Nicknames and avatars that the content check did not pass at once. */
  reviews: {
    kind: 'nickname' | 'avatar'
    value: string
    state: 'asked' | 'waiting' | 'passed' | 'refused'
    at: string
    appid: string
    label: number | null
  }[]
  banned: boolean
}

export interface TokenSet {
  access_token: string
  /** Seconds from now. */
  expires_in: number
  refresh_token: string
  session_id: string
  is_new_user: boolean
  user: User
  warnings?: string[]
}

/** Why a session is over. */
export type EndReason =
  | 'logged_out'
  | 'kicked'
  | 'banned'
  | 'erased'
  | 'reuse_detected'
  | 'superseded'
  | 'expired'

/** `this` session, the `others`, or `all` of them. */
export type Scope = 'this' | 'others' | 'all'
export type Language = 'zh-CN' | 'en'

/**
 * `starting`: storage is being read or the first login is under way. `out`: nobody is logged in
 * yet, the next request logs in. `in`: logged in. `ended`: over until `login()` is called.
 */
export type State = 'starting' | 'out' | 'in' | 'ended'

export interface ClientOptions {
  /** Where the service is, without a slash at the end. */
  baseUrl: string
  /** Needed when the service serves several mini-programs. */
  appid?: string
  /** Other https addresses that may be sent the token; nothing else ever is. */
  trusted?: string[]
  /** Log in at launch, unless the person logged out. Default true. */
  silent?: boolean
  /** Of messages; default is the phone's. */
  language?: Language
  /** Milliseconds for one try of one request. Default 10 000. */
  timeout?: number
  /** How the person will see this phone among their sessions; default is the phone's model. */
  device?: Device
  /**
   * Answers the version of your agreement that the person agreed to, where you keep it yourself;
   * asked at each login. Else give it to `login()`.
   */
  consent?: () => string | undefined
}

export interface LoginOptions {
  /** The version of your agreement that the person just agreed to. */
  consent?: string
  /** Log in anew although somebody is logged in: after `open_data_invalid`. */
  fresh?: boolean
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
export type Header = Record<string, string>

export interface RequestOptions {
  /** `/orders`, or an address under `baseUrl` or one of `trusted`. */
  path: string
  method?: Method
  data?: string | object | ArrayBuffer
  header?: Header
  timeout?: number
  /** May the request be sent again after its answer was lost? Default: all but POST. */
  repeatable?: boolean
}

export interface UploadOptions {
  path: string
  filePath: string
  name: string
  formData?: Record<string, string>
  timeout?: number
}

export interface Reply<T> {
  status: number
  data: T
  /** Names in lower case. */
  header: Header
}

export interface Events {
  /**
   * A login happened: a new session, by itself or because `login()` was called. Among `warnings`,
   * for `words()`: `account_restored`, where it took back that the account was given up.
   */
  signedIn: { user: User; isNew: boolean; warnings: string[] }
  /**
   * A login wants consent to the agreement in force: show it, and once the person agrees call
   * `login({ consent: version })`. `blocked`: nobody is logged in before that.
   */
  consentRequired: { blocked: boolean }
  /** The session is over and will not come back by itself. */
  ended: { reason: EndReason; message: string }
  /** What is known of the person changed. */
  user: User
}

/** A person's login on this phone. Make one, in `app.ts`, and share it. */
export interface Client {
  readonly state: State
  /** What was last heard of the person; undefined while nobody is logged in. */
  readonly user: User | undefined
  /** Why the session is over, in the state `ended`. */
  readonly reason: EndReason | undefined
  readonly language: Language
  /** Waits for the login at launch, however it went. Never rejects. */
  ready(): Promise<State>
  /**
   * Logs in unless logged in, also after the session ended. To be called by the person's tap.
   * `consent` is with the service when the promise resolves, whoever was logged in, and however
   * many logins were under way: it raises `consent_required` only for another version.
   */
  login(options?: LoginOptions): Promise<User>
  /** Sends with the token; logs in or refreshes before and, once, after a 401. */
  request<T = unknown>(options: RequestOptions): Promise<Reply<T>>
  upload<T = unknown>(options: UploadOptions): Promise<Reply<T>>
  /**
   * Logs out. `this` (default) always holds on this phone; the promise rejects when the service
   * could not be told. `others` and `all` hold once the service confirmed them.
   */
  logout(scope?: Scope): Promise<void>
  /** Answers how to stop listening. */
  on<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): () => void
  /** The sentence for a code or an end's reason, in the client's language. */
  words(code: string): string
  readonly profile: {
    get(): Promise<User>
    update(change: ProfileChange): Promise<Changed>
    /** Uploads a picture of this phone, a temporary path. */
    setAvatar(filePath: string): Promise<User>
  }
  readonly phone: {
    /** Wait for it before the phone button is shown, so that no login happens under it. */
    ready(): Promise<void>
    /** Takes `e.detail.code` of the button's event. */
    bind(code: string): Promise<User>
    unbind(): Promise<User>
  }
  readonly sessions: {
    list(): Promise<SessionInfo[]>
    end(sid: string): Promise<void>
  }
  readonly consent: {
    /** Whether the last login wanted consent that was not given since; kept over launches. */
    readonly required: boolean
    /** Takes the consent back; the session goes on, and the next login asks again. */
    withdraw(): Promise<void>
  }
  readonly identities: {
    /** The apps in which the person is known, the oldest first. */
    list(): Promise<Identity[]>
    /** Takes an app away and ends the sessions in it, this one too; not the last: `last_identity`. */
    remove(appid: string): Promise<void>
    /** Answers a proof of who is here, good for 5 minutes and one `merge` in another app. */
    ticket(): Promise<string>
    /**
     * Makes the account behind a ticket part of this one. Whoever made the ticket can enter this
     * account afterwards: take it from your own apps only (`referrerInfo.appId`), and ask first.
     */
    merge(ticket: string): Promise<User>
  }
  readonly account: {
    /** Everything the service holds about the person. */
    export(): Promise<Exported>
    /**
     * Deletes the account; this phone makes no new one until `login()`. Where the service gives
     * time to come back, `login()` within it restores the account, and `atOnce` waits for nothing.
     */
    delete(options?: { atOnce?: boolean }): Promise<void>
    /** Decrypts open data. Each piece counts once: after a failure ask WeChat for another. */
    openData<T = unknown>(piece: Encrypted, kind?: OpenDataKind): Promise<T>
  }
}
