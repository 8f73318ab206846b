import type { Shared } from './app'
import { EndedError, NetworkError, WxLoginError, type Client } from './wxlogin/index'

export const client = (): Client => getApp<Shared>().client

const AGREEMENT = 'pages/agreement/agreement'
let leading = false

/** Leads to the agreement where the service wants consent, whoever notices it first. */
export async function agreement(): Promise<void> {
  const [shown] = getCurrentPages().slice(-1)
  if (leading || !client().consent.required || shown?.route === AGREEMENT) return
  leading = true
  // While pages change WeChat refuses; the next start asks again.
  await wx.navigateTo({ url: `/${AGREEMENT}` }).catch(() => undefined)
  leading = false
}

/** What a page shows in place of its content, or below it. */
export type View = 'loading' | 'ready' | 'empty' | 'offline' | 'error'

/** Answers how a failure is shown: a missing network is nobody's fault. */
export function seen(error: unknown): { view: View; problem: string } {
  return { view: error instanceof NetworkError ? 'offline' : 'error', problem: sentence(error) }
}

/** Tells of a failure in passing. An end of the session is told by the page it leads to. */
export function tell(error: unknown): void {
  if (error instanceof EndedError) return
  void wx.showToast({ title: sentence(error), icon: 'none', duration: 2500 })
}

function sentence(error: unknown): string {
  return error instanceof WxLoginError ? error.message : client().words('internal_error')
}
