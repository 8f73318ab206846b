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
  app = createClient({ baseUrl: 'https://login.example.com', appid: 'wx1' })
  await settle(app.ready())
  phone.service.tickets.add('ticket-9')
})
afterEach(() => {
  vi.useRealTimers()
})
const sent = (path: string) => phone.service.asked.filter((asked) => asked.path === path)
const MERGE = '/v1/me/merge'

describe('the apps of a person', () => {
  test('are listed, and one is taken away', async () => {
    expect(await settle(app.identities.list())).toMatchObject([{ appid: 'wx1', current: true }, { appid: 'wx2' }])
    await settle(app.identities.remove('wx2'))

    expect(phone.service.identities).toEqual(['wx1'])
    expect(app.state).toBe('in')
  })

  test('taking the one away that one is in ends the session, and nobody is logged in again', async () => {
    await settle(app.identities.remove('wx1'))

    expect([app.state, app.reason, phone.codes]).toEqual(['ended', 'logged_out', 1])
  })

  test('one that was taken away but not answered is gone', async () => {
    phone.fates.push('answer-lost')
    await settle(app.identities.remove('wx2'))

    expect(sent('/v1/me/identities/wx2')).toHaveLength(2)
  })

  test('the last one stays', async () => {
    phone.service.identities = ['wx1']

    expect(await failure(app.identities.remove('wx1'))).toMatchObject({ status: 409, code: 'last_identity' })
    expect(app.state).toBe('in')
  })
})

describe('two accounts of one person', () => {
  test('become one by a fresh code here and a ticket from there', async () => {
    const ticket = await settle(app.identities.ticket())
    const heard: string[] = []
    app.on('user', ({ id }) => heard.push(id))
    expect((await settle(app.identities.merge(ticket))).id).toBe('u1')

    expect(sent('/v1/code/exchange')[0].data).toEqual({ appid: 'wx1', code: 'code-2' })
    expect(sent(MERGE)[0].data).toEqual({ code: 'code-3', login_ticket: ticket })
    expect([phone.service.merged, heard]).toEqual([[ticket], ['u1']])
    const keys = ['/v1/code/exchange', MERGE].map((path) => sent(path)[0].header['idempotency-key'])
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
  })

  test('a double tap and lost answers are one merge', async () => {
    phone.fates.push('answer-lost', 'answer-lost')
    const taps = [app.identities.merge('ticket-9'), app.identities.merge('ticket-9')]
    const [first, second] = await settle(Promise.all(taps))

    expect(first).toEqual(second)
    expect([phone.service.merged, phone.codes]).toEqual([['ticket-9'], 2])
    expect(new Set(sent(MERGE).map(({ header }) => header['idempotency-key'])).size).toBe(1)
  })

  test.each(['code_invalid', 'code_used'])('%s gets a fresh code exactly once, and no refresh', async (code) => {
    const refuse = ({ path }: { path: string }) => (path === MERGE ? problem(401, { code }) : undefined)
    phone.service.script.push(refuse)
    await settle(app.identities.merge('ticket-9'))
    expect([sent(MERGE).length, phone.codes]).toEqual([2, 3])

    phone.service.script.push(refuse, refuse, refuse)
    expect(await failure(app.identities.merge('ticket-8'))).toMatchObject({ code })
    expect([sent(MERGE).length, phone.service.refreshes, app.state]).toEqual([4, 0, 'in'])
  })

  test('a ticket that does not count is told at once, and may be tried again', async () => {
    for (const _ of [1, 2]) {
      expect(await failure(app.identities.merge('ticket-0'))).toMatchObject({ code: 'ticket_invalid' })
    }

    expect([sent(MERGE).length, phone.service.refreshes]).toEqual([2, 0])
  })

  test('an expired token is renewed on the way, with the same code', async () => {
    phone.service.expireAccess()
    await settle(app.identities.merge('ticket-9'))

    expect(sent(MERGE).map(({ data }) => data.code)).toEqual(['code-2', 'code-2'])
    expect([phone.service.merged, phone.service.refreshes]).toEqual([['ticket-9'], 1])
  })

  test('a profile change in the meantime waits for its turn', async () => {
    const both = Promise.all([app.identities.merge('ticket-9'), app.profile.update({ nickname: 'Ming' })])
    await settle(both)

    const paths = phone.service.asked.map(({ path, method }) => `${method} ${path}`)
    expect(paths.indexOf(`POST ${MERGE}`)).toBeLessThan(paths.indexOf('PUT /v1/me'))
  })
})

describe('a login that is to be a fresh one', () => {
  test('takes another code and leaves no second session, nor a request without an answer', async () => {
    const [, answered] = await settle(
      Promise.all([app.login({ fresh: true }), app.request({ path: '/x' }), app.login({ fresh: true })]),
    )
    await vi.advanceTimersByTimeAsync(100)

    expect([answered.status, phone.codes]).toEqual([200, 2])
    expect(phone.service.living.map(({ sid }) => sid)).toEqual(['s2'])
    expect((await settle(app.request({ path: '/x' }))).status).toBe(200)
  })

  test('that fails leaves the person logged in', async () => {
    phone.online = false
    expect(await failure(app.login({ fresh: true }))).toMatchObject({ code: 'network' })
    phone.online = true

    expect([app.state, (await settle(app.request({ path: '/x' }))).status]).toEqual(['in', 200])
  })
})

describe('open data', () => {
  test('is sent as WeChat gave it', async () => {
    const piece = { encryptedData: 'AAAA', iv: 'BBBB', errMsg: 'getWeRunData:ok' }

    expect(await settle(app.account.openData(piece, 'werun'))).toEqual({
      got: { encrypted_data: 'AAAA', iv: 'BBBB', kind: 'werun' },
    })
  })

  test('counts once: after a lost answer it is not sent again', async () => {
    phone.fates.push('answer-lost')

    expect(await failure(app.account.openData({ encryptedData: 'AAAA', iv: 'BBBB' }))).toMatchObject({
      code: 'network',
    })
    expect(sent('/v1/me/open-data')).toHaveLength(1)
  })
})

describe('what was taken with a warning', () => {
  test('a login that took a leaving back says so', async () => {
    phone.service.grace = true
    const heard: unknown[] = []
    app.on('signedIn', ({ warnings }) => heard.push(warnings))
    await settle(app.account.delete())
    await settle(app.login())

    expect(heard).toEqual([['account_restored']])
    expect(app.words('account_restored')).toBe('账号已恢复，注销已取消')
  })

  test('a nickname in review is told to whoever asked, and not kept', async () => {
    const user = { id: 'u1', nickname: 'Old', gender: 0, avatar_url: '', phone: null }
    phone.service.script.push(({ method }) =>
      method === 'PUT' ? { status: 200, data: { ...user, warnings: ['content_in_review'] } } : undefined,
    )

    expect((await settle(app.profile.update({ nickname: 'New' }))).warnings).toEqual(['content_in_review'])
    expect(app.user).toEqual(user)
  })
})
