"""What can be turned: lives, intervals, and the manners WeChat is sometimes seen with."""

from collections.abc import Mapping

from attrs import asdict, frozen

VERDICTS = {"pass": 100, "review": 21000, "risky": 20002}
"""What a check can suggest, and a label that goes with it."""


@frozen
class Rules:
    """How this WeChat behaves; every time is in seconds.

    WeChat does not disclose the minimum refresh period of a session_key nor its life
    ("开放数据校验与解密"), nor the errcode for an openid that is not the phone code's
    ("获取手机号"): those are guesses to be turned. `media_verdict` is on pictures whose address has
    no word to stumble over; it is pushed `verdict_seconds` after the question, or where that is
    negative only when a person or a test pushes it.
    """

    code_seconds: int = 300
    phone_code_seconds: int = 300
    key_rotation_seconds: int = 600
    key_idle_seconds: int = 3 * 86_400
    token_seconds: int = 7_200
    token_overlap_seconds: int = 300
    active_seconds: int = 7_200
    phone_openid_errcode: int = 40003
    escape_slashes: bool = False
    errcode_zero: bool = False
    stray_expires_in: bool = False
    country_code_number: bool = False
    media_verdict: str = "pass"
    verdict_seconds: int = -1

    def turned(self, wishes: Mapping[str, object]) -> "Rules":
        """Answer these rules with `wishes` in force.

        Raises ValueError, saying what is wrong, for an unknown name or an ill-typed value.
        """
        known = asdict(self)
        for name, value in wishes.items():
            if name not in known:
                raise ValueError(f"unknown rule {name!r}; known: {', '.join(sorted(known))}")
            wanted = type(known[name])
            if type(value) is not wanted:
                raise ValueError(f"rule {name!r} wants {wanted.__name__}")
            if name == "media_verdict" and value not in VERDICTS:
                raise ValueError(f"rule {name!r} wants one of: {', '.join(VERDICTS)}")
        return Rules(**(known | dict(wishes)))
