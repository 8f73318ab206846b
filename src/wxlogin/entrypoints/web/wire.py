"""JSON on the wire: one encoder, and decoding that says which field does not hold."""

import json
import re
from typing import Any, TypeVar

import msgspec
from msgspec import Meta

from wxlogin.domain.errors import FieldProblem, InvalidRequest

T = TypeVar("T")

encode = msgspec.json.Encoder().encode

BODY = "body"
"""What a problem with no particular field is about."""
_PLACE = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")
_WORDS = (
    ("Expected `object`", "not_an_object"),
    ("Invalid enum value", "not_one_of"),
    ("Number out of range", "out_of_range"),
    ("Integer value out of range", "out_of_range"),
    ("Expected `str` of length >=", "empty"),
    ("Expected `str` of length <=", "too_long"),
    ("Expected `str` matching", "bad_signs"),
)
"""How msgspec begins its messages, and our word for each; anything else is a wrong type."""


def told(en: str, zh: str, **limits: Any) -> Meta:
    """Answers a description in both languages, with limits that count when decoding."""
    return Meta(description=en, extra_json_schema={"x-zh": zh}, **limits)


def decode(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """Answers what the bytes say; unknown fields are left out.

    Raises:
        InvalidRequest: with the field, dots between levels, and what is wrong with it.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as failure:
        raise InvalidRequest(_problem(str(failure))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest(FieldProblem(BODY, "not_json")) from None


def without_halves(body: bytes) -> bytes:
    """Answers JSON without the half emojis that JavaScript leaves when it cuts a text.

    Half a pair of surrogates is no sign, and no JSON either. What else is no JSON stays as it is.
    """
    try:
        return json.dumps(json.loads(body), ensure_ascii=False).encode(errors="ignore")
    except (ValueError, RecursionError):
        return body


def _problem(message: str) -> FieldProblem:
    found = _PLACE.fullmatch(message)
    what, place = (message, "") if found is None else (found[1], found[2] or "")
    if missing := _MISSING.fullmatch(what):
        return FieldProblem(f"{place}.{missing[1]}" if place else missing[1], "required")
    word = next((word for start, word in _WORDS if what.startswith(start)), "wrong_type")
    return FieldProblem(place or BODY, word)
