import type { Language } from './types'

/**
 * What a person reads, Chinese and English, for what happens on the phone and for the reasons of
 * an end. For all else the service sends a title in the same language.
 */
const WORDS: Record<string, [zh: string, en: string]> = {
  network: ['网络不可用，请检查后重试', 'No network. Check it and try again'],
  timeout: ['网络太慢，请稍后重试', 'The network is too slow. Try again'],
  interrupted: ['操作被中断，请重试', 'Interrupted. Try again'],
  wechat_busy: ['微信繁忙，请稍后重试', 'WeChat is busy. Try again shortly'],
  login_blocked: ['微信拦截了本次登录', 'WeChat stopped this login'],
  code_invalid: ['登录没有成功，请再试一次', 'The login did not succeed. Try once more'],
  logged_out: ['已退出登录', 'You are logged out'],
  kicked: ['本机已在其他设备上被下线', 'This device was logged out from another one'],
  banned: ['账号已被封禁，如有疑问请联系客服', 'This account is banned. Contact support'],
  erased: ['账号已注销', 'This account was deleted'],
  reuse_detected: [
    '登录信息可能被盗用，为保护账号已下线',
    'The login may have been stolen and was ended to be safe',
  ],
  superseded: ['登录已失效，请重新登录', 'The login is out of date. Log in again'],
  consent_required: ['需要先同意用户协议', 'Please agree to the terms first'],
  account_restored: ['账号已恢复，注销已取消', 'Your account is back and will not be deleted'],
  content_in_review: ['昵称审核中，通过后显示', 'The nickname shows once it has been reviewed'],
  internal_error: ['服务暂时不可用，请稍后重试', 'The service is unavailable. Try again shortly'],
}

const SAME: Record<string, string> = {
  user_banned: 'banned',
  expired: 'superseded',
  session_ended: 'superseded',
  token_invalid: 'superseded',
  code_used: 'code_invalid',
  wechat_unavailable: 'wechat_busy',
  wechat_rate_limited: 'wechat_busy',
}

/** Answers the sentence for a code or reason; for one not known here `title`, or an apology. */
export function words(code: string, language: Language, title?: string): string {
  const pair = WORDS[SAME[code] ?? code]
  const index = language === 'en' ? 1 : 0
  return pair?.[index] ?? title ?? WORDS.internal_error[index]
}
