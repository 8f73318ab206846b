import { client, tell } from '../../shared'
import { texts } from '../../texts'

/**
 * Logs in when the person asks for it: after a logout or another end. It needs no privacy consent,
 * since a login collects nothing; what is collected later is asked for then.
 */
Page({
  data: { t: texts.login, busy: false, reason: '' },
  onLoad() {
    void wx.setNavigationBarTitle({ title: texts.login.title })
    const { reason } = client()
    if (reason) this.setData({ reason: client().words(reason) })
  },
  /** Goes on when the agreement, which a login may lead to, logged in. */
  onShow() {
    if (client().state === 'in') return this.onLogin()
  },
  async onLogin() {
    if (this.data.busy) return
    this.setData({ busy: true })
    try {
      const user = await client().login()
      const next = user.nickname ? '/pages/profile/profile' : '/pages/edit/edit?first=1'
      await wx.reLaunch({ url: '/pages/welcome/welcome' })
      if (!client().consent.required) await wx.navigateTo({ url: next })
    } catch (error) {
      tell(error)
      this.setData({ busy: false })
    }
  },
  onPrivacy() {
    wx.openPrivacyContract({ fail: tell })
  },
  onLater() {
    void wx.reLaunch({ url: '/pages/welcome/welcome' })
  },
})
