import { switches } from '../state'
import { api, WeChatRefusal } from './calls'

/** This tab is one phone, and each person on it has storage of their own. */
const place = (key: string) => `wxlogin-preview/${switches().person}/${key}`

interface Kept {
  data: unknown
  encrypt: boolean
}

function kept(key: string): Kept | undefined {
  const text = sessionStorage.getItem(place(key))
  return text === null ? undefined : (JSON.parse(text) as Kept)
}

export const storage = {
  getStorage: api('getStorage', ({ key, encrypt = false }: { key: string; encrypt?: boolean }) => {
    const found = kept(key)
    if (!found || found.encrypt !== encrypt) throw new WeChatRefusal('data not found')
    return { data: found.data }
  }),
  setStorage: api(
    'setStorage',
    ({ key, data, encrypt = false }: { key: string; data: unknown; encrypt?: boolean }) => {
      sessionStorage.setItem(place(key), JSON.stringify({ data, encrypt }))
    },
  ),
  removeStorage: api('removeStorage', ({ key }: { key: string }) => {
    sessionStorage.removeItem(place(key))
  }),
}

/** Answers the text that is kept under the first key with this beginning. */
export function heldBy(beginning: string): string | undefined {
  const found = Object.keys(sessionStorage).find((key) => key.startsWith(place(beginning)))
  return found && (kept(found.slice(place('').length))?.data as string | undefined)
}

/** Empties the storage of the person, as WeChat does when it removes a mini-program. */
export function wipe(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(place(''))) sessionStorage.removeItem(key)
  }
}
