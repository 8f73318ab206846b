import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import type { Client } from '../../app/wxlogin/types'
import { createBackend, prepared } from './backend'
import { boxes } from './builtins/boxes'
import { buttons } from './builtins/buttons'
import { formParts } from './builtins/form'
import { openDesk } from './desk/desk'
import { Router, type Site } from './router'
import { onTurn, switches } from './state'
import { dropStrayClicks } from './touch'
import { speak } from './wx/dialogs'
import { hide, show } from './wx/foreground'
import { setClock } from './wx/clock'
import { createWx } from './wx/index'

interface Code {
  path: string
  json: object
  scope?: string
  load(): void
}
/** What app.ts gives to App(). */
interface App {
  client: Client
  onLaunch?(options: object): void
}
/** What the build makes of the mini-program's files. */
export interface Built {
  site: Site
  theme: Record<'light' | 'dark', Record<string, string>>
  groups: Record<string, unknown>
  components: Code[]
  loadApp(): void
}

export function boot({ site, theme, groups, components, loadApp }: Built): void {
  const { theme: shade, language, largeText } = switches()
  dress(theme, site, shade, largeText)
  speak(language)
  setClock()
  dropStrayClicks(document.querySelector('#screen') as Element)
  const environment = new MiniProgramEnv()
  const space = prepared(environment.createCodeSpace('', true))
  boxes(space.getComponentSpace())
  buttons(space.getComponentSpace())
  formParts(space.getComponentSpace())
  const router = new Router(environment.associateBackend(createBackend()), space, site)
  let app = {} as App
  Object.assign(globalThis, {
    wx: createWx(router),
    App: (definition: App) => (app = definition),
    getApp: () => app,
    getCurrentPages: () => router.pages,
  })
  openDesk({
    hide() {
      router.visible('onHide')
      hide()
    },
    show() {
      show()
      router.visible('onShow')
    },
    client: () => app.client,
  })
  loadApp()
  for (const { path, json, scope } of components) {
    space.addComponentStaticConfig(path, json)
    space.addCompiledTemplate(path, { groupList: groups, content: groups[path] })
    space.addStyleSheet(path, undefined, scope)
  }
  for (const { path, load } of components) space.globalComponentEnv(globalThis, path, load)
  app.onLaunch?.({})
  router.reLaunch(`/${site.pages[0]}`)
  onTurn((now, changed) => {
    if (changed === 'theme' || changed === 'largeText') dress(theme, site, now.theme, now.largeText)
    // Another person or language is another start of WeChat.
    if (changed === 'person' || changed === 'language') location.reload()
  })
  document.documentElement.dataset.ready = 'yes'
}

/** Puts the bar's colours and the size of letters in force. */
function dress(theme: Built['theme'], site: Site, shade: 'light' | 'dark', large: boolean): void {
  const phone = document.querySelector('#phone') as HTMLElement
  const color = (value = '') => (value.startsWith('@') ? theme[shade][value.slice(1)] : value)
  document.documentElement.dataset.theme = shade
  phone.style.setProperty('--bar', color(site.window.navigationBarBackgroundColor))
  phone.style.setProperty('--bar-ink', color(site.window.navigationBarTextStyle))
  phone.style.setProperty('--system-rem', large ? '20px' : '16px')
}
