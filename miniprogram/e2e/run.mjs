// Plays one scenario in headless Chromium: settings as JSON on standard input, its findings as JSON
// on standard output. Who calls it has started the service and the simulator.
import { readFileSync } from 'node:fs'
import { openPhone } from './phone.mjs'
import { agreement } from './scenarios/agreement.mjs'
import { journey } from './scenarios/journey.mjs'
import { badNight } from './scenarios/bad-night.mjs'
import { desk } from './scenarios/desk.mjs'
import { fiftyRequests } from './scenarios/fifty-requests.mjs'
import { killedService } from './scenarios/killed-service.mjs'
import { tenPages } from './scenarios/ten-pages.mjs'
import { tutorial } from './scenarios/tutorial.mjs'

const SCENARIOS = { agreement, journey, desk, badNight, fiftyRequests, killedService, tenPages, tutorial }

const settings = JSON.parse(readFileSync(0, 'utf8'))
const phone = await openPhone(settings)
try {
  const found = await SCENARIOS[settings.scenario](phone, settings)
  console.log(JSON.stringify({ ...found, console: phone.console, calls: phone.calls }))
} catch (wrong) {
  await phone.page.screenshot({ path: settings.failure }).catch(() => undefined)
  console.error(wrong.stack, '\nconsole:', phone.console, `\nlast seen: ${settings.failure}`)
  process.exitCode = 1
} finally {
  await phone.close()
}
