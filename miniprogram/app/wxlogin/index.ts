import { createAccount } from './account'
import { createBell } from './events'
import type { Platform } from './platform'
import { createRequests } from './requests'
import { createSession } from './session'
import type { Client, ClientOptions } from './types'
import { createVault } from './vault'
import { createWire } from './wire'
import { words } from './words'
import { wxPlatform } from './wx'

export { EndedError, NetworkError, ServiceError, WxLoginError } from './errors'
export type * from './types'

/** Changes with what is kept on the phone, so that no version meets the notes of another. */
const SHAPE = 1

/** Makes a client and, unless `silent` is false, begins to log in. */
export function createClient(wishes: ClientOptions, platform: Platform = wxPlatform()): Client {
  const about = platform.about()
  const baseUrl = wishes.baseUrl.replace(/\/+$/, '')
  const options = { timeout: 10_000, device: about.device, ...wishes, baseUrl }
  const { appid = '', language = about.language } = options
  const wire = createWire(platform, language)
  const bell = createBell(platform)
  const key = `wxlogin/${SHAPE}/${about.envVersion}/${appid}@${baseUrl}`
  const vault = createVault(platform, key)
  const session = createSession(options, language, platform, wire, vault, bell)
  const requests = createRequests(options, language, wire, session)
  void session.start()
  return {
    get state() {
      return session.state()
    },
    get user() {
      return session.user()
    },
    get reason() {
      return session.ended()
    },
    language,
    ready: () => session.start().then(session.state),
    on: bell.on,
    words: (code) => words(code, language),
    ...requests,
    ...createAccount(requests, session),
  }
}
