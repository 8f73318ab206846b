"""WeChat's pushed messages: signatures, encryption, XML and JSON (wechat docs: 消息推送)."""

from wxlogin.adapters.push.reader import PushApp, WeChatPush

__all__ = ["PushApp", "WeChatPush"]
