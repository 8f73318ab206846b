import { expect, test } from 'vitest'
import { problem } from '../service'
import { told } from './screen'
import { stage } from './stage'

stage('pages/edit/edit', (on) => {
  const open = async () => {
    await on.screen.open()
    await on.screen.quiet()
  }
  const save = async () => {
    on.screen.tap('wx-button', on.screen.t.edit.save)
    await on.screen.quiet()
  }
  const toasts = () => on.screen.toasts.map(({ title }) => title)

  test('it spins until the person is known', async () => {
    await on.screen.open()

    expect(on.screen.all('.notice--spinner')).toHaveLength(1)
    expect(on.screen.all('wx-form')).toEqual([])
    await on.screen.quiet()
  })

  test('it shows what is kept', async () => {
    on.phone.service.gender = 2
    await open()

    expect(on.screen.title).toBe(on.screen.t.edit.title)
    expect((on.screen.find('input') as HTMLInputElement).value).toBe('Ming')
    expect(on.screen.text).toContain(on.screen.t.edit.genders[2])
  })

  test('the nickname field and the picture button are the ones that WeChat fills', async () => {
    await open()

    expect(on.screen.find('wx-input').getAttribute('type')).toBe('nickname')
    const { __wxElement } = on.screen.find('.choose') as unknown as {
      __wxElement: { data: { openType: string } }
    }
    expect(__wxElement.data.openType).toBe('chooseAvatar')
  })

  test('saving sends name and gender once, says so and goes back', async () => {
    await open()
    on.screen.type(' Hong ')
    on.screen.raise('wx-picker', 'change', { value: 1 })
    on.screen.tap('wx-button', on.screen.t.edit.save)
    expect(on.screen.text).toContain(on.screen.t.edit.saving)
    await on.screen.quiet()

    expect(told(on.phone, 'PUT', '/v1/me')).toEqual([{ nickname: 'Hong', gender: 1 }])
    expect(toasts()).toEqual([on.screen.t.edit.saved])
    expect(on.screen.went).toEqual(['back'])
  })

  test('a name that is being looked at is said to be', async () => {
    const user = { id: 'u1', nickname: 'Ming', gender: 0, avatar_url: '', phone: null }
    await open()
    on.phone.service.script.push(({ method }) =>
      method === 'PUT' ? { status: 200, data: { ...user, warnings: ['content_in_review'] } } : undefined,
    )
    on.screen.type('Hong')
    await save()

    expect(toasts()).toEqual([on.screen.client.words('content_in_review')])
    expect(on.screen.went).toEqual(['back'])
  })

  test('a double tap on save saves once', async () => {
    await open()
    on.screen.type('Hong')
    on.screen.tap('wx-button', on.screen.t.edit.save)
    on.screen.raise('wx-form', 'submit', { value: { nickname: 'Hong' } })
    await on.screen.quiet()

    expect(told(on.phone, 'PUT', '/v1/me')).toHaveLength(1)
  })

  test('an empty name is asked for, not sent', async () => {
    await open()
    on.screen.type('  ')
    await save()

    expect(toasts()).toEqual([on.screen.t.edit.empty])
    expect(told(on.phone, 'PUT', '/v1/me')).toEqual([])
  })

  test('a name that is refused is told, and what was typed stays', async () => {
    await open()
    on.screen.type('Hong')
    const title = on.screen.client.words('login_blocked')
    on.phone.service.script.push(({ method }) =>
      method === 'PUT' ? problem(422, { code: 'content_rejected', title }) : undefined,
    )
    await save()

    expect(toasts()).toEqual([title])
    expect((on.screen.find('input') as HTMLInputElement).value).toBe('Hong')
    expect(on.screen.went).toEqual([])
  })

  test('without network saving says so, and the form stays', async () => {
    await open()
    on.phone.online = false
    await save()

    expect(toasts()).toEqual([on.screen.client.words('network')])
    expect(on.screen.disabled('wx-button', on.screen.t.edit.save)).toBe(false)
  })

  test('a picture is uploaded as soon as it is chosen; its temporary path is never stored', async () => {
    await open()
    on.screen.type('Half typed')
    on.screen.raise('.choose', 'chooseavatar', { avatarUrl: 'wxfile://tmp_1.png' })
    expect(on.screen.text).toContain(on.screen.t.edit.uploading)
    expect(on.screen.disabled('wx-button', on.screen.t.edit.save)).toBe(true)
    await on.screen.quiet()

    expect(on.phone.wxCalls).toContain('uploadFile wxfile://tmp_1.png avatar')
    expect(on.screen.find('img').getAttribute('src')).toBe('/avatars/1.webp')
    expect(JSON.stringify([...on.phone.storage])).not.toContain('wxfile')
    expect((on.screen.find('input') as HTMLInputElement).value).toBe('Half typed')
    expect(on.screen.text).toContain(on.screen.t.edit.avatarHint)
  })

  test('a picture that does not arrive is told, and the old one stays', async () => {
    on.phone.service.avatar = '/avatars/0.webp'
    await open()
    on.phone.online = false
    on.screen.raise('.choose', 'chooseavatar', { avatarUrl: 'wxfile://tmp_1.png' })
    await on.screen.quiet()

    expect(toasts()).toEqual([on.screen.client.words('network')])
    expect(on.screen.find('img').getAttribute('src')).toBe('/avatars/0.webp')
  })

  test('without network and without a person it says so, and retry fetches them', async () => {
    on.phone.online = false
    await open()
    expect(on.screen.all('.notice--sign.notice--offline')).toHaveLength(1)
    on.phone.online = true
    on.screen.tap('.notice--again')
    await on.screen.quiet()

    expect((on.screen.find('input') as HTMLInputElement).value).toBe('Ming')
  })

  test('consent is asked for when WeChat asks, in our words, and never before', async () => {
    await open()
    expect(on.screen.text).not.toContain(on.screen.t.privacy.title)
    const answers: string[] = []
    on.screen.privacy?.(({ event }) => answers.push(event))
    expect(on.screen.text).toContain(on.screen.t.privacy.title)
    on.screen.tap('.privacy-sheet--contract')
    expect(on.screen.contracts).toBe(1)
    on.screen.raise('.privacy-sheet--agree', 'agreeprivacyauthorization', {})

    expect(answers).toEqual(['exposureAuthorization', 'agree'])
    expect(on.screen.text).not.toContain(on.screen.t.privacy.title)
  })

  test('who refuses goes on using the page', async () => {
    await open()
    const answers: string[] = []
    on.screen.privacy?.(({ event }) => answers.push(event))
    on.screen.tap('.privacy-sheet--refuse')

    expect(answers).toEqual(['exposureAuthorization', 'disagree'])
    expect(on.screen.disabled('wx-button', on.screen.t.edit.save)).toBe(false)
  })
})
