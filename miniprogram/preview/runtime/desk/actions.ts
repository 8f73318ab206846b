import type { Client } from '../../../app/wxlogin/types'
import { switches, turn } from '../state'
import { happened } from '../trace'
import { wipe } from '../wx/storage'
import { element } from './build'
import { say, type Word } from './words'

export interface Screen {
  hide(): void
  show(): void
  client(): Client
}

const LATER = 15 * 60
const MANY = 50

/** Answers the buttons for what can happen to a phone. */
export function actions(screen: Screen): HTMLElement {
  let away = false
  const leave = action('hide', () => {
    away = !away
    document.documentElement.toggleAttribute('data-away', away)
    leave.textContent = say(away ? 'show' : 'hide')
    happened(say(away ? 'hide' : 'show'))
    if (away) screen.hide()
    else screen.show()
  })
  return element(
    'div',
    'row actions',
    leave,
    action('later', () => {
      turn('ahead', switches().ahead + LATER)
      happened(say('later'))
    }),
    action('many', () => {
      const ask = () => screen.client().request({ path: '/v1/me' })
      // What goes wrong is on the wire.
      for (let n = 0; n < MANY; n++) ask().catch(() => undefined)
    }),
    action('restart', () => location.reload()),
    action('wipe', () => {
      wipe()
      location.reload()
    }),
  )
}

function action(name: Word, act: () => void): HTMLButtonElement {
  const button = element('button', 'action', say(name))
  button.dataset.action = name
  button.addEventListener('click', act)
  return button
}
