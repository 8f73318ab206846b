import { BASE_URL } from './config'
import { agreement } from './shared'
import { texts } from './texts'
import { createClient, type Client } from './wxlogin/index'

export interface Shared {
  client: Client
}

/** Pages that tell by themselves why a session is over. */
const TELLING = ['pages/welcome/welcome', 'pages/login/login']

App<Shared>({
  client: createClient({ baseUrl: BASE_URL }),
  onLaunch() {
    const { client } = this
    client.on('ended', () => {
      const [shown] = getCurrentPages().slice(-1)
      if (shown && !TELLING.includes(shown.route)) void wx.reLaunch({ url: '/pages/login/login' })
    })
    // After a login that succeeded, the page to which it leads asks.
    client.on('consentRequired', ({ blocked }) => {
      const [shown] = getCurrentPages().slice(-1)
      if (blocked || shown?.route !== 'pages/login/login') void agreement()
    })
    client.on('signedIn', ({ warnings }) => {
      if (!warnings.includes('account_restored')) return
      const content = client.words('account_restored')
      void wx.showModal({ title: texts.account.back, content, showCancel: false })
    })
  },
})
