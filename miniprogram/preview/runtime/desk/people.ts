import { switches, turn } from '../state'
import { people, simulator, tint, type Person } from '../wx/person'
import { element } from './build'
import { say } from './words'

const NAME_LIMIT = 64

/** Answers who may hold the phone: the persons that the simulator knows, and a new one. */
export function persons(): HTMLElement {
  const group = element('div', 'people')
  group.setAttribute('role', 'group')
  group.setAttribute('aria-label', say('person'))
  void people().then((known) => group.append(...known.map(chip), adding()))
  return group
}

function chip({ user, nickname }: Person): HTMLElement {
  const face = element('i', '', [...nickname][0] ?? '?')
  face.style.background = tint(nickname)
  const made = element('button', 'person', face, nickname)
  made.dataset.switch = `person=${user}`
  made.setAttribute('aria-pressed', String(user === switches().person))
  made.addEventListener('click', () => turn('person', user))
  return made
}

function adding(): HTMLElement {
  const open = element('button', 'person add', element('i', '', '+'), say('add'))
  open.dataset.action = 'add'
  const input = element('input', 'naming')
  Object.assign(input, { placeholder: say('addName'), maxLength: NAME_LIMIT, hidden: true })
  input.setAttribute('aria-label', say('addName'))
  open.addEventListener('click', () => {
    open.hidden = true
    input.hidden = false
    input.focus()
  })
  input.addEventListener('blur', () => {
    open.hidden = false
    input.hidden = true
  })
  input.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') input.blur()
    if (key === 'Enter' && input.value.trim()) void add(input.value.trim())
  })
  return element('span', '', open, input)
}

async function add(nickname: string): Promise<void> {
  const user = `p${crypto.randomUUID().slice(0, 8)}`
  await simulator('users', { user, nickname })
  turn('person', user)
}
