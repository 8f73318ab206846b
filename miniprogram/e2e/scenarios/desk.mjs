import assert from 'node:assert/strict'
import { until } from '../people.mjs'

const MANY = 50

/** What stands beside the phone: somebody new takes it, things go wrong, and the wire tells all of it. */
export async function desk(phone) {
  const { page, open, at, calls } = phone
  const secrets = listenForSecrets(page)
  await open()
  await at('welcome').locator('wx-button.main').waitFor()
  await somebodyNew(phone)
  const order = await firstCalls(page)
  calls.length = 0
  await quarterLater(phone)
  const inTheOpen = await leaks(page, secrets)
  const refreshes = calls.filter(({ path }) => path === '/v1/token/refresh').length
  await withoutNetwork(phone)
  await slowWechat(phone)
  return { order, refreshes, secrets: secrets.size, leaks: inTheOpen + (await leaks(page, secrets)) }
}

/** Keeps what must never stand on the desk in full. */
function listenForSecrets(page) {
  const secrets = new Set()
  page.on('response', async (answer) => {
    if (!/\/v1\/(login|token\/refresh)$|\/_sim\/codes$/.test(answer.url()) || !answer.ok()) return
    const { code, access_token, refresh_token } = await answer.json()
    for (const secret of [code, access_token, refresh_token]) if (secret) secrets.add(secret)
  })
  return secrets
}

async function somebodyNew({ page, at, t, press }) {
  await press(page.locator('[data-action=add]'))
  await page.keyboard.type('Robin')
  await page.keyboard.press('Enter')
  await page.locator('[aria-pressed=true]', { hasText: 'Robin' }).waitFor()
  await at('welcome').getByText(t.welcome.stranger).waitFor()
}

/** Answers the calls of the launch, in the order in which the desk lists them. */
async function firstCalls(page) {
  const listed = page.locator('.log [data-call]')
  await page.locator('.log [data-call="POST /v1/login"] [data-call=jscode2session]').waitFor()
  return listed.evaluateAll((rows) => rows.slice(0, 3).map((row) => row.dataset.call))
}

/** Answers how many of the secrets stand on the page when every line and the access token are open. */
async function leaks(page, secrets) {
  await page.evaluate(() => {
    for (const line of document.querySelectorAll('.log details:not([open]) > summary')) line.click()
    document.querySelector('.reveal[aria-expanded=false], .reveal:not([aria-expanded])')?.click()
  })
  await page.locator('.claims', { hasText: '"sid"' }).waitFor()
  await page.locator('.log .parts .answer', { hasText: 'access_token' }).first().waitFor()
  const shown = await page.content()
  return [...secrets].filter((secret) => shown.includes(secret)).length
}

async function quarterLater({ page }) {
  await page.locator('[data-action=later]').click()
  await page.locator('[data-action=many]').click()
  await page.locator('.times', { hasText: String(MANY) }).waitFor()
  await until('all are answered', async () => (await page.locator('.log li.open').count()) === 0)
}

async function withoutNetwork({ page, at, press, turn, back }) {
  await turn('offline')
  await press(at('welcome').locator('wx-button.main'))
  await page.locator('.log li.bad').first().waitFor()
  await at('profile').locator('.strip').waitFor()
  await turn('offline')
  await back()
}

async function slowWechat({ page, at, turn }) {
  const set = page.waitForResponse(
    (answer) => answer.url().endsWith('/_sim/faults') && answer.request().method() === 'POST',
  )
  await turn('wechat=slow')
  await set
  await page.locator('[data-switch="wechat=slow"][aria-pressed=true]').waitFor()
  await page.locator('[data-action=wipe]').click()
  await at('welcome').locator('wx-button.main').waitFor()
  const took = await page.locator('.log [data-call="POST /v1/login"] .took').first().textContent()
  assert.ok(parseInt(took) >= 3000, `the login took ${took}`)
  await turn('wechat=well')
}
