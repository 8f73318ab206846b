import type { Router } from '../router'
import { switches } from '../state'
import { api } from './calls'
import { privacyContract, showModal, showToast, type Modal } from './dialogs'
import { onAppHide, onAppShow } from './foreground'
import { request, uploadFile } from './network'
import { login } from './person'
import { onNeedPrivacyAuthorization, privacySetting } from './privacy'
import { storage } from './storage'

/** Makes the part of the global `wx` that the preview has. What it lacks says so, once used. */
export function createWx(router: Router): object {
  const has = {
    ...storage,
    request,
    uploadFile,
    login: api('login', login),
    getRandomValues: api('getRandomValues', ({ length }: { length: number }) => ({
      randomValues: crypto.getRandomValues(new Uint8Array(length)).buffer,
    })),
    canIUse: () => true,
    onAppShow,
    onAppHide,
    onNeedPrivacyAuthorization,
    getPrivacySetting: api('getPrivacySetting', privacySetting),
    openPrivacyContract: api('openPrivacyContract', privacyContract),
    showToast: api('showToast', showToast),
    showModal: api('showModal', (wish: Modal) => showModal(wish)),
    navigateTo: api('navigateTo', ({ url }: { url: string }) => router.navigateTo(url)),
    reLaunch: api('reLaunch', ({ url }: { url: string }) => router.reLaunch(url)),
    navigateBack: api('navigateBack', ({ delta = 1 }: { delta?: number }) => router.back(delta)),
    setNavigationBarTitle: api('setNavigationBarTitle', ({ title }: { title: string }) =>
      router.entitle(title),
    ),
    stopPullDownRefresh: api('stopPullDownRefresh', () => undefined),
    setClipboardData: api('setClipboardData', async ({ data }: { data: string }) => {
      await navigator.clipboard?.writeText(data).catch(() => undefined)
    }),
    getAppBaseInfo: () => {
      const { language, theme, largeText } = switches()
      return { language, theme, fontSizeSetting: largeText ? 20 : 16, SDKVersion: '3.8.12' }
    },
    getDeviceInfo: () => ({ brand: 'Preview', model: 'Phone', platform: 'devtools' }),
    getAccountInfoSync: () => ({ miniProgram: { envVersion: 'develop' } }),
  }
  return new Proxy(has, {
    get(target, name) {
      if (name in target || typeof name === 'symbol') return Reflect.get(target, name) as unknown
      console.warn(`the preview has no wx.${name}`)
      return undefined
    },
  })
}
