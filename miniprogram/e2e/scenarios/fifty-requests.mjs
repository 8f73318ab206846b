import { me, until } from '../people.mjs'

/**
 * 50 requests at once, with a token that has run out; `stopped` stops the phone's clock first, so
 * that it takes the token for good and the service has to refuse it.
 */
export async function fiftyRequests({ page, open, at, t, calls }, settings) {
  const login = page.waitForResponse((answer) => answer.url().endsWith('/v1/login'))
  await open()
  const { access_token: token, expires_in: life } = await (await login).json()
  const end = Date.now() + life * 1000
  await at('welcome').getByText(t.welcome.stranger).waitFor()
  if (settings.stopped) {
    await page.evaluate(() => {
      const now = Date.now()
      Date.now = () => now
    })
  }
  await until('the token runs out', async () => Date.now() > end && (await me(settings, token)).status === 401)
  calls.length = 0
  const answered = await page.evaluate(async () => {
    const ask = (_, n) => globalThis.getApp().client.request({ path: `/v1/me?n=${n}` })
    const replies = await Promise.all(Array.from({ length: 50 }, ask))
    return replies.map(({ status, data }) => [status, data.id])
  })
  return { answered }
}
