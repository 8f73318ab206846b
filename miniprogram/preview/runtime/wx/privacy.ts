import { switches } from '../state'
import { WeChatRefusal } from './calls'
import { showModal } from './dialogs'

type Resolve = (result: { event: string; buttonId?: string }) => void
type Listener = (resolve: Resolve, info: { referrer: string }) => void

let listener: Listener | undefined
let asked: Promise<void> | undefined

const place = () => `wxlogin-preview/${switches().person}/agreed`
const needed = () => switches().privacy && sessionStorage.getItem(place()) === null

/** Remembers that the person agreed; an end of the mini-program forgets nothing. */
export const agreed = () => sessionStorage.setItem(place(), 'yes')
export const forgetConsent = () => sessionStorage.removeItem(place())

/** One listener only: the last one counts. */
export const onNeedPrivacyAuthorization = (next: Listener) => void (listener = next)

export const privacySetting = () => ({
  needAuthorization: needed(),
  privacyContractName: switches().language === 'zh_CN' ? '《隐私保护指引》' : 'privacy guide',
})

/** Waits for consent where it is missing. Raises WeChatRefusal 104 when it is refused. */
export function consent(referrer: string): Promise<void> {
  if (!needed()) return Promise.resolve()
  return (asked ??= ask(referrer).finally(() => (asked = undefined)))
}

async function ask(referrer: string): Promise<void> {
  const agree = await (listener ? throughPage(listener, referrer) : throughPopup())
  if (!agree) throw new WeChatRefusal('privacy permission is not authorized', 104)
  agreed()
}

function throughPage(page: Listener, referrer: string): Promise<boolean> {
  return new Promise((resolve) => {
    page(({ event }) => {
      if (event !== 'exposureAuthorization') resolve(event === 'agree')
    }, { referrer })
  })
}

async function throughPopup(): Promise<boolean> {
  return (await showModal({ title: privacySetting().privacyContractName })).confirm
}
