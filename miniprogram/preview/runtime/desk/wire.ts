import { onTrace, type Entry, type Lane } from '../trace'
import { element } from './build'
import { decoded, masked } from './mask'
import { say, type Word } from './words'

const KEPT = 200
/** Of the others nobody knows how long they took. */
const TIMED: Lane[] = ['phone-service', 'phone-wechat']

/** Answers the list of all that goes over the wire, newest first. */
export function wire(): HTMLElement {
  const list = element('ol', 'log')
  const nothing = element('p', 'nothing', say('nothing'))
  const tally = element('span', 'tally')
  const clear = element('button', 'clear', say('clear'))
  const rows = new Map<Entry, HTMLLIElement>()
  const count = { calls: 0, logins: 0, refreshes: 0 }
  const told = () => {
    const parts = (Object.keys(count) as (keyof typeof count)[]).map((name) => `${say(name)} ${count[name]}`)
    tally.textContent = parts.join(' · ')
  }
  clear.addEventListener('click', () => {
    rows.clear()
    list.replaceChildren(nothing)
    Object.assign(count, { calls: 0, logins: 0, refreshes: 0 })
    told()
  })
  onTrace((entry) => {
    const known = rows.get(entry)
    const drawn = row(entry)
    nothing.remove()
    if (known) {
      known.replaceWith(drawn)
    } else {
      // What a call caused stands right above it, though it is heard of later.
      const older = [...rows]
        .filter(([other]) => other.began <= entry.began)
        .sort(([one], [other]) => one.began - other.began)
        .pop()
      if (older) older[1].before(drawn)
      else list.prepend(drawn)
      if (entry.lane === 'phone-service') count.calls++
      if (entry.name === 'POST /v1/login') count.logins++
      if (entry.name === 'POST /v1/token/refresh') count.refreshes++
      if (list.children.length > KEPT) list.lastElementChild?.remove()
    }
    rows.set(entry, drawn)
    const details = drawn.querySelector('details')
    const wasOpen = known?.querySelector('details')?.open
    if (details) details.open = wasOpen || (entry.good === true && opens(entry.name))
    told()
  })
  list.append(nothing)
  told()
  const head = element('header', '', element('h2', '', say('wire')), tally, clear)
  return element('section', 'wire', head, list)

  /** The first login of all is shown at once: it is what this is about. */
  function opens(name: string): boolean {
    return name === 'POST /v1/login' && count.logins === 1
  }
}

function row(entry: Entry): HTMLLIElement {
  const { lane, name, outcome, good, took } = entry
  const state = good === undefined ? 'open' : good ? 'good' : 'bad'
  const summary = element(
    'summary',
    '',
    element('span', `lane ${lane}`, say(lane)),
    element('code', 'name', name),
    element('span', `outcome ${state}`, outcome ?? say('waiting')),
    element('span', 'took', TIMED.includes(lane) && took ? `${Math.round(took)} ms` : ''),
  )
  const details = element('details', '', summary, element('div', 'parts', ...parts(entry)))
  const made = element('li', state, details)
  made.dataset.call = name
  return made
}

function parts({ headers, sent, answer }: Entry): HTMLElement[] {
  const shown: HTMLElement[] = []
  const add = (word: Word, value: unknown) => {
    if (value === undefined) return
    shown.push(element('div', word, element('h3', '', say(word)), paper(value)))
  }
  add('headers', headers)
  add('sent', sent)
  add('answer', answer)
  add('token', decoded((answer as { access_token?: string } | undefined)?.access_token))
  return shown
}

function paper(value: unknown): HTMLElement {
  const text = typeof value === 'string' ? value : JSON.stringify(masked(value), null, 2)
  return element('pre', '', text)
}
