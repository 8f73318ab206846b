import type { Entry, Lane } from '../trace'
import { drawing } from './build'

/** Where the lifelines stand; desk.css draws them at the same places. */
const PHONE = 34
const SERVICE = 112
const WECHAT = 190
const ENDS: Record<Lane, [from: number, to: number]> = {
  'phone-service': [PHONE, SERVICE],
  'phone-wechat': [PHONE, WECHAT],
  'service-wechat': [SERVICE, WECHAT],
  event: [PHONE, PHONE],
}
const WIDTH = 224
const HEIGHT = 48
const HEAD = 6
const HOP = 5

/** Draws a call from one lifeline to another, and its answer once there is one. */
export function arrows({ lane, good, lost, took }: Entry): SVGElement {
  const [from, to] = ENDS[lane]
  const made = drawing('svg', {
    class: `arrows ${lane}`,
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    'aria-hidden': 'true',
  })
  if (lost) {
    made.append(...broken(from, to, 25))
    return made
  }
  made.append(...arrow(from, to, 17, 'there'))
  if (took === undefined) {
    made.append(drawing('circle', { class: 'moving', cx: from, cy: 17, r: 3.5 }))
    made.dataset.span = String(to - from)
  } else {
    made.append(...arrow(to, from, 33, good ? 'back' : 'back bad'))
  }
  return made
}

/** Draws an answer alone: that of a call which made others. */
export function answerArrow({ lane, good }: Entry): SVGElement {
  const [from, to] = ENDS[lane]
  const size = { viewBox: `0 0 ${WIDTH} 24`, width: WIDTH, height: 24, 'aria-hidden': 'true' }
  return drawing('svg', { class: `arrows ${lane}`, ...size }, ...arrow(to, from, 10, good ? 'back' : 'back bad'))
}

/** A call that got no further than half its way. */
function broken(from: number, to: number, y: number): SVGElement[] {
  const end = from + (to - from) / 2
  const cross = `M${end - 5} ${y - 5}l10 10m0 -10l-10 10`
  return [
    drawing('path', { class: 'line there', d: `M${from} ${y}H${end - 8}` }),
    drawing('path', { class: 'line bad', d: cross }),
  ]
}

function arrow(from: number, to: number, y: number, kind: string): SVGElement[] {
  const way = Math.sign(to - from)
  const crosses = Math.min(from, to) < SERVICE && SERVICE < Math.max(from, to)
  const hop = crosses
    ? `H${SERVICE - way * HOP}a${HOP} ${HOP} 0 0 ${way > 0 ? 1 : 0} ${way * 2 * HOP} 0`
    : ''
  const tip = `M${to - way * HEAD} ${y - HEAD * 0.65}L${to} ${y}l${-way * HEAD} ${HEAD * 0.65}`
  return [
    drawing('path', { class: `line ${kind}`, d: `M${from} ${y}${hop}H${to}` }),
    drawing('path', { class: `tip ${kind}`, d: tip }),
  ]
}
