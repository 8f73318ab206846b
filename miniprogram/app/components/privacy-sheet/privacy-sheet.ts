import { tell } from '../../shared'
import { texts } from '../../texts'

type Resolve = (result: { event: string; buttonId?: string }) => void

/** Who waits for an answer: WeChat keeps one listener, and calls it for the page on top. */
let waiting: Resolve[] = []

/**
 * Asks for consent at the moment when something private is about to be used, in our words instead
 * of WeChat's own popup. Source: "小程序隐私协议开发指南".
 */
Component({
  data: { t: texts.privacy, shown: false, contract: texts.privacy.fallback },
  lifetimes: {
    attached() {
      this.listen()
    },
  },
  pageLifetimes: {
    show() {
      this.listen()
    },
  },
  methods: {
    listen() {
      // Base libraries before 2.32.3 ask nothing.
      if (!wx.onNeedPrivacyAuthorization) return
      // Typings leave out what the listener gets.
      const ask = wx.onNeedPrivacyAuthorization as unknown as (listener: (r: Resolve) => void) => void
      ask((resolve) => {
        waiting.push(resolve)
        this.setData({ shown: true })
        resolve({ event: 'exposureAuthorization' })
      })
      wx.getPrivacySetting({
        success: ({ privacyContractName }) => {
          this.setData({ contract: privacyContractName || texts.privacy.fallback })
        },
      })
    },
    /** Keeps the page behind from scrolling. */
    onStay() {},
    onRead() {
      wx.openPrivacyContract({ fail: tell })
    },
    onAgree() {
      this.answer({ event: 'agree', buttonId: 'privacy-agree' })
    },
    onRefuse() {
      this.answer({ event: 'disagree' })
    },
    answer(result: Parameters<Resolve>[0]) {
      const answered = waiting
      waiting = []
      this.setData({ shown: false })
      answered.forEach((resolve) => resolve(result))
    },
  },
})
