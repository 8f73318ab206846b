import { EndedError, NetworkError, ServiceError, WxLoginError } from './errors'
import type { Bell } from './events'
import type { Platform } from './platform'
import type {
  ClientOptions,
  Device,
  EndReason,
  Header,
  Language,
  LoginOptions,
  State,
  TokenSet,
  User,
} from './types'
import type { Kept, Tokens, Vault } from './vault'
import { PATIENCE, WECHAT, type Wire } from './wire'

/** Ends that say nothing about the person's wish: the phone logs in again by itself. */
const QUIET = /^(superseded|expired)$/
/** The service keeps a login's answer for a minute: so long the same code may be sent again. */
const CODE_LIFE = 50_000
const WECHAT_TRIES = 3
const NO_CODE = /^code_(invalid|used)$/
const NO_CONSENT = 'consent_required'
const COOLDOWN = 2000
const LONGEST_COOLDOWN = 60_000
const RENEW_AT = 0.9

/** Keeps the person logged in: one login and one refresh at a time, whoever asks. */
export interface Session {
  state(): State
  user(): User | undefined
  ended(): EndReason | undefined
  /** Reads what was kept and, where nothing was, logs in. Settles in any case. */
  start(): Promise<void>
  /**
   * Logs in for the person who asked, also after an end. Answers who is logged in. What they agreed
   * to goes along where a login happens; else it is `owed`.
   */
  signIn(wish: LoginOptions): Promise<User>
  /** Answers whether the service wants consent that was not given. */
  asks(): boolean
  /** Answers the version that the person agreed to and the service does not know of. */
  owed(): string | undefined
  /** Takes note that the service knows what the person said about the agreement. */
  told(version: string | undefined): void
  /**
   * Trades a fresh wx.login code for an answer, with another code once where WeChat wants it. A
   * repeated request gets the same answer, by the same `Idempotency-Key`.
   */
  prove<T>(act: (body: { code: string }, header: Header) => Promise<T>): Promise<T>
  /** Trades a fresh code for a login ticket. */
  ticket(): Promise<string>
  /** Answers a token that is good for a while. Raises EndedError, NetworkError, ServiceError. */
  bearer(): Promise<string>
  /** Decides after a 401: answers the token to send the request with once more. */
  afterRefusal(refused: ServiceError, used: string): Promise<string>
  /** Takes note of a 401 that is not answered any more. */
  refusedAgain(refused: ServiceError, used: string): void
  /** Takes in what the service last said of the person. */
  know(user: User): void
  /** Ends the session on this phone until the person logs in. */
  end(reason: EndReason): Promise<void>
}

