import assert from 'node:assert/strict'

/** Switches beside the phone: no network, background, wiped storage; each time it comes back. */
export async function badNight({ page, at, t, open, turn, press, button, calls }) {
  await page.clock.install()
  await open()
  await at('welcome').getByText(t.welcome.stranger).waitFor()
  const identity = () => page.evaluate(() => globalThis.getApp().client.user?.id)
  const first = await identity()
  const act = (name) => page.evaluate((key) => document.querySelector(`[data-action="${key}"]`).click(), name)

  await turn('offline')
  await act('wipe')
  await press(button('welcome', t.retry))
  await button('welcome', t.retry).waitFor()
  await turn('offline')
  await press(button('welcome', t.retry))
  await at('welcome').getByText(t.welcome.stranger).waitFor()
  assert.equal(await identity(), first)

  await act('hide')
  await page.clock.fastForward(6000)
  await page.evaluate(() => {
    globalThis.answered = globalThis.getApp().client.request({ path: '/v1/me' })
  })
  await page.clock.fastForward(60_000)
  const asked = calls.filter(({ path }) => path === '/v1/me').length
  await act('hide')
  const { status } = await page.evaluate(() => globalThis.answered)
  assert.equal(status, 200)
  // Nothing went out before the mini-program was shown again.
  assert.equal(calls.filter(({ path }) => path === '/v1/me').length, asked + 1)
  return { first }
}
