import assert from 'node:assert/strict'
import { elsewhere, me, until } from '../people.mjs'

const identity = () => globalThis.getApp().client.user.id

/** All that a person does here: from the first look to being forgotten. */
export async function journey(phone, settings) {
  const first = await arrive(phone)
  await fillIn(phone)
  await bind(phone)
  await lookAtDevices(phone, settings)
  await takeData(phone)
  await logOutAndIn(phone, first)
  const second = await leaveForGood(phone, first)
  return { first, second }
}

async function arrive({ page, at, t, shoot, press, open }) {
  await open()
  await at('welcome').getByText(t.welcome.stranger).waitFor()
  await shoot('welcome')
  const id = await page.evaluate(identity)
  await press(at('welcome').getByText(t.welcome.mine))
  await at('profile').getByText(t.profile.nickname).waitFor()
  assert.equal(await page.locator('#nav-title').textContent(), t.profile.title)
  await shoot('profile-empty')
  return id
}

async function fillIn({ page, at, t, press, choose, shoot, turn }) {
  await turn('privacy')
  await press(at('profile').locator('.card'))
  const edit = at('edit')
  await press(edit.locator('.choose'))
  // Consent is asked for now, and not before.
  await press(edit.locator('#privacy-agree'))
  await choose(0)
  await edit.locator('img[src*="/avatars/"]').waitFor()
  await press(edit.locator('.field input'))
  await press(page.locator('#nickname-bar'))
  await page.keyboard.press('End')
  await page.keyboard.type(' 2')
  const nickname = await edit.locator('.field input').inputValue()
  assert.match(nickname, /\S 2$/)
  await press(edit.locator('wx-picker'))
  await choose(2)
  await edit.getByText(t.edit.genders[2]).waitFor()
  await shoot('edit')
  await press(edit.getByText(t.edit.save, { exact: true }))
  await at('profile').getByText(nickname).waitFor()
  await at('profile').locator('img[src*="/avatars/"]').waitFor()
  await loaded(at('profile').locator('img'))
  const { gender } = await page.evaluate(() => globalThis.getApp().client.user)
  assert.equal(gender, 2)
}

/** A picture that the service answers with, not a broken one. */
const loaded = (image) =>
  until('the picture loads', () => image.evaluate(({ complete, naturalWidth }) => complete && naturalWidth > 0))

async function bind({ at, t, press, shoot, back }) {
  await press(at('profile').getByText(t.profile.phone, { exact: true }))
  await at('phone').getByText(t.phone.none).waitFor()
  await shoot('phone-none')
  await press(at('phone').getByText(t.phone.bind))
  await at('phone').getByText(/^\d{3}\*+\d{2}$/).waitFor()
  await shoot('phone')
  await back()
  await at('profile').getByText(/^\d{3}\*+\d{2}$/).waitFor()
  await shoot('profile')
}

async function lookAtDevices({ at, t, press, agree, shoot, back }, settings) {
  const other = await elsewhere(settings, 'Another phone')
  await press(at('profile').getByText(t.profile.devices))
  const devices = at('devices')
  await devices.getByText('Another phone').waitFor()
  assert.equal(await devices.locator('.tag').count(), 1)
  await shoot('devices')
  await press(devices.locator('.end'))
  await agree()
  await devices.getByText('Another phone').waitFor({ state: 'detached' })
  const { status, body } = await me(settings, other.access_token)
  assert.deepEqual([status, body.code, body.reason], [401, 'session_ended', 'kicked'])
  await back()
}

async function takeData({ page, at, t, press, shoot }) {
  await press(at('profile').getByText(t.profile.account))
  const account = at('account')
  assert.equal(await account.locator('.id').textContent(), await page.evaluate(identity))
  await shoot('account')
  await press(account.getByText(t.account.export))
  const exported = JSON.parse(await account.locator('.json').textContent())
  assert.ok(JSON.stringify(exported).includes(await page.evaluate(identity)))
  await shoot('account-export')
  await press(account.getByText(t.account.close))
}

async function logOutAndIn({ page, at, t, press, button, shoot }, first) {
  await press(at('account').getByText(t.account.logout, { exact: true }))
  await at('login').locator('.strip').waitFor()
  await shoot('login')
  await page.reload()
  // A logout holds at the next launch.
  await press(at('welcome').getByText(t.welcome.loginAgain))
  await press(button('login', t.login.button))
  await at('profile').locator('img[src*="/avatars/"]').waitFor()
  assert.equal(await page.evaluate(identity), first)
}

async function leaveForGood({ page, at, t, press, button, agree, shoot }, first) {
  await press(at('profile').getByText(t.profile.account))
  await press(at('account').getByText(t.account.delete, { exact: true }))
  await agree()
  await agree()
  await at('login').locator('.strip').waitFor()
  await shoot('login-erased')
  await press(button('login', t.login.button))
  // Nothing is known any more: a new person, who is asked for a name.
  await at('edit').locator('.field input').waitFor()
  assert.equal(await at('edit').locator('.field input').inputValue(), '')
  const second = await page.evaluate(identity)
  assert.notEqual(second, first)
  return second
}