export function createSession(
  {
    appid,
    baseUrl,
    device,
    timeout,
    silent,
    consent,
  }: ClientOptions & { timeout: number; device: Device },
  language: Language,
  { now, random, after }: Platform,
  wire: Wire,
  vault: Vault,
  bell: Bell,
): Session {
  let state: State = 'starting'
  let kept: Kept = {}
  let starting: Promise<void> | undefined
  let entering: Promise<string> | undefined
  let renewing: Promise<string> | undefined
  /** A code under way, in memory only: the answer to it may have been lost. */
  let ticket: { code: string; key: string; at: number; version?: string } | undefined
  /** Until a login or a request told the service of it. */
  let agreed: string | undefined
  let refusal: unknown
  let refusals = 0
  let coolUntil = 0

  function keep(next: Kept, become: State): Promise<unknown> {
    kept = next
    state = become
    return vault.save(next)
  }

  async function post<T = TokenSet>(path: string, data: object, extra?: object): Promise<T> {
    const header = { 'Accept-Language': language, ...extra }
    const call = { method: 'POST' as const, url: baseUrl + path, header, data, timeout }
    return (await wire.send(call, true)).data as T
  }

  const start = () => (starting ??= begin())

  async function begin(): Promise<void> {
    kept = await vault.load()
    if (kept.ended) state = 'ended'
    else if (kept.tokens) state = 'in'
    else if (silent !== false) await login().catch(() => undefined)
    if (state === 'starting') state = 'out'
  }

  /** Logs in, or joins the login under way; keeps quiet for a while after a refusal. */
  async function login(): Promise<string> {
    const cooling = coolUntil - now()
    if (refusal && cooling > 0 && cooling <= LONGEST_COOLDOWN) throw refusal
    return (entering ??= enter().finally(() => (entering = undefined)))
  }

  async function enter(): Promise<string> {
    try {
      const tokens = await knock()
      refusal = undefined
      refusals = 0
      const { user, is_new_user: isNew, warnings = [] } = tokens
      const token = adopt(tokens, warnings.includes(NO_CONSENT))
      bell.ring('signedIn', { user, isNew, warnings })
      ask(false)
      return token
    } catch (error) {
      const { code } = error as WxLoginError
      if (!(error instanceof NetworkError)) cool(error as WxLoginError)
      if (code === 'user_banned') void end('banned')
      if (state !== 'ended') state = kept.tokens ? 'in' : 'out'
      if (code === NO_CONSENT) {
        kept = { ...kept, asks: true }
        ask(true)
      }
      throw error
    }
  }

  /** When the login is over, so that a listener may begin another; not of what is on its way. */
  function ask(blocked: boolean): void {
    after(0, () => kept.asks && !agreed && bell.ring('consentRequired', { blocked }))
  }

  /** Shows the service one code; another one where WeChat wants it. */
  async function knock(): Promise<TokenSet> {
    let another = false
    for (let busy = 1; ; ) {
      const age = ticket ? now() - ticket.at : -1
      if (!ticket || age < 0 || age > CODE_LIFE) {
        const version = agreed ?? consent?.()
        ticket = { key: await random(), code: await wire.code(timeout), at: now(), version }
      }
      const { version } = ticket
      try {
        const consent = version ? { version } : undefined
        const body = { appid, code: ticket.code, device, consent }
        const tokens = await post('/v1/login', body, { 'Idempotency-Key': ticket.key })
        if (version === agreed) agreed = undefined
        ticket = undefined
        return tokens
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        ticket = undefined
        if (error.code === NO_CONSENT) {
          // The person agreed while it was under way; or to what is not in force any more.
          if (agreed && agreed !== version) continue
          agreed = undefined
        }
        const wait = (error.retryAfter ?? 1) * 1000
        if (WECHAT.test(error.code) && busy++ < WECHAT_TRIES && wait <= PATIENCE) {
          await wire.pause(wait)
        } else if (NO_CODE.test(error.code) && !another) another = true
        else throw error
      }
    }
  }

  async function prove<T>(
    act: (body: { code: string }, header: Header) => Promise<T>,
    last = false,
  ): Promise<T> {
    await start()
    const header = { 'Idempotency-Key': await random() }
    try {
      return await act({ code: await wire.code(timeout) }, header)
    } catch (error) {
      if (last || !NO_CODE.test((error as WxLoginError).code)) throw error
      return prove(act, true)
    }
  }

  function cool(error: WxLoginError): void {
    // Only the person can change that nobody agreed.
    const most = error.code === NO_CONSENT && LONGEST_COOLDOWN
    const wait = most || (error.retryAfter ?? 0) * 1000 || COOLDOWN * 2 ** refusals++
    refusal = error
    coolUntil = now() + Math.min(wait, LONGEST_COOLDOWN)
  }

  function adopt(
    { access_token, refresh_token, expires_in, user }: TokenSet,
    asks = kept.asks,
  ): string {
    const life = expires_in * 1000
    const tokens = { access: access_token, refresh: refresh_token, at: now(), life }
    void keep({ tokens, user, asks }, 'in')
    bell.ring('user', user)
    return access_token
  }

  async function bearer(): Promise<string> {
    await start()
    const { tokens, ended } = kept
    if (ended) throw new EndedError(ended, language)
    if (!tokens) return login()
    // By a clock that went back, nothing can be said of the token's age: a new one is cheap.
    const age = now() - tokens.at
    if (age >= 0 && age < tokens.life * RENEW_AT) return tokens.access
    try {
      return await renew(tokens)
    } catch (error) {
      // Whatever kept it from being renewed, it still counts.
      if (kept.tokens === tokens && age >= 0 && age < tokens.life) return tokens.access
      throw error
    }
  }

  const renew = (tokens: Tokens) =>
    (renewing ??= refresh(tokens).finally(() => (renewing = undefined)))

  async function refresh(tokens: Tokens): Promise<string> {
    try {
      const renewed = await post('/v1/token/refresh', { refresh_token: tokens.refresh })
      return kept.tokens === tokens ? adopt(renewed) : bearer()
    } catch (error) {
      if (kept.tokens !== tokens) return bearer()
      if (error instanceof ServiceError && error.status === 401) return over(error)
      throw error
    }
  }

  /** Ends for good, or lets go of the tokens and logs in again, as the reason has it. */
  function over(refused: ServiceError): Promise<string> {
    close(refused)
    return bearer()
  }

  function close({ code, reason = 'expired' }: ServiceError): void {
    if (code === 'session_ended' && !QUIET.test(reason)) void end(reason)
    else void keep({ user: kept.user }, 'out')
  }

  async function end(reason: EndReason): Promise<void> {
    ticket = agreed = undefined
    const saved = keep({ ended: reason }, 'ended')
    bell.ring('ended', { reason, message: new EndedError(reason, language).message })
    await saved
  }

  return {
    state: () => state,
    user: () => kept.user,
    ended: () => kept.ended,
    start,
    async signIn({ consent, fresh }) {
      agreed = consent ?? agreed
      await start()
      refusal = undefined
      const old = kept.tokens
      if (fresh || !old) await login()
      if (fresh && old && kept.tokens !== old) {
        // What was left would stand among the person's devices.
        void post('/v1/logout', { refresh_token: old.refresh }).catch(() => undefined)
      }
      if (!kept.user) throw new EndedError(kept.ended ?? 'expired', language)
      return kept.user
    },
    asks: () => !!kept.asks,
    owed: () => agreed,
    told(version) {
      if (agreed === version) agreed = undefined
      if (kept.tokens) void keep({ ...kept, asks: undefined }, state)
    },
    prove,
    ticket: () =>
      prove(async (body, header) => {
        const path = '/v1/code/exchange'
        return (await post<{ login_ticket: string }>(path, { appid, ...body }, header)).login_ticket
      }),
    bearer,
    async afterRefusal(refused, used) {
      const { tokens } = kept
      if (tokens?.access !== used) return bearer()
      return refused.code === 'session_ended' ? over(refused) : renew(tokens)
    },
    refusedAgain(refused, used) {
      if (refused.code === 'session_ended' && kept.tokens?.access === used) close(refused)
    },
    know(user) {
      if (kept.tokens) void keep({ ...kept, user }, state)
      bell.ring('user', user)
    },
    end,
  }
}
