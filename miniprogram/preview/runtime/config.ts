/** What the server that shows the preview may say in `preview-config.js`; all of it is optional. */
export interface Config {
  /** Where the service is: `http://127.0.0.1:8000`. Default: where this page is. */
  apiBase?: string
  /** Where the simulator is. Default: the same host, one port further. */
  simulatorBase?: string
  /** The mini-program's appid. Default: the first that the simulator knows. */
  appid?: string
}

declare global {
  // A name for scripts outside this bundle.
  var WXLOGIN_PREVIEW: Config | undefined
}

const given: Config = globalThis.WXLOGIN_PREVIEW ?? {}

export const apiBase = given.apiBase ?? location.origin

export const simulatorBase =
  given.simulatorBase ??
  `${location.protocol}//${location.hostname}:${Number(location.port || 80) + 1}`

let found: Promise<string> | undefined

export function appid(): Promise<string> {
  return (found ??= given.appid ? Promise.resolve(given.appid) : askSimulator())
}

async function askSimulator(): Promise<string> {
  const answer = await fetch(`${simulatorBase}/_sim/apps`)
  const { apps } = (await answer.json()) as { apps: { appid: string }[] }
  return apps[0]?.appid ?? 'wx0000000000000000'
}
