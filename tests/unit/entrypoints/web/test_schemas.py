"""Wire schemas: what is read out of a body, and which field is told when it does not hold."""

import pytest

from tests.world import ISSUER
from wxlogin.domain.errors import FieldProblem, InvalidRequest
from wxlogin.domain.session import Device
from wxlogin.domain.user import ProfileChange
from wxlogin.entrypoints.web import schemas
from wxlogin.entrypoints.web.wire import decode


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        ("", "body", "not_json"),
        ("{} {}", "body", "not_json"),
        ("null", "body", "not_an_object"),
        ('{"code": ""}', "code", "empty"),
        ('{"code": "' + "x" * 1025 + '"}', "code", "too_long"),
        ('{"code": ["x"]}', "code", "wrong_type"),
        ('{"profile": 1}', "profile", "wrong_type"),
        ('{"profile": {"gender": true}}', "profile.gender", "wrong_type"),
        ('{"profile": {"gender": ' + "1" * 5000 + "}}", "profile.gender", "out_of_range"),
        ('{"device": {"name": 1}}', "device.name", "wrong_type"),
    ],
)
def test_a_login_body_is_told_where_it_fails(body: str, field: str, problem: str):
    """The field is named by its path, the problem by a word that has a text."""
    with pytest.raises(InvalidRequest) as refused:
        decode(schemas.LOGIN, body.encode())

    assert refused.value.problems == (FieldProblem(field, problem),)


def test_other_bodies_are_told_too():
    """A missing field, a word that is not one of those allowed, and signs that are not visible."""
    for decoder, body, told in (
        (schemas.REFRESH, b"{}", FieldProblem("refresh_token", "required")),
        (schemas.LOGOUT, b'{"scope": "some"}', FieldProblem("scope", "not_one_of")),
        (
            schemas.TUTORIAL_LOGIN,
            b'{"openid": "a\\u0000", "session_key": "t"}',
            FieldProblem("openid", "bad_signs"),
        ),
    ):
        with pytest.raises(InvalidRequest) as refused:
            decode(decoder, body)
        assert refused.value.problems == (told,)


def test_exactly_one_of_code_and_ticket():
    """Both and neither are refused."""
    for body in (b"{}", b'{"code": "a", "login_ticket": "b"}'):
        with pytest.raises(InvalidRequest):
            decode(schemas.LOGIN, body).change(ISSUER)


@pytest.mark.parametrize(
    ("gender", "read"),
    [(1, 1), ("2", 2), (0, None), ("0", None), (True, None), (1.5, None), ("男", None), ({}, None)],
)
def test_the_tutorials_gender_is_read_however_it_is_sent(gender: object, read: int | None):
    """Numbers and their texts count; 0 says nothing, for that is what WeChat now gives."""
    body = schemas.TutorialLoginBody(openid="o", session_key="t", gender=gender)

    assert read == body.change(ISSUER).gender


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (f"{ISSUER}/avatars/a.webp", "/avatars/a.webp"),
        ("/avatars/a.webp", "/avatars/a.webp"),
        (f"{ISSUER}.evil.example/avatars/a.webp", f"{ISSUER}.evil.example/avatars/a.webp"),
        ("https://a.example/b", "https://a.example/b"),
        ("", ""),
        (None, None),
    ],
)
def test_own_avatar_addresses_become_paths(sent: str | None, read: str | None):
    """An address of this service is kept without it, so that the service may move."""
    assert read == schemas.ProfileBody(avatar_url=sent).change(ISSUER).avatar_url


def test_a_login_leaves_avatars_kept_here_alone():
    """Whoever logs in cannot take over a picture by its address."""
    profile = schemas.ProfileBody(nickname="n", avatar_url="/avatars/a.webp")

    body = schemas.LoginBody(code="a", profile=profile)

    assert ProfileChange(nickname="n") == body.change(ISSUER)


def test_device_texts_are_cut_and_clean():
    """Control characters go, spaces around too, and what is beyond 64 signs."""
    body = schemas.DeviceBody(name=" a\x00\x9f\u2029b ", platform="x" * 65)

    assert Device("ab", "x" * 64, "") == body.device()
