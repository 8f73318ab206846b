/** A failure as WeChat gives it: `api:fail reason`, with a number where there is one. */
export class WeChatRefusal extends Error {
  constructor(
    reason: string,
    readonly errno?: number,
  ) {
    super(reason)
  }
}

interface Callbacks {
  success?: (result: object) => void
  fail?: (failed: object) => void
  complete?: (result: object) => void
}

/** Makes an asynchronous API of `wx`: with callbacks, or with a promise when there are none. */
export function api<O extends object, R extends object | void>(
  name: string,
  act: (options: O) => Promise<R> | R,
): (options?: O & Callbacks) => Promise<R> | undefined {
  return (options = {} as O & Callbacks) => {
    const { success, fail, complete } = options
    const done = (async () => act(options))().then(
      (result) => ({ errMsg: `${name}:ok`, ...result }),
      (wrong: unknown) => {
        throw failed(name, wrong)
      },
    )
    if (!success && !fail && !complete) return done as Promise<R>
    done.then(
      (result) => {
        success?.(result)
        complete?.(result)
      },
      (failure: object) => {
        fail?.(failure)
        complete?.(failure)
      },
    )
    return undefined
  }
}

function failed(name: string, wrong: unknown): object {
  if (!(wrong instanceof WeChatRefusal)) return { errMsg: `${name}:fail ${String(wrong)}` }
  const { message, errno } = wrong
  return { errMsg: `${name}:fail ${message}`, ...(errno === undefined ? {} : { errno }) }
}
