import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, type Client, type ClientOptions } from '../../app/wxlogin'
import { FakePhone } from '../fake-wx'
import { problem } from '../service'
import { failure, settle } from '../settle'

const NEW = '2026-11'

let phone: FakePhone
let asked: boolean[]

beforeEach(() => {
  vi.useFakeTimers()
  phone = new FakePhone().install()
  phone.service.agreement = NEW
  asked = []
})
afterEach(() => {
  vi.useRealTimers()
})

function client(more: Partial<ClientOptions> = {}): Client {
  const app = createClient({ baseUrl: 'https://login.example.com', ...more })
  app.on('consentRequired', ({ blocked }) => asked.push(blocked))
  return app
}
const logins = () => phone.service.asked.filter(({ path }) => path === '/v1/login')
const pass = () => vi.advanceTimersByTimeAsync(1)

describe('a newcomer of a service that wants consent first', () => {
  beforeEach(() => {
    phone.service.agreementNeeded = true
  })

  test('is out, and the page hears what is missing, once', async () => {
    const app = client()
    expect(await settle(app.ready())).toBe('out')
    const error = await failure(app.request({ path: '/x' }))
    await pass()

    expect(error).toMatchObject({ status: 403, code: 'consent_required', message: '需要先同意用户协议' })
    expect([app.consent.required, asked]).toEqual([true, [true]])
    expect(phone.codes).toBe(1)
  })

  test('enters by the version that they agreed to, in one login', async () => {
    const app = client()
    await settle(app.ready())
    expect((await settle(app.login({ consent: NEW }))).id).toBe('u1')
    await pass()

    expect(logins().map(({ data }) => data.consent)).toEqual([undefined, { version: NEW }])
    expect([phone.service.consents, app.consent.required, asked]).toEqual([[NEW], false, [true]])
  })

  test('may agree at once in the listener', async () => {
    const app = client()
    app.on('consentRequired', () => void app.login({ consent: NEW }))
    await settle(app.ready())
    await vi.advanceTimersByTimeAsync(1000)

    expect([app.state, phone.service.consents, phone.codes]).toEqual(['in', [NEW], 2])
  })

  test('who agrees while the login at launch is under way is not asked', async () => {
    const app = client()
    await pass()
    const user = await settle(app.login({ consent: NEW }))
    await pass()

    expect([user.id, phone.service.consents, asked, phone.codes]).toEqual(['u1', [NEW], [], 2])
  })

  test('taps twice and logs in once', async () => {
    const app = client()
    await settle(app.ready())
    await settle(Promise.all([app.login({ consent: NEW }), app.login({ consent: NEW })]))

    expect([phone.codes, phone.service.logins, phone.service.consents]).toEqual([2, 1, [NEW]])
  })

  test('who agrees to an old version is told and asked again, and that version is forgotten', async () => {
    const app = client()
    await settle(app.ready())
    expect(await failure(app.login({ consent: '2025-01' }))).toMatchObject({ code: 'consent_required' })
    await pass()
    expect(asked).toEqual([true, true])
    await settle(app.login().catch(() => undefined))

    expect(logins().at(-1)?.data.consent).toBeUndefined()
  })

  test('costs one code a minute, not one for each page', async () => {
    const app = client()
    await settle(app.ready())
    for (let second = 0; second < 55; second++) {
      await vi.advanceTimersByTimeAsync(1000)
      await failure(app.request({ path: '/x' }))
    }

    expect(phone.codes).toBe(1)
  })

  test('who agreed without network need not agree again', async () => {
    const app = client()
    await settle(app.ready())
    phone.online = false
    expect(await failure(app.login({ consent: NEW }))).toMatchObject({ code: 'network' })
    phone.online = true
    await settle(app.request({ path: '/x' }))

    expect(phone.service.consents).toEqual([NEW])
  })

  test('whose login was answered into the void is logged in once', async () => {
    const app = client()
    await settle(app.ready())
    phone.fates.push('answer-lost', 'answer-lost', 'answer-lost')
    expect(await failure(app.login({ consent: NEW }))).toMatchObject({ code: 'network' })
    await settle(app.login({ consent: NEW }))

    expect([phone.service.logins, phone.service.consents]).toEqual([1, [NEW]])
  })
})

