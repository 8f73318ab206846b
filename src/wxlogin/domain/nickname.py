"""Nickname rules: what a name shown to others may not hide, break or pretend.

Signs are code points throughout, as WeChat's own limits are.
"""

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase

from attrs import field, frozen

NICKNAME_MAX = 64
PLACEHOLDER_NICKNAME = "微信用户"
"""What WeChat gives instead of a name since 2022-11-08 (wechat docs: wx.getUserProfile)."""

RESERVED_NAMES = (
    "官方", "官方客服", "官方账号", "官方团队", "客服", "客服中心", "在线客服", "人工客服", "系统",
    "系统消息", "系统通知", "系统管理员", "管理员", "超级管理员", "平台", "平台客服", "微信团队",
    "微信官方", "微信客服", "微信支付", "微信安全中心", "腾讯客服", "腾讯官方", "admin",
    "administrator", "sysadmin", "root", "system", "official", "support", "customer service",
    "helpdesk", "staff", "moderator", "wxlogin",
)  # fmt: skip
"""Names under which somebody could pass for the service or for WeChat."""

_FOLDED_MOST = 4
"""Signs that may become one when a text is composed (NFC), at most."""
_PLAIN = re.compile(r"[ 0-9A-Za-z_.\u4e00-\u9fff-]*")
_BETWEEN = str.maketrans("", "", " _.-")
_MARKS_MOST, _TIBETAN_MARKS_MOST = 4, 8
"""Marks on one letter: Vietnamese and Hebrew need 3, a stacked Tibetan syllable 5."""

_CONTROL = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Signs that turn the direction of writing, and with it what a reader sees (UAX #9)."""
_ZWNJ, _KEYCAP = "\u200c", "\u20e3"
_JOINERS = frozenset({_ZWNJ, "\u200d"})
_BLACK_FLAG, _TAG_END = "\U0001f3f4", "\U000e007f"
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\U0001d159"
)  # no space, and shows nothing all the same
_VIRAMA = 9
_MONGOLIAN = re.compile(r"[\u1820-\u18aa]")
_MONGOLIAN_SELECTOR = re.compile(r"[\u180b-\u180f]")
_JOINING = re.compile(r"[\u0620-\u06d3\u06d5\u06ee-\u06ff\u0710-\u077f\u08a0-\u08c9\u1820-\u18aa]")
_IDEOGRAPH = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_EMOJI_STYLE = re.compile(r"[\ufe0e\ufe0f]")
_IDEOGRAPH_STYLE = re.compile(r"[\ufe00-\ufe02\U000e0100-\U000e01ef]")
_SELECTED = ((_IDEOGRAPH_STYLE, _IDEOGRAPH), (_MONGOLIAN_SELECTOR, _MONGOLIAN))
_SELECTOR = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TAG = re.compile(r"[\U000e0020-\U000e007e]")
_TIBETAN = re.compile(r"[\u0f18-\u0fbc]")
_STYLED = frozenset("\u203c\u2049\u2122\u2139\u3030\u303d")
"""Signs that are no pictures by themselves and are one with an emoji selector after them."""
_ON_A_KEY = frozenset("0123456789#*")


def tidy(nickname: str) -> str:
    """Answers a nickname as it is stored: composed (NFC), without space around it."""
    return unicodedata.normalize("NFC", nickname.strip())


