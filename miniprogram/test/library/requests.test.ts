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
    const begin = Date.now()
    const error = await failure(app.request({ path: '/x', timeout: 2000 }))

    expect(error).toBeInstanceOf(NetworkError)
    expect(error).toMatchObject({ code: 'timeout', message: '网络太慢，请稍后重试' })
    expect(phone.service.count('/x')).toBe(3)
    // Three times two seconds, one more each for a phone that calls back late, and the pauses.
    expect(Date.now() - begin).toBeLessThan(12_000)
  })

  test.each([
    [0, [400, 800]],
    [0.999, [599, 1199]],
  ])('pauses grow, and are spread out by chance (%d)', async (chance, pauses) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance)
    phone.latency = 0
    const times: number[] = []
    const late = () => {
      times.push(Date.now())
      return times.length < 3 ? problem(502, {}) : { status: 200, data: {} }
    }
    phone.service.script.push(late, late, late)
    await settle(app.request({ path: '/x' }))
    vi.restoreAllMocks()

    expect(times.slice(1).map((time, n) => time - times[n])).toEqual(pauses)
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

  test('a POST that the service may have begun is not sent again after 503', async () => {
    phone.service.script.push(() => problem(503, { code: 'overloaded', retry_after: 1 }))

    expect(await failure(app.request({ path: '/y', method: 'POST' }))).toMatchObject({ status: 503 })
    expect(phone.service.count('/y')).toBe(1)
  })

  test('Retry-After: 0 is at once', async () => {
    phone.service.script.push(() => problem(429, { code: 'rate_limited' }, { 'Retry-After': '0' }))
    const begin = Date.now()
    await settle(app.request({ path: '/x' }))

    expect(Date.now() - begin).toBeLessThan(100)
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

describe('an upload', () => {
  const wish = { path: '/scans', filePath: 'wxfile://1', name: 'scan', formData: { page: '7' } }

  test('carries its form along', async () => {
    const seen: object[] = []
    phone.install({
      uploadFile: ({ formData, success }: { formData: object; success(answer: object): void }) => {
        seen.push(formData)
        success({ statusCode: 200, data: '{}', header: {} })
      },
    })
    await settle(app.upload(wish))

    expect(seen).toEqual([{ page: '7' }])
  })

  test('is not sent again after its answer was lost', async () => {
    phone.fates.push('answer-lost')

    expect(await failure(app.upload(wish))).toMatchObject({ code: 'network' })
    expect(phone.service.count('/scans')).toBe(1)
  })
})

describe('an error', () => {
  test('tells the developer all that the service said', async () => {
    const errors = [{ field: 'nickname', message: 'too long' }]
    const body = { code: 'invalid_request', detail: 'Look at errors', request_id: 'r1', errors }
    phone.service.script.push(() => problem(400, body))

    expect(await failure(app.request({ path: '/x' }))).toMatchObject({
      status: 400,
      detail: 'Look at errors',
      requestId: 'r1',
      fields: errors,
    })
  })

  test.each([null, '', 'text', 7])('is one, too, when its body is %j', async (data) => {
    const header = { 'X-Request-Id': 'r2', 'Retry-After': 'tomorrow' }
    phone.service.script.push(() => ({ status: 500, data, header }))
    const error = await failure(app.request({ path: '/x' }))

    expect(error).toMatchObject({ code: 'internal_error', requestId: 'r2', retryAfter: undefined })
  })

  test('speaks our words where we have some, else those of the service', async () => {
    phone.service.script.push(() => problem(409, { code: 'phone_taken' }))
    expect(await failure(app.request({ path: '/x' }))).toMatchObject({ message: 'Title of the service' })
    phone.service.script.push(() => problem(403, { code: 'login_blocked' }))
    expect(await failure(app.request({ path: '/x' }))).toMatchObject({ message: '微信拦截了本次登录' })
  })
})

describe('in the background', () => {
  test('a request is free again once the mini-program was shown', async () => {
    phone.hide()
    await vi.advanceTimersByTimeAsync(60_000)
    phone.show()
    await vi.advanceTimersByTimeAsync(60_000)

    expect((await settle(app.request({ path: '/x' }))).status).toBe(200)
  })

  test('a clock that is set back lets nothing out', async () => {
    const answers = ['ok']
    phone.install({ request: scripted(answers) })
    await vi.advanceTimersByTimeAsync(1000)
    phone.hide()
    // Not so far that the token would have to be renewed first.
    vi.setSystemTime(Date.now() - 500)
    const reply = app.request({ path: '/x' })
    await vi.advanceTimersByTimeAsync(0)
    expect(answers).toEqual(['ok'])
    phone.show()

    expect((await settle(reply)).status).toBe(200)
  })

  test('interruptions do not use up the tries', async () => {
    const answers = ['interrupted', 'lost', 'interrupted', 'lost', 'interrupted', 'ok']
    phone.install({ request: scripted(answers) })

    expect((await settle(app.request({ path: '/x' }))).status).toBe(200)
  })

  test('interruptions without end come to one', async () => {
    const answers = Array<string>(100).fill('interrupted')
    phone.install({ request: scripted(answers) })

    expect(await failure(app.request({ path: '/x' }))).toMatchObject({ code: 'interrupted' })
    expect(answers.length).toBeGreaterThan(80)
  })

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

/** A wx.request that fares as told, first come first served. */
function scripted(answers: string[]) {
  type Wish = { success(answer: object): void; fail(failed: object): void }
  return ({ success, fail }: Wish) => {
    const answer = answers.shift()
    if (answer === 'ok') success({ statusCode: 200, data: {}, header: {} })
    else fail(answer === 'lost' ? { errno: 600001 } : { errno: 600003 })
  }
}
