// A phone in Chromium: the preview's page, and what a person does with it.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { TARGET } from '../preview/builder/target.mjs'
import { textsIn } from './texts.mjs'

const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  // A page laid over an address counts as one from far away, which may not ask the simulator.
  '--disable-features=LocalNetworkAccessChecks',
]
const PATIENCE = 15_000
const DESK = { viewport: { width: 1280, height: 900 } }
const HAND = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** What passes by must not stand before what is shown. */
const NO_TOAST = '.wx-layer.toast { visibility: hidden }'
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

/**
 * `settings`: chromium, service, simulator, appid; person, language `zh` or `en`, theme `light` or `dark`,
 * touch; page, where somebody serves the preview, else it is laid over the service's own address.
 */
export async function openPhone(settings) {
  const { language, theme, touch, service } = settings
  const browser = await chromium.launch({ executablePath: settings.chromium, args: QUIET })
  const context = await browser.newContext({
    ...(touch ? HAND : DESK),
    locale: language === 'zh' ? 'zh-CN' : 'en-US',
    colorScheme: theme,
    reducedMotion: 'reduce',
  })
  if (!settings.page) await layOver(context, settings)
  await context.addInitScript(hold, settings.person)
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  const heard = listen(page)
  const at = (name) => page.locator(`wx-page[is="pages/${name}/${name}"]:not([hidden])`)
  const press = (where) => (touch ? where.tap() : where.click())
  return {
    page,
    context,
    ...heard,
    t: await textsIn(language),
    at,
    button: (name, words) => at(name).locator('wx-button', { hasText: words }),
    press,
    /** Presses the last button of a dialog, which is the one that agrees. */
    agree: () => press(page.locator('.wx-layer [role=dialog] footer button').last()),
    /** Chooses from what came up from the bottom. */
    choose: (index) => press(page.locator('.wx-layer [role=menu] button').nth(index)),
    back: () => press(page.locator('#nav-back')),
    open: () => page.goto(settings.page ?? `${service}/preview/index.html`),
    turn: (name) => page.evaluate((key) => document.querySelector(`[data-switch="${key}"]`).click(), name),
    shoot: (name) => shoot(page, settings, name),
    close: () => browser.close(),
  }
}

/** Puts a person's phone into the tab, unless somebody holds one already. */
function hold(person) {
  const key = 'wxlogin-preview/switches'
  if (!sessionStorage.getItem(key)) sessionStorage.setItem(key, JSON.stringify({ person }))
}

/** Serves the built preview from the service's address, which shows no pages by itself. */
async function layOver(context, { service, simulator, appid }) {
  const config = `globalThis.WXLOGIN_PREVIEW = ${JSON.stringify({ simulatorBase: simulator, appid })}`
  await context.route(`${service}/preview/**`, (route) => {
    const name = path.basename(new URL(route.request().url()).pathname)
    const body = name === 'preview-config.js' ? config : readFileSync(`${TARGET}/${name}`)
    return route.fulfill({ body, contentType: `${TYPES[path.extname(name)]}; charset=utf-8` })
  })
}

/** Keeps what the console said, and which calls were made. */
function listen(page) {
  const heard = { console: [], calls: [] }
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    heard.console.push(`${message.type()}: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => heard.console.push(`uncaught: ${error.stack}`))
  page.on('response', (answer) => {
    const { pathname } = new URL(answer.url())
    if (!/^\/(v1|_sim|get-openid|wx-login)\b/.test(pathname)) return
    heard.calls.push({ method: answer.request().method(), path: pathname, status: answer.status() })
  })
  return heard
}

/** Keeps a picture of the phone, light and dark; large letters must fit on the page, too. */
async function shoot(page, { screenshots, language, theme }, name) {
  if (!screenshots) return
  mkdirSync(screenshots, { recursive: true })
  const turn = (wanted) =>
    page.evaluate((key) => document.querySelector(`[data-switch="${key}"]`).click(), wanted)
  for (const wanted of ['light', 'dark']) {
    await turn(`theme=${wanted}`)
    const file = path.join(screenshots, `${name}-${language}-${wanted}.png`)
    await page.locator('#phone').screenshot({ path: file, animations: 'disabled', style: NO_TOAST })
  }
  await turn(`theme=${theme}`)
  const wide = [await page.evaluate(tooWide)]
  await turn('largeText')
  wide.push(await page.evaluate(tooWide))
  await turn('largeText')
  assert.deepEqual(wide, [[], []], `${name} in ${language}, usual and large letters`)
}

/** Answers what sticks out of the page that is shown. */
function tooWide() {
  const shown = document.querySelector('wx-page:not([hidden])')
  const edge = shown.getBoundingClientRect().right + 1
  return [...shown.querySelectorAll('*')]
    .filter((one) => one.getBoundingClientRect().right > edge && !one.closest('wx-scroll-view'))
    .map((one) => `${one.tagName} ${one.className}: ${one.textContent.slice(0, 40)}`)
}
