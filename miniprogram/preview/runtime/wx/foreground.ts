import { WeChatRefusal } from './calls'

/** WeChat breaks off what is under way five seconds after the mini-program left the screen. */
const GRACE = 5000

let hidden = false
let timer = 0
let breaking = new Set<(refusal: WeChatRefusal) => void>()
const showing = new Set<(options: object) => void>()
const hiding = new Set<() => void>()

export const onAppShow = (act: (options: object) => void) => void showing.add(act)
export const onAppHide = (act: () => void) => void hiding.add(act)
export const isHidden = () => hidden

export function hide(): void {
  hidden = true
  hiding.forEach((act) => act())
  timer = window.setTimeout(() => {
    const broken = breaking
    breaking = new Set()
    broken.forEach((act) => act(interrupted()))
  }, GRACE)
}

export function show(options: object = {}): void {
  clearTimeout(timer)
  hidden = false
  showing.forEach((act) => act(options))
}

/** Runs a call for as long as the mini-program is on the screen. */
export function whileShown<T>(act: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    breaking.add(reject)
    act()
      .then(resolve, reject)
      .finally(() => breaking.delete(reject))
  })
}

export const interrupted = () => new WeChatRefusal('interrupted', 600003)
