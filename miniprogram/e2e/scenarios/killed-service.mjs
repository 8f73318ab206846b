import { writeFileSync } from 'node:fs'
import { until } from '../people.mjs'

/**
 * One edit after the other, while somebody kills the service and starts it again: they are told by
 * the file `marker` that the person is there.
 */
export async function killedService({ page, open, at, t }, { service, marker }) {
  await open()
  await at('welcome').getByText(t.welcome.stranger).waitFor()
  await page.evaluate(() => {
    const { client } = globalThis.getApp()
    const story = (globalThis.story = { confirmed: '', edits: 0, failed: 0, lost: [], stop: false })
    const kept = async () => {
      for (;;) {
        const user = await client.profile.get().catch(() => undefined)
        if (user) return user.nickname
      }
    }
    const edit = async (nickname) => {
      try {
        story.confirmed = (await client.profile.update({ nickname })).nickname
        story.edits++
      } catch {
        story.failed++
        // It may have been done, but nothing else may have become of what was confirmed.
        const found = await kept()
        if (![story.confirmed, nickname].includes(found)) story.lost.push([story.confirmed, found])
        story.confirmed = found
      }
    }
    story.end = (async () => {
      for (let n = 1; !story.stop; n++) await edit(`name ${n}`)
    })()
  })
  const confirmed = () => page.evaluate(() => globalThis.story.edits)
  await until('a first edit is confirmed', confirmed)
  writeFileSync(marker, '')
  const alive = () => fetch(`${service}/healthz`).then(({ ok }) => ok, () => false)
  await until('the service is gone', async () => !(await alive()))
  const before = await confirmed()
  await until('the service is back', alive, 30)
  await until('edits are confirmed again', async () => (await confirmed()) > before)
  return page.evaluate(async () => {
    const { story } = globalThis
    story.stop = true
    await story.end
    const { client } = globalThis.getApp()
    const { nickname } = await client.profile.get()
    const { confirmed, failed, lost } = story
    return { state: client.state, nickname, confirmed, failed, lost }
  })
}
