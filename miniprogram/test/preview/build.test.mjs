import { expect, it } from 'vitest'
import { project } from '../../preview/builder/project.mjs'
import { site } from '../../preview/builder/site.mjs'
import { styles, units } from '../../preview/builder/styles.mjs'
import { templates } from '../../preview/builder/templates.mjs'

const OFTEN = 60

it('compiles the same templates to the same text, however often', () => {
  const { components } = project()
  const texts = Array.from({ length: OFTEN }, () => templates(components).groups)
  expect(new Set(texts).size).toBe(1)
})

it('builds a page that runs under a policy without inline code, inline styles and eval', async () => {
  const files = await site()
  expect(files.get('index.html')).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
  expect(files.get('preview.js')).not.toMatch(/\beval\(|new Function\b/)
})

it('names every licence of what is inside', async () => {
  const notices = (await site()).get('NOTICES.txt')
  for (const name of ['glass-easel', 'glass-easel-miniprogram-adapter']) {
    expect(notices).toMatch(new RegExp(`^${name} \\S+ \\(MIT\\)$`, 'm'))
  }
})

it('rewrites the units that browsers lack', () => {
  expect(units('12rpx -4.5rpx 2rem 50vw')).toBe('calc(12 * var(--rpx)) calc(-4.5 * var(--rpx)) calc(2 * var(--rem)) 50cqw')
})

it('keeps styles to the page, to the component, and to the phone', () => {
  const { components } = project()
  const rules = styles(components).match(/^[^\s@}/][^{]*(?= \{)/gm)
  expect(rules.length).toBeGreaterThan(50)
  for (const rule of rules.filter((one) => !/^(from|to|\d)/.test(one))) {
    expect(rule).toMatch(/^(:where\(\[data-theme="dark"\]\) )?:where\((#pages|\[is="pages\/)/)
  }
  expect(rules).toContain(':where([is="pages/edit/edit"]) .portrait')
})
