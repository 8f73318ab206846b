"""Chinese or English: which of the two a client asks for."""

from enum import StrEnum
from functools import lru_cache

from attrs import frozen

_LONGEST_HEADER = 200


class Language(StrEnum):
    """What texts are written in; the values are the tags of `Content-Language`."""

    ZH = "zh-CN"
    EN = "en"


@frozen
class Both:
    """One text in both languages."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """Answers the text in one of them."""
        return self.zh if language is Language.ZH else self.en


def negotiate(accept_language: str | None) -> Language:
    """Answers the language an `Accept-Language` header likes best; English when it says nothing.

    Phones send `zh_CN` as well as `zh-CN`, so both spellings count.
    """
    return _negotiate(accept_language[:_LONGEST_HEADER]) if accept_language else Language.EN


@lru_cache(maxsize=256)
def _negotiate(header: str) -> Language:
    best, liked = Language.EN, 0.0
    for part in header.split(","):
        tag, _, weight = part.partition(";")
        language = _language_of(tag)
        liking = _quality(weight)
        if language is not None and liking > liked:
            best, liked = language, liking
    return best


def _language_of(tag: str) -> Language | None:
    primary = tag.strip().lower().replace("_", "-").partition("-")[0]
    return {"zh": Language.ZH, "en": Language.EN, "*": Language.EN}.get(primary)


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if not weight.strip():
        return 1.0
    try:
        quality = float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
