"""Database addresses as text, the way an operator writes them."""

import os
from urllib.parse import SplitResult, urlsplit

USER = "wxlogin"
PASSWORD = "only-for-tests"
DATABASE = "wxlogin"


def given(name: str) -> str | None:
    """Answer WXLOGIN_TEST_<name>_URL: a server of the developer's own, used instead of ours."""
    return os.environ.get(f"WXLOGIN_TEST_{name}_URL") or None


def parts(url: str) -> SplitResult:
    """Take an address apart."""
    return urlsplit(url)


def with_database(url: str, database: str) -> str:
    """Answer the same server's address for another database."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()
