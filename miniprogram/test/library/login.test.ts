import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, EndedError, type ClientOptions } from '../../app/wxlogin'
import { FakePhone } from '../fake-wx'
import { problem } from '../service'
import { failure, settle } from '../settle'

let phone: FakePhone
const client = (more: Partial<ClientOptions> = {}) =>
  createClient({ baseUrl: 'https://login.example.com', ...more })

beforeEach(() => {
  vi.useFakeTimers()
  phone = new FakePhone().install()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('silent login at launch', () => {
  test('ten pages starting at once make one wx.login and one login call', async () => {
    const app = client()
    const pages = Array.from({ length: 10 }, (_, page) => app.request({ path: `/page/${page}` }))
    const replies = await settle(Promise.all(pages))

    expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(phone.codes).toBe(1)
    expect(phone.service.count('/v1/login')).toBe(1)
  })

  test('it begins by itself, without anybody asking', async () => {
    const app = client()
    await vi.advanceTimersByTimeAsync(100)

    expect(app.state).toBe('in')
  })

  test('listeners hear of a login once, and whether the person is new', async () => {
    const heard: unknown[] = []
    const app = client()
    app.on('signedIn', ({ isNew }) => heard.push(isNew))
    app.on('user', ({ id }) => heard.push(id))
    await settle(app.ready())
    expect(heard).toEqual(['u1', true])
    phone.service.endAll('expired')
    await settle(app.request({ path: '/x' }))
    expect(heard).toEqual(['u1', true, 'u1', false])
    phone.restart()
    const again = client()
    again.on('signedIn', () => heard.push('a kept session is no login'))
    await settle(again.ready())

    expect(heard).toHaveLength(4)
  })

  test('what the person agreed to goes along, a repeated request says the same', async () => {
    let version: string | undefined
    phone.fates.push('answer-lost')
    const app = client({ consent: () => version })
    await vi.advanceTimersByTimeAsync(1)
    version = '2026-11'
    await settle(app.ready())
    phone.service.endAll('expired')
    await settle(app.request({ path: '/x' }))

    const said = phone.service.asked.filter(({ path }) => path === '/v1/login')
    expect(said.map(({ data }) => data.consent)).toEqual([undefined, undefined, { version }])
  })

  test('a launch with a kept session makes no login', async () => {
    await settle(client().ready())
    phone.restart()
    const again = client()

    expect(await settle(again.ready())).toBe('in')
    expect(again.user?.id).toBe('u1')
    expect(phone.codes).toBe(1)
  })

  test('silent: false leaves the login to the first request', async () => {
    const app = client({ silent: false })

    expect(await settle(app.ready())).toBe('out')
    expect(phone.codes).toBe(0)
    await settle(app.request({ path: '/x' }))
    expect(phone.codes).toBe(1)
  })

  test('a launch that fails rejects nothing and is made good by the next request', async () => {
    phone.online = false
    const app = client()
    expect(await settle(app.ready())).toBe('out')
    phone.online = true

    expect((await settle(app.request({ path: '/x' }))).status).toBe(200)
  })
})

describe('one code', () => {
  test('a double tap is one login', async () => {
    const app = client({ silent: false })
    await settle(Promise.all([app.login(), app.login()]))

    expect(phone.codes).toBe(1)
    expect(phone.service.logins).toBe(1)
  })

  test('a login whose answer is lost comes again with the same code and key', async () => {
    phone.fates.push('answer-lost')
    expect(await settle(client().ready())).toBe('in')

    const [first, second] = phone.service.asked
    expect(second.data).toEqual(first.data)
    expect(second.header['idempotency-key']).toBe(first.header['idempotency-key'])
    expect(first.header['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
    expect(phone.service.logins).toBe(1)
  })

  test('a login given up is taken up by the next request, still with the same code', async () => {
    phone.fates.push('answer-lost', 'lost', 'lost')
    const app = client()
    expect(await settle(app.ready())).toBe('out')
    await settle(app.request({ path: '/x' }))

    expect(phone.codes).toBe(1)
    expect(phone.service.logins).toBe(1)
  })

  test.each(['code_invalid', 'code_used'])('%s gets a fresh code exactly once', async (code) => {
    const refuse = ({ path }: { path: string }) =>
      path === '/v1/login' ? problem(401, { code }) : undefined
    phone.service.script.push(refuse)
    expect(await settle(client().ready())).toBe('in')
    expect(phone.codes).toBe(2)

    phone.storage.clear()
    phone.service.script.push(refuse, refuse, refuse)
    expect(await settle(client().ready())).toBe('out')
    expect(phone.codes).toBe(4)
  })

  test('WeChat busy behind the service gets a fresh code after Retry-After', async () => {
    const busy = () => problem(503, { code: 'wechat_unavailable' }, { 'Retry-After': '2' })
    phone.service.script.push(busy, busy)
    const begin = Date.now()
    expect(await settle(client().ready())).toBe('in')

    expect(Date.now() - begin).toBeGreaterThanOrEqual(2000)
    expect(phone.codes).toBeGreaterThan(1)
    expect(phone.service.logins).toBe(1)
  })

  test.each([
    ['a minute later', () => vi.advanceTimersByTimeAsync(60_000)],
    ['by a clock that was set back', () => vi.setSystemTime(Date.now() - 3_600_000)],
  ])('one that is old %s is not shown again', async (_, pass) => {
    phone.fates.push('lost', 'lost', 'lost')
    const app = client()
    await settle(app.ready())
    await pass()
    await settle(app.request({ path: '/x' }))

    const shown = phone.service.asked.filter(({ path }) => path === '/v1/login')
    expect(shown.map(({ data }) => data.code)).toEqual(['code-2'])
    expect(phone.codes).toBe(2)
  })

  test('WeChat busy without end is asked three times', async () => {
    const busy = ({ path }: { path: string }) =>
      path === '/v1/login' ? problem(503, { code: 'wechat_unavailable' }) : undefined
    phone.service.script.push(...Array(10).fill(busy))
    const begin = Date.now()
    expect(await settle(client().ready())).toBe('out')

    expect(phone.service.count('/v1/login')).toBe(3)
    expect(Date.now() - begin).toBeGreaterThanOrEqual(2000)
  })

  test('WeChat busy for long is left to the person', async () => {
    const busy = () => problem(429, { code: 'wechat_rate_limited', retry_after: 30 })
    phone.service.script.push(busy)
    const app = client()
    expect(await settle(app.ready())).toBe('out')

    expect(phone.service.count('/v1/login')).toBe(1)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await failure(app.request({ path: '/x' }))).toMatchObject({ retryAfter: 30 })
    expect(phone.codes).toBe(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await settle(app.request({ path: '/x' }))).status).toBe(200)
  })

  test('it is in no error and in no log', async () => {
    const said: unknown[] = []
    for (const name of ['log', 'info', 'debug', 'warn', 'error'] as const) {
      vi.spyOn(console, name).mockImplementation((...words) => void said.push(words))
    }
    const refuse = () => problem(401, { code: 'code_invalid', detail: 'No such code' })
    phone.service.script.push(refuse, refuse)
    const error = await failure(client({ silent: false }).login())
    vi.restoreAllMocks()

    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain('code-')
    expect(said).toEqual([])
  })

  test('it is never kept on the phone', async () => {
    phone.fates.push('answer-lost', 'answer-lost', 'answer-lost')
    const app = client()
    await settle(app.ready())
    await settle(app.login())

    expect(JSON.stringify([...phone.storage])).not.toContain('code-')
  })

  test('wx.checkSession is never asked', async () => {
    const app = client()
    await settle(app.ready())
    phone.service.expireAccess()
    await settle(app.request({ path: '/x' }))

    expect(phone.wxCalls).not.toContain('checkSession')
  })
})

describe('refusals', () => {
  test('after one, requests do not storm: they wait for the cool-down to pass', async () => {
    const down = () => problem(500, { code: 'app_misconfigured' })
    phone.service.script.push(down)
    const app = client()
    await settle(app.ready())
    const errors = await Promise.all(
      Array.from({ length: 20 }, () => failure(app.request({ path: '/x' }))),
    )

    expect(errors.map((error) => (error as EndedError).code)).toEqual(
      Array(20).fill('app_misconfigured'),
    )
    expect(phone.codes).toBe(1)
    await vi.advanceTimersByTimeAsync(2000)
    expect((await settle(app.request({ path: '/x' }))).status).toBe(200)
  })

  test('the pause doubles while it goes on, and begins small after a success', async () => {
    const down = () => problem(500, { code: 'app_misconfigured' })
    const tries = () => phone.service.count('/v1/login')
    const app = client({ silent: false })
    const ask = () => settle(app.request({ path: '/x' }).catch(() => undefined))
    phone.service.script.push(down, down)
    await ask()
    await vi.advanceTimersByTimeAsync(2000)
    await ask()
    expect(tries()).toBe(2)
    await vi.advanceTimersByTimeAsync(2000)
    await ask()
    expect(tries()).toBe(2)
    await vi.advanceTimersByTimeAsync(2000)
    await ask()
    expect([tries(), app.state]).toEqual([3, 'in'])

    phone.service.endAll('expired')
    phone.service.script.push(({ path }) => (path === '/v1/login' ? down() : undefined))
    await ask()
    await vi.advanceTimersByTimeAsync(2000)
    await ask()
    expect([tries(), app.state]).toEqual([5, 'in'])
  })

  test('a session that goes stale right after a login is replaced at once', async () => {
    phone.service.script.push(() => problem(500, { code: 'app_misconfigured' }))
    const app = client()
    await settle(app.ready())
    await settle(app.login())
    phone.service.endAll('expired')

    expect((await settle(app.request({ path: '/x' }))).status).toBe(200)
  })

  test.each([
    ['for an hour, by the service', 3600, () => vi.advanceTimersByTimeAsync(60_000)],
    ['by a clock that was set back', 30, () => vi.setSystemTime(Date.now() - 86_400_000)],
  ])('no pause lasts longer than a minute %s', async (_, retry_after, pass) => {
    phone.service.script.push(() => problem(503, { code: 'wechat_quota_exhausted', retry_after }))
    const app = client()
    await settle(app.ready())
    await pass()

    expect((await settle(app.request({ path: '/x' }))).status).toBe(200)
  })

  test('a long pause that the service asks for is at least begun', async () => {
    phone.service.script.push(() => problem(503, { code: 'wechat_quota_exhausted', retry_after: 3600 }))
    const app = client()
    await settle(app.ready())
    await vi.advanceTimersByTimeAsync(50_000)

    expect(await failure(app.request({ path: '/x' }))).toMatchObject({ code: 'wechat_quota_exhausted' })
    expect(phone.codes).toBe(1)
  })

  test('wx.login that never calls back is asked again', async () => {
    phone.silentLogins = 1

    expect(await settle(client().ready())).toBe('in')
    expect(phone.wxCalls).toEqual(['login', 'login'])
  })

  test('the person who taps does not have to wait for it', async () => {
    phone.service.script.push(() => problem(500, { code: 'app_misconfigured' }))
    const app = client()
    await settle(app.ready())

    expect((await settle(app.login())).id).toBe('u1')
  })

  test('wx.login that is slow or busy is tried again', async () => {
    phone.loginFailures.push({ errMsg: 'login:fail timeout', errno: 5 }, { errMsg: '', errno: 1003 })

    expect(await settle(client().ready())).toBe('in')
  })

  test('a login that WeChat blocks is not tried again', async () => {
    phone.loginFailures.push({ errMsg: 'login:fail', errno: 1402101 })
    const app = client()
    await settle(app.ready())
    expect(phone.codes).toBe(1)

    phone.loginFailures.push({ errMsg: 'login:fail', errno: 1402101 })
    expect(await failure(app.login())).toMatchObject({ code: 'login_blocked', message: '微信拦截了本次登录' })
  })

  test('a ban ends the session with its reason, in the language of the phone', async () => {
    phone.service.banned = true
    phone.language = 'en'
    const app = client()
    const ends: unknown[] = []
    app.on('ended', (event) => ends.push(event))
    await settle(app.ready())

    const message = 'This account is banned. Contact support'
    expect(ends).toEqual([{ reason: 'banned', message }])
    expect(app.state).toBe('ended')
  })
})
