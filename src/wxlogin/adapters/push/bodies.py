"""From the bytes of a message to what it says, whether it is XML or JSON.

XML has neither numbers nor lists: all is text, and a name that comes several times is a list.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_DEEPEST = 8
_BLANK_AFTER_BRACKET = re.compile(rb"<(/?)\s+(?=[A-Za-z])")
"""Official samples have `< OpenPID>`, which is no XML."""


def read(body: bytes) -> Mapping[str, Any]:
    """Answers the fields of a message, names as they came.

    Raises:
        ValueError: neither XML nor a JSON object, or with a document type in it.
    """
    text = body.strip().removeprefix(b"\xef\xbb\xbf")
    return _xml(text) if text[:1] == b"<" else _json(text)


def _json(text: bytes) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("not a JSON object") from None


def _xml(text: bytes) -> Mapping[str, Any]:
    try:
        root = _root(text)
    except (ParseError, DefusedXmlException, LookupError, UnicodeError, ValueError):
        raise ValueError("not XML") from None
    return _fields(root, _DEEPEST)


def _root(text: bytes) -> Element:
    try:
        return _parsed(text)
    except ParseError:
        return _parsed(_BLANK_AFTER_BRACKET.sub(rb"<\1", text))


def _parsed(text: bytes) -> Element:
    root: Element = fromstring(text, forbid_dtd=True)
    return root


def _fields(element: Element, levels: int) -> dict[str, Any]:
    if not levels:
        raise ValueError("too deep")
    told: dict[str, Any] = {}
    for child in element:
        value = _fields(child, levels - 1) if len(child) else child.text or ""
        if child.tag not in told:
            told[child.tag] = value
        elif isinstance(told[child.tag], list):
            told[child.tag].append(value)
        else:
            told[child.tag] = [told[child.tag], value]
    return told
