/** The well-known tutorial's own client, on the same phone, beside the library. */
export async function tutorial({ page, open, at, t }) {
  await open()
  await at('welcome').getByText(t.welcome.stranger).waitFor()
  const found = await page.evaluate(async (base) => {
    const { wx } = globalThis
    const ask = (path, method, data, header) =>
      new Promise((success, fail) => {
        wx.request({ url: base + path, method, data, header, success, fail })
      })
    const { code } = await wx.login()
    const { data: step } = await ask('/get-openid/', 'POST', { jscode: code })
    const profile = { nickname: '微信用户', avatar_url: 'http://tmp/x.png', gender: 0 }
    const { data: entered } = await ask('/wx-login/', 'POST', { ...step, ...profile })
    const { statusCode, data } = await ask('/v1/me', 'GET', undefined, { token: entered.token })
    return { step: Object.keys(step).sort(), entered, statusCode, id: data.id }
  }, new URL(page.url()).origin)
  return { ...found, own: await page.evaluate(() => globalThis.getApp().client.user.id) }
}
