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
