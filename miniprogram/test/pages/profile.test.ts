import { expect, test } from 'vitest'
import { problem } from '../service'
import { stage } from './stage'

stage('pages/profile/profile', (on) => {
  test('it spins until the person is known', async () => {
    await on.screen.open()

    expect(on.screen.all('.notice--spinner')).toHaveLength(1)
    expect(on.screen.all('wx-button')).toEqual([])
    await on.screen.quiet()
  })

  test('it shows who the person is', async () => {
    on.phone.service.phone = '156******77'
    await on.screen.open()
    await on.screen.quiet()
    const { t, title, text } = on.screen

    expect(title).toBe(t.profile.title)
    for (const words of ['Ming', `${t.profile.since}2026-11-01`, '156******77']) expect(text).toContain(words)
    expect(text).not.toContain(t.profile.noPhone)
  })

  test('what is missing has words of its own', async () => {
    on.phone.service.nickname = ''
    await on.screen.open()
    await on.screen.quiet()

    expect(on.screen.text).toContain(on.screen.t.profile.nickname)
    expect(on.screen.text).toContain(on.screen.t.profile.noPhone)
  })

  test('each row leads to its page', async () => {
    await on.screen.open()
    await on.screen.quiet()
    const { edit, phone, devices, account } = on.screen.t.profile
    on.screen.tap('.card', edit)
    for (const words of [phone, devices, account]) on.screen.tap('.cell', words)

    const pages = ['edit', 'phone', 'devices', 'account']
    expect(on.screen.went).toEqual(pages.map((page) => `/pages/${page}/${page}`))
  })

  test('without network it says so, and retry fetches it', async () => {
    on.phone.online = false
    await on.screen.open()
    await on.screen.quiet()
    expect(on.screen.all('.notice--sign.notice--offline')).toHaveLength(1)
    expect(on.screen.text).toContain(on.screen.client.words('network'))
    on.phone.online = true
    on.screen.tap('.notice--again')
    await on.screen.quiet()

    expect(on.screen.text).toContain('Ming')
  })

  test('a service that fails is told as an error, with retry', async () => {
    on.phone.service.script.push(() => problem(500, { code: 'internal_error' }))
    await on.screen.open()
    await on.screen.quiet()

    expect(on.screen.all('.notice--sign.notice--error')).toHaveLength(1)
    expect(on.screen.find('.notice--again').textContent).toContain(on.screen.t.retry)
  })

  test('what was known stays in sight without network, with a word that it is old', async () => {
    await on.screen.open()
    await on.screen.quiet()
    on.phone.online = false
    void on.screen.call('onPullDownRefresh')
    await on.screen.quiet()

    expect(on.screen.text).toContain('Ming')
    expect(on.screen.find('.strip').textContent).toBe(on.screen.t.profile.stale)
    expect(on.screen.pulled).toBe(1)
    on.phone.online = true
    on.screen.tap('.strip')
    await on.screen.quiet()
    expect(on.screen.all('.strip')).toEqual([])
  })

  test('a session that ends leads to the login', async () => {
    await on.screen.open()
    await on.screen.quiet()
    on.phone.service.endAll('kicked')
    void on.screen.call('onPullDownRefresh')
    await on.screen.quiet()

    expect(on.screen.went).toEqual(['anew /pages/login/login'])
  })

  test('a picture that does not load gives way to the first letter of the name', async () => {
    on.phone.service.avatar = '/avatars/gone.webp'
    await on.screen.open()
    await on.screen.quiet()
    expect(on.screen.all('.avatar--letter')).toEqual([])
    on.screen.raise('wx-image', 'error', {})

    expect(on.screen.find('.avatar--letter').textContent).toBe('M')
  })
})
