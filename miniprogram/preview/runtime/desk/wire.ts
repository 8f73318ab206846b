import { onTrace, type Entry } from '../trace'
import { element } from './build'
import { draw, newRow, type Row } from './row'
import { say } from './words'

const KEPT = 200
const NEAR = 80
const COUNTED = { calls: /^[A-Z]+ \//, logins: /^POST \/v1\/login$/, refreshes: /^POST \/v1\/token\/refresh$/ }
type Counted = keyof typeof COUNTED

/** Answers the list of all that goes over the wire, in the order of time. */
export function wire(): HTMLElement {
  const list = element('ol', 'log')
  const nothing = element('p', 'nothing', say('nothing'))
  const tally = element('span', 'tally')
  const clear = element('button', 'clear', say('clear'))
  const rows = new Map<Entry, Row>()
  const count: Record<Counted, number> = { calls: 0, logins: 0, refreshes: 0 }
  const told = () => {
    const names = Object.keys(count) as Counted[]
    tally.replaceChildren(
      ...names.map((name) => element('span', name, `${say(name)} `, element('b', '', String(count[name])))),
    )
  }
  clear.addEventListener('click', () => {
    rows.clear()
    list.replaceChildren()
    nothing.hidden = false
    Object.assign(count, { calls: 0, logins: 0, refreshes: 0 })
    told()
  })
  onTrace((entry) => {
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR
    const known = rows.get(entry)
    if (known) draw(known)
    else {
      nothing.hidden = true
      for (const name of Object.keys(count) as Counted[]) {
        if (COUNTED[name].test(entry.name)) count[name]++
      }
      told()
      rows.set(entry, placed(entry))
    }
    if (follows) list.scrollTop = list.scrollHeight
  })
  told()
  const ends = element(
    'div',
    'ends',
    ...(['atPhone', 'atService', 'atWechat'] as const).map((end) => element('span', end, say(end))),
  )
  const head = element('header', '', ends, element('small', 'hint', say('hint')), tally, clear)
  return element('section', 'wire', head, nothing, list)

  function placed(entry: Entry): Row {
    const last = list.lastElementChild
    const together = [...rows.values()].find((row) => row.shown === last && joins(row.entries, entry))
    if (together) {
      together.entries.push(entry)
      draw(together)
      return together
    }
    const row = newRow(entry)
    const around = entry.cause && rows.get(entry.cause)
    if (around) {
      around.during.append(row.shown)
      draw(around)
    } else list.append(row.shown)
    while (list.children.length > KEPT) list.firstElementChild?.remove()
    return row
  }
}

/** The same call, while the others were under way. */
function joins(entries: Entry[], { name, lane }: Entry): boolean {
  const [first] = entries
  return (
    lane !== 'event' &&
    first.name === name &&
    first.lane === lane &&
    entries.some(({ took }) => took === undefined)
  )
}
