import { GRACE_DAYS } from '../../config'
import { client, tell } from '../../shared'
import { texts } from '../../texts'

/** The person's rights: to take their data, to leave, to be forgotten. */
Page({
  data: { t: texts.account, id: '', exported: '', busy: false },
  onLoad() {
    void wx.setNavigationBarTitle({ title: texts.account.title })
    this.setData({ id: client().user?.id ?? '' })
  },
  onCopyId() {
    this.copy(this.data.id, texts.account.copied)
  },
  onExport() {
    return this.attempt(async () => {
      const exported = JSON.stringify(await client().account.export(), null, 2)
      this.setData({ exported })
    })
  },
  onCopyExport() {
    this.copy(this.data.exported, texts.account.exported)
  },
  onCloseExport() {
    this.setData({ exported: '' })
  },
  onAgreement() {
    void wx.navigateTo({ url: '/pages/agreement/agreement' })
  },
  onLogout() {
    return this.attempt(() => client().logout())
  },
  async onLogoutAll() {
    const { logoutAll, logoutAllAsk } = texts.account
    if (await sure(logoutAll, logoutAllAsk, texts.account.logout)) {
      await this.attempt(() => client().logout('all'))
    }
  },
  async onDelete() {
    const { deleteAsk, deleteLater, deleteSure, deleteYes, leave } = texts.account
    const later = [[deleteLater.replace('{days}', `${GRACE_DAYS}`), leave]]
    const forGood = [[deleteAsk, deleteYes], [deleteSure, deleteYes]]
    for (const [content, yes] of GRACE_DAYS ? later : forGood) {
      if (!(await sure(texts.account.delete, content, yes))) return
    }
    await this.attempt(() => client().account.delete())
  },
  copy(data: string, title: string) {
    wx.setClipboardData({ data, success: () => wx.showToast({ title }), fail: tell })
  },
  async attempt(act: () => Promise<unknown>) {
    this.setData({ busy: true })
    try {
      await act()
    } catch (error) {
      tell(error)
    }
    this.setData({ busy: false })
  },
})

async function sure(title: string, content: string, confirmText: string): Promise<boolean> {
  const asked = { title, content, confirmText, cancelText: texts.cancel, confirmColor: '#fa5151' }
  return (await wx.showModal(asked)).confirm
}
