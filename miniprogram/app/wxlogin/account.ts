import { NetworkError, WxLoginError } from './errors'
import type { Requests } from './requests'
import type { Session } from './session'
import type {
  Changed,
  Client,
  Exported,
  Identity,
  ProfileChange,
  Reply,
  SessionInfo,
  User,
} from './types'

const ME = '/v1/me'
const CONSENT = `${ME}/consent`
/** How often a change is put on top of what others changed meanwhile. */
const MERGES = 3

/** What a person does with their account. */
export function createAccount(
  { request, upload }: Requests,
  session: Session,
): Pick<
  Client,
  'login' | 'profile' | 'phone' | 'sessions' | 'consent' | 'identities' | 'account' | 'logout'
> {
  let etag: string | undefined
  let merging: { ticket: string; done: Promise<User> } | undefined
  let changing: Promise<unknown> = Promise.resolve()

  /** One change after the other, so that none overtakes another. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = changing.then(act)
    changing = turn.catch(() => undefined)
    return turn
  }

  async function known(reply: Promise<Reply<Changed>>): Promise<Changed> {
    const { data, header } = await reply
    const { warnings: _, ...user } = data
    etag = header.etag
    session.know(user)
    return data
  }

  async function get(): Promise<User> {
    const user = session.user()
    const header = etag && user ? { 'If-None-Match': etag } : undefined
    const reply = await request<User>({ path: ME, header })
    return reply.status === 304 && user ? user : known(Promise.resolve(reply))
  }

  const setAvatar = (filePath: string) =>
    known(upload<User>({ path: `${ME}/avatar`, filePath, name: 'avatar' }))

  /**
   * A change that comes late never undoes one that was confirmed, and one whose answer was lost
   * is not done twice: it names the version that it changes.
   */
  async function put(change: ProfileChange): Promise<Changed> {
    for (let merge = 1; ; merge++) {
      if (!etag) await get()
      const header = { 'If-Match': etag ?? '*' }
      try {
        return await known(request<Changed>({ path: ME, method: 'PUT', data: change, header }))
      } catch (error) {
        etag = undefined
        if (status(error) !== 412) throw error
        const user = await get()
        const names = Object.keys(change) as (keyof ProfileChange)[]
        if (names.every((name) => user[name] === change[name])) return user
        if (merge >= MERGES) throw error
      }
    }
  }

  async function update({ avatar_url: avatar, ...rest }: ProfileChange): Promise<Changed> {
    if (avatar === undefined || /^https:|^$/.test(avatar)) {
      return put(avatar === undefined ? rest : { ...rest, avatar_url: avatar })
    }
    const user = await setAvatar(avatar)
    return Object.keys(rest).length ? put(rest) : user
  }

  /** The code counts once: where the answer is lost, the profile tells whether it was bound. */
  async function bind(code: string): Promise<User> {
    const before = session.user()?.phone
    try {
      return await known(request({ path: `${ME}/phone`, method: 'POST', data: { code } }))
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      const user = await get()
      if (!user.phone || user.phone === before) throw error
      return user
    }
  }

  /** Deletes what may be gone already: the first try may have done it. */
  async function remove(path: string): Promise<void> {
    await request({ path, method: 'DELETE' }).catch((error: unknown) => {
      if (status(error) !== 404) throw error
    })
  }

  /** Tells what the person agreed to where no login has done so. */
  async function agree(): Promise<void> {
    const version = session.owed()
    if (!version) return
    await request({ path: CONSENT, method: 'POST', data: { version }, repeatable: true })
    session.told(version)
  }

  const merge = (ticket: string) =>
    session.prove(({ code }, header) => {
      const data = { code, login_ticket: ticket }
      const wish = { path: `${ME}/merge`, method: 'POST' as const, data, header }
      return known(request({ ...wish, repeatable: true }))
    })

  const over = (error: unknown) => error instanceof WxLoginError && error.code === 'session_ended'

  return {
    async login(wish = {}) {
      const user = await session.signIn(wish)
      if (wish.consent) await inTurn(agree)
      return user
    },
    profile: {
      get,
      update: (change) => inTurn(() => update(change)),
      setAvatar: (filePath) => inTurn(() => setAvatar(filePath)),
    },
    phone: {
      ready: async () => void (await session.bearer()),
      bind: (code) => inTurn(() => bind(code)),
      unbind: () => inTurn(() => known(request({ path: `${ME}/phone`, method: 'DELETE' }))),
    },
    sessions: {
      async list() {
        const path = `${ME}/sessions`
        return (await request<{ sessions: SessionInfo[] }>({ path })).data.sessions
      },
      end: (sid) => remove(`${ME}/sessions/${encodeURIComponent(sid)}`),
    },
    consent: {
      get required() {
        return session.asks()
      },
      withdraw: () =>
        inTurn(async () => {
          const version = session.owed()
          await request({ path: CONSENT, method: 'DELETE' })
          session.told(version)
        }),
    },
    identities: {
      async list() {
        const path = `${ME}/identities`
        return (await request<{ identities: Identity[] }>({ path })).data.identities
      },
      async remove(appid) {
        await remove(`${ME}/identities/${encodeURIComponent(appid)}`)
        // Where it was this app, the session is over, and is to be known as such.
        await get().catch(() => undefined)
      },
      ticket: session.ticket,
      /** A ticket counts once, so a second tap gets the answer of the first. */
      merge(ticket) {
        if (merging?.ticket !== ticket) {
          const done = inTurn(() => merge(ticket))
          const mine = (merging = { ticket, done })
          done.catch(() => merging === mine && (merging = undefined))
        }
        return merging!.done
      },
    },
    account: {
      export: async () => (await request<Exported>({ path: `${ME}/export` })).data,
      openData: async ({ encryptedData: encrypted_data, iv }, kind) =>
        (await request<never>({
          path: `${ME}/open-data`,
          method: 'POST',
          data: { encrypted_data, iv, kind },
        })).data,
      async delete({ atOnce = false } = {}) {
        const path = atOnce ? `${ME}?at_once=true` : ME
        await request({ path, method: 'DELETE' }).catch((error: unknown) => {
          if (session.ended() !== 'erased') throw error
        })
        if (!session.ended()) await session.end('erased')
      },
    },
    async logout(scope = 'this') {
      const data = { scope }
      try {
        const told = { path: '/v1/logout', method: 'POST' as const, data, repeatable: true }
        if (session.state() !== 'ended') await request(told)
      } catch (error) {
        if (scope !== 'this' && !over(error)) throw error
        if (!session.ended()) await session.end('logged_out')
        if (!over(error)) throw error
      }
      if (scope !== 'others' && !session.ended()) await session.end('logged_out')
    },
  }
}

const status = (error: unknown) => (error instanceof WxLoginError ? error.status : 0)
