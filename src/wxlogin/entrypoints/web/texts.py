"""What people read: a title and a detail for every code, and why a session ended."""

from collections.abc import Mapping

from attrs import frozen

from wxlogin.domain.session import EndReason
from wxlogin.entrypoints.web.language import Both


@frozen
class ErrorText:
    """What a code means, and what to do. `{seconds}` in a detail is the time to wait."""

    title: Both
    detail: Both


def _error(zh: str, en: str, zh_detail: str, en_detail: str) -> ErrorText:
    return ErrorText(Both(zh, en), Both(zh_detail, en_detail))


ERRORS: Mapping[str, ErrorText] = {
    "invalid_request": _error(
        "请求不正确",
        "The request does not hold",
        "请按 errors 中列出的字段修改后再发送。",
        "Correct the fields listed in errors and send the request again.",
    ),
    "unknown_app": _error(
        "未知的小程序",
        "Unknown app",
        "本服务没有配置这个 appid。请检查客户端的 appid，或请运维把它加入配置。",
        "This appid is not configured here. Check the appid of the client, or have it configured.",
    ),
    "phone_code_invalid": _error(
        "手机号凭证无效",
        "The phone code is not valid",
        "微信不认可这个手机号 code：它可能已使用、已过期，或属于他人。请让用户再点一次手机号按钮。",
        "WeChat refuses this phone code: used, expired or another person's. "
        "Let the user tap the phone button again.",
    ),
    "open_data_invalid": _error(
        "开放数据无效",
        "The open data is not valid",
        "无法解密，或不属于此人、此小程序，或已过期、已用过。请先用 code 重新登录，再获取一次。",
        "It cannot be read, or is another person's or app's, old, or shown before. "
        "Log in by a code again, then ask WeChat for it once more.",
    ),
    "code_invalid": _error(
        "登录凭证无效",
        "The login code is not valid",
        "微信不认可这个 code。请调用 wx.login 取得新的 code，并确认 appid 与服务端一致。",
        "WeChat does not know this code. Call wx.login for a fresh one, "
        "and check that the app's appid is the one configured here.",
    ),
    "code_used": _error(
        "登录凭证已被使用",
        "The login code was used before",
        "一个 code 只能使用一次。请调用 wx.login 取得新的 code；"
        "若是网络重试，请带上同一个 Idempotency-Key。",
        "A code counts once. Call wx.login for a fresh one; "
        "to repeat a lost request, send the same Idempotency-Key with it.",
    ),
    "ticket_invalid": _error(
        "登录票据无效",
        "The login ticket is not valid",
        "票据不存在、已使用、已过期（5 分钟），或不属于这个 openid。请用新的 code 重新换取。",
        "The ticket is unknown, used, older than 5 minutes, or for another openid. "
        "Exchange a fresh code for a new one.",
    ),
    "token_missing": _error(
        "缺少访问令牌",
        "An access token is needed",
        "请在请求头中加入 Authorization: Bearer <access_token>。",
        "Send the header Authorization: Bearer <access_token>.",
    ),
    "token_invalid": _error(
        "访问令牌无效",
        "The access token is not valid",
        "这个令牌不是本服务签发的，或已被改动。请重新登录。",
        "This token is not one of ours, or was altered. Log in again.",
    ),
    "token_expired": _error(
        "访问令牌已过期",
        "The access token has expired",
        "请用 refresh_token 调用 POST /v1/token/refresh 换取新的令牌。",
        "Get a new one with your refresh_token: POST /v1/token/refresh.",
    ),
    "session_ended": _error(
        "会话已结束",
        "The session has ended",
        "请重新登录。",
        "Log in again.",
    ),
    "refresh_invalid": _error(
        "刷新令牌无效",
        "The refresh token is not valid",
        "这个刷新令牌不是本服务签发的，或不完整。请重新登录。",
        "This refresh token is not one of ours, or is incomplete. Log in again.",
    ),
    "login_blocked": _error(
        "微信拦截了本次登录",
        "WeChat stopped this login",
        "微信认为该用户存在风险。请让用户稍后在微信内再试；服务端无法放行。",
        "WeChat holds this person for a risk. They may try again later; we cannot let them in.",
    ),
    "user_banned": _error(
        "账号已被封禁",
        "This account is banned",
        "管理员封禁了这个账号。如有疑问请联系客服。",
        "An operator banned this account. Contact support if this is unexpected.",
    ),
    "consent_required": _error(
        "需要先同意用户协议",
        "Consent is needed first",
        "请先展示用户协议与隐私政策，用户同意后用新的 code 登录，并带上 consent.version。",
        "Show your agreement and privacy policy; once the person agrees, log in with a fresh code "
        "and consent.version.",
    ),
    "not_found": _error(
        "没有找到",
        "Not found",
        "这个地址或对象不存在，或不属于您。请对照 /docs 检查路径。",
        "Nothing is here, or it is not yours. Check the path against /docs.",
    ),
    "method_not_allowed": _error(
        "不支持这个方法",
        "The method is not allowed here",
        "请使用 Allow 响应头中列出的方法。",
        "Use one of the methods listed in the Allow header.",
    ),
    "payload_too_large": _error(
        "内容过大",
        "The content is too large",
        "请求体超过上限。头像请先压缩（如 wx.compressImage）再上传。",
        "The body is above the limit. Compress a picture (wx.compressImage) before the upload.",
    ),
    "unsupported_media_type": _error(
        "不支持的内容类型",
        "The media type is not supported",
        "请发送 application/json；上传头像请用 wx.uploadFile（multipart/form-data）。",
        "Send application/json; for an avatar use wx.uploadFile (multipart/form-data).",
    ),
    "phone_taken": _error(
        "手机号已被占用",
        "The phone number is taken",
        "这个手机号已绑定另一个账号。请用那个账号登录，或先在那里解绑。",
        "Another account holds this number. Log in there, or unbind it there first.",
    ),
    "last_identity": _error(
        "这是唯一的登录方式",
        "This is the only way in",
        "账号只能从这个小程序登录，不能解绑。要离开请注销账号。",
        "The account is known in no other app. To leave, erase it.",
    ),
    "idempotency_conflict": _error(
        "幂等键冲突",
        "The Idempotency-Key was used with another body",
        "同一个 Idempotency-Key 和凭证之前配有不同的请求体。重试时请原样发送，新请求请换新的键。",
        "This key and credential came with another body before. "
        "Repeat a request unchanged, and use a new key for a new one.",
    ),
    "precondition_failed": _error(
        "数据已被修改",
        "The user has changed meanwhile",
        "If-Match 中的版本不是最新的。请重新 GET /v1/me，再带上新的 ETag 修改。",
        "The version in If-Match is not the newest. GET /v1/me again and use its ETag.",
    ),
    "content_rejected": _error(
        "内容未通过审核",
        "The content was rejected",
        "微信内容安全检查没有通过。请换一个内容再试。",
        "WeChat's content check did not let it pass. Choose something else.",
    ),
    "rate_limited": _error(
        "请求过于频繁",
        "Too many requests",
        "请在 {seconds} 秒后再试。",
        "Try again in {seconds} s.",
    ),
    "wechat_rate_limited": _error(
        "微信接口请求过于频繁",
        "WeChat limits our requests",
        "微信限制了调用频率。请在 {seconds} 秒后再试。",
        "WeChat says we ask too often. Try again in {seconds} s.",
    ),
    "app_misconfigured": _error(
        "服务端小程序配置有误",
        "The app is configured wrongly on the server",
        "微信拒绝了服务端的 appid 或 AppSecret。请运维运行 wxlogin doctor 查明原因。",
        "WeChat refuses the server's appid or AppSecret. An operator finds the cause with "
        "wxlogin doctor.",
    ),
    "internal_error": _error(
        "服务内部错误",
        "Something went wrong on the server",
        "这不是您的错误。请把 request_id 告诉运维。",
        "This is not your fault. Give the request_id to the operator.",
    ),
    "wechat_unavailable": _error(
        "微信暂时不可用",
        "WeChat cannot be reached",
        "微信没有及时应答。请在 {seconds} 秒后用新的 code 再试。",
        "WeChat did not answer in time. Try again in {seconds} s with a fresh code.",
    ),
    "wechat_quota_exhausted": _error(
        "微信接口当日额度已用尽",
        "WeChat's daily quota is used up",
        "这个小程序今天的微信接口调用额度已用尽。请在 {seconds} 秒后再试。",
        "This app has used up WeChat's quota for today. Try again in {seconds} s.",
    ),
    "store_unavailable": _error(
        "数据库暂时不可用",
        "The database cannot be reached",
        "请在 {seconds} 秒后再试。",
        "Try again in {seconds} s.",
    ),
    "overloaded": _error(
        "服务繁忙",
        "The service is busy",
        "排队的请求太多。请在 {seconds} 秒后再试。",
        "Too much is waiting already. Try again in {seconds} s.",
    ),
}

END_REASONS: Mapping[str, Both] = {
    EndReason.LOGGED_OUT: Both(
        "用户已退出登录。请重新登录。", "The user logged out. Log in again."
    ),
    EndReason.KICKED: Both(
        "这台设备已在别处被移除登录。请重新登录。",
        "This device was signed out from elsewhere. Log in again.",
    ),
    EndReason.BANNED: Both("账号已被封禁。", "The account was banned."),
    EndReason.ERASED: Both("账号已注销。", "The account was erased."),
    EndReason.REUSE_DETECTED: Both(
        "旧的刷新令牌被再次使用，可能已泄露，为安全起见会话已结束。请重新登录。",
        "An old refresh token came back, so it may be stolen; the session was ended for safety. "
        "Log in again.",
    ),
    EndReason.SUPERSEDED: Both(
        "这个刷新令牌早已被更新的令牌取代。请重新登录。",
        "A newer refresh token replaced this one long ago. Log in again.",
    ),
    EndReason.EXPIRED: Both(
        "会话长时间未使用，已过期。请重新登录。",
        "The session was not used for too long and has expired. Log in again.",
    ),
}
