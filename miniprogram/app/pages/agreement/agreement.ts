import { AGREEMENT } from '../../config'
import { client, tell } from '../../shared'
import { texts } from '../../texts'

/** The agreement, in the words that the person agrees to; and, where they did, the way back. */
Page({
  data: { t: texts.agreement, version: AGREEMENT, required: null as boolean | null, busy: false },
  async onLoad() {
    void wx.setNavigationBarTitle({ title: texts.agreement.title })
    await client().ready()
    this.setData({ required: client().consent.required })
  },
  onAgree() {
    return this.attempt(() => client().login({ consent: AGREEMENT }), texts.agreement.agreed)
  },
  async onWithdraw() {
    const { withdraw, withdrawAsk, withdrawn } = texts.agreement
    const asked = { title: withdraw, content: withdrawAsk, cancelText: texts.cancel }
    if ((await wx.showModal(asked)).confirm) {
      await this.attempt(() => client().consent.withdraw(), withdrawn)
    }
  },
  onLater() {
    void wx.navigateBack()
  },
  async attempt(act: () => Promise<unknown>, done: string) {
    if (this.data.busy) return
    this.setData({ busy: true })
    try {
      await act()
      void wx.showToast({ title: done, icon: 'success' })
      void wx.navigateBack()
    } catch (error) {
      tell(error)
      this.setData({ busy: false })
    }
  },
})
