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

  test('it does not happen long before', async () => {
    await vi.advanceTimersByTimeAsync(800_000)
    await settle(get())

    expect(phone.service.refreshes).toBe(0)
  })

  test('a token that still counts is used when the service has no time to renew it', async () => {
    await vi.advanceTimersByTimeAsync(870_000)
    phone.service.script.push(() => problem(503, { code: 'overloaded', retry_after: 60 }))

    expect((await settle(get())).status).toBe(200)
    expect(phone.codes).toBe(1)
  })

  test.each([
    ['that has run out', () => vi.advanceTimersByTimeAsync(901_000)],
    ['of unknown age', () => vi.setSystemTime(Date.now() - 3_600_000)],
  ])('a token %s is not used when it cannot be renewed', async (_, pass) => {
    await pass()
    phone.online = false

    expect(await failure(get())).toMatchObject({ code: 'network' })
    expect(app.state).toBe('in')
    phone.online = true
    expect((await settle(get())).status).toBe(200)
    expect(phone.service.count('/x')).toBe(1)
  })

  test.each(['done', 'refused'])('an end meanwhile is not undone when it is %s', async (outcome) => {
    const only = (wanted: string, given: ReturnType<typeof problem>) => ({ path }: { path: string }) =>
      path === wanted ? given : undefined
    const end = { code: 'session_ended', reason: 'kicked' }
    phone.service.script.push(only('/x', problem(401, { code: 'token_expired' })))
    phone.service.script.push(only('/y', problem(401, end)))
    if (outcome === 'refused') {
      const gone = { code: 'session_ended', reason: 'superseded' }
      phone.service.script.push(only('/v1/token/refresh', problem(401, gone)))
    }
    const first = failure(get('/x'))
    await vi.advanceTimersByTimeAsync(10)
    phone.latency = 1000
    await vi.advanceTimersByTimeAsync(20)
    phone.latency = 10
    const second = failure(get('/y'))

    expect(await Promise.all([first, second])).toMatchObject([{ reason: 'kicked' }, { reason: 'kicked' }])
    expect([app.state, app.reason, phone.codes]).toEqual(['ended', 'kicked', 1])
    expect([...phone.storage.values()].map(({ data }) => data)).toEqual(['{"ended":"kicked"}'])
  })

  test('a session that ends between two tries of a request is over', async () => {
    const only = (given: ReturnType<typeof problem>) => ({ path }: { path: string }) =>
      path === '/x' ? given : undefined
    phone.service.script.push(
      only(problem(401, { code: 'token_expired' })),
      only(problem(401, { code: 'session_ended', reason: 'kicked' })),
    )

    expect(await failure(get())).toMatchObject({ reason: 'kicked', message: '本机已在其他设备上被下线' })
    expect([app.state, app.reason]).toEqual(['ended', 'kicked'])
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

  test.each([
    ['kicked', 'This device was logged out from another one'],
    ['banned', 'This account is banned. Contact support'],
    ['reuse_detected', 'The login may have been stolen and was ended to be safe'],
    ['logged_out', 'You are logged out'],
    ['erased', 'This account was deleted'],
  ])('%s is told in English on an English phone', async (reason, message) => {
    phone.restart()
    phone.language = 'en'
    app = launch()
    phone.service.endAll(reason)

    expect(await failure(get())).toMatchObject({ reason, message })
    expect(app.words(reason)).toBe(message)
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

  test('logging out elsewhere leaves this phone in, whether it was confirmed or not', async () => {
    phone.service.begin({})
    phone.online = false
    expect(await failure(app.logout('others'))).toMatchObject({ code: 'network' })
    expect(app.state).toBe('in')
    phone.online = true
    await settle(app.logout('others'))

    expect(app.state).toBe('in')
    expect(phone.service.living).toHaveLength(1)
  })

  test('logging out everywhere counts once the service confirmed it', async () => {
    phone.service.begin({})
    phone.online = false
    expect(await failure(app.logout('all'))).toMatchObject({ code: 'network' })
    expect(app.state).toBe('in')
    phone.online = true
    await settle(app.logout('all'))

    expect(app.reason).toBe('logged_out')
    expect(phone.service.living).toEqual([])
  })

  test('a logout whose answer is lost is one all the same', async () => {
    phone.fates.push('answer-lost')
    await settle(app.logout())

    expect([app.state, phone.service.living.length]).toEqual(['ended', 0])
  })

  test('an account that could not be deleted is still there', async () => {
    phone.online = false

    expect(await failure(app.account.delete())).toMatchObject({ code: 'network' })
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

  test('of another version of the library is not read', async () => {
    const [key, kept] = stored()
    phone.storage.clear()
    phone.storage.set(key.replace('wxlogin/1/', 'wxlogin/0/'), kept)
    phone.restart()
    app = launch()
    await settle(app.ready())

    expect(phone.codes).toBe(2)
    expect(phone.storage.size).toBe(2)
  })

  test('that is slow keeps what was written last', async () => {
    const waits = [2000, 100]
    const kept: string[] = []
    phone.install({
      setStorage: ({ data, success }: { data: string; success(): void }) => {
        setTimeout(() => {
          kept.push(data)
          success()
        }, waits.shift())
      },
    })
    phone.service.expireAccess()
    await settle(get())
    await settle(app.logout())
    await vi.advanceTimersByTimeAsync(1000)

    expect(kept).toHaveLength(2)
    expect(kept.at(-1)).toBe('{"ended":"logged_out"}')
  })

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
