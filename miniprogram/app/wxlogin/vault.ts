import type { Platform } from './platform'
import type { EndReason, User } from './types'

/** What outlives the process. Never a code. */
export interface Kept {
  tokens?: Tokens
  user?: User
  /** The service wants consent, which was not given yet. */
  asks?: boolean
  /** Set when only the person may begin again. */
  ended?: EndReason
}

export interface Tokens {
  access: string
  refresh: string
  /** When they came, by this phone's clock, and for how long the access token counts: ms. */
  at: number
  life: number
}

export interface Vault {
  load(): Promise<Kept>
  save(kept: Kept): Promise<unknown>
}

/** Keeps the session on the phone under one key. */
export function createVault({ read, write, erase }: Platform, key: string): Vault {
  let writing: Promise<unknown> = Promise.resolve()
  return {
    /** Answers what was kept, or nothing: it may have been cleared, or be unreadable. */
    async load() {
      try {
        const kept = JSON.parse((await read(key)) ?? '{}') as Kept
        const { tokens } = kept
        return tokens && !(tokens.refresh && tokens.access && tokens.life) ? {} : kept
      } catch {
        return {}
      }
    },
    /**
     * Keeps it, after whatever is being written. When there is no room the old is erased: a
     * refresh token that is not the newest would look stolen to the service.
     */
    save(kept) {
      const text = JSON.stringify(kept)
      return (writing = writing.then(async () => (await write(key, text)) || erase(key)))
    },
  }
}
