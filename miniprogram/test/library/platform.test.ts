import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient } from '../../app/wxlogin'
import { wxPlatform } from '../../app/wxlogin/wx'
import { FakePhone } from '../fake-wx'
import { failure, settle } from '../settle'

let phone: FakePhone
const login = () => wxPlatform().login(10_000)

beforeEach(() => {
  vi.useFakeTimers()
  phone = new FakePhone().install()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('what WeChat says of a failure', () => {
  test.each([
    [1402101, 'login:fail', 'login_blocked'],
    [1003, 'login:fail', 'wechat_busy'],
    [600003, 'request:fail', 'interrupted'],
    [undefined, 'request:fail interrupted', 'interrupted'],
    [5, 'request:fail', 'timeout'],
    [undefined, 'request:fail timeout', 'timeout'],
    [undefined, 'request:fail time out', 'timeout'],
    [600001, 'request:fail net::ERR_CONNECTION_RESET', 'network'],
    [undefined, '', 'network'],
  ])('%s %s is %s', async (errno, errMsg, code) => {
    phone.loginFailures.push({ errMsg, errno })

    expect(await failure(login())).toMatchObject({ code })
  })
})

describe('an old phone', () => {
  test('without the newer calls logs in all the same', async () => {
    const info = { language: 'zh_CN', brand: 'Example', model: 'Old', platform: 'android' }
    phone.canEncrypt = false
    phone.install({
      getAppBaseInfo: undefined,
      getDeviceInfo: undefined,
      getSystemInfoSync: () => info,
      getRandomValues: ({ fail }: { fail(failed: object): void }) => fail({ errMsg: 'not supported' }),
    })
    const app = createClient({ baseUrl: 'https://login.example.com' })

    expect(await settle(app.ready())).toBe('in')
    expect(app.language).toBe('zh-CN')
    const [{ data, header }] = phone.service.asked
    expect(data.device).toEqual({ name: 'Example Old', model: 'Old', platform: 'android' })
    expect(header['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
  })

  test('that cannot encrypt after all keeps the session as it can', async () => {
    const encrypted: boolean[] = []
    phone.install({
      setStorage: (wish: { encrypt: boolean; success(): void; fail(failed: object): void }) => {
        encrypted.push(wish.encrypt)
        if (wish.encrypt) wish.fail({ errMsg: 'setStorage:fail encrypt' })
        else wish.success()
      },
    })
    await settle(createClient({ baseUrl: 'https://login.example.com' }).ready())

    expect(encrypted).toEqual([true, false])
  })
})

test('what a file upload answers is read as JSON, and as text where it is none', async () => {
  const platform = wxPlatform()
  const call = {
    method: 'POST' as const,
    url: 'https://login.example.com/x',
    header: {},
    timeout: 1000,
    file: { filePath: 'wxfile://1', name: 'file' },
  }
  phone.service.script.push(() => ({ status: 200, data: { ok: 1 } }))
  expect((await settle(platform.send(call))).data).toEqual({ ok: 1 })
  phone.install({
    uploadFile: ({ success }: { success(answer: object): void }) =>
      success({ statusCode: 502, data: '<html>', header: { 'X-Request-Id': '7' } }),
  })

  expect(await settle(platform.send(call))).toEqual({
    status: 502,
    data: '<html>',
    header: { 'x-request-id': '7' },
  })
})
