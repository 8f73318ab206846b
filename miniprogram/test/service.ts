/** The service as the contract has it, small enough for a test, with a script of refusals. */

export interface Asked {
  method: string
  path: string
  query?: string
  header: Record<string, string>
  data: Record<string, unknown>
}
export interface Given {
  status: number
  data: unknown
  header?: Record<string, string>
}

interface Session {
  sid: string
  device: object
  counter: number
  refreshedAt: number
  ended?: string
}

const ACCESS_SECONDS = 900
const REUSE_SECONDS = 60
const ANSWERS_KEPT_SECONDS = 60
/** A clock that a wrong time on the phone does not touch. */
const seconds = () => performance.now() / 1000

export class Service {
  /** Every request that came through, and the fresh logins among them. */
  readonly asked: Asked[] = []
  logins = 0
  refreshes = 0
  /** Codes that WeChat made and nobody spent. */
  readonly codes = new Set<string>()
  nickname = ''
  avatar = ''
  gender = 0
  phone: string | null = null
  banned = false
  /** The version of the agreement in force, and whether nobody registers without it. */
  agreement?: string
  agreementNeeded = false
  /** What the person said about agreements: a version, or '' where they took it back. */
  readonly consents: string[] = []
  /** Whether an account that was given up waits for its person to come back. */
  grace = false
  leaving = false
  identities = ['wx1', 'wx2']
  /** Tickets that count, and those that were merged. */
  readonly tickets = new Set<string>()
  readonly merged: string[] = []
  /** Answers for coming requests, first come first served; undefined lets one through. */
  readonly script: ((asked: Asked) => Given | undefined)[] = []
  readonly sessions = new Map<string, Session>()
  private readonly answers = new Map<string, { at: number; given: Given }>()
  private readonly expiry = new Map<string, number>()
  private version = 0
  private issued = 0

  count(path: string): number {
    return this.asked.filter((asked) => asked.path === path).length
  }

  handle(asked: Asked): Given {
    this.asked.push(asked)
    for (const [index, line] of this.script.entries()) {
      const given = line(asked)
      if (!given) continue
      this.script.splice(index, 1)
      return given
    }
    if (asked.path === '/v1/login') return this.login(asked)
    if (asked.path === '/v1/token/refresh') return this.refresh(asked)
    if (asked.path === '/v1/code/exchange') return this.once(asked, () => this.exchange())
    const { refresh_token: spent } = asked.data
    if (asked.path === '/v1/logout' && spent) return this.logout(String(spent).split('.')[0], 'this')
    const refusal = this.refusal(asked)
    return refusal ?? this.authenticated(asked)
  }

  /** Begins a session: of a login, or on another phone of the same person. */
  begin(device: object): Session {
    const sid = `s${this.sessions.size + 1}`
    const session = { sid, device, counter: 0, refreshedAt: seconds() }
    this.sessions.set(sid, session)
    return session
  }

  /** Lets every access token run out. */
  expireAccess(): void {
    for (const token of this.expiry.keys()) this.expiry.set(token, 0)
  }

  endAll(reason: string): void {
    for (const session of this.sessions.values()) session.ended ??= reason
  }

  get living(): Session[] {
    return [...this.sessions.values()].filter((session) => !session.ended)
  }

  /** Spends a code; the same key gets the same answer. */
  private once({ data, header }: Asked, act: () => Given): Given {
    const key = `${String(data.code)} ${header['idempotency-key']}`
    const kept = this.answers.get(key)
    if (kept && seconds() - kept.at < ANSWERS_KEPT_SECONDS) return kept.given
    if (!this.codes.delete(String(data.code))) return problem(401, { code: 'code_used' })
    const given = act()
    this.answers.set(key, { at: seconds(), given })
    return given
  }

  private login(asked: Asked): Given {
    return this.once(asked, () => {
      const { data } = asked
      const { version } = (data.consent ?? {}) as { version?: string }
      if (this.banned) return problem(403, { code: 'user_banned' })
      if (this.agreementNeeded && !this.logins && version !== this.agreement) {
        return problem(403, { code: 'consent_required' })
      }
      if (version) this.consents.push(version)
      this.logins++
      const given = this.tokens(this.begin((data.device ?? {}) as object))
      const warnings = this.leaving ? ['account_restored'] : []
      this.leaving = false
      if (this.agreement && this.consents.at(-1) !== this.agreement) warnings.push('consent_required')
      return warnings.length ? { ...given, data: { ...(given.data as object), warnings } } : given
    })
  }

  private exchange(): Given {
    const login_ticket = `ticket-${this.tickets.size + 1}`
    this.tickets.add(login_ticket)
    return { status: 200, data: { login_ticket, expires_in: 300, registered: true } }
  }

  private merge({ data }: Asked): Given {
    const ticket = String(data.login_ticket)
    if (!this.tickets.delete(ticket)) return problem(401, { code: 'ticket_invalid' })
    this.merged.push(ticket)
    this.version++
    return { status: 200, data: this.user() }
  }

  private detach(appid: string): Given {
    if (!this.identities.includes(appid)) return problem(404, { code: 'not_found' })
    if (this.identities.length === 1) return problem(409, { code: 'last_identity' })
    this.identities = this.identities.filter((one) => one !== appid)
    if (appid === 'wx1') this.endAll('logged_out')
    return { status: 204, data: '' }
  }

