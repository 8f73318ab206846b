"""What people read about a field that does not hold: a sentence for every problem word."""

from collections.abc import Mapping

from wxlogin.entrypoints.web.language import Both

PROBLEMS: Mapping[str, Both] = {
    "required": Both("缺少这个字段。", "This field is required."),
    "required_several_apps": Both(
        "本服务有多个小程序，请写明 appid。", "Several apps are served here: name the appid."
    ),
    "unknown_app": Both("没有配置这个 appid。", "This appid is not configured."),
    "code_or_ticket": Both(
        "code 与 login_ticket 必须且只能给一个。", "Give exactly one of code and login_ticket."
    ),
    "wrong_type": Both("字段类型不对。", "The value has the wrong type."),
    "empty": Both("不能为空。", "The value must not be empty."),
    "too_long": Both("内容过长。", "The value is too long."),
    "out_of_range": Both("数值超出范围。", "The number is out of range."),
    "not_one_of": Both("不是允许的取值。", "The value is not one of those allowed."),
    "bad_signs": Both(
        "只能包含可见的 ASCII 字符。", "Only visible ASCII characters are allowed here."
    ),
    "not_json": Both("请求体不是合法的 JSON（UTF-8）。", "The body is not valid JSON in UTF-8."),
    "not_an_object": Both("请求体必须是 JSON 对象。", "The body must be a JSON object."),
    "not_multipart": Both(
        "请求体不是合法的 multipart/form-data。", "The body is not valid multipart/form-data."
    ),
    "too_slow": Both("请求体发送得太慢。", "The body arrived too slowly."),
    "incomplete": Both("请求体没有发送完整。", "The body broke off before its end."),
    "idempotency_key_shape": Both(
        "Idempotency-Key 应为 1 到 255 个可见 ASCII 字符。",
        "An Idempotency-Key is 1 to 255 visible ASCII characters.",
    ),
    "push_refused": Both(
        "不是微信发来的消息，或在途中被改动。请检查 WXLOGIN_PUSH_TOKEN、WXLOGIN_PUSH_AES_KEY "
        "与微信后台的消息推送设置是否一致。",
        "This is not WeChat's, or was altered on its way. Check WXLOGIN_PUSH_TOKEN and "
        "WXLOGIN_PUSH_AES_KEY against the message push page of WeChat's console.",
    ),
    "since_malformed": Both(
        "since 必须是上一次回答中的 next。", "since must be the next of an earlier answer."
    ),
    "gender_unknown": Both(
        "只能是 0（未知）、1（男）或 2（女）。", "Use 0 (unknown), 1 (male) or 2 (female)."
    ),
    "nickname_too_long": Both("昵称最多 64 个字符。", "A nickname has at most 64 characters."),
    "nickname_blank": Both(
        "昵称不能只有空白。要清除昵称，请给空字符串。",
        "A nickname must show something. To have none, send an empty text.",
    ),
    "nickname_invisible": Both(
        "昵称不能含看不见的字符（如零宽字符、填充符）。",
        "A nickname must not contain signs that nobody sees, such as zero-width ones.",
    ),
    "nickname_marks": Both(
        "昵称中叠加在一个字上的符号过多，或没有可依附的字。",
        "Too many marks are stacked on one letter, or a mark stands without a letter.",
    ),
    "nickname_reserved": Both(
        "这个昵称容易让人误以为是官方账号，请换一个。",
        "This nickname could pass for the service itself. Choose another.",
    ),
    "nickname_control": Both(
        "昵称不能含控制字符或改变书写方向的字符。",
        "A nickname must not contain control characters or signs that turn the writing.",
    ),
    "avatar_local_path": Both(
        "这是手机本地的临时路径，别人看不到。"
        "请先用 wx.uploadFile 把图片上传到 POST /v1/me/avatar。",
        "This is a temporary path on the phone that nobody else can open. "
        "Upload the picture to POST /v1/me/avatar with wx.uploadFile first.",
    ),
    "avatar_not_https": Both(
        "头像地址必须是 https:// 开头的网址，或本服务给出的地址。",
        "An avatar address must begin with https://, or be one given by this service.",
    ),
    "avatar_not_yours": Both(
        "这不是您当前的头像。请把图片上传到 POST /v1/me/avatar。",
        "This is not your present avatar here. Upload the picture to POST /v1/me/avatar.",
    ),
    "avatar_not_a_picture": Both(
        "无法识别为图片。请上传 JPEG、PNG 或 WebP。",
        "This cannot be read as a picture. Upload a JPEG, PNG or WebP.",
    ),
    "avatar_too_large": Both(
        "图片的像素过多。请先缩小再上传。",
        "The picture has too many pixels. Make it smaller first.",
    ),
    "content_rejected": Both(
        "没有通过微信内容安全检查。", "WeChat's content check does not let this pass."
    ),
}
