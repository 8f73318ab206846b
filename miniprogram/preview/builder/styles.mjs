// Turns WXSS into CSS: units, tags, the page's own styles kept to the page, components apart.
import postcss from 'postcss'
import selectorParser from 'postcss-selector-parser'
import tags from '../runtime/tags.json' with { type: 'json' }
import { exists, read } from './project.mjs'

const DARK = ':where([data-theme="dark"])'

/** The same as runtime/units.ts, which the build cannot import. */
export const units = (value) =>
  value
    .replace(/(-?\d*\.?\d+)rpx\b/g, 'calc($1 * var(--rpx))')
    .replace(/(-?\d*\.?\d+)rem\b/g, 'calc($1 * var(--rem))')
    .replace(/(-?\d*\.?\d+)v([wh])\b/g, '$1cq$2')

/** Answers the CSS of the app and all components; gives each component its `scope`. */
export function styles(components) {
  const parts = [css('app.wxss', {})]
  components.forEach((component, index) => {
    if (!component.page) component.scope = `c${index}`
    const file = `${component.path}.wxss`
    if (exists(file)) parts.push(css(file, component))
  })
  return parts.join('\n')
}

function css(file, { page, path, scope }) {
  const sheet = postcss.parse(read(file), { from: file })
  sheet.walkDecls((declaration) => {
    declaration.value = units(declaration.value)
  })
  sheet.walkComments((comment) => comment.remove())
  sheet.walkRules((rule) => {
    const around = rule.parent
    if (around.type === 'atrule' && around.name === 'keyframes') return
    const dark = around.type === 'atrule' && /color-scheme: dark/.test(around.params)
    rule.selectors = rule.selectors.map((selector) => {
      const own = rewritten(selector, { scope, page: page && path })
      return dark ? `${DARK} ${own}` : own
    })
  })
  // The phone's look is a switch of the desk, not the browser's.
  sheet.walkAtRules('media', (media) => {
    if (/color-scheme: dark/.test(media.params)) media.replaceWith(media.nodes)
  })
  return sheet.toString()
}

function rewritten(text, { scope, page }) {
  return selectorParser((selectors) => {
    selectors.each((selector) => {
      selector.walkTags((tag) => {
        if (tag.value === 'page' || tags.includes(tag.value)) tag.value = `wx-${tag.value}`
      })
      if (scope) selector.walkClasses((one) => { one.value = `${scope}--${one.value}` })
    })
  })
    .processSync(text)
    // Neither the phone's own parts nor the desk are the mini-program's to dress.
    .replace(/^/, `:where(${page ? `[is="${page}"]` : '#pages'}) `)
}
