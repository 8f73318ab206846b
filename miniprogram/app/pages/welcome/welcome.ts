import { agreement, client, seen, type View } from '../../shared'
import { texts } from '../../texts'
import type { User } from '../../wxlogin/index'

/** Greets whoever opens the mini-program; they are logged in without having done anything. */
Page({
  data: {
    t: texts.welcome,
    retry: texts.retry,
    view: 'loading' as View,
    user: null as User | null,
    problem: '',
    ended: false,
  },
  off: () => {},
  onLoad() {
    this.off = client().on('user', (user) => this.greet(user))
    return this.begin()
  },
  onShow() {
    const { state, reason, user } = client()
    if (state === 'ended') this.part(client().words(reason ?? 'expired'))
    else if (user) this.greet(user)
  },
  onUnload() {
    this.off()
  },
  async begin() {
    await client().ready()
    void agreement()
    await this.enter(() => client().profile.get())
  },
  onRetry() {
    return this.enter(() => client().login())
  },
  async enter(act: () => Promise<User>) {
    if (this.data.ended) return
    if (!this.data.user) this.setData({ view: 'loading' })
    try {
      this.greet(await act())
    } catch (error) {
      if (client().state === 'ended') this.onShow()
      else if (!this.data.user) this.setData(seen(error))
    }
  },
  greet(user: User) {
    this.setData({ user, view: 'ready', ended: false })
  },
  part(problem: string) {
    this.setData({ problem, view: 'ready', ended: true, user: null })
  },
  onLogin() {
    void wx.navigateTo({ url: '/pages/login/login' })
  },
  onProfile() {
    void wx.navigateTo({ url: '/pages/profile/profile' })
  },
  onComplete() {
    void wx.navigateTo({ url: '/pages/edit/edit' })
  },
})
