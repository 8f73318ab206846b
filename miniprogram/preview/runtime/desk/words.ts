import { switches } from '../state'

const WORDS = {
  lead: [
    '左边是真正的小程序页面，右边是它与服务、微信之间的每一次往来。点点看。',
    'On the left, the real pages of the mini-program; on the right, every call between it, the service and WeChat. Tap around.',
  ],
  person: ['微信用户', 'Person'],
  add: ['新用户…', 'New person…'],
  addAsk: ['新用户的名字', 'Name of the new person'],
  language: ['语言', 'Language'],
  zh_CN: ['中文', '中文'],
  en: ['English', 'English'],
  theme: ['外观', 'Look'],
  light: ['浅色', 'Light'],
  dark: ['深色', 'Dark'],
  largeText: ['大字号', 'Large text'],
  offline: ['断网', 'No network'],
  wechat: ['微信接口', 'WeChat'],
  well: ['正常', 'Well'],
  slow: ['慢 3 秒', 'Slow'],
  down: ['无应答', 'Down'],
  phone: ['手机号按钮', 'Phone button'],
  gives: ['允许', 'Allows'],
  refuses: ['拒绝', 'Refuses'],
  'no-quota': ['无额度', 'No quota'],
  privacy: ['隐私弹窗', 'Privacy popup'],
  more: ['情形', 'Also'],
  hide: ['切到后台', 'To background'],
  show: ['回到前台', 'To foreground'],
  restart: ['重启小程序', 'Restart'],
  wipe: ['清空存储并重启', 'Wipe storage'],
  wire: ['网络往来', 'On the wire'],
  clear: ['清空', 'Clear'],
  nothing: ['还没有往来', 'Nothing yet'],
  'phone-service': ['手机 → 服务', 'Phone → service'],
  'phone-wechat': ['手机 → 微信', 'Phone → WeChat'],
  'service-wechat': ['服务 → 微信', 'Service → WeChat'],
  event: ['手机', 'Phone'],
  waiting: ['等待…', 'waiting…'],
  headers: ['请求头', 'Headers'],
  sent: ['发送', 'Sent'],
  answer: ['应答', 'Answer'],
  token: ['access_token 解码', 'access_token, decoded'],
  logins: ['登录', 'logins'],
  refreshes: ['刷新', 'refreshes'],
  calls: ['请求', 'calls'],
  asleep: ['小程序在后台', 'In the background'],
} satisfies Record<string, [zh: string, en: string]>

export type Word = keyof typeof WORDS

/** Answers a text of the desk in the phone's language. */
export const say = (word: Word): string => WORDS[word][switches().language === 'en' ? 1 : 0]
