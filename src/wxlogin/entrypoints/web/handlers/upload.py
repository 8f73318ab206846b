"""Reading a file out of a multipart body."""

from attrs import define, field
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from wxlogin.domain.errors import FieldProblem, InvalidRequest
from wxlogin.entrypoints.web.call import Call
from wxlogin.entrypoints.web.errors import PayloadTooLarge
from wxlogin.entrypoints.web.wire import BODY


def uploaded(call: Call, name: str, most: int) -> bytes:
    """Answers the content of the field `name`, of at most `most` bytes.

    Raises:
        InvalidRequest: not multipart, or without that field.
        PayloadTooLarge: more than `most`.
    """
    _, options = parse_options_header(call.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if not boundary:
        raise InvalidRequest(FieldProblem(BODY, "not_multipart"))
    parts = _Parts()
    try:
        parts.read(boundary, call.body)
    except FormParserError:
        raise InvalidRequest(FieldProblem(BODY, "not_multipart")) from None
    content = parts.found.get(name.encode())
    if not content:
        raise InvalidRequest(FieldProblem(name, "required"))
    if len(content) > most:
        raise PayloadTooLarge
    return bytes(content)


@define
class _Parts:
    """Collects the parts of a multipart body under their names."""

    found: dict[bytes, bytearray] = field(factory=dict)
    _content: bytearray = field(factory=bytearray)
    _header: bytearray = field(factory=bytearray)
    _value: bytearray = field(factory=bytearray)
    _whole: bool = False

    def read(self, boundary: bytes, body: bytes) -> None:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._named,
                "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
                "on_end": self._end,
            },
        )
        parser.write(body)
        parser.finalize()
        if not self._whole:
            raise FormParserError("the last boundary is missing")

    def _begin(self) -> None:
        self._content = bytearray()

    def _named(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self.found[options.get(b"name", b"")] = self._content
        self._header, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        self._whole = True
