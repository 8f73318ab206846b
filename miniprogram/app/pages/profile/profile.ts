import { client, seen, type View } from '../../shared'
import { texts } from '../../texts'
import type { User } from '../../wxlogin/index'

/** Shows who the person is here, and leads to all they can do about it. */
Page({
  data: {
    t: texts.profile,
    view: 'loading' as View,
    problem: '',
    user: null as User | null,
    since: '',
  },
  off: () => {},
  onLoad() {
    void wx.setNavigationBarTitle({ title: texts.profile.title })
    this.off = client().on('user', (user) => this.show(user))
    const { user } = client()
    if (user) this.show(user)
    return this.load()
  },
  onUnload() {
    this.off()
  },
  async onPullDownRefresh() {
    await this.load()
    void wx.stopPullDownRefresh()
  },
  async load() {
    if (!this.data.user) this.setData({ view: 'loading' })
    try {
      this.show(await client().profile.get())
    } catch (error) {
      // What was known before stays in sight, with a word that it is old.
      this.setData(seen(error))
    }
  },
  show(user: User) {
    this.setData({ user, view: 'ready', problem: '', since: user.created_at.slice(0, 10) })
  },
  onEdit() {
    void wx.navigateTo({ url: '/pages/edit/edit' })
  },
  onPhone() {
    void wx.navigateTo({ url: '/pages/phone/phone' })
  },
  onDevices() {
    void wx.navigateTo({ url: '/pages/devices/devices' })
  },
  onAccount() {
    void wx.navigateTo({ url: '/pages/account/account' })
  },
})
