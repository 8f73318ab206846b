import { onTurn, switches } from '../state'
import { element } from './build'
import { controls, type Screen } from './controls'
import { wire } from './wire'
import { say } from './words'

/** Lays out what stands beside the phone. */
export function openDesk(screen: Screen): void {
  document.documentElement.lang = switches().language === 'en' ? 'en' : 'zh-CN'
  const board = document.querySelector('#board')
  const head = element('header', 'title', element('h1', '', 'wxlogin'), element('p', '', say('lead')))
  board?.append(head, element('section', 'controls', ...controls(screen)), wire())
  document.querySelector('#asleep')?.append(say('asleep'))
  keepTime()
  const signal = () => document.documentElement.toggleAttribute('data-offline', switches().offline)
  signal()
  onTurn(signal)
}

function keepTime(): void {
  const clock = document.querySelector('#clock')
  const tick = () => {
    const time = new Date().toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit' })
    if (clock && clock.textContent !== time) clock.textContent = time
  }
  tick()
  setInterval(tick, 1000)
}
