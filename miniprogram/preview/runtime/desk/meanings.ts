import { switches } from '../state'
import type { Entry } from '../trace'

/** What each call is for, in one sentence: watching the wire should teach the flow. */
const MEANINGS: [call: RegExp, zh: string, en: string][] = [
  [/^wx\.login$/, '向微信要一个 code：五分钟有效，只能用一次', 'asks WeChat for a code: good once, for five minutes'],
  [/^jscode2session$/, '服务凭 code 和 AppSecret 问微信这是谁', 'the service asks, with code and AppSecret, who this is'],
  [/^getuserphonenumber$/, '服务凭按钮的 code 换手机号', 'the service trades the button’s code for the number'],
  [/^getPhoneNumber$/, '点按钮得到的是 code，不是号码', 'the button gives a code, not the number'],
  [/^POST \/v1\/login$/, '用 code 换令牌；同一个幂等键重试，仍是一次登录', 'the code becomes tokens; repeated with the same key it is the same login'],
  [/^POST \/v1\/token\/refresh$/, '旧的 refresh token 换来新的一对', 'the old refresh token becomes a new pair'],
  [/^GET \/v1\/me$/, '读资料；没有变化就只答 304', 'reads the profile; 304 when nothing changed'],
  [/^PUT \/v1\/me$/, '保存资料；注明改的是哪一版，不会盖掉别处的修改', 'saves the profile, naming the version it changes: nothing newer is lost'],
  [/^POST \/v1\/me\/avatar$/, '上传头像文件，而不是保存手机里的临时路径', 'uploads the picture itself: a path on the phone is worth nothing'],
  [/^POST \/v1\/me\/phone$/, '绑定手机号，应答里只有打码的号码', 'binds the number; the answer shows it masked'],
  [/^DELETE \/v1\/me\/phone$/, '解除绑定', 'unbinds the number'],
  [/^GET \/v1\/me\/sessions$/, '这个账号登录中的设备', 'the devices that are logged in'],
  [/^DELETE \/v1\/me\/sessions\//, '让一台设备下线，下个请求起生效', 'logs a device out, with its next request'],
  [/^POST \/v1\/logout$/, '结束会话，令牌立刻失效', 'ends the session: its tokens are dead at once'],
  [/^GET \/v1\/me\/export$/, '取走服务保存的全部个人数据', 'takes everything that is held about the person'],
  [/^DELETE \/v1\/me$/, '注销账号，覆盖个人数据', 'deletes the account and overwrites its data'],
]

interface Problem {
  code?: string
  detail?: string
}

/** Answers why a call was refused, in the service's words; nothing for others. */
export function refusal({ good, answer }: Entry): string {
  const { code, detail } = (answer ?? {}) as Problem
  return good === false && code && detail ? `${code} · ${detail}` : ''
}

/** Answers what a call is for. */
export function meaning({ name }: Entry): string {
  const found = MEANINGS.find(([call]) => call.test(name))
  return found ? found[switches().language === 'en' ? 2 : 1] : ''
}
