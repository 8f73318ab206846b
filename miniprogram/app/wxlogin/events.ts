import type { Platform } from './platform'
import type { Events } from './types'

type Listener<K extends keyof Events> = (event: Events[K]) => void

export interface Bell {
  /** Answers how to stop listening. */
  on<K extends keyof Events>(name: K, listener: Listener<K>): () => void
  ring<K extends keyof Events>(name: K, event: Events[K]): void
}

/** Tells listeners what happened. One that throws does not keep the news from the others. */
export function createBell({ after }: Platform): Bell {
  const listeners = new Set<[name: keyof Events, listener: Listener<never>]>()
  return {
    on(name, listener) {
      const entry: [keyof Events, Listener<never>] = [name, listener]
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    ring(name, event) {
      listeners.forEach(([heard, listener]) => {
        if (heard !== name) return
        try {
          listener(event as never)
        } catch (wrong) {
          after(0, () => {
            throw wrong
          })
        }
      })
    },
  }
}
