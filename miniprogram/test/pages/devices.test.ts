import { expect, test } from 'vitest'
import { problem } from '../service'
import { stage } from './stage'

stage('pages/devices/devices', (on) => {
  const open = async () => {
    on.phone.service.begin({ name: 'Tablet Two' })
    on.phone.service.begin({})
    await on.screen.open()
    await on.screen.quiet()
  }
  const names = () => on.screen.all('.device').map((one) => one.textContent)
  const end = async (answer: boolean) => {
    on.screen.answers.push(answer)
    on.screen.tap('.end')
    await on.screen.quiet()
  }

  test('it spins until they are known', async () => {
    await on.screen.open()

    expect(on.screen.all('.notice--spinner')).toHaveLength(1)
    await on.screen.quiet()
  })

  test('they are listed, this one first and without a button to end it', async () => {
    await open()
    const { t } = on.screen

    expect(on.screen.title).toBe(t.devices.title)
    expect(names()).toEqual([`Example One${t.devices.current}`, 'Tablet Two', t.devices.unknown])
    expect(on.screen.all('.end')).toHaveLength(2)
    expect(on.screen.text).toMatch(new RegExp(`${t.devices.used}2026-11-2\\d \\d\\d:\\d\\d`))
  })

  test('alone, it offers to end no others', async () => {
    await on.screen.open()
    await on.screen.quiet()

    expect(names()).toHaveLength(1)
    expect(on.screen.text).not.toContain(on.screen.t.devices.others)
  })

  test('one is ended only after a yes', async () => {
    await open()
    await end(false)
    expect(names()).toHaveLength(3)
    await end(true)

    expect(on.screen.modals.map(({ content }) => content)).toEqual(Array(2).fill(on.screen.t.devices.endAsk))
    expect(names()).toEqual([`Example One${on.screen.t.devices.current}`, on.screen.t.devices.unknown])
    expect(on.phone.service.sessions.get('s1')?.ended).toBe('kicked')
    expect(on.screen.toasts.map(({ title }) => title)).toEqual([on.screen.t.devices.done])
  })

  test('all others are ended at once, and this one stays', async () => {
    await open()
    on.screen.answers.push(true)
    on.screen.tap('wx-button', on.screen.t.devices.others)
    await on.screen.quiet()

    expect(names()).toHaveLength(1)
    expect(on.screen.client.state).toBe('in')
  })

  test('a list without any is empty, in words', async () => {
    on.phone.service.script.push(({ path }) =>
      path === '/v1/me/sessions' ? { status: 200, data: { sessions: [] } } : undefined,
    )
    await on.screen.open()
    await on.screen.quiet()

    expect(on.screen.all('.notice--sign.notice--empty')).toHaveLength(1)
    expect(on.screen.text).toContain(on.screen.t.devices.empty)
  })

  test('without network it says so, and retry fetches them', async () => {
    on.phone.online = false
    await open()
    expect(on.screen.all('.notice--sign.notice--offline')).toHaveLength(1)
    on.phone.online = true
    on.screen.tap('.notice--again')
    await on.screen.quiet()

    expect(names()).toHaveLength(3)
  })

  test('a service that fails is told as an error', async () => {
    on.phone.service.script.push(({ path }) =>
      path === '/v1/me/sessions' ? problem(500, { code: 'internal_error' }) : undefined,
    )
    await open()

    expect(on.screen.all('.notice--sign.notice--error')).toHaveLength(1)
  })

  test('what was listed stays in sight when a look again fails', async () => {
    await open()
    on.phone.online = false
    void on.screen.call('onPullDownRefresh')
    await on.screen.quiet()

    expect(names()).toHaveLength(3)
    expect(on.screen.toasts.map(({ title }) => title)).toEqual([on.screen.client.words('network')])
    expect(on.screen.pulled).toBe(1)
  })
})
