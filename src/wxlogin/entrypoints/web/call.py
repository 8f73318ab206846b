"""Call and Answer: a request and a response, free of any framework."""

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class Call:
    """One request. Header names are lower case; `path_params` come from the route's braces."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False, default=b"")
    query: Mapping[str, str] = field(repr=False, factory=dict)
    path_params: Mapping[str, str] = field(repr=False, factory=dict)
    client: str = ""
    request_id: str = ""

    @property
    def token(self) -> str | None:
        """The access token: `Authorization: Bearer …`, or the tutorial's own `token: …`."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token.strip()
        return self.headers.get("token") or None


@frozen
class Answer:
    """One response."""

    status: int
    body: bytes = field(repr=False, default=b"")
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(factory=dict, repr=False)
