"""The control side: persons, clock, rules, its errors, and its doors for other pages."""

from html.parser import HTMLParser

import httpx
import pytest

from wxlogin.simulator import App, create_app

APPID = "wx0123456789abcdef"


async def test_page_needs_nothing_from_elsewhere(sim):
    """GET / leads to the page, which is one HTML file without any outside address."""
    redirected = await sim.http.get("/")
    page = await sim.http.get("/_sim/")
    links = _Links()
    links.feed(page.text)

    assert redirected.headers["location"] == "/_sim/"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert links.found == ["data:,"]
    assert "//" not in page.text.replace("data:", "").replace("http://127.0.0.1:8000/", "")


async def test_other_origins_may_use_the_control_side(sim):
    """A page on another port may call /_sim, errors and preflight included, but not WeChat's."""
    origin = {"origin": "http://127.0.0.1:8000"}
    preflight = await sim.http.options(
        "/_sim/codes",
        headers={
            **origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )
    good = await sim.http.get("/_sim/users", headers=origin)
    bad = await sim.http.post("/_sim/codes", content=b"{", headers=origin)
    wechat = await sim.http.get("/cgi-bin/token", headers=origin)

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    assert {"*"} == {a.headers["access-control-allow-origin"] for a in (preflight, good, bad)}
    assert "access-control-allow-origin" not in wechat.headers


async def test_clock_moves(sim):
    """The clock is advanced, or set to seconds or RFC 3339, forward and back."""
    assert (await sim.control("clock", advance=90.5))["now"] == 1_800_000_090.5
    assert (await sim.control("clock", advance=-90.5))["now"] == 1_800_000_000
    assert (await sim.control("clock", set=1_700_000_000))["rfc3339"] == "2023-11-14T22:13:20.000Z"
    moved = await sim.control("clock", set="2026-01-02T03:04:05+08:00")
    assert moved == await sim.look("clock")
    assert moved["rfc3339"] == "2026-01-01T19:04:05.000Z"


async def test_persons_are_created_changed_and_listed(sim):
    """A person has a nickname, a phone, and an openid in each app, the one a login gives."""
    made = await sim.control("users", user="bo", nickname="博", phone="13700137000")
    changed = await sim.control("users", user="bo", nickname="阿博")
    await sim.control("bind", appid=APPID, open_account="group")
    session = await sim.login("bo")
    listed = {one["user"]: one for one in (await sim.look("users"))["users"]}

    assert (made["nickname"], made["phone"]) == ("博", "13700137000")
    assert (changed["nickname"], changed["phone"]) == ("阿博", "13700137000")
    assert listed["bo"]["openids"][APPID] == session["openid"]
    assert listed["bo"]["unionids"]["group"] == session["unionid"]
    assert {"xiaoming", "xiaohong", "alice"} < listed.keys()


async def test_apps_are_listed_without_secrets(sim):
    """The list of apps carries no secret."""
    answer = await sim.http.get("/_sim/apps")

    assert answer.json()["apps"][0] == {"appid": APPID, "open_account": None}
    assert "0123456789abcdef0123456789abcdef" not in answer.text


async def test_rules_turn_the_lives_of_things(sim):
    """A rule in force changes what WeChat does."""
    await sim.control("rules", code_seconds=10)
    code = await sim.code()
    await sim.control("clock", advance=10)

    assert (await sim.redeem(code))["errcode"] == 40029
    assert (await sim.look("rules"))["code_seconds"] == 10


async def test_seed_makes_runs_alike():
    """Two simulators with one seed mint the same codes, without one they differ."""

    async def first_code(seed):
        transport = httpx.ASGITransport(create_app(apps=[App("wxa", "s")], seed=seed))
        async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
            minted = await http.post("/_sim/codes", json={"appid": "wxa", "user": "ming"})
            return minted.json()["code"]

    assert await first_code("one") == await first_code("one")
    assert await first_code("one") != await first_code("two")
    assert await first_code(None) != await first_code(None)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("codes", {"user": "ming"}),
        ("codes", {"appid": APPID}),
        ("codes", {"appid": APPID, "user": " "}),
        ("codes", {"appid": APPID, "user": ["ming"]}),
        ("codes", {"appid": APPID, "user": "m" * 65}),
        ("codes", {"appid": APPID, "user": "ming", "mode": "dream"}),
        ("codes", [APPID]),
        ("phone-codes", {"appid": APPID, "user": "ming", "phone": "one"}),
        ("users", {"user": "ming", "blocked": "yes"}),
        ("users", {"nickname": "ming"}),
        ("bind", {"appid": APPID}),
        ("clock", {}),
        ("clock", {"advance": 1, "set": 1}),
        ("clock", {"advance": "1"}),
        ("clock", {"advance": True}),
        ("clock", {"advance": 1e300}),
        ("clock", {"advance": 10**400}),
        ("clock", {"set": "yesterday"}),
        ("clock", {"set": -1}),
        ("quota", {"api": "nothing"}),
        ("quota", {"api": "token", "per_day": -1}),
        ("rules", {"code_second": 1}),
        ("rules", {"code_seconds": True}),
        ("rules", {"errcode_zero": 1}),
        ("tokens", None),
        ("faults", {}),
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "errcode"}),
        ("faults", {"kind": "errcode", "errcode": 10**400}),
        ("faults", {"kind": "delay", "errcode": -1}),
        ("faults", {"kind": "html", "api": "nothing"}),
        ("faults", {"kind": "html", "times": -1}),
        ("faults", {"kind": "html", "after": 0.5}),
        ("faults", {"kind": "html", "when": "now"}),
        ("faults", {"kind": "http_status", "status": 99}),
        ("faults", {"kind": "reset", "how": "softly"}),
        ("faults", {"kind": "delay", "seconds": -1}),
        ("faults", {"kind": ["html"]}),
        ("faults", {"faults": {"kind": "html"}}),
        ("faults", {"faults": [{"kind": "html"}, {"kind": "earthquake"}]}),
    ],
)
async def test_wrong_control_requests_are_told(sim, path, body):
    """A wrong control request is a 4xx with error and message, and changes nothing."""
    answer = await sim.http.post(f"/_sim/{path}", json=body)

    assert 400 <= answer.status_code < 500
    assert answer.json().keys() == {"error", "message"}
    assert (await sim.look("faults"))["faults"] == []
    assert (await sim.look("clock"))["now"] == 1_800_000_000


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("POST", "codes", 404, "unknown_app"),
        ("DELETE", "codes", 405, "method_not_allowed"),
        ("GET", "nothing", 404, "not_found"),
        ("POST", "nothing/at/all", 404, "not_found"),
    ],
)
async def test_what_is_not_there(sim, method, path, status, error):
    """Unknown apps, methods and paths are told apart."""
    body = {"appid": "wx0000000000000000", "user": "ming"}
    answer = await sim.http.request(method, f"/_sim/{path}", json=body)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in {"src", "href", "action"}]
