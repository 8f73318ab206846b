import { simulatorBase } from '../config'
import { onTurn, switches, turn, type Switches } from '../state'
import { happened } from '../trace'
import { simulator } from '../wx/person'
import { forgetConsent } from '../wx/privacy'
import { element } from './build'
import { say, type Word } from './words'

const SLOW_SECONDS = 3
/** How WeChat's server misbehaves, as faults of the simulator. */
const FAULTS = {
  well: undefined,
  slow: { kind: 'delay', api: '*', times: null, seconds: SLOW_SECONDS },
  busy: { kind: 'errcode', api: '*', times: null, errcode: -1 },
}

/** Lets the switches act on the world. */
export function connectSwitches(): void {
  void faultsInForce()
  onTurn((now, changed) => {
    if (changed === 'wechat') void misbehave(now.wechat)
    if (changed === 'offline') happened(say(now.offline ? 'offline' : 'online'))
    if (changed === 'privacy') forgetConsent()
  })
}

/** Answers a row of buttons of which one is pressed. */
export function choice<K extends 'language' | 'theme' | 'wechat' | 'phone'>(
  name: K,
  values: (Switches[K] & Word)[],
): HTMLElement {
  const group = element('div', 'choice')
  group.setAttribute('role', 'group')
  group.setAttribute('aria-label', say(name))
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

export function toggle(name: 'largeText' | 'offline' | 'privacy'): HTMLElement {
  const box = element('input')
  box.type = 'checkbox'
  box.checked = switches()[name]
  box.dataset.switch = name
  box.addEventListener('change', () => turn(name, box.checked))
  return element('label', 'toggle', box, element('i'), say(name))
}

export function labelled(name: Word, ...parts: HTMLElement[]): HTMLElement {
  return element('div', 'row', element('span', 'label', say(name)), ...parts)
}

async function misbehave(how: Switches['wechat']): Promise<void> {
  await fetch(`${simulatorBase}/_sim/faults`, { method: 'DELETE' })
  const fault = FAULTS[how]
  if (fault) await simulator('faults', fault)
}

/** The simulator outlives this page: its faults say how the switch stands. */
async function faultsInForce(): Promise<void> {
  const { faults } = await simulator<{ faults: { kind: string }[] }>('faults')
  const [kind] = faults.map((fault) => fault.kind)
  const how = kind === 'delay' ? 'slow' : kind === 'errcode' ? 'busy' : 'well'
  if (how !== switches().wechat) turn('wechat', how)
}
