import { glassEasel, type Backend, type CodeSpace } from 'glass-easel-miniprogram-adapter'
import tags from './tags.json'
import { units } from './units'

/**
 * DOM events that reach handlers as they are. All others are raised by the built-in components with
 * WeChat's details, so the DOM's own must not get through.
 */
const AS_THEY_ARE = new Set([
  ...['touchstart', 'touchmove', 'touchend', 'touchcancel', 'transitionend'],
  ...['animationstart', 'animationiteration', 'animationend'],
])

/** Lets ids reach the DOM, and warns of tags that nobody defined. */
export function prepared(space: CodeSpace): CodeSpace {
  const prepare = space.prepareComponentOptions.bind(space)
  space.prepareComponentOptions = (is, options) => {
    const [prepared, rest] = prepare(is, options)
    return [{ ...prepared, writeIdToDOM: true, idPrefixGenerator: null }, rest]
  }
  const components = space.getComponentSpace()
  components.defineComponent({ is: '', template: undefined })
  components._$allowUnusedNativeNode = false
  return space
}

/** Builds the DOM that glass-easel draws on. */
export function createBackend(): Backend {
  const backend = new glassEasel.CurrentWindowBackendContext()
  backend.document = {
    createElement,
    createTextNode: (text: string) => document.createTextNode(text),
    createDocumentFragment: () => document.createDocumentFragment(),
  }
  const listen = backend.setListenerStats.bind(backend)
  backend.setListenerStats = (element, type, capture, mutated) => {
    if (AS_THEY_ARE.has(type)) listen(element, type, capture, mutated)
  }
  backend.onEvent((target, type, detail, options) => {
    const event = new glassEasel.Event(type, detail, options)
    glassEasel.Event.dispatchEvent(target, event)
    return event.getEventBubbleStatus()
  })
  return backend
}

function createElement(tag: string): HTMLElement {
  const element = document.createElement(tags.includes(tag) ? `wx-${tag}` : tag)
  const set = element.setAttribute
  element.setAttribute = function (name, value) {
    // Through the style object: a policy without inline styles forbids the attribute.
    if (name === 'style') this.style.cssText = units(String(value))
    else set.call(this, name, value)
  }
  return element
}
