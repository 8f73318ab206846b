import { onTurn } from '../state'
import { heldBy } from '../wx/storage'
import { element } from './build'
import { decoded, ends } from './mask'
import { say } from './words'

/** What the client library keeps; see app/wxlogin/vault.ts. */
interface Kept {
  tokens?: { access: string; refresh: string; at: number; life: number }
}

const LIBRARY = 'wxlogin/'
const TICK = 500

/** Answers what the phone holds of the session, and what it never gets to hold. */
export function holds(): HTMLElement {
  const bar = element('i')
  const access = { value: element('code'), note: element('small') }
  const refresh = { value: element('code'), note: element('small', '', say('single')) }
  const claims = element('pre')
  const opened = element('details', 'held access', element('summary', '', element('b', '', say('access')), access.value, element('span', 'bar', bar), access.note), claims)
  const show = () => {
    const { tokens } = read()
    opened.classList.toggle('empty', !tokens)
    access.value.textContent = tokens ? ends(tokens.access) : say('none')
    refresh.value.textContent = tokens ? ends(tokens.refresh) : say('none')
    refresh.note.hidden = !tokens
    const left = tokens ? Math.max(0, tokens.at + tokens.life - Date.now()) : 0
    bar.style.width = tokens ? `${Math.min(100, (left / tokens.life) * 100)}%` : '0'
    access.note.textContent = !tokens ? '' : left ? `${clock(left)} ${say('left')}` : say('stale')
    if (opened.open) claims.textContent = JSON.stringify(decoded(tokens?.access) ?? {}, null, 2)
  }
  show()
  setInterval(show, TICK)
  onTurn(show)
  opened.addEventListener('toggle', show)
  return element(
    'section',
    'holds',
    opened,
    element('div', 'held', element('b', '', say('refresh')), refresh.value, refresh.note),
    element('div', 'held never', element('b', '', say('notHere')), element('code', '', 'session_key · openid · AppSecret'), element('small', '', say('unsaid'))),
  )
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
