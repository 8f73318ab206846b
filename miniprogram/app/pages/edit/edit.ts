import { client, seen, tell, type View } from '../../shared'
import { texts } from '../../texts'
import type { User } from '../../wxlogin/index'

/** Changes picture, nickname and gender. The picture is stored as soon as it is chosen. */
Page({
  data: {
    t: texts.edit,
    view: 'loading' as View,
    problem: '',
    user: null as User | null,
    gender: 0,
    uploading: false,
    saving: false,
  },
  onLoad() {
    void wx.setNavigationBarTitle({ title: texts.edit.title })
    return this.load()
  },
  async load() {
    this.setData({ view: 'loading' })
    try {
      const user = client().user ?? (await client().profile.get())
      this.setData({ user, gender: user.gender, view: 'ready' })
    } catch (error) {
      this.setData(seen(error))
    }
  },
  async onChooseAvatar(event: WechatMiniprogram.CustomEvent<{ avatarUrl: string }>) {
    this.setData({ uploading: true })
    try {
      const { avatar_url } = await client().profile.setAvatar(event.detail.avatarUrl)
      // The rest of the form may hold what is not saved yet.
      this.setData({ 'user.avatar_url': avatar_url })
    } catch (error) {
      tell(error)
    }
    this.setData({ uploading: false })
  },
  onGender(event: WechatMiniprogram.PickerChange) {
    this.setData({ gender: Number(event.detail.value) })
  },
  /**
   * Reads the form, not the input events: WeChat empties a nickname it refuses after the input
   * lost its focus. Source: "头像昵称填写".
   */
  async onSave(event: WechatMiniprogram.FormSubmit) {
    if (this.data.saving) return
    const nickname = String(event.detail.value.nickname ?? '').trim()
    if (!nickname) return void wx.showToast({ title: texts.edit.empty, icon: 'none' })
    this.setData({ saving: true })
    try {
      const { warnings } = await client().profile.update({ nickname, gender: this.data.gender })
      if (warnings) void wx.showToast({ title: client().words(warnings[0]), icon: 'none' })
      else void wx.showToast({ title: texts.edit.saved, icon: 'success' })
      void wx.navigateBack()
    } catch (error) {
      tell(error)
    }
    this.setData({ saving: false })
  },
})