describe('somebody known, when the agreement changes', () => {
  test('is in, is asked, and says so without a login', async () => {
    const app = client()
    expect(await settle(app.ready())).toBe('in')
    await pass()
    expect([app.consent.required, asked]).toEqual([true, [false]])
    await settle(Promise.all([app.login({ consent: NEW }), app.login({ consent: NEW })]))

    expect(app.consent.required).toBe(false)
    expect(phone.service.consents).toEqual([NEW])
    expect(phone.codes).toBe(1)
  })

  test('is still to be asked after a refresh and a restart, and not after they agreed', async () => {
    await settle(client().ready())
    phone.service.expireAccess()
    phone.restart()
    const second = client()
    await settle(second.request({ path: '/x' }))
    expect([phone.service.refreshes, second.consent.required]).toEqual([1, true])
    await settle(second.login({ consent: NEW }))
    phone.restart()
    const third = client()
    await settle(third.ready())

    expect(third.consent.required).toBe(false)
  })

  test('who agrees before the login at launch has its code is noted by it', async () => {
    const app = client()
    await settle(app.login({ consent: NEW }))

    expect(logins().map(({ data }) => data.consent)).toEqual([{ version: NEW }])
    expect(phone.service.count('/v1/me/consent')).toBe(0)
  })

  test('who agrees while the login at launch is under way is noted after it', async () => {
    const app = client()
    await vi.advanceTimersByTimeAsync(30)
    expect(phone.service.logins).toBe(1)
    await settle(app.login({ consent: NEW }))
    await pass()

    expect([phone.service.consents, app.consent.required, asked, phone.codes]).toEqual([[NEW], false, [], 1])
  })

  test('hears when it could not be noted, and the next login tells it', async () => {
    const app = client()
    await settle(app.ready())
    phone.online = false
    expect(await failure(app.login({ consent: NEW }))).toMatchObject({ code: 'network' })
    expect(app.consent.required).toBe(true)
    phone.online = true
    phone.service.endAll('expired')
    await settle(app.request({ path: '/x' }))

    expect([phone.service.consents, app.consent.required]).toEqual([[NEW], false])
  })

  test('whose consent was noted but not answered has it noted', async () => {
    const app = client()
    await settle(app.ready())
    phone.fates.push('answer-lost')
    await settle(app.login({ consent: NEW }))

    expect([new Set(phone.service.consents), app.consent.required]).toEqual([new Set([NEW]), false])
  })

  test('who agrees and takes it back at once has taken it back', async () => {
    const app = client()
    await settle(app.ready())
    phone.service.script.push(({ path }) =>
      path === '/v1/me/consent' ? problem(429, { code: 'rate_limited', retry_after: 2 }) : undefined,
    )
    await settle(Promise.all([app.login({ consent: NEW }), app.login().then(() => app.consent.withdraw())]))

    expect(phone.service.consents.at(-1)).toBe('')
  })

  test('who takes back what could not be noted does not agree by the next login', async () => {
    const app = client()
    await settle(app.ready())
    phone.fates.push('lost', 'lost', 'lost')
    await failure(app.login({ consent: NEW }))
    await settle(app.consent.withdraw())
    phone.service.endAll('expired')
    await settle(app.request({ path: '/x' }))

    expect(phone.service.consents).toEqual([''])
  })

  test('who is gone has agreed to nothing for the next account', async () => {
    const app = client()
    await settle(app.ready())
    phone.fates.push('lost', 'lost', 'lost')
    await failure(app.login({ consent: NEW }))
    await settle(app.account.delete())
    await settle(app.login())

    expect(phone.service.consents).toEqual([])
  })
})

test('where nobody asks for consent nothing is said of it', async () => {
  phone.service.agreement = undefined
  const app = client()
  await settle(app.ready())
  await pass()

  expect([app.consent.required, asked]).toEqual([false, []])
})
