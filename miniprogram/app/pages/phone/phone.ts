import { client, seen, tell, type View } from '../../shared'
import { texts } from '../../texts'

/** What the phone button tells: a code, or why there is none. */
type PhoneEvent = WechatMiniprogram.CustomEvent<{ code?: string; errno?: number }>

const NO_QUOTA = 1400001

/** Binds, changes and unbinds the phone number that WeChat knows. */
Page({
  data: {
    t: texts.phone,
    view: 'loading' as View,
    problem: '',
    phone: '',
    busy: false,
  },
  onLoad() {
    void wx.setNavigationBarTitle({ title: texts.phone.title })
    return this.load()
  },
  async load() {
    this.setData({ view: 'loading' })
    try {
      // The button comes after the login, so that no login happens while it is open.
      await client().phone.ready()
      const { phone } = client().user ?? (await client().profile.get())
      this.setData({ phone: phone ?? '', view: 'ready' })
    } catch (error) {
      this.setData(seen(error))
    }
  },
  async onPhone(event: PhoneEvent) {
    const { code, errno } = event.detail
    if (!code) {
      const title = errno === NO_QUOTA ? texts.phone.noQuota : texts.phone.refused
      return void wx.showToast({ title, icon: 'none' })
    }
    await this.change(() => client().phone.bind(code), texts.phone.done)
  },
  async onUnbind() {
    const { confirm } = await wx.showModal({
      title: texts.phone.unbind,
      content: texts.phone.unbindAsk,
      confirmText: texts.phone.unbind,
      cancelText: texts.cancel,
    })
    if (confirm) await this.change(() => client().phone.unbind(), texts.phone.undone)
  },
  async change(act: () => Promise<{ phone: string | null }>, done: string) {
    // Each success of the button costs money, so it is out of reach meanwhile.
    this.setData({ busy: true })
    try {
      const { phone } = await act()
      this.setData({ phone: phone ?? '' })
      void wx.showToast({ title: done, icon: 'success' })
    } catch (error) {
      tell(error)
    }
    this.setData({ busy: false })
  },
})
