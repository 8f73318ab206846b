import assert from 'node:assert/strict'

/** Nobody enters unasked; what was agreed to is known; who is one person stays one, and may come back. */
export async function agreement({ page, at, t, open, press, button, agree, back }) {
  await open()
  const text = at('agreement')
  await text.getByText(t.agreement.points[0]).waitFor()
  await press(button('agreement', t.agreement.later))
  await press(button('welcome', t.retry))
  await press(button('agreement', t.agreement.agree))
  await at('welcome').getByText(t.welcome.stranger).waitFor()
  const id = await page.evaluate(() => globalThis.getApp().client.user.id)

  const found = await page.evaluate(async () => {
    const { identities, account, consent } = globalThis.getApp().client
    const [first, ...more] = await identities.list()
    const refused = await identities.remove(first.appid).catch(({ code, message }) => ({ code, message }))
    const merged = await identities.merge(await identities.ticket())
    const again = await identities.merge('no such ticket').catch(({ code }) => code)
    const sealed = await account.openData({ encryptedData: 'AAAA', iv: 'AAAA' }).catch(({ code }) => code)
    const { consents } = await account.export()
    return { first, more, refused, merged: merged.id, again, sealed, consents, required: consent.required }
  })

  await press(at('welcome').getByText(t.welcome.mine))
  await press(at('profile').getByText(t.profile.account))
  await press(at('account').getByText(t.account.agreement, { exact: true }))
  await press(button('agreement', t.agreement.withdraw))
  await agree()
  await press(at('account').getByText(t.account.delete, { exact: true }))
  await agree()
  await agree()
  await press(button('login', t.login.button))
  // The account is back, which is said, and agreed to once more, which it has to be.
  await page.locator('.wx-layer [role=dialog]').getByText(t.account.back).waitFor()
  await agree()
  await text.getByText(t.agreement.points[0]).waitFor()
  await back()
  assert.equal(await page.evaluate(() => globalThis.getApp().client.user.id), id)
  return { ...found, id }
}
