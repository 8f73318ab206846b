import { expect, test, vi } from 'vitest'
import { stage } from './stage'

stage('pages/account/account', (on) => {
  const open = async () => {
    await on.screen.open()
    await on.screen.quiet()
    // The id is known by the time a person gets here.
    on.phone.restart()
    await on.screen.open()
    await on.screen.quiet()
  }
  const tap = async (words: string) => {
    on.screen.tap('.cell', words)
    await on.screen.quiet()
  }

  test('it shows the id of the person, to be copied', async () => {
    await open()
    await tap(on.screen.t.account.id)

    expect(on.screen.title).toBe(on.screen.t.account.title)
    expect(on.screen.find('.id').textContent).toBe('u1')
    expect(on.screen.clipboard).toBe('u1')
    expect(on.screen.toasts.map(({ title }) => title)).toEqual([on.screen.t.account.copied])
  })

  test('everything held is shown, to be copied, and put away again', async () => {
    await open()
    const { t } = on.screen
    await tap(t.account.export)
    expect(on.screen.find('.json').textContent).toContain('"nickname": "Ming"')
    on.screen.tap('.sheet wx-button', t.account.copy)
    expect(JSON.parse(on.screen.clipboard)).toMatchObject({ id: 'u1' })
    on.screen.tap('.sheet wx-button', t.account.close)

    expect(on.screen.all('.sheet')).toEqual([])
  })

  test('logging out leads to the login', async () => {
    await open()
    await tap(on.screen.t.account.logout)

    expect(on.screen.client.state).toBe('ended')
    expect(on.screen.went).toEqual(['anew /pages/login/login'])
    expect(on.phone.service.living).toEqual([])
  })

  test('logging out everywhere asks first', async () => {
    on.phone.service.begin({})
    await open()
    await tap(on.screen.t.account.logoutAll)
    expect(on.phone.service.living).toHaveLength(2)
    on.screen.answers.push(true)
    await tap(on.screen.t.account.logoutAll)

    expect(on.screen.modals[0].content).toBe(on.screen.t.account.logoutAllAsk)
    expect(on.phone.service.living).toEqual([])
  })

  test('deleting asks twice, and one no is a no', async () => {
    await open()
    on.screen.answers.push(true, false)
    await tap(on.screen.t.account.delete)
    expect(on.screen.modals.map(({ content }) => content)).toEqual([
      on.screen.t.account.deleteAsk,
      on.screen.t.account.deleteSure,
    ])
    expect(on.screen.client.state).toBe('in')
    on.screen.answers.push(true, true)
    await tap(on.screen.t.account.delete)

    expect(on.screen.client.reason).toBe('erased')
    expect(on.screen.went).toEqual(['anew /pages/login/login'])
  })

  test('where there is time to come back one question tells how much', async () => {
    vi.doMock('../../app/config', () => ({ BASE_URL: 'https://login.example.com', GRACE_DAYS: 7 }))
    on.phone.service.grace = true
    await open()
    vi.doUnmock('../../app/config')
    on.screen.answers.push(true)
    await tap(on.screen.t.account.delete)
    expect(on.screen.modals.map(({ content }) => content)).toEqual([
      on.screen.t.account.deleteLater.replace('{days}', '7'),
    ])
    expect(on.screen.client.reason).toBe('erased')
    void on.screen.client.login()
    await on.screen.quiet()

    expect(on.screen.modals.at(-1)).toMatchObject({
      title: on.screen.t.account.back,
      content: on.screen.client.words('account_restored'),
      showCancel: false,
    })
  })

  test('the agreement can be read again', async () => {
    await open()
    await tap(on.screen.t.account.agreement)

    expect(on.screen.went).toEqual(['/pages/agreement/agreement'])
  })

  test('without network each act says so, and changes nothing', async () => {
    await open()
    on.phone.online = false
    on.screen.answers.push(true, true, true)
    const { account } = on.screen.t
    for (const words of [account.export, account.logoutAll, account.delete]) await tap(words)

    const network = on.screen.client.words('network')
    expect(on.screen.toasts.map(({ title }) => title)).toEqual([network, network, network])
    expect(on.screen.client.state).toBe('in')
  })
})
