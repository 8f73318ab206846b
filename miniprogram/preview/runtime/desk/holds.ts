import { onTurn } from '../state'
import { heldBy } from '../wx/storage'
import { element } from './build'
import { decoded, ends } from './mask'
import { say, type Word } from './words'

/** What the client library keeps; see app/wxlogin/vault.ts. */
interface Kept {
  tokens?: { access: string; refresh: string; at: number; life: number }
}

const LIBRARY = 'wxlogin/'
const TICK = 500

/** Answers what the phone holds of the session, and what it never gets to hold. */
export function holds(): HTMLElement {
  const bar = element('i')
  const access = held('access', element('span', 'bar', bar))
  const refresh = held('refresh')
  const never = held('notHere')
  never.value.textContent = 'session_key · AppSecret'
  never.note.textContent = say('unsaid')
  const reveal = element('button', 'reveal', say('decode'))
  access.box.prepend(reveal)
  const claims = element('pre', 'claims')
  claims.hidden = true
  const show = () => {
    const { tokens } = read()
    const left = tokens ? Math.max(0, tokens.at + tokens.life - Date.now()) : 0
    access.box.classList.toggle('empty', !tokens)
    access.value.textContent = tokens ? ends(tokens.access) : say('none')
    access.note.textContent = !tokens ? '' : left ? `${clock(left)} ${say('left')}` : say('stale')
    refresh.value.textContent = tokens ? ends(tokens.refresh) : say('none')
    refresh.note.textContent = tokens ? say('single') : ''
    bar.style.width = tokens ? `${Math.min(100, (left / tokens.life) * 100)}%` : '0'
    if (!claims.hidden) claims.textContent = JSON.stringify(decoded(tokens?.access) ?? {}, null, 2)
  }
  reveal.addEventListener('click', () => {
    claims.hidden = !claims.hidden
    reveal.setAttribute('aria-expanded', String(!claims.hidden))
    show()
  })
  show()
  setInterval(show, TICK)
  onTurn(show)
  return element('section', 'holds', access.box, refresh.box, never.box, claims)
}

function held(name: Word, ...between: HTMLElement[]) {
  const value = element('code')
  const note = element('small')
  const box = element('div', `held ${name}`, element('b', '', say(name)), value, ...between, note)
  return { box, value, note }
}

function read(): Kept {
  try {
    return JSON.parse(heldBy(LIBRARY) ?? '{}') as Kept
  } catch {
    return {}
  }
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
