import { BASE_URL } from '../../../app/config'
import { apiBase } from '../config'
import { switches } from '../state'
import { ended, traced, type Entry } from '../trace'
import { WeChatRefusal } from './calls'
import { fileAt } from './files'
import { whileShown } from './foreground'
import { watchUpstream } from './upstream'

interface Wanted {
  url: string
  method?: string
  header?: Record<string, string>
  data?: unknown
  timeout?: number
}
interface Upload extends Wanted {
  filePath: string
  name: string
  formData?: Record<string, string>
}
interface Callbacks {
  success?: (result: object) => void
  fail?: (failure: object) => void
  complete?: (result: object) => void
}

const OFFLINE_AFTER = 400

/** wx.request: a task, and the answer through callbacks only. */
export function request(options: Wanted & Callbacks): { abort(): void } {
  return task('request', options, async (signal) => {
    const method = options.method ?? 'GET'
    const body = method === 'GET' ? undefined : JSON.stringify(options.data)
    const headers = { 'Content-Type': 'application/json', ...options.header }
    if (body === undefined) Reflect.deleteProperty(headers, 'Content-Type')
    const { text, ...rest } = await sent(options, { method, headers, body, signal }, options.data)
    return { ...rest, data: parsed(text) }
  })
}

/** wx.uploadFile: the answer stays text. */
export function uploadFile(options: Upload & Callbacks): { abort(): void } {
  return task('uploadFile', options, async (signal) => {
    const file = fileAt(options.filePath)
    if (!file) throw new WeChatRefusal('file not found')
    const body = new FormData()
    for (const [name, value] of Object.entries(options.formData ?? {})) body.append(name, value)
    body.append(options.name, file, options.filePath.split('/').pop())
    const init = { method: 'POST', headers: options.header, body, signal }
    const size = `${Math.ceil(file.size / 1024)} KB`
    const shown = { [options.name]: `${file.type}, ${size}` }
    const { text, ...rest } = await sent(options, init, shown)
    return { ...rest, data: text }
  })
}

function task(
  name: string,
  { success, fail, complete, timeout = 60_000 }: Wanted & Callbacks,
  act: (signal: AbortSignal) => Promise<object>,
): { abort(): void } {
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(new WeChatRefusal('timeout', 5)), timeout)
  whileShown(() => act(control.signal))
    .finally(() => clearTimeout(timer))
    .then(
      (result) => {
        const whole = { errMsg: `${name}:ok`, ...result }
        success?.(whole)
        complete?.(whole)
      },
      (wrong: unknown) => {
        const { message, errno } = refusal(wrong)
        const whole = { errMsg: `${name}:fail ${message}`, errno }
        fail?.(whole)
        complete?.(whole)
      },
    )
  return { abort: () => control.abort(new WeChatRefusal('abort')) }
}

async function sent({ url }: Wanted, init: RequestInit, shown: unknown) {
  const address = url.startsWith(BASE_URL) ? apiBase + url.slice(BASE_URL.length) : url
  const { pathname } = new URL(address)
  const entry = traced({
    lane: 'phone-service',
    name: `${init.method} ${pathname}`,
    headers: init.headers as Record<string, string>,
    sent: shown,
  })
  try {
    if (switches().offline) await offline()
    const answer = await fetch(address, { ...init, credentials: 'omit', cache: 'no-store' })
    const text = await answer.text()
    finish(entry, answer, text, shown)
    const header = Object.fromEntries(answer.headers)
    return { text, statusCode: answer.status, header, cookies: [] }
  } catch (wrong) {
    ended(entry, { outcome: refusal(wrong).message, good: false, lost: true })
    throw wrong
  }
}

function finish(entry: Entry, { status }: Response, text: string, shown: unknown): void {
  const good = status < 400
  ended(entry, { outcome: String(status), good, answer: text ? parsed(text) : undefined })
  void watchUpstream(entry, shown)
}

async function offline(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, OFFLINE_AFTER))
  throw new WeChatRefusal('net::ERR_INTERNET_DISCONNECTED', 600001)
}

function refusal(wrong: unknown): WeChatRefusal {
  return wrong instanceof WeChatRefusal ? wrong : new WeChatRefusal('net::ERR_FAILED', 600001)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
