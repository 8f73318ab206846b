import { ServiceError, WxLoginError } from './errors'
import type { Call } from './platform'
import type { Session } from './session'
import type { ClientOptions, Language, Reply, RequestOptions, UploadOptions } from './types'
import type { Wire } from './wire'

export interface Requests {
  /** Answers a 2xx or 304. Raises EndedError, NetworkError, ServiceError. */
  request<T>(wish: RequestOptions): Promise<Reply<T>>
  /** Uploads one file; the answer's JSON is read. */
  upload<T>(wish: UploadOptions): Promise<Reply<T>>
}

/** Sends requests with the token, and each once more after a 401. */
export function createRequests(
  options: ClientOptions & { timeout: number },
  language: Language,
  wire: Wire,
  session: Session,
): Requests {
  const { baseUrl, trusted = [] } = options
  // With the slash, so that a longer host name is not taken for a trusted one.
  const addresses = [baseUrl, ...trusted].map((base) => base.replace(/\/*$/, '/'))

  async function signed<T>(
    { path, timeout }: { path: string; timeout?: number },
    call: Pick<Call, 'method' | 'data' | 'file'>,
    repeatable: boolean,
    extra?: object,
  ): Promise<Reply<T>> {
    const url = path.startsWith('/') ? baseUrl + path : path
    if (!addresses.some((address) => url.startsWith(address))) {
      throw new WxLoginError('untrusted_address', `Not among baseUrl and trusted: ${url}`)
    }
    const send = async (token: string) => {
      const header = { ...extra, 'Accept-Language': language, Authorization: `Bearer ${token}` }
      const whole = { ...call, url, header, timeout: timeout ?? options.timeout }
      return (await wire.send(whole, repeatable)) as Reply<T>
    }
    const first = await session.bearer()
    try {
      return await send(first)
    } catch (error) {
      if (!unauthorised(error)) throw error
      const second = await session.afterRefusal(error, first)
      try {
        return await send(second)
      } catch (again) {
        if (unauthorised(again)) session.refusedAgain(again, second)
        throw again
      }
    }
  }

  return {
    request({ method = 'GET', data, header, repeatable = method !== 'POST', ...wish }) {
      return signed(wish, { method, data }, repeatable, header)
    },
    upload({ filePath, name, formData, ...wish }) {
      return signed(wish, { method: 'POST', file: { filePath, name, formData } }, false)
    },
  }
}

/** Tells what speaks of the token; of a code or ticket in the body another token says nothing. */
function unauthorised(error: unknown): error is ServiceError {
  return error instanceof ServiceError && error.status === 401 && !/^(code|ticket)_/.test(error.code)
}
