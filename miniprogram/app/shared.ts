import type { Shared } from './app'
import { EndedError, NetworkError, WxLoginError, type Client } from './wxlogin/index'

export const client = (): Client => getApp<Shared>().client

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
