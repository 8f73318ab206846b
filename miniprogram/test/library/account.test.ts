import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, type Client } from '../../app/wxlogin'
import { FakePhone } from '../fake-wx'
import { problem } from '../service'
import { failure, settle } from '../settle'

let phone: FakePhone
let app: Client

beforeEach(async () => {
  vi.useFakeTimers()
  phone = new FakePhone().install()
  app = createClient({ baseUrl: 'https://login.example.com' })
  await settle(app.ready())
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the profile', () => {
  test('is read once and asked for changes afterwards', async () => {
    phone.service.nickname = '小明'
    expect((await settle(app.profile.get())).nickname).toBe('小明')
    expect((await settle(app.profile.get())).nickname).toBe('小明')

    const [first, second] = phone.service.asked.filter(({ path }) => path === '/v1/me')
    expect([first.header['if-none-match'], second.header['if-none-match']]).toEqual([undefined, '"0"'])
  })

  test('tells its listeners and the next launch what it became', async () => {
    const heard: string[] = []
    app.on('user', ({ nickname }) => heard.push(nickname))
    await settle(app.profile.update({ nickname: '小明' }))
    phone.restart()
    app = createClient({ baseUrl: 'https://login.example.com' })
    await settle(app.ready())

    expect(heard.at(-1)).toBe('小明')
    expect(app.user?.nickname).toBe('小明')
  })

  test('changes in the order in which it was asked to, slow ones too', async () => {
    phone.service.script.push(({ method }) =>
      method === 'PUT' ? problem(503, { code: 'overloaded', retry_after: 2 }) : undefined,
    )
    const asked = ['一', '二', '三'].map((nickname) => app.profile.update({ nickname }))
    await settle(Promise.all(asked))

    expect(phone.service.nickname).toBe('三')
  })

  test('whose change was done but not answered is not changed twice', async () => {
    phone.fates.push('ok', 'answer-lost')
    expect((await settle(app.profile.update({ nickname: '小明' }))).nickname).toBe('小明')

    const puts = phone.service.asked.filter(({ method }) => method === 'PUT')
    expect(puts.map(({ header }) => header['if-match'])).toEqual(['"0"', '"0"'])
  })

  test('that somebody else changed meanwhile is changed on top of that', async () => {
    await settle(app.profile.get())
    phone.service.script.push(({ method }) =>
      method === 'PUT' ? problem(412, { code: 'precondition_failed' }) : undefined,
    )

    expect((await settle(app.profile.update({ nickname: '小红' }))).nickname).toBe('小红')
  })

  test.each(['wxfile://tmp_1.png', 'http://tmp/abc.jpg'])(
    'never gets the temporary path %s: the picture is uploaded',
    async (avatar_url) => {
      await settle(app.profile.update({ nickname: '小明', avatar_url }))

      expect(phone.wxCalls).toContain(`uploadFile ${avatar_url} avatar`)
      expect(phone.service.count('/v1/me/avatar')).toBe(1)
      expect(JSON.stringify(phone.service.asked)).not.toContain('tmp')
      expect(phone.service.nickname).toBe('小明')
    },
  )

  test('takes a picture after a refresh', async () => {
    phone.service.expireAccess()
    await settle(app.profile.setAvatar('wxfile://tmp_1.png'))

    expect(phone.service.refreshes).toBe(1)
    expect(phone.service.count('/v1/me/avatar')).toBe(2)
  })
})

describe('a change', () => {
  test('that failed does not hold up the next', async () => {
    phone.service.script.push(({ method }) =>
      method === 'PUT' ? problem(422, { code: 'content_rejected' }) : undefined,
    )
    const refused = failure(app.profile.update({ nickname: '坏' }))
    const next = app.profile.update({ nickname: '好' })

    expect(await refused).toMatchObject({ code: 'content_rejected' })
    expect((await settle(next)).nickname).toBe('好')
  })

  test('that others overtake again and again is given up', async () => {
    const no = ({ method }: { method: string }) =>
      method === 'PUT' ? problem(412, { code: 'precondition_failed' }) : undefined
    phone.service.script.push(...Array(10).fill(no))

    expect(await failure(app.profile.update({ nickname: '一' }))).toMatchObject({ status: 412 })
    expect(phone.service.asked.filter(({ method }) => method === 'PUT')).toHaveLength(3)
  })

  test.each(['', 'https://img.example.com/1.png'])('of the picture to %j is sent as it is', async (avatar_url) => {
    await settle(app.profile.update({ avatar_url }))

    const [put] = phone.service.asked.filter(({ method }) => method === 'PUT')
    expect(put.data).toEqual({ avatar_url })
    expect(phone.service.count('/v1/me/avatar')).toBe(0)
  })
})

