"""The errcode tables, and the little that is read from an errmsg."""

from datetime import UTC, datetime

import pytest

from wxlogin.adapters.wechat.errcodes import (
    ACCESS_TOKEN,
    CONTENT,
    PHONE,
    SESSION,
    refused_ip_in,
    rid_in,
)
from wxlogin.domain.errors import TryLater, WeChatSaid

NOON = datetime(2026, 11, 24, 4, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("api", [SESSION, ACCESS_TOKEN, PHONE, CONTENT], ids=lambda api: api.name)
def test_every_meaning_names_its_page_and_makes_an_error(api):
    """Each row can be looked up, and carries what WeChat said into its error."""
    for errcode, meaning in api.meanings.items():
        said = WeChatSaid(errcode, "rid")

        assert meaning.page
        assert said == api.refusal(said, NOON).wechat


@pytest.mark.parametrize("api", [SESSION, ACCESS_TOKEN, PHONE, CONTENT], ids=lambda api: api.name)
@pytest.mark.parametrize("errcode", [-1, 45009, 45011])
def test_every_api_knows_how_wechat_asks_for_time(api, errcode):
    """Busy, minute limit and day limit come with a time to wait."""
    refusal = api.refusal(WeChatSaid(errcode), NOON)

    assert isinstance(refusal, TryLater)
    assert refusal.retry_after > 0


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [(datetime(2026, 1, 1, 0, 0, s, m, UTC), 60 - s) for s, m in [(0, 0), (30, 9), (59, 999_999)]],
)
def test_a_minute_limit_ends_with_the_minute(moment, seconds):
    """At least one second, at most sixty."""
    assert seconds == SESSION.refusal(WeChatSaid(45011), moment).retry_after


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (datetime(2026, 11, 24, 15, 59, 30, tzinfo=UTC), 31),
        (datetime(2026, 11, 24, 15, 50, 0, tzinfo=UTC), 601),
        (datetime(2026, 11, 24, 16, 0, 0, tzinfo=UTC), 3600),
    ],
)
def test_a_day_limit_ends_with_china_s_day(moment, seconds):
    """Midnight is at 16:00 UTC; nobody is sent away for longer than an hour."""
    assert seconds == SESSION.refusal(WeChatSaid(45009), moment).retry_after


@pytest.mark.parametrize(
    ("errmsg", "rid"),
    [
        ("invalid code, rid: 6129ee10-272863a4-64d75414", "6129ee10-272863a4-64d75414"),
        (
            "invalid code hint: [WiEBWV0sf-Te2URA] rid: 66165fe0-1a2b3c4d-5e6f7a8b",
            "66165fe0-1a2b3c4d-5e6f7a8b",
        ),
        ("code been used, hints: [ req_id: uhJDVZyFe-YZguHA ]", "uhJDVZyFe-YZguHA"),
        ("ok", None),
        ("", None),
        ("rid: not-a-rid", None),
        ("rid: 6129ee10-272863a4-64d75414ffff", None),
        ("req_id: " + "a" * 64, None),
    ],
)
def test_a_rid_is_found_in_whichever_form(errmsg, rid):
    """Only what is shaped like one."""
    assert rid == rid_in(errmsg)


@pytest.mark.parametrize(
    ("errmsg", "ip"),
    [
        ("invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: x", "1.2.3.4"),
        ("invalid ip 2001:db8::7, not in whitelist", "2001:db8::7"),
        ("invalid ip 999.2.3.4, not in whitelist", None),
        ("invalid ip cafe, not in whitelist", None),
        ("invalid ip", None),
    ],
)
def test_a_refused_address_is_one_or_nothing(errmsg, ip):
    """What goes to the log is an IP address and nothing else."""
    assert ip == refused_ip_in(errmsg)
