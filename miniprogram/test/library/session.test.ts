import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, type Client } from '../../app/wxlogin'
import { FakePhone } from '../fake-wx'
import { problem } from '../service'
import { failure, settle } from '../settle'

let phone: FakePhone
let app: Client
const launch = () => createClient({ baseUrl: 'https://login.example.com/' })
const get = (path = '/x') => app.request({ path })

beforeEach(async () => {
  vi.useFakeTimers()
  phone = new FakePhone().install()
  app = launch()
  await settle(app.ready())
})
afterEach(() => {
  vi.useRealTimers()
})

describe('renewal', () => {
  test('50 parallel requests with an expired token make one refresh and get 50 answers', async () => {
    phone.service.expireAccess()
    const replies = await settle(Promise.all(Array.from({ length: 50 }, (_, n) => get(`/${n}`))))

    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(phone.service.count('/v1/token/refresh')).toBe(1)
    expect(phone.codes).toBe(1)
  })

  test('it happens before the token runs out', async () => {
    await vi.advanceTimersByTimeAsync(870_000)
    await settle(get())

    expect(phone.service.refreshes).toBe(1)
    expect(phone.service.asked.filter(({ path }) => path === '/x')).toHaveLength(1)
  })

  test('a request is sent again once, and never more', async () => {
    const no = ({ path }: { path: string }) =>
      path === '/x' ? problem(401, { code: 'token_expired' }) : undefined
    phone.service.script.push(no, no, no)

    expect(await failure(get())).toMatchObject({ code: 'token_expired', status: 401 })
    expect(phone.service.count('/x')).toBe(2)
  })

  test('a refresh whose answer is lost is repeated, and the session lives', async () => {
    phone.service.expireAccess()
    phone.fates.push('ok', 'answer-lost')
    await settle(get())

    expect(phone.codes).toBe(1)
    expect(phone.service.refreshes).toBe(1)
  })

  test('a token that still counts is used when it cannot be renewed yet', async () => {
    await vi.advanceTimersByTimeAsync(870_000)
    phone.fates.push('lost', 'lost', 'lost')

    expect((await settle(get())).status).toBe(200)
  })

  test('after an hour without network, a refresh that was lost long ago ends in a quiet login', async () => {
    const ends: unknown[] = []
    app.on('ended', (event) => ends.push(event))
    phone.service.expireAccess()
    phone.fates.push('ok', 'answer-lost', 'lost', 'lost')
    await failure(get())
    await vi.advanceTimersByTimeAsync(3_600_000)
    await settle(get())

    expect(phone.service.logins).toBe(2)
    expect(ends).toEqual([])
  })
})

