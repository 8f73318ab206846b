/** Ten real pages are opened before WeChat has given a code. */
export async function tenPages({ page, context, open, at, t }) {
  let release
  const held = new Promise((resolve) => (release = resolve))
  await context.route('**/_sim/codes', async (route) => {
    await held
    await route.continue()
  })
  await open()
  await page.evaluate(async () => {
    for (let n = 1; n < 10; n++) await globalThis.wx.navigateTo({ url: '/pages/profile/profile' })
  })
  const waiting = await page.evaluate(() => globalThis.getCurrentPages().map(({ data }) => data.view))
  release()
  await page.waitForFunction(() => globalThis.getCurrentPages().every(({ data }) => data.user))
  await at('profile').getByText(t.profile.nickname).waitFor()
  return { waiting }
}
