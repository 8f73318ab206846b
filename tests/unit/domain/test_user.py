"""Profile rules, masking, versions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxlogin.domain.errors import FieldProblem, InvalidRequest
from wxlogin.domain.user import Gender, Phone, Profile, ProfileChange, User

NOW = datetime(2026, 11, 24, tzinfo=UTC)
USER = User(id="u", created_at=NOW, updated_at=NOW, profile=Profile("小明", "", Gender.UNKNOWN))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132",
        "https://example.com:8443/a?b=c#d",
        "/avatars/abc.webp",
    ],
)
def test_avatar_addresses_that_hold(url):
    """An avatar is https, our own path, or none."""
    assert url == ProfileChange(avatar_url=url).checked().avatar_url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("wxfile://tmp_abc.jpg", "avatar_local_path"),
        ("http://tmp/abc.jpg", "avatar_local_path"),
        ("HTTP://TMP/abc.jpg", "avatar_local_path"),
        ("http://usr/abc.jpg", "avatar_local_path"),
        ("data:image/png;base64,AAAA", "avatar_local_path"),
        ("http://example.com/a.png", "avatar_not_https"),
        ("javascript:alert(1)", "avatar_not_https"),
        ("https://", "avatar_not_https"),
        ("https://evil.com@good.com/", "avatar_not_https"),
        ("https://exa mple.com/", "avatar_not_https"),
        ("https://例子.com/", "avatar_not_https"),
        ("/avatars/../../etc/passwd", "avatar_not_https"),
        ("//evil.com/a.png", "avatar_not_https"),
        ("/other/a.png", "avatar_not_https"),
        ("https://a.cn/" + "x" * 1024, "avatar_not_https"),
    ],
)
def test_avatar_addresses_that_do_not(url, problem):
    """Temporary paths of a phone are told apart, since their cure is to upload."""
    with pytest.raises(InvalidRequest) as refusal:
        ProfileChange(avatar_url=url).checked()

    assert (FieldProblem("avatar_url", problem),) == refusal.value.problems


@pytest.mark.parametrize(
    ("nickname", "problem"),
    [
        ("a" * 65, "nickname_too_long"),
        ("a\x00b", "nickname_control"),
        ("a\nb", "nickname_control"),
        ("a\u202eb", "nickname_control"),
        ("a\u2066b", "nickname_control"),
        ("a\ud800b", "nickname_control"),
    ],
)
def test_nicknames_that_do_not_hold(nickname, problem):
    """Length, control signs and signs that turn the reading direction are refused."""
    with pytest.raises(InvalidRequest) as refusal:
        ProfileChange(nickname=nickname).checked()

    assert (FieldProblem("nickname", problem),) == refusal.value.problems


@pytest.mark.parametrize("nickname", ["小明", "👨‍👩‍👧", "O'Neil", "", "微信用户", "مرحبا"])
def test_nicknames_that_hold(nickname):
    """Letters of the world, families of emoji and right-to-left names are fine."""
    assert nickname == ProfileChange(nickname=nickname).checked().nickname


def test_all_wrong_fields_are_told_at_once():
    """One answer names every field to mend."""
    with pytest.raises(InvalidRequest) as refusal:
        ProfileChange(nickname="\x00", avatar_url="x", gender=7).checked()

    assert ["nickname", "avatar_url", "gender"] == [p.field for p in refusal.value.problems]


def test_lenient_drops_what_does_not_hold_and_keeps_the_rest():
    """Old clients send local paths and the placeholder name; they still log in."""
    sloppy = ProfileChange(nickname="微信用户", avatar_url="wxfile://tmp_1.png", gender=1)

    assert ProfileChange(gender=1) == sloppy.lenient()


@given(st.text(max_size=80), st.text(max_size=40), st.integers(-3, 5))
def test_lenient_never_refuses(nickname, avatar_url, gender):
    """Whatever an old client sends, what is left after dropping holds."""
    change = ProfileChange(nickname=nickname, avatar_url=avatar_url, gender=gender).lenient()

    assert change == change.checked()


def test_a_change_grows_the_version_and_none_does_not():
    """The version tells whether anything changed."""
    later = datetime(2026, 11, 25, tzinfo=UTC)

    assert USER is USER.changed(ProfileChange(nickname="小明"), later)
    assert (2, later) == (
        (changed := USER.changed(ProfileChange(gender=2), later)).version,
        changed.updated_at,
    )
    assert "小明" == changed.profile.nickname


@pytest.mark.parametrize(
    ("number", "masked"),
    [("15600000077", "156******77"), ("123456789", "12*****89"), ("1234", "12*34")],
)
def test_masking(number, masked):
    """First three and last two digits show; of a short number two and two."""
    assert masked == Phone(number).masked


def test_a_phone_number_is_in_no_repr():
    """Logging a user shows no number."""
    assert "15600000077" not in repr(USER.with_phone(Phone("15600000077"), NOW))