describe('the phone number', () => {
  test('waits for the login before the button', async () => {
    phone.restart()
    phone.storage.clear()
    app = createClient({ baseUrl: 'https://login.example.com' })
    await settle(app.phone.ready())

    expect(app.state).toBe('in')
    expect(phone.codes).toBe(2)
  })

  test('is bound and unbound', async () => {
    expect((await settle(app.phone.bind('f'.repeat(64)))).phone).toBe('156******77')
    expect((await settle(app.phone.unbind())).phone).toBeNull()
  })

  test('that was bound but not answered is bound, and its code is not spent twice', async () => {
    phone.fates.push('answer-lost')

    expect((await settle(app.phone.bind('f'.repeat(64)))).phone).toBe('156******77')
    expect(phone.service.count('/v1/me/phone')).toBe(1)
  })

  test('and the name change one after the other', async () => {
    const both = Promise.all([app.phone.bind('f'.repeat(64)), app.profile.update({ nickname: '一' })])
    await vi.advanceTimersByTimeAsync(1)
    expect(phone.service.asked.at(-1)?.path).toBe('/v1/me/phone')

    expect((await settle(both))[1]).toMatchObject({ nickname: '一', phone: '156******77' })
  })

  test('that was there before proves nothing', async () => {
    await settle(app.phone.bind('e'.repeat(64)))
    phone.fates.push('lost')

    expect(await failure(app.phone.bind('f'.repeat(64)))).toMatchObject({ code: 'network' })
  })

  test('whose code is refused is told at once', async () => {
    phone.service.script.push(() => problem(400, { code: 'phone_code_invalid' }))

    expect(await failure(app.phone.bind('f'.repeat(64)))).toMatchObject({ code: 'phone_code_invalid' })
    expect(phone.service.count('/v1/me')).toBe(0)
  })

  test('that was not bound is a failure', async () => {
    phone.fates.push('lost')

    expect(await failure(app.phone.bind('f'.repeat(64)))).toMatchObject({ code: 'network' })
  })
})

describe('sessions and data', () => {
  test('are listed', async () => {
    expect(await settle(app.sessions.list())).toMatchObject([{ sid: 's1', current: true }])
  })

  test('ending one that is gone already is fine', async () => {
    phone.service.script.push(() => problem(404, { code: 'not_found' }))
    await settle(app.sessions.end('s9'))

    expect(phone.service.asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/me/sessions/s9' })
  })

  test('ending one that cannot be reached is told', async () => {
    phone.service.script.push(() => problem(500, { code: 'internal_error' }))

    expect(await failure(app.sessions.end('s9'))).toMatchObject({ code: 'internal_error' })
  })

  test('a strange name of one does not lead elsewhere', async () => {
    await settle(app.sessions.end('../../me'))

    expect(phone.service.asked.at(-1)?.path).toBe('/v1/me/sessions/..%2F..%2Fme')
  })

  test('everything held can be had', async () => {
    expect(await settle(app.account.export())).toMatchObject({ id: 'u1' })
  })

  test('an account is deleted with time to come back, or at once', async () => {
    await settle(app.account.delete())
    await settle(app.login())
    await settle(app.account.delete({ atOnce: true }))

    const asked = phone.service.asked.filter(({ method }) => method === 'DELETE')
    expect(asked.map(({ query }) => query)).toEqual(['', '?at_once=true'])
    expect(app.reason).toBe('erased')
  })

  test('an account that was deleted while the answer was lost is deleted', async () => {
    phone.fates.push('answer-lost')
    await settle(app.account.delete())

    expect(app.reason).toBe('erased')
    expect(phone.codes).toBe(1)
  })
})