  private refresh({ data }: Asked): Given {
    const [sid, counter] = String(data.refresh_token).split('.')
    const session = this.sessions.get(sid)
    if (!session) return problem(401, { code: 'refresh_invalid' })
    const behind = session.counter - Number(counter)
    if (!session.ended && behind === 1) {
      if (seconds() - session.refreshedAt < REUSE_SECONDS) return this.tokens(session)
      session.ended = 'superseded'
    }
    if (!session.ended && behind > 1) session.ended = 'reuse_detected'
    if (session.ended) return ended(session.ended)
    this.refreshes++
    session.counter++
    session.refreshedAt = seconds()
    return this.tokens(session)
  }

  private logout(own: string, scope: string): Given {
    for (const session of this.living) {
      if (scope === 'all' || (session.sid === own) === (scope === 'this')) {
        session.ended = scope === 'others' ? 'kicked' : 'logged_out'
      }
    }
    return { status: 204, data: '' }
  }

  private refusal({ header }: Asked): Given | undefined {
    const token = bearer(header)
    const session = this.sessions.get(holder(header))
    if (!session) return problem(401, { code: 'token_invalid' })
    if (session.ended) return ended(session.ended)
    const until = this.expiry.get(token) ?? 0
    return seconds() < until ? undefined : problem(401, { code: 'token_expired' })
  }

  private authenticated(asked: Asked): Given {
    const { method, path, data, header } = asked
    const tagged = { ETag: `"${this.version}"` }
    if (path === '/v1/me' && method === 'GET') {
      if (header['if-none-match'] === tagged.ETag) return { status: 304, data: '', header: tagged }
      return { status: 200, data: this.user(), header: tagged }
    }
    if (path === '/v1/me' && method === 'PUT') {
      const wanted = header['if-match'] ?? '*'
      if (wanted !== '*' && wanted !== tagged.ETag) return problem(412, { code: 'precondition_failed' })
      const { nickname = this.nickname, gender = this.gender } = data
      Object.assign(this, { nickname, gender })
    }
    if (path === '/v1/me/phone') this.phone = method === 'POST' ? '156******77' : null
    if (path === '/v1/me/avatar') this.avatar = '/avatars/1.webp'
    if (path === '/v1/logout') return this.logout(holder(header), String(data.scope ?? 'this'))
    if (path === '/v1/me' && method === 'DELETE') {
      this.endAll('erased')
      this.leaving = this.grace
      return { status: 204, data: '' }
    }
    if (path === '/v1/me/consent') {
      this.consents.push(method === 'POST' ? String(data.version) : '')
      return { status: 204, data: '' }
    }
    if (path === '/v1/me/merge') return this.once(asked, () => this.merge(asked))
    if (path === '/v1/me/identities') {
      const since = '2026-11-01T08:00:00Z'
      const identities = this.identities.map((appid) => ({ appid, since, current: appid === 'wx1' }))
      return { status: 200, data: { identities } }
    }
    if (path.startsWith('/v1/me/identities/')) return this.detach(path.split('/')[4])
    if (path === '/v1/me/open-data') return { status: 200, data: { got: data } }
    if (path === '/v1/me/sessions') {
      const own = holder(header)
      const sessions = this.living.map(({ sid, device }) => ({
        sid,
        device,
        created_at: '2026-11-01T08:00:00Z',
        last_used_at: '2026-11-24T08:30:00Z',
        current: sid === own,
      }))
      return { status: 200, data: { sessions } }
    }
    if (path.startsWith('/v1/me/sessions/')) {
      const session = this.sessions.get(path.split('/')[4])
      if (!session || session.ended) return problem(404, { code: 'not_found' })
      session.ended = 'kicked'
      return { status: 204, data: '' }
    }
    if (path.startsWith('/v1/me')) {
      this.version++
      return { status: 200, data: this.user(), header: { ETag: `"${this.version}"` } }
    }
    return { status: 200, data: { path } }
  }

  private tokens({ sid, counter }: Session): Given {
    const access_token = `${sid}.${++this.issued}`
    this.expiry.set(access_token, seconds() + ACCESS_SECONDS)
    const data = {
      access_token,
      refresh_token: `${sid}.${counter}`,
      expires_in: ACCESS_SECONDS,
      session_id: sid,
      is_new_user: this.logins === 1,
      user: this.user(),
    }
    return { status: 200, data }
  }

  private user() {
    const { nickname, avatar: avatar_url, gender, phone } = this
    const created_at = '2026-11-01T08:00:00Z'
    return { id: 'u1', nickname, avatar_url, gender, phone, created_at, updated_at: created_at }
  }
}

const bearer = (header: Asked['header']) => (header.authorization ?? '').replace('Bearer ', '')
/** Whose session a token is of. */
const holder = (header: Asked['header']) => bearer(header).split('.')[0]

export function problem(status: number, body: object, header?: Record<string, string>): Given {
  return { status, data: { status, title: 'Title of the service', ...body }, header }
}

function ended(reason: string): Given {
  return problem(401, { code: 'session_ended', reason })
}