describe('the end', () => {
  test.each([
    ['kicked', '本机已在其他设备上被下线'],
    ['banned', '账号已被封禁，如有疑问请联系客服'],
    ['reuse_detected', '登录信息可能被盗用，为保护账号已下线'],
    ['logged_out', '已退出登录'],
    ['erased', '账号已注销'],
  ])('%s is told once and makes no login by itself, not even at the next launch', async (reason, message) => {
    const ends: unknown[] = []
    app.on('ended', (event) => ends.push(event))
    phone.service.endAll(reason)
    const errors = await Promise.all([failure(get()), failure(get()), failure(get())])

    expect(errors).toMatchObject(Array(3).fill({ code: 'session_ended', reason, message }))
    expect(ends).toEqual([{ reason, message }])
    phone.restart()
    app = launch()
    expect(await settle(app.ready())).toBe('ended')
    expect(app.reason).toBe(reason)
    expect(phone.codes).toBe(1)
    await settle(app.login())
    expect(app.state).toBe('in')
    expect(phone.codes).toBe(2)
  })

  test.each(['superseded', 'expired'])('%s logs in again without a word', async (reason) => {
    phone.service.endAll(reason)
    const replies = await settle(Promise.all([get('/a'), get('/b'), get('/c')]))

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(phone.codes).toBe(2)
  })

  test('logging out forgets everything kept but the wish', async () => {
    await settle(app.logout())

    expect(phone.service.living).toEqual([])
    expect([...phone.storage.values()].map(({ data }) => data)).toEqual(['{"ended":"logged_out"}'])
    expect(app.user).toBeUndefined()
  })

  test('logging out without network holds on this phone, and says that nobody was told', async () => {
    phone.online = false

    expect(await failure(app.logout())).toMatchObject({ code: 'network' })
    expect(app.state).toBe('ended')
  })

  test('logging out elsewhere leaves this phone in', async () => {
    const rejected = failure(app.logout('others'))
    phone.online = false
    await rejected

    expect(app.state).toBe('in')
  })

  test('deleting the account ends the session as erased', async () => {
    await settle(app.account.delete())

    expect([app.state, app.reason]).toEqual(['ended', 'erased'])
  })

  test('a listener that throws keeps the news from nobody', async () => {
    const heard: string[] = []
    app.on('ended', () => {
      throw new Error('of the listener')
    })
    const off = app.on('ended', () => heard.push('off'))
    app.on('ended', ({ reason }) => heard.push(reason))
    off()
    const logout = app.logout()

    await expect(settle(logout)).rejects.toThrow('of the listener')
    expect(heard).toEqual(['logged_out'])
  })
})

describe('a clock that is wrong', () => {
  test.each([-400 * 86_400_000, -3_600_000, 3_600_000, 400 * 86_400_000])(
    'by %d ms costs one refresh, before the service can refuse anything',
    async (jump) => {
      vi.setSystemTime(Date.now() + jump)
      await settle(get('/a'))
      await settle(get('/b'))

      expect(phone.service.refreshes).toBe(1)
      expect(phone.service.count('/a')).toBe(1)
      expect(phone.codes).toBe(1)
    },
  )
})

describe('storage', () => {
  const stored = () => [...phone.storage.entries()][0]

  test('is encrypted where the phone can, and readable after an update of the phone', async () => {
    expect(stored()[1].encrypt).toBe(true)
    phone.storage.clear()
    phone.canEncrypt = false
    phone.restart()
    app = launch()
    await settle(app.ready())
    expect(stored()[1].encrypt).toBe(false)
    phone.canEncrypt = true
    phone.restart()
    app = launch()

    expect(await settle(app.ready())).toBe('in')
    expect(phone.codes).toBe(2)
  })

  test('is apart for each environment', async () => {
    phone.restart()
    phone.envVersion = 'trial'
    await settle(launch().ready())

    expect(phone.codes).toBe(2)
    expect([...phone.storage.keys()]).toEqual([
      'wxlogin/1/release/@https://login.example.com',
      'wxlogin/1/trial/@https://login.example.com',
    ])
  })

  test.each(['', '{', '[]', 'null', '{"tokens":{"access":"a"}}', '{"tokens":7}'])(
    'that holds %j is a launch without a session',
    async (data) => {
      phone.storage.set(stored()[0], { data, encrypt: true })
      phone.restart()
      app = launch()

      expect(await settle(app.ready())).toBe('in')
      expect(phone.codes).toBe(2)
    },
  )

  test('that is full keeps no token that would look stolen later', async () => {
    phone.storageFull = true
    for (let renewals = 0; renewals < 3; renewals++) {
      phone.service.expireAccess()
      await settle(get())
    }
    expect(phone.storage.size).toBe(0)
    phone.storageFull = false
    phone.restart()
    app = launch()

    expect(await settle(app.ready())).toBe('in')
    expect(phone.service.living).toHaveLength(2)
  })

  test('that is wiped while running is written again at the next renewal', async () => {
    phone.storage.clear()
    phone.service.expireAccess()
    await settle(get())

    expect(phone.storage.size).toBe(1)
    expect(phone.codes).toBe(1)
  })
})
