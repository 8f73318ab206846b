import { expect, test } from 'vitest'
import { problem } from '../service'
import { stage } from './stage'

stage('pages/login/login', (on) => {
  const loggedOut = async () => {
    await on.screen.open()
    await on.screen.quiet()
    void on.screen.client.logout()
    await on.screen.quiet()
    on.phone.restart()
    await on.screen.open()
    await on.screen.quiet()
  }
  const button = 'wx-button'

  test('it tells why the session is over, and logs in by a tap only', async () => {
    await loggedOut()
    const { t, client } = on.screen
    expect(on.screen.title).toBe(t.login.title)
    expect(on.screen.find('.strip').textContent).toBe(client.words('logged_out'))
    expect(on.phone.codes).toBe(1)
    on.screen.tap(button, t.login.button)
    expect(on.screen.text).toContain(t.login.busy)
    expect(on.screen.disabled(button, t.login.busy)).toBe(true)
    await on.screen.quiet()

    expect(on.screen.client.state).toBe('in')
    expect(on.screen.went).toEqual(['anew /pages/welcome/welcome', '/pages/profile/profile'])
  })

  test('who has no name is led to give one', async () => {
    on.phone.service.nickname = ''
    await loggedOut()
    on.screen.tap(button, on.screen.t.login.button)
    await on.screen.quiet()

    expect(on.screen.went.at(-1)).toBe('/pages/edit/edit?first=1')
  })

  test('a double tap is one login', async () => {
    await loggedOut()
    on.screen.tap(button, on.screen.t.login.button)
    on.screen.tap(button)
    await on.screen.quiet()

    expect(on.phone.service.logins).toBe(2)
    expect(on.phone.codes).toBe(2)
    expect(on.screen.went).toHaveLength(2)
  })

  test('without network it says so and offers the button again', async () => {
    await loggedOut()
    on.phone.online = false
    on.screen.tap(button, on.screen.t.login.button)
    await on.screen.quiet()

    expect(on.screen.toasts.map(({ title }) => title)).toEqual([on.screen.client.words('network')])
    expect(on.screen.disabled(button, on.screen.t.login.button)).toBe(false)
  })

  test('a login that is refused is told in words', async () => {
    await loggedOut()
    on.phone.service.script.push(() => problem(403, { code: 'login_blocked' }))
    on.screen.tap(button, on.screen.t.login.button)
    await on.screen.quiet()

    expect(on.screen.toasts.map(({ title }) => title)).toEqual([on.screen.client.words('login_blocked')])
  })

  test('a login that wants consent leads to the agreement, and goes on after it', async () => {
    await loggedOut()
    on.phone.service.script.push(() => problem(403, { code: 'consent_required' }))
    on.screen.tap(button, on.screen.t.login.button)
    await on.screen.quiet()
    expect(on.screen.went).toEqual(['/pages/agreement/agreement'])
    void on.screen.client.login({ consent: '2026-11' })
    await on.screen.quiet()
    on.screen.call('onShow')
    await on.screen.quiet()

    expect(on.screen.went.slice(1)).toEqual(['anew /pages/welcome/welcome', '/pages/profile/profile'])
  })

  test('a new agreement is for the page to ask that somebody known gets to', async () => {
    await loggedOut()
    on.phone.service.agreement = '2026-11'
    on.screen.tap(button, on.screen.t.login.button)
    await on.screen.quiet()

    expect(on.screen.went).toEqual(['anew /pages/welcome/welcome'])
  })

  test('the privacy guide can be read, and nobody has to log in', async () => {
    await loggedOut()
    on.screen.tap('.link')
    on.screen.tap(button, on.screen.t.login.later)

    expect(on.screen.contracts).toBe(1)
    expect(on.screen.went).toEqual(['anew /pages/welcome/welcome'])
    expect(on.screen.privacy).toBeUndefined()
  })
})
