import type { Entry } from '../trace'
import { answerArrow, arrows } from './arrows'
import { element } from './build'
import { decoded, masked } from './mask'
import { meaning, refusal } from './meanings'
import { say, type Word } from './words'

/** One line of the wire: a call, or several of the same kind that were under way together. */
export interface Row {
  entries: Entry[]
  shown: HTMLLIElement
  /** Holds the calls that the service made because of it. */
  during: HTMLOListElement
  open: boolean
}

export function newRow(entry: Entry): Row {
  const row: Row = {
    entries: [entry],
    shown: element('li'),
    during: element('ol', 'during'),
    open: false,
  }
  row.shown.dataset.call = entry.name
  draw(row)
  return row
}

/** Draws what is known by now. */
export function draw(row: Row): void {
  const [entry] = row.entries
  const state = entry.good === undefined ? 'open' : entry.good ? 'good' : 'bad'
  row.shown.className = `${state} ${entry.lane}`
  if (entry.lane === 'event') row.shown.replaceChildren(element('span', 'happened', entry.name))
  else row.shown.replaceChildren(call(row), row.during, ...answer(row))
}

function call(row: Row): HTMLElement {
  const { entries } = row
  const [entry] = entries
  const name = element('span', 'name', element('code', '', entry.name))
  if (entries.length > 1) name.append(element('b', 'times', `× ${entries.length}`))
  const refused = refusal(entry)
  const said = element('small', refused && 'refusal', refused || meaning(entry))
  const what = element('span', 'what', name, said)
  const details = element('details', '', element('summary', '', arrows(entry), what, ...outcome(row)))
  details.open = row.open
  details.addEventListener('toggle', () => {
    row.open = details.open
    fill()
  })
  const fill = () => {
    if (details.open && details.children.length === 1) details.append(parts(entry))
  }
  fill()
  return details
}

function outcome({ entries }: Row): HTMLElement[] {
  const [{ lane, took }] = entries
  const outcomes = new Map<string, number>()
  for (const one of entries) {
    const said = one.lost ? say(reason(one)) : (one.outcome ?? say('waiting'))
    outcomes.set(said, (outcomes.get(said) ?? 0) + 1)
  }
  const told = [...outcomes].map(([said, times]) => (outcomes.size > 1 ? `${said} × ${times}` : said))
  // How long the service waited for WeChat nobody here knows.
  const time = lane !== 'service-wechat' && took !== undefined ? `${Math.round(took)} ms` : ''
  return [element('span', 'outcome', told.join(', ')), element('span', 'took', time)]
}

function reason({ outcome = '' }: Entry): Word {
  if (/interrupted/.test(outcome)) return 'interrupted'
  return /timeout/.test(outcome) ? 'timedOut' : 'lost'
}

/** The answer stands below what the call made others ask. */
function answer({ entries: [entry], during }: Row): HTMLElement[] {
  return during.children.length && entry.took !== undefined
    ? [element('div', 'afterwards', answerArrow(entry))]
    : []
}

function parts({ headers, sent, answer }: Entry): HTMLElement {
  const made = element('div', 'parts')
  const add = (word: Word, value: unknown) => {
    if (value === undefined) return
    const text = typeof value === 'string' ? value : JSON.stringify(masked(value), null, 2)
    made.append(element('div', word, element('h3', '', say(word)), element('pre', '', text)))
  }
  add('headers', headers)
  add('sent', sent)
  add('answer', answer)
  add('token', decoded((answer as { access_token?: string } | undefined)?.access_token))
  return made
}
