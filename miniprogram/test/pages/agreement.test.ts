import { expect, test } from 'vitest'
import { AGREEMENT } from '../../app/config'
import { stage } from './stage'

stage('pages/agreement/agreement', (on) => {
  const open = async () => {
    await on.screen.open()
    await on.screen.quiet()
  }
  const tap = async (words: string) => {
    on.screen.tap('wx-button', words)
    await on.screen.quiet()
  }
  const buttons = () => on.screen.all('wx-button').map((one) => one.textContent?.trim())

  test('who has to agree reads what to, agrees by one tap and goes back', async () => {
    on.phone.service.agreement = AGREEMENT
    await open()
    const { agreement } = on.screen.t
    expect(on.screen.text).toContain(`${agreement.version}${AGREEMENT}`)
    for (const point of agreement.points) expect(on.screen.text).toContain(point)
    expect(buttons()).toEqual([agreement.agree, agreement.later])
    on.screen.tap('wx-button', agreement.agree)
    await tap(agreement.agree)

    expect(on.phone.service.consents).toEqual([AGREEMENT])
    expect(on.screen.toasts.map(({ title }) => title)).toEqual([agreement.agreed])
    expect(on.screen.went).toEqual(['back'])
    expect(on.screen.client.consent.required).toBe(false)
  })

  test('a newcomer is logged in by it', async () => {
    Object.assign(on.phone.service, { agreement: AGREEMENT, agreementNeeded: true })
    await open()
    expect(on.screen.client.state).toBe('out')
    await tap(on.screen.t.agreement.agree)

    expect([on.screen.client.state, on.screen.went]).toEqual(['in', ['back']])
  })

  test('who does not want to goes back, and has agreed to nothing', async () => {
    on.phone.service.agreement = AGREEMENT
    await open()
    await tap(on.screen.t.agreement.later)

    expect([on.screen.went, on.phone.service.consents]).toEqual([['back'], []])
  })

  test('a text that is not in force any more is said to be of no use', async () => {
    Object.assign(on.phone.service, { agreement: 'newer', agreementNeeded: true })
    await open()
    await tap(on.screen.t.agreement.agree)

    const sentence = on.screen.client.words('consent_required')
    expect(on.screen.toasts.map(({ title }) => title)).toEqual([sentence])
    expect(on.screen.went).toEqual([])
    expect(on.screen.disabled('wx-button', on.screen.t.agreement.agree)).toBe(false)
  })

  test('who agreed can take it back, after one question', async () => {
    await open()
    const { agreement } = on.screen.t
    expect(buttons()).toEqual([agreement.withdraw])
    await tap(agreement.withdraw)
    expect(on.phone.service.consents).toEqual([])
    on.screen.answers.push(true)
    await tap(agreement.withdraw)

    expect(on.screen.modals[0].content).toBe(agreement.withdrawAsk)
    expect([on.phone.service.consents, on.screen.went]).toEqual([[''], ['back']])
  })

  test('without network it says so and offers the button again', async () => {
    on.phone.service.agreement = AGREEMENT
    await open()
    on.phone.online = false
    await tap(on.screen.t.agreement.agree)

    expect(on.screen.toasts.map(({ title }) => title)).toEqual([on.screen.client.words('network')])
    expect(on.screen.disabled('wx-button', on.screen.t.agreement.agree)).toBe(false)
  })
})