def _skeleton(name: str) -> str:
    """Answers the letters and digits alone, without width, case, accents or what stands between."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(sign for sign in letters if unicodedata.category(sign)[0] in "LN")


@frozen
class NicknameRules:
    """Judges nicknames; `reserved` are names nobody may bear, with `*` for any signs or none."""

    reserved: tuple[str, ...] = RESERVED_NAMES
    _exact: frozenset[str] = field(init=False, repr=False)
    _patterns: tuple[str, ...] = field(init=False, repr=False)

    @_exact.default
    def _exact_ones(self) -> frozenset[str]:
        return frozenset(_skeleton(name) for name in self.reserved if "*" not in name)

    @_patterns.default
    def _ones_with_a_star(self) -> tuple[str, ...]:
        return tuple(
            "*".join(_skeleton(part) for part in name.split("*"))
            for name in self.reserved
            if "*" in name and _skeleton(name)
        )

    def problem(self, nickname: str) -> str | None:
        """Answers the word for what does not hold, None for a good name and for the empty one."""
        if not nickname:
            return None
        bare = nickname.strip()
        if not bare:
            return "nickname_blank"
        # Composing takes time with the square of the marks in a row, so the length comes first.
        if len(bare) > _FOLDED_MOST * NICKNAME_MAX or len(name := tidy(bare)) > NICKNAME_MAX:
            return "nickname_too_long"
        if _PLAIN.fullmatch(name):
            bones = name.translate(_BETWEEN).casefold()  # what `_skeleton` would answer
        elif problem := _problem_of_signs(name):
            return problem
        else:
            bones = _skeleton(name)
        return "nickname_reserved" if self._is_reserved(bones) else None

    def _is_reserved(self, bones: str) -> bool:
        return bool(bones) and (
            bones in self._exact or any(fnmatchcase(bones, each) for each in self._patterns)
        )


USUAL_RULES = NicknameRules()


def rules_with(more: Iterable[str]) -> NicknameRules:
    """Answers the rules with more reserved names; a first `none` leaves out those known here."""
    names = tuple(more)
    if names[:1] == ("none",):
        return NicknameRules(names[1:])
    return NicknameRules((*RESERVED_NAMES, *names))


def _problem_of_signs(name: str) -> str | None:
    if any(
        unicodedata.category(sign) in _CONTROL or unicodedata.bidirectional(sign) in _TURNING
        for sign in name
    ):
        return "nickname_control"
    if any(_invisible(sign) and not _has_reason(name, at) for at, sign in enumerate(name)):
        return "nickname_invisible"
    return "nickname_marks" if _overloaded(name) else None


def _invisible(sign: str) -> bool:
    return (
        unicodedata.category(sign) == "Cf"
        or sign in _BLANK
        or _SELECTOR.match(sign) is not None
        or _MONGOLIAN_SELECTOR.match(sign) is not None
        or _never_a_sign(ord(sign))
    )


def _never_a_sign(code: int) -> bool:
    """Tells whether nothing visible is or will be here: noncharacters and reserved invisibles."""
    return (
        code & 0xFFFE == 0xFFFE  # noqa: PLR2004 - the last two of every plane
        or code == 0x2065  # noqa: PLR2004 - the one unassigned among the format signs
        or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004 - noncharacters
        or 0xFFF0 <= code <= 0xFFFB  # noqa: PLR2004 - ignorable, and annotations between lines
        or 0xE0000 <= code <= 0xE0FFF  # noqa: PLR2004 - tags and what may come beside them
    )


def _has_reason(name: str, at: int) -> bool:
    """Tells whether an invisible sign does what a script or a picture needs it for."""
    sign, before, after = name[at], name[at - 1 : at], name[at + 1 : at + 2]
    if not before:
        return False
    if _EMOJI_STYLE.match(sign):
        on_a_key = before in _ON_A_KEY and after == _KEYCAP
        return on_a_key or before in _STYLED or _pictorial(before)
    for selector, letter in _SELECTED:
        if selector.match(sign):
            return letter.match(before) is not None
    if _TAG.match(sign) or sign == _TAG_END:
        return _in_a_flag(name, at)
    return sign in _JOINERS and _joins(name, at)


def _joins(name: str, at: int) -> bool:
    before, after = name[at - 1], name[at + 1 : at + 2]
    if unicodedata.combining(before) == _VIRAMA:
        return True
    if name[at] == _ZWNJ:
        return bool(_JOINING.match(before) and _JOINING.match(after))
    return bool(after) and _ends_a_picture(name[:at]) and _pictorial(after)


def _pictorial(sign: str) -> bool:
    """Tells whether a sign is a picture, also one that is younger than this Python."""
    return (
        unicodedata.category(sign) == "So"
        or 0x1F000 <= ord(sign) <= 0x1FAFF  # noqa: PLR2004 - the blocks of pictures
        or 0x2190 <= ord(sign) <= 0x21FF  # noqa: PLR2004 - arrows, as in a shaken head
    )


def _ends_a_picture(name: str) -> bool:
    last = name[-1]
    if _EMOJI_STYLE.match(last) and len(name) > 1:
        last = name[-2]
    return _pictorial(last) or last == _KEYCAP


def _in_a_flag(name: str, at: int) -> bool:
    """Tells whether a tag is part of a flag such as Scotland's: black flag, tags, end."""
    start = at
    while start and _TAG.match(name[start - 1]):
        start -= 1
    end = at
    while end < len(name) and _TAG.match(name[end]):
        end += 1
    whole = start and name[start - 1] == _BLACK_FLAG and name[end : end + 1] == _TAG_END
    return bool(whole) and 1 < end - start <= 6  # noqa: PLR2004 - a region's letters


def _overloaded(name: str) -> bool:
    """Tells whether marks stand without a letter, or so many on one that they cover others."""
    if unicodedata.category(name[0])[0] == "M":
        return True
    marks = tibetan = 0
    for sign in name:
        if unicodedata.category(sign) not in {"Mn", "Me"}:
            marks = tibetan = 0
            continue
        marks += 1
        tibetan += _TIBETAN.match(sign) is not None
        if marks - tibetan > _MARKS_MOST or marks > _TIBETAN_MARKS_MOST:
            return True
    return False
