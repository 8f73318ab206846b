"""PushEvent: something WeChat tells us of its own accord (wechat docs: 消息推送)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from attrs import field, frozen

MOST_AGE = timedelta(minutes=10)
"""What is further from now than this, either way, is acknowledged and ignored."""

USER_INFO_MODIFIED = "user_info_modified"
AUTHORIZATION_REVOKED = "user_authorization_revoke"
ACCOUNT_CANCELLED = "user_authorization_cancellation"
MEDIA_CHECKED = "wxa_media_check"
APP_PUNISHED = "wxa_punish_event"
KNOWN = frozenset(
    {
        USER_INFO_MODIFIED,
        AUTHORIZATION_REVOKED,
        ACCOUNT_CANCELLED,
        MEDIA_CHECKED,
        APP_PUNISHED,
    }
)
"""The events somebody here does something about; all others are kept for an operator to see."""

_ABOUT_A_PERSON = KNOWN - {MEDIA_CHECKED, APP_PUNISHED}
_KIND = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}")
_MOMENT = re.compile(r"[0-9]{1,11}")


@frozen
class PushEvent:
    """One pushed message. `told` is all it says: names to texts, numbers, lists and the like.

    `appid` is the app it was pushed for, whatever the message itself names. `openid` is the person
    it is about, where it is about one.
    """

    appid: str
    kind: str
    created_at: datetime
    told: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, appid: str, told: Mapping[str, Any]) -> Self:
        """Answers the event that a message tells of.

        Raises:
            ValueError: it names no kind or no moment.
        """
        names = _trimmed(told)
        kind = _text(names.get("event")) or _text(names.get("msgtype"))
        moment = _text(names.get("createtime"))
        if not _KIND.fullmatch(kind) or not _MOMENT.fullmatch(moment):
            raise ValueError("not an event")
        return cls(appid, kind, _moment(moment), dict(told))

    @property
    def openid(self) -> str | None:
        """The person it is about. Never the sender: that is WeChat's own push user."""
        openid = self.says("OpenID")
        return openid if _OPENID.fullmatch(openid) else None

    @property
    def concerns(self) -> str | None:
        """Whom it must be forgotten with: the person it is about, else its sender.

        Of what people write to an app they are the sender themselves.
        """
        sender = self.says("FromUserName")
        return self.openid or (sender if _OPENID.fullmatch(sender) else None)

    @property
    def foreign(self) -> bool:
        """Whether the message itself names another app than the one it was pushed for."""
        return self.says("AppID") not in {"", self.appid}

    @property
    def revoked(self) -> frozenset[str]:
        """The codes of RevokeInfo; nobody wrote down how several are set apart."""
        return frozenset(re.findall(r"[0-9]+", self.says("RevokeInfo")))

    def says(self, name: str, within: str = "") -> str:
        """Answers what a field, or one within another, says as text; nothing when it is not there.

        Official samples have stray spaces in names, and names in several cases.
        """
        told: Any = self.told
        if within:
            told = _trimmed(told).get(within.casefold())
        return _text(_trimmed(told).get(name.casefold())) if isinstance(told, Mapping) else ""

    def itself(self) -> bytes:
        """Answers what makes it this event and no other, the same each time it is delivered.

        The message page wants MsgId, the privacy page these five fields; of other events
        everything they say.
        """
        if self.says("MsgId"):
            what: Any = ["MsgId", self.says("MsgId")]
        elif self.kind in _ABOUT_A_PERSON:
            fields = ("OpenID", "AppID", "RevokeInfo", "CreateTime")
            what = [self.kind, *(self.says(name) for name in fields)]
            if self.openid is None:
                what.append(_same(self.told))
        elif self.kind == MEDIA_CHECKED and self.says("trace_id"):
            what = [self.kind, self.says("trace_id")]
        else:
            what = _same(self.told)
        return _written([self.appid, what])

    def written(self) -> bytes:
        """Answers all it says, as JSON, from which `of` makes the same event again."""
        return _written(self.told)


def late(moment: datetime | str, now: datetime) -> bool:
    """Tells whether a moment, or what WeChat writes for one, is too old or too far ahead to count.

    A message that is not encrypted is signed without its content: a signature seen once must not
    open the door for ever, so its own moment is asked about too.
    """
    if isinstance(moment, str):
        if not _MOMENT.fullmatch(moment):
            return True
        moment = _moment(moment)
    return abs(now - moment) > MOST_AGE


def read_back(appid: str, written: bytes) -> PushEvent:
    """Answers the event that `PushEvent.written` wrote."""
    return PushEvent.of(appid, json.loads(written))


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _trimmed(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name.strip().casefold(): value for name, value in told.items()}


def _same(told: Any) -> Any:
    """Answers what a message says without how: XML has no numbers, and order means nothing."""
    match told:
        case dict():
            return {name.strip().casefold(): _same(told[name]) for name in sorted(told)}
        case list():
            return [_same(each) for each in told]
    return _text(told)


def _text(value: object) -> str:
    match value:
        case bool() | None:
            return ""
        case str():
            return value.strip()
        case int() | float():
            return str(value)
    return ""


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()
