"""Nickname rules: real names of many scripts hold, and nothing hidden, broken or false does."""

import re
import unicodedata
from random import Random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nicknames import HOSTILE, POISON, REAL
from wxlogin.domain.nickname import NICKNAME_MAX, NicknameRules, rules_with, tidy

RULES = NicknameRules()
WORDS = {
    "nickname_blank", "nickname_control", "nickname_invisible", "nickname_marks",
    "nickname_reserved", "nickname_too_long",
}  # fmt: skip

# Unicode's Default_Ignorable_Code_Point and noncharacters, written down apart from the rules.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-"
    "\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe"
    "\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What joiners, selectors and tags are there for.
_WITH_REASON = re.compile(
    "\U0001f3f4[\U000e0020-\U000e007e]{2,6}\U000e007f"
    "|[0-9#*]\ufe0f\u20e3"
    "|[\u203c\u2049\u2122\u2139\u2190-\u21ff\u3030\u303d][\ufe0e\ufe0f]"
    "|[\u1820-\u18aa][\u180b-\u180f]"
    "|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\ufe00-\ufe02\U000e0100-\U000e01ef]"
    "|(?<=[\u0600-\u08ff\u1800-\u18af])\u200c(?=[\u0600-\u08ff\u1800-\u18af])"
)


def hidden_in(name: str) -> list[str]:
    """Answer what is left of the invisible when everything with a reason is taken away."""
    bare = _WITH_REASON.sub("", name)
    left = []
    for at, sign in enumerate(bare):
        before = bare[at - 1 : at]
        picture = before and (unicodedata.category(before) == "So" or ord(before) >= 0x1F000)
        if _HIDDEN.match(sign) and not (
            (sign in "\u200d\ufe0e\ufe0f" and (picture or before in {"\ufe0f", "\u20e3"}))
            or (sign in "\u200c\u200d" and before and unicodedata.combining(before) == 9)
            or (sign == "\u200d" and not before)  # what stood before had a reason
        ):
            left.append(f"U+{ord(sign):04X}")
    return left


@pytest.mark.parametrize("name", REAL)
def test_real_names_hold(name: str):
    """Of minorities in China, of its neighbours, with families of emoji, flags and keys."""
    assert RULES.problem(name) is None
    assert tidy(name) == unicodedata.normalize("NFC", name)
    assert [] == hidden_in(tidy(name))


@pytest.mark.parametrize(("name", "problem"), HOSTILE, ids=lambda each: ascii(each)[:40])
def test_each_kind_of_hostile_name_has_its_own_answer(name: str, problem: str):
    """The word says what to mend."""
    assert problem == RULES.problem(name)


def a_hostile_name(draw: Random) -> str:
    """Answer a name of any signs, of poison in a real name, or of one sign very often."""

    def sign() -> str:
        return draw.choice(
            (
                draw.choice(POISON),
                chr(draw.randrange(0x110000)),
                draw.choice("小明Ab1 .👨❤☎ก\u0e47རྒن"),
            )
        )

    match draw.randrange(4):
        case 0:
            return "".join(sign() for _ in range(draw.randrange(80)))
        case 1:
            return draw.choice(REAL) + sign() + draw.choice(REAL)
        case 2:
            return draw.choice(HOSTILE)[0][:80] + sign()
    return sign() * draw.randrange(3000)


@settings(max_examples=20)
@given(st.randoms(use_true_random=True))
def test_ten_thousand_hostile_names(draw: Random):
    """Each has a word or holds; what holds is composed, short, and shows all it has, and soon."""
    names = [a_hostile_name(draw) for _ in range(500)]
    start = perf_counter()
    for name in names:
        problem = RULES.problem(name)
        if problem is not None:
            assert problem in WORDS, ascii(name)
        elif name:
            kept = tidy(name)
            assert kept == unicodedata.normalize("NFC", kept) == kept.strip()
            assert 0 < len(kept) <= NICKNAME_MAX
            assert [] == hidden_in(kept), ascii(name)
            kept.encode()
            assert kept == tidy(kept)
            assert RULES.problem(kept) is None
    assert perf_counter() - start < 5


def test_a_long_chain_of_marks_costs_no_time():
    """Composing 60,000 marks takes many seconds; a name so long is refused before."""
    start = perf_counter()

    assert "nickname_too_long" == RULES.problem("a" + "\u0301\u0316" * 30_000)
    assert perf_counter() - start < 0.1


def test_own_names_are_reserved_besides_those_known():
    """With stars for any signs around them; `none` leaves only them."""
    mine, only = rules_with(("我的小店", "*小店官方*")), rules_with(("none", "我的小店"))

    for name in ("我的小店", "我 的-小店", "亲爱的小店官方号", "客服"):
        assert "nickname_reserved" == mine.problem(name)
    assert mine.problem("我的小店员") is None
    assert only.problem("客服") is None
    assert "nickname_reserved" == only.problem("我的小店!")
    assert rules_with(("none", "*", "!!")).problem("!!") is None
