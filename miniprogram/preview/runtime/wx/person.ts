import { appid, simulatorBase } from '../config'
import { switches } from '../state'
import { ended, traced } from '../trace'
import { WeChatRefusal } from './calls'
import { actionSheet } from './dialogs'
import { addFile } from './files'
import { isHidden, interrupted } from './foreground'
import { consent } from './privacy'

export interface Person {
  user: string
  nickname: string
  phone: string
}

/** Asks the simulator, which stands for WeChat. */
export async function simulator<T>(path: string, body?: object): Promise<T> {
  const answer = await fetch(`${simulatorBase}/_sim/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  })
  if (!answer.ok) throw new WeChatRefusal(`simulator ${answer.status}`)
  return (await answer.json()) as T
}

export const people = async () => (await simulator<{ users: Person[] }>('users')).users

async function person(): Promise<Person> {
  const { person: user } = switches()
  const found = (await people()).find((one) => one.user === user)
  return found ?? simulator<Person>('users', { user, nickname: user })
}

/** wx.login: WeChat gives the phone a code for the person in it. */
export async function login(): Promise<{ code: string }> {
  if (isHidden()) throw interrupted()
  const entry = traced({ lane: 'phone-wechat', name: 'wx.login' })
  try {
    if (switches().offline) throw new WeChatRefusal('net::ERR_INTERNET_DISCONNECTED', 600001)
    const { user } = await person()
    const minted = await simulator<{ code: string }>('codes', { appid: await appid(), user })
    ended(entry, { outcome: 'ok', good: true, answer: minted })
    return minted
  } catch (wrong) {
    ended(entry, { outcome: wrong instanceof WeChatRefusal ? wrong.message : 'fail', good: false, lost: true })
    throw wrong
  }
}

/** What the phone button tells its page. */
export async function phoneAnswer(): Promise<object> {
  const entry = traced({ lane: 'phone-wechat', name: 'getPhoneNumber' })
  const answer = await phoneTap().catch((wrong: unknown) => ({
    errMsg: `getPhoneNumber:fail ${wrong instanceof Error ? wrong.message : 'failed'}`,
    errno: wrong instanceof WeChatRefusal ? wrong.errno : undefined,
  }))
  const good = 'code' in answer
  ended(entry, { outcome: good ? 'ok' : 'fail', good, answer })
  return answer
}

async function phoneTap(): Promise<{ code: string; errMsg: string }> {
  await consent('getPhoneNumber')
  const { phone } = switches()
  if (phone === 'refuses') throw new WeChatRefusal('user deny')
  if (phone === 'no-quota') throw new WeChatRefusal('no quota', 1400001)
  const { user } = await person()
  const minted = await simulator<{ code: string }>('phone-codes', { appid: await appid(), user })
  return { ...minted, errMsg: 'getPhoneNumber:ok' }
}

/** Lets the person choose a picture; answers its temporary path, or nothing. */
export async function chosenAvatar(): Promise<string | undefined> {
  const zh = switches().language === 'zh_CN'
  const own = zh ? '用微信头像' : 'Use the WeChat picture'
  const album = zh ? '从相册选择' : 'Choose from album'
  try {
    await consent('chooseAvatar')
    const { tapIndex } = await actionSheet([own, album])
    const blob = tapIndex === 0 ? await drawn((await person()).nickname) : await picked()
    return blob && addFile(blob)
  } catch (wrong) {
    if (wrong instanceof WeChatRefusal) return undefined
    throw wrong
  }
}

/** Offers the WeChat nickname above the keyboard while the field has the focus. */
export async function nicknameBar(input: HTMLElement, use: (nickname: string) => void): Promise<void> {
  try {
    await consent('nickname')
  } catch {
    return
  }
  const bar = document.querySelector<HTMLElement>('#nickname-bar')
  const { nickname } = await person()
  if (!bar || document.activeElement !== input) return
  const zh = switches().language === 'zh_CN'
  bar.textContent = zh ? `用微信昵称 ${nickname}` : `Use the WeChat nickname ${nickname}`
  bar.hidden = false
  bar.onpointerdown = (event) => {
    event.preventDefault()
    use(nickname)
    bar.hidden = true
  }
  input.addEventListener('blur', () => (bar.hidden = true), { once: true })
}

const hueOf = (name: string) =>
  [...name].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) % 360, 7)

/** Answers the colour that stands for a person. */
export const tint = (name: string) => `hsl(${hueOf(name)} 55% 52%)`

/** A portrait for a name: nobody's photograph is needed to look at a login. */
function drawn(name: string): Promise<Blob | undefined> {
  const canvas = document.createElement('canvas')
  const size = (canvas.width = canvas.height = 264)
  const pen = canvas.getContext('2d')
  if (!pen) return Promise.resolve(undefined)
  const hue = hueOf(name)
  const sky = pen.createLinearGradient(0, 0, size, size)
  sky.addColorStop(0, `hsl(${hue} 70% 68%)`)
  sky.addColorStop(1, `hsl(${(hue + 50) % 360} 65% 48%)`)
  pen.fillStyle = sky
  pen.fillRect(0, 0, size, size)
  pen.fillStyle = '#ffffffe6'
  pen.beginPath()
  pen.arc(size / 2, size * 0.4, size * 0.19, 0, 7)
  pen.arc(size / 2, size * 1.02, size * 0.36, 0, 7)
  pen.fill()
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/png'))
}

function picked(): Promise<Blob | undefined> {
  const input = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/*' })
  return new Promise((resolve) => {
    input.onchange = () => resolve(input.files?.[0])
    input.addEventListener('cancel', () => resolve(undefined))
    input.click()
  })
}
