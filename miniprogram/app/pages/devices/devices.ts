import { client, seen, tell, type View } from '../../shared'
import { texts } from '../../texts'
import type { SessionInfo } from '../../wxlogin/index'

interface Row {
  sid: string
  name: string
  used: string
  current: boolean
}

/** Shows where the person is logged in, and ends what they do not know. */
Page({
  data: {
    t: texts.devices,
    view: 'loading' as View,
    problem: '',
    rows: [] as Row[],
    others: false,
    busy: false,
  },
  onLoad() {
    void wx.setNavigationBarTitle({ title: texts.devices.title })
    return this.load()
  },
  async onPullDownRefresh() {
    await this.load()
    void wx.stopPullDownRefresh()
  },
  async load() {
    if (!this.data.rows.length) this.setData({ view: 'loading' })
    try {
      this.show(await client().sessions.list())
    } catch (error) {
      if (this.data.rows.length) tell(error)
      else this.setData(seen(error))
    }
  },
  show(sessions: SessionInfo[]) {
    const rows = sessions.map(({ sid, device, last_used_at, current }) => ({
      sid,
      name: device.name || device.model || texts.devices.unknown,
      used: moment(last_used_at),
      current,
    }))
    rows.sort((a, b) => Number(b.current) - Number(a.current))
    this.setData({
      rows,
      others: rows.some(({ current }) => !current),
      view: rows.length ? 'ready' : 'empty',
      problem: rows.length ? '' : texts.devices.empty,
    })
  },
  onEnd(event: WechatMiniprogram.BaseEvent<object, { sid: string }>) {
    const { sid } = event.currentTarget.dataset
    return this.end(texts.devices.endAsk, () => client().sessions.end(sid))
  },
  onOthers() {
    return this.end(texts.devices.othersAsk, () => client().logout('others'))
  },
  async end(content: string, act: () => Promise<void>) {
    const { confirm } = await wx.showModal({
      title: texts.devices.title,
      content,
      confirmText: texts.devices.end,
      cancelText: texts.cancel,
    })
    if (!confirm) return
    this.setData({ busy: true })
    try {
      await act()
      void wx.showToast({ title: texts.devices.done, icon: 'success' })
      await this.load()
    } catch (error) {
      tell(error)
    }
    this.setData({ busy: false })
  },
})

/** Answers a time of the service in the phone's time zone, as `2026-11-24 08:30`. */
function moment(written: string): string {
  const date = new Date(written)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}
