import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, NetworkError, ServiceError, type Client } from '../../app/wxlogin'
import { FakePhone } from '../fake-wx'
import { problem } from '../service'
import { failure, settle } from '../settle'

let phone: FakePhone
let app: Client

beforeEach(async () => {
  vi.useFakeTimers()
  phone = new FakePhone().install()
  const trusted = ['https://shop.example.com']
  app = createClient({ baseUrl: 'https://login.example.com', trusted })
  await settle(app.ready())
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the token goes', () => {
  test.each(['/orders', 'https://login.example.com/orders', 'https://shop.example.com/orders'])(
    'to %s',
    async (path) => {
      const { data } = await settle(app.request({ path }))

      expect(data).toEqual({ path: '/orders' })
    },
  )

  test.each([
    'https://shop.example.com.evil.example/orders',
    'https://evil.example/orders',
    'http://login.example.com/orders',
    'orders',
  ])('not to %s', async (path) => {
    const asked = phone.service.asked.length

    expect(await failure(app.request({ path }))).toMatchObject({ code: 'untrusted_address' })
    expect(phone.service.asked).toHaveLength(asked)
  })
})

describe('patience', () => {
  test('an answer that never comes is a time-out', async () => {
    phone.fates.push('silent', 'silent', 'silent')
    const error = await failure(app.request({ path: '/x', timeout: 2000 }))

    expect(error).toBeInstanceOf(NetworkError)
    expect(error).toMatchObject({ code: 'timeout', message: '网络太慢，请稍后重试' })
    expect(phone.service.count('/x')).toBe(3)
  })

  test('what was lost is repeated, except a POST: it may have been done', async () => {
    phone.fates.push('answer-lost', 'lost')
    expect((await settle(app.request({ path: '/x', method: 'PUT' }))).status).toBe(200)
    phone.fates.push('answer-lost')

    expect(await failure(app.request({ path: '/y', method: 'POST' }))).toMatchObject({ code: 'network' })
    expect(phone.service.count('/y')).toBe(1)
  })

  test('a POST that may be repeated is', async () => {
    phone.fates.push('answer-lost')
    const wish = { path: '/y', method: 'POST', repeatable: true } as const

    expect((await settle(app.request(wish))).status).toBe(200)
  })

  test('Retry-After is honoured, even for a POST after 429', async () => {
    const busy = () => problem(429, { code: 'rate_limited' }, { 'Retry-After': '3' })
    phone.service.script.push(busy)
    const begin = Date.now()
    await settle(app.request({ path: '/y', method: 'POST' }))

    expect(Date.now() - begin).toBeGreaterThanOrEqual(3000)
  })

  test('a wait that is too long is left to the person', async () => {
    phone.service.script.push(() => problem(503, { code: 'overloaded', retry_after: 60 }))
    const error = await failure(app.request({ path: '/x' }))

    expect(error).toBeInstanceOf(ServiceError)
    expect(error).toMatchObject({ code: 'overloaded', retryAfter: 60, message: 'Title of the service' })
  })

  test('an answer that is no problem document is a failure all the same', async () => {
    phone.service.script.push(() => ({ status: 500, data: '<html>' }))

    expect(await failure(app.request({ path: '/x' }))).toMatchObject({
      code: 'internal_error',
      status: 500,
      message: '服务暂时不可用，请稍后重试',
    })
  })
})

describe('in the background', () => {
  test('requests wait, and go when the mini-program is shown again', async () => {
    phone.hide()
    await vi.advanceTimersByTimeAsync(5000)
    const replies = Promise.all([app.request({ path: '/x' }), app.request({ path: '/y' })])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(phone.service.count('/x')).toBe(0)
    phone.show()

    expect((await settle(replies)).map(({ status }) => status)).toEqual([200, 200])
  })

  test('what was interrupted goes again', async () => {
    phone.latency = 3000
    const reply = app.request({ path: '/x' })
    await vi.advanceTimersByTimeAsync(1000)
    phone.hide()
    phone.interrupt()
    await vi.advanceTimersByTimeAsync(30_000)
    phone.show()

    expect((await settle(reply)).status).toBe(200)
    expect(phone.service.count('/x')).toBe(2)
  })

  test('a login that was interrupted goes on with its code', async () => {
    await settle(app.logout())
    phone.latency = 3000
    const login = app.login()
    await vi.advanceTimersByTimeAsync(4000)
    phone.hide()
    phone.interrupt()
    await vi.advanceTimersByTimeAsync(30_000)
    phone.show()
    await settle(login)

    expect(phone.service.logins).toBe(2)
    expect(phone.codes).toBe(2)
  })
})
