"""WeChat's server API over HTTP: everything that knows its addresses, errcodes and manners."""

from wxlogin.adapters.wechat.client import WECHAT, WeChatClient

__all__ = ["WECHAT", "WeChatClient"]
