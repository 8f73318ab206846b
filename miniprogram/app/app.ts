import { BASE_URL } from './config'
import { createClient, type Client } from './wxlogin/index'

export interface Shared {
  client: Client
}

/** Pages that tell by themselves why a session is over. */
const TELLING = ['pages/welcome/welcome', 'pages/login/login']

App<Shared>({
  client: createClient({ baseUrl: BASE_URL }),
  onLaunch() {
    this.client.on('ended', () => {
      const [shown] = getCurrentPages().slice(-1)
      if (shown && !TELLING.includes(shown.route)) void wx.reLaunch({ url: '/pages/login/login' })
    })
  },
})
