import type { ComponentSpace, Instance } from 'glass-easel-miniprogram-adapter'

export type Built = Instance & { data: Record<string, never> }

export interface Definition {
  /** Names of the properties, with their types and first values. */
  properties?: Record<string, unknown>
  /** Runs after any property changed, and once at the start. */
  draw?(self: Built): void
  /** Runs once the element is in the page. */
  attached?(self: Built): void
}

export const TEXT = { type: String, value: '' }
export const FLAG = { type: Boolean, value: false }
export const NUMBER = { type: Number, value: 0 }
export const ANY = { type: null, value: null }

/** Teaches the space one of WeChat's own tags. */
export function define(space: ComponentSpace, tag: string, definition: Definition): void {
  const properties = { hidden: FLAG, name: TEXT, hoverClass: TEXT, ariaRole: TEXT, ...definition.properties }
  const component = space.defineComponent({
    is: `builtin/${tag}`,
    options: { virtualHost: false },
    properties,
    observers: {
      [Object.keys(properties).join(', ')](this: Built) {
        // A page that was left may still change what it no longer shows.
        if (!this.$$) return
        attribute(this.$$, 'hidden', this.data.hidden)
        if (this.data.ariaRole) attribute(this.$$, 'role', this.data.ariaRole)
        definition.draw?.(this)
      },
    },
    lifetimes: {
      attached(this: Built) {
        hover(this)
        definition.attached?.(this)
        definition.draw?.(this)
      },
    },
  })
  space.setGlobalUsingComponent(tag, component)
}

export function attribute(element: Element, name: string, value: unknown): void {
  if (value === false || value === null || value === undefined || value === '') {
    element.removeAttribute(name)
  } else element.setAttribute(name, value === true ? '' : String(value))
}

/** Shows a finger on an element that has a hover-class, or is a button. */
function hover(self: Built): void {
  const element = self.$$
  const press = () => element.setAttribute('data-pressed', String(self.data.hoverClass))
  const release = () => element.removeAttribute('data-pressed')
  if (self.data.hoverClass) {
    element.addEventListener('pointerdown', press)
    for (const end of ['pointerup', 'pointercancel', 'pointerleave']) {
      element.addEventListener(end, release)
    }
  }
}
