import { apiBase, simulatorBase } from '../config'
import { onTurn, switches } from '../state'
import { actions, type Screen } from './actions'
import { element } from './build'
import { choice, connectSwitches, labelled, toggle } from './controls'
import { holds } from './holds'
import { persons } from './people'
import { wire } from './wire'
import { say, type Word } from './words'

/** Lays out what stands beside the phone. */
export function openDesk(screen: Screen): void {
  document.documentElement.lang = switches().language === 'en' ? 'en' : 'zh-CN'
  document.querySelector('#board')?.append(title(), controls(screen), holds(), wire())
  document.querySelector('#asleep')?.append(say('asleep'))
  connectSwitches()
  keepTime()
  const signal = () => document.documentElement.toggleAttribute('data-offline', switches().offline)
  signal()
  onTurn(signal)
}

function title(): HTMLElement {
  const words = element('div', '', element('h1', '', 'wxlogin'), element('p', '', say('lead')))
  return element(
    'header',
    'title',
    words,
    element('nav', '', link('docs', `${apiBase}/docs`), link('simulator', `${simulatorBase}/_sim/`)),
    choice('language', ['zh_CN', 'en']),
    choice('theme', ['light', 'dark']),
  )
}

function controls(screen: Screen): HTMLElement {
  return element(
    'section',
    'controls',
    labelled('person', persons()),
    labelled('wechat', choice('wechat', ['well', 'slow', 'busy'])),
    labelled('phone', choice('phone', ['gives', 'refuses', 'no-quota'])),
    element('div', 'row', toggle('offline'), toggle('privacy'), toggle('largeText')),
    actions(screen),
  )
}

function link(name: Word, href: string): HTMLElement {
  return Object.assign(element('a', '', say(name)), { href, target: '_blank', rel: 'noopener' })
}

function keepTime(): void {
  const clock = document.querySelector('#clock')
  const tick = () => {
    const now = new Date(Date.now())
    const time = now.toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit' })
    if (clock && clock.textContent !== time) clock.textContent = time
  }
  tick()
  setInterval(tick, 1000)
  onTurn(tick)
}
