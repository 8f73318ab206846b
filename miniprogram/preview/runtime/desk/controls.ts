import { simulatorBase } from '../config'
import { onTurn, switches, turn, type Switches } from '../state'
import { traced, ended } from '../trace'
import { people, simulator } from '../wx/person'
import { forgetConsent } from '../wx/privacy'
import { wipe } from '../wx/storage'
import { element } from './build'
import { say, type Word } from './words'

export interface Screen {
  hide(): void
  show(): void
}

const SLOW_SECONDS = 3
const NEW = '+'
/** How WeChat's server misbehaves, as faults of the simulator. */
const FAULTS = {
  well: undefined,
  slow: { kind: 'delay', api: '*', times: null, seconds: SLOW_SECONDS },
  down: { kind: 'errcode', api: '*', times: null, errcode: -1 },
}

/** Answers the switches beside the phone. */
export function controls(screen: Screen): HTMLElement[] {
  onTurn((now, changed) => {
    if (changed === 'wechat') void misbehave(now.wechat)
    if (changed === 'offline') event(now.offline ? say('offline') : 'online')
    if (changed === 'privacy') forgetConsent()
  })
  return [
    row('person', personChoice()),
    row('language', choice('language', ['zh_CN', 'en'])),
    row('theme', choice('theme', ['light', 'dark'])),
    row('wechat', choice('wechat', ['well', 'slow', 'down'])),
    row('phone', choice('phone', ['gives', 'refuses', 'no-quota'])),
    row('more', toggle('offline'), toggle('privacy'), toggle('largeText')),
    actions(screen),
  ]
}

function row(name: Word, ...parts: HTMLElement[]): HTMLElement {
  return element('div', 'row', element('span', 'name', say(name)), ...parts)
}

function choice<K extends keyof Switches>(name: K, values: (Switches[K] & Word)[]): HTMLElement {
  const group = element('div', 'choice')
  group.setAttribute('role', 'group')
  for (const value of values) {
    const button = element('button', '', say(value))
    button.dataset.switch = `${name}=${value}`
    button.addEventListener('click', () => turn(name, value))
    group.append(button)
  }
  const mark = () => {
    for (const button of group.children) {
      const on = (button as HTMLElement).dataset.switch === `${name}=${String(switches()[name])}`
      button.setAttribute('aria-pressed', String(on))
    }
  }
  mark()
  onTurn(mark)
  return group
}

function toggle(name: 'largeText' | 'offline' | 'privacy'): HTMLElement {
  const box = element('input')
  box.type = 'checkbox'
  box.checked = switches()[name]
  box.dataset.switch = name
  box.addEventListener('change', () => turn(name, box.checked))
  return element('label', 'toggle', box, element('i'), say(name))
}

function personChoice(): HTMLElement {
  const select = element('select')
  select.dataset.switch = 'person'
  select.setAttribute('aria-label', say('person'))
  const fill = async () => {
    const known = await people()
    const options = known.map(({ user, nickname }) => new Option(nickname, user))
    select.replaceChildren(...options, new Option(say('add'), NEW))
    select.value = switches().person
  }
  void fill()
  select.addEventListener('change', () => void (select.value === NEW ? add() : choose()))
  const choose = () => turn('person', select.value)
  const add = async () => {
    const nickname = prompt(say('addAsk'))?.trim()
    if (!nickname) return fill()
    const user = `p${Date.now().toString(36)}`
    await simulator('users', { user, nickname })
    turn('person', user)
  }
  return select
}

function actions(screen: Screen): HTMLElement {
  let away = false
  const leave = action('hide', () => {
    away = !away
    document.documentElement.toggleAttribute('data-away', away)
    leave.textContent = say(away ? 'show' : 'hide')
    event(say(away ? 'hide' : 'show'))
    if (away) screen.hide()
    else screen.show()
  })
  const restart = action('restart', () => location.reload())
  const wiped = action('wipe', () => {
    wipe()
    location.reload()
  })
  return element('div', 'row actions', leave, restart, wiped)
}

function action(name: Word, act: () => void): HTMLButtonElement {
  const button = element('button', 'action', say(name))
  button.dataset.action = name
  button.addEventListener('click', act)
  return button
}

function event(name: string): void {
  ended(traced({ lane: 'event', name }), { outcome: '', good: true })
}

async function misbehave(how: Switches['wechat']): Promise<void> {
  await fetch(`${simulatorBase}/_sim/faults`, { method: 'DELETE' })
  const fault = FAULTS[how]
  if (fault) await simulator('faults', fault)
}
