import { vi } from 'vitest'

/** Moves the clock from timer to timer until the promise settles; answers or raises what it does. */
export async function settle<T>(promise: Promise<T>): Promise<T> {
  let open = true
  const done = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  void done.then(() => (open = false))
  for (let turns = 0; ; turns++) {
    await vi.advanceTimersByTimeAsync(0)
    if (!open) break
    if (turns > 10_000 || vi.getTimerCount() === 0) throw new Error('it never settles')
    await vi.advanceTimersToNextTimerAsync()
  }
  const outcome = await done
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return settle(promise.then(() => Promise.reject(new Error('it succeeded')), (error: unknown) => error))
}
