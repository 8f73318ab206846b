import type { Answered } from './platform'
import type { EndReason, Language } from './types'
import { words } from './words'

interface Problem {
  code?: string
  title?: string
  detail?: string
  reason?: EndReason
  retry_after?: number
  request_id?: string
  errors?: { field: string; message: string }[]
}

/**
 * Anything that went wrong. `message` is a sentence to show; `code` is stable and to be compared.
 *
 * WxLoginError
 * ├── NetworkError   no answer came: offline, too slow, interrupted
 * ├── ServiceError   the service said no
 * └── EndedError     nobody is logged in, and only `login()` changes that
 */
export class WxLoginError extends Error {
  /** HTTP status, 0 where there was no answer. */
  status = 0
  /** Why the session is over. */
  reason?: EndReason
  /** Seconds to wait before trying again, where the service said so. */
  retryAfter?: number
  /** Names the request in the service's log. */
  requestId?: string
  /** What the service says to the developer. */
  detail?: string
  /** Which field does not hold. */
  fields?: { field: string; message: string }[]

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

export class NetworkError extends WxLoginError {}
export class ServiceError extends WxLoginError {}
export class EndedError extends WxLoginError {
  constructor(reason: EndReason, language: Language) {
    super('session_ended', words(reason, language))
    this.reason = reason
  }
}

/** Reads the problem (RFC 9457) in an answer that is not 2xx; anything else will do, too. */
export function serviceError({ status, data, header }: Answered, language: Language): ServiceError {
  const problem: Problem = data && typeof data === 'object' ? data : {}
  const { code = 'internal_error', reason, title } = problem
  return Object.assign(new ServiceError(code, words(reason ?? code, language, title)), {
    status,
    reason,
    retryAfter: seconds(header['retry-after'] ?? problem.retry_after),
    requestId: problem.request_id ?? header['x-request-id'],
    detail: problem.detail,
    fields: problem.errors,
  })
}

function seconds(value: unknown): number | undefined {
  const number = Number(value)
  return value != null && number >= 0 ? number : undefined
}
