import { expect, test } from 'vitest'
import { problem } from '../service'
import { told } from './screen'
import { stage } from './stage'

stage('pages/phone/phone', (on) => {
  const open = async () => {
    await on.screen.open()
    await on.screen.quiet()
  }
  const give = async (detail: object) => {
    on.screen.raise('.button.main', 'getphonenumber', detail)
    await on.screen.quiet()
  }
  const toasts = () => on.screen.toasts.map(({ title }) => title)

  test('the button is not there before the login is done', async () => {
    await on.screen.open()
    expect(on.screen.all('wx-button')).toEqual([])
    expect(on.screen.all('.notice--spinner')).toHaveLength(1)
    await on.screen.quiet()

    expect(on.screen.find('wx-button').textContent).toContain(on.screen.t.phone.bind)
    expect(on.phone.codes).toBe(1)
  })

  test('without a number it says what one is good for', async () => {
    await open()

    expect(on.screen.title).toBe(on.screen.t.phone.title)
    expect(on.screen.text).toContain(on.screen.t.phone.noneHint)
    expect(on.screen.text).not.toContain(on.screen.t.phone.unbind)
  })

  test('the number WeChat gives is bound, and the button is out of reach meanwhile', async () => {
    await open()
    on.screen.raise('.button.main', 'getphonenumber', { code: 'f'.repeat(64) })
    expect(on.screen.disabled('.button.main')).toBe(true)
    await on.screen.quiet()

    expect(told(on.phone, 'POST', '/v1/me/phone')).toEqual([{ code: 'f'.repeat(64) }])
    expect(on.screen.text).toContain('156******77')
    expect(toasts()).toEqual([on.screen.t.phone.done])
    expect(on.screen.disabled('.button.main')).toBe(false)
  })

  test('who refuses, and a used-up quota, have words of their own', async () => {
    await open()
    await give({ errMsg: 'getPhoneNumber:fail user deny' })
    await give({ errMsg: 'getPhoneNumber:fail no quota', errno: 1400001 })

    expect(toasts()).toEqual([on.screen.t.phone.refused, on.screen.t.phone.noQuota])
    expect(told(on.phone, 'POST', '/v1/me/phone')).toEqual([])
  })

  test('a number that belongs to somebody else is told', async () => {
    await open()
    const title = on.screen.client.words('login_blocked')
    on.phone.service.script.push(() => problem(409, { code: 'phone_taken', title }))
    await give({ code: 'f'.repeat(64) })

    expect(toasts()).toEqual([title])
    expect(on.screen.text).toContain(on.screen.t.phone.none)
  })

  test('unbinding asks first', async () => {
    on.phone.service.phone = '156******77'
    await open()
    const { unbind, unbindAsk, undone, none } = on.screen.t.phone
    on.screen.tap('wx-button', unbind)
    await on.screen.quiet()
    expect(on.screen.modals.map(({ content }) => content)).toEqual([unbindAsk])
    expect(on.screen.text).toContain('156******77')
    on.screen.answers.push(true)
    on.screen.tap('wx-button', unbind)
    await on.screen.quiet()

    expect(on.screen.text).toContain(none)
    expect(toasts()).toEqual([undone])
  })

  test('without network it says so, and retry brings the button', async () => {
    on.phone.online = false
    await open()
    expect(on.screen.all('.notice--sign.notice--offline')).toHaveLength(1)
    on.phone.online = true
    on.screen.tap('.notice--again')
    await on.screen.quiet()

    expect(on.screen.text).toContain(on.screen.t.phone.bind)
  })

  test('a service that fails is told as an error, with retry', async () => {
    on.phone.service.script.push(() => problem(500, { code: 'internal_error' }))
    await open()

    expect(on.screen.all('.notice--sign.notice--error')).toHaveLength(1)
    expect(on.screen.all('.notice--again')).toHaveLength(1)
  })
})
