import { WeChatRefusal } from './calls'

const CANCEL = { zh_CN: '取消', en: 'Cancel' }
const OK = { zh_CN: '确定', en: 'OK' }
let language: 'zh_CN' | 'en' = 'zh_CN'
let toast: HTMLElement | undefined

export function speak(next: 'zh_CN' | 'en'): void {
  language = next
}

function layer(kind: string): HTMLElement {
  const element = document.createElement('div')
  element.className = `wx-layer ${kind}`
  document.querySelector('#phone')?.appendChild(element)
  return element
}

function part(parent: Element, tag: string, className: string, text?: string): HTMLElement {
  const element = document.createElement(tag)
  element.className = className
  if (text !== undefined) element.textContent = text
  parent.appendChild(element)
  return element
}

export function showToast({
  title,
  icon = 'success',
  duration = 1500,
}: {
  title: string
  icon?: string
  duration?: number
}): void {
  toast?.remove()
  const shown = (toast = layer('toast'))
  const box = part(shown, 'div', `box ${icon}`)
  box.setAttribute('role', 'status')
  part(box, 'i', 'icon')
  part(box, 'span', '', title)
  setTimeout(() => shown.remove(), duration)
}

export interface Modal {
  title?: string
  content?: string
  confirmText?: string
  cancelText?: string
  showCancel?: boolean
  confirmColor?: string
}

export function showModal(wish: Modal): Promise<{ confirm: boolean; cancel: boolean }> {
  return new Promise((resolve) => {
    const veil = layer('veil')
    const box = part(veil, 'div', 'modal')
    box.setAttribute('role', 'dialog')
    part(box, 'b', '', wish.title)
    part(box, 'p', '', wish.content)
    const foot = part(box, 'footer', '')
    const choose = (text: string, confirm: boolean, color = '') => {
      const button = part(foot, 'button', '', text)
      button.style.color = color
      button.addEventListener('click', () => {
        veil.remove()
        resolve({ confirm, cancel: !confirm })
      })
    }
    if (wish.showCancel !== false) choose(wish.cancelText ?? CANCEL[language], false)
    choose(wish.confirmText ?? OK[language], true, wish.confirmColor)
  })
}

/** Raises WeChatRefusal `cancel`. */
export function actionSheet(itemList: string[]): Promise<{ tapIndex: number }> {
  return new Promise((resolve, reject) => {
    const veil = layer('veil')
    const sheet = part(veil, 'div', 'sheet')
    sheet.setAttribute('role', 'menu')
    const close = () => {
      veil.remove()
      reject(new WeChatRefusal('cancel'))
    }
    itemList.forEach((text, tapIndex) => {
      part(sheet, 'button', '', text).addEventListener('click', () => {
        veil.remove()
        resolve({ tapIndex })
      })
    })
    part(sheet, 'button', 'cancel', CANCEL[language]).addEventListener('click', close)
    veil.addEventListener('click', ({ target }) => {
      if (target === veil) close()
    })
  })
}

/** WeChat's page about how information is used. */
export function privacyContract(): void {
  const zh = language === 'zh_CN'
  void showModal({
    title: zh ? '隐私保护指引' : 'Privacy guide',
    showCancel: false,
    content: zh
      ? '为了显示你的资料，开发者将在获取你的明示同意后，收集你选择提供的头像、昵称和手机号。'
      : 'To show your profile, the developer collects, after you agreed, the picture, nickname and phone number you choose to give.',
  })
}
