import { expect, test } from 'vitest'
import { problem } from '../service'
import { stage } from './stage'

stage('pages/welcome/welcome', (on) => {
  test('it says that the login is under way, and offers nothing meanwhile', async () => {
    await on.screen.open()

    expect(on.screen.text).toContain(on.screen.t.welcome.starting)
    expect(on.screen.all('wx-button')).toEqual([])
  })

  test('it greets who was logged in without a tap, and leads to the profile', async () => {
    await on.screen.open()
    await on.screen.quiet()
    const { t } = on.screen
    on.screen.tap('wx-button', t.welcome.mine)

    expect(on.screen.text).toContain(`${t.welcome.hello}Ming`)
    expect(on.screen.text).not.toContain(t.welcome.complete)
    expect(on.screen.went).toEqual(['/pages/profile/profile'])
    expect(on.phone.codes).toBe(1)
  })

  test('it invites who has no name yet, and forces nobody', async () => {
    on.phone.service.nickname = ''
    await on.screen.open()
    await on.screen.quiet()
    const { t } = on.screen
    on.screen.tap('wx-button', t.welcome.complete)

    expect(on.screen.text).toContain(t.welcome.stranger)
    expect(on.screen.text).toContain(t.welcome.completeHint)
    expect(on.screen.went).toEqual(['/pages/edit/edit'])
    expect(on.screen.modals).toEqual([])
  })

  test('without network it says so, and a tap on retry logs in once there is one', async () => {
    on.phone.online = false
    await on.screen.open()
    await on.screen.quiet()
    expect(on.screen.all('wx-button').map((one) => one.textContent?.trim())).toEqual([on.screen.t.retry])
    expect(on.screen.text).toContain(on.screen.client.words('network'))
    on.phone.online = true
    on.screen.tap('wx-button', on.screen.t.retry)
    await on.screen.quiet()

    expect(on.screen.text).toContain('Ming')
  })

  test('a newcomer who has to agree first is led to the agreement, and greeted after it', async () => {
    Object.assign(on.phone.service, { agreement: '2026-11', agreementNeeded: true })
    await on.screen.open()
    await on.screen.quiet()
    expect(on.screen.text).toContain(on.screen.client.words('consent_required'))
    expect(on.screen.went).toEqual(['/pages/agreement/agreement'])
    void on.screen.client.login({ consent: '2026-11' })
    await on.screen.quiet()

    expect(on.screen.text).toContain('Ming')
  })

  test('somebody known is asked once at each start, until they agreed', async () => {
    on.phone.service.agreement = '2026-11'
    for (const asked of [1, 2]) {
      on.phone.restart()
      await on.screen.open()
      await on.screen.quiet()
      expect(on.screen.went).toHaveLength(asked)
    }
    void on.screen.client.login({ consent: '2026-11' })
    await on.screen.quiet()
    on.phone.restart()
    await on.screen.open()
    await on.screen.quiet()

    expect(on.screen.went).toEqual(Array(2).fill('/pages/agreement/agreement'))
  })

  test('a service that fails is told as an error, with retry', async () => {
    on.phone.service.script.push(() => problem(500, { code: 'internal_error' }))
    await on.screen.open()
    await on.screen.quiet()
    expect(on.screen.text).toContain(on.screen.client.words('internal_error'))
    on.screen.tap('wx-button', on.screen.t.retry)
    await on.screen.quiet()

    expect(on.screen.text).toContain('Ming')
  })

  test.each(['kicked', 'banned', 'reuse_detected', 'logged_out', 'erased'])(
    'a session that is over as %s is told in words, also at the next launch',
    async (reason) => {
      await on.screen.open()
      await on.screen.quiet()
      on.phone.service.endAll(reason)
      await expect(
        Promise.all([on.screen.client.profile.get(), on.screen.quiet()]),
      ).rejects.toMatchObject({ reason })
      on.phone.restart()
      await on.screen.open()
      await on.screen.quiet()
      on.screen.call('onShow')

      expect(on.screen.text).toContain(on.screen.client.words(reason))
      expect(on.screen.text).toContain(on.screen.t.welcome.ended)
      on.screen.tap('wx-button', on.screen.t.welcome.loginAgain)
      expect(on.screen.went).toEqual(['/pages/login/login'])
      expect(on.phone.codes).toBe(1)
    },
  )

  test('who would rather not log in is shown as not logged in, without a new start', async () => {
    await on.screen.open()
    await on.screen.quiet()
    void on.screen.client.logout()
    await on.screen.quiet()
    void on.screen.call('onLoad', {})
    on.screen.call('onShow')
    await on.screen.quiet()

    expect(on.screen.text).toContain(on.screen.t.welcome.ended)
    expect(on.screen.text).not.toContain(on.screen.t.welcome.starting)
  })

  test('a new name shows at once when the person comes back', async () => {
    await on.screen.open()
    await on.screen.quiet()
    void on.screen.client.profile.update({ nickname: 'Hong' })
    await on.screen.quiet()

    expect(on.screen.text).toContain('Hong')
  })
})
