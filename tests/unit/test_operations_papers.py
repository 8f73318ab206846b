"""Dashboard, alerts and runbook: every metric, label and value in them is one the service knows."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.recipes import DOCS
from wxlogin.adapters.metrics import Metrics
from wxlogin.adapters.wechat.breaker import Why
from wxlogin.adapters.wechat.errcodes import ACCESS_TOKEN, CONTENT, MEDIA, PHONE, SESSION
from wxlogin.domain.errors import WeChatSaid
from wxlogin.domain.ports.ambient import Fact
from wxlogin.domain.ports.limits import Rule
from wxlogin.domain.use_cases import authenticate, exchange
from wxlogin.entrypoints.web import limits
from wxlogin.entrypoints.web.errors import STATUS_OF_CODE
from wxlogin.entrypoints.web.routes import ROUTES

ALERTS = DOCS / "operations" / "alerts.yml"
DASHBOARD = DOCS / "operations" / "grafana.json"
RUNBOOKS = [DOCS / "operations.md", DOCS / "operations.zh-CN.md"]
RULES = [
    rule
    for module in (limits, exchange, authenticate)
    for rule in vars(module).values()
    if isinstance(rule, Rule)
]

_NAME = re.compile(r"\bwxlogin_\w+")
_SELECTOR = re.compile(r"\b(wxlogin_\w+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
_BY = re.compile(r"\bby \(([^)]*)\)")
_ROW = re.compile(r"^\| `(wxlogin_\w+)` \|([^|]*)\|", re.MULTILINE)
_OF_PROMETHEUS = {"le", "instance", "job"}
_FACTS = {
    "refresh_repeated", "refresh_superseded", "refresh_reuse_detected", "logout", "session_ended",
    "ban", "erase", "webhook",
}  # fmt: skip
_ENTERED = {"login", "register"}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return group["rules"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from drawn()


def drawn() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]


def rendered() -> dict[str, set[str]]:
    """Answer the samples of a service that has seen a bit of everything, with their labels."""
    metrics = Metrics()
    metrics.sessions(1)
    metrics.request("/v1/me", "GET", 200, 0.01)
    metrics.refused("/v1/me", "session_ended", "kicked")
    metrics.login_refused("wx1", "code_used")
    metrics.upstream("code2session", "ok", 0.1, WeChatSaid(40029))
    metrics.fact(Fact("login", appid="wx1"))
    metrics.levels(waiting=1, under_way=1, circuits=[("a", "", "busy")], limits_failing=False)
    samples: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            samples.setdefault(sample.name, set()).update(sample.labels)
    return samples


def known(label: str, metric: str) -> set[str] | None:
    """Answer the values a label can have; None when that is open."""
    values = {
        "code": set(STATUS_OF_CODE),
        "route": {route.path for route in ROUTES},
        "why": set(Why),
        "name": _FACTS,
        "api": {api.name for api in (SESSION, PHONE, CONTENT, MEDIA, ACCESS_TOKEN)},
        "status": {str(status) for status in range(200, 600)},
    }
    if label == "outcome" and metric == "wxlogin_logins_total":
        return _ENTERED | set(STATUS_OF_CODE)
    return values.get(label)


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_asks_for_what_there_is(expression: str):
    """Metric, labels and fixed values of each expression exist in the service."""
    samples = rendered()
    names = set(_NAME.findall(expression))

    assert names <= set(samples)
    labels = set().union(*(samples[name] for name in names)) | _OF_PROMETHEUS
    for group in _BY.findall(expression):
        assert {label.strip() for label in group.split(",")} <= labels
    for metric, selector in _SELECTOR.findall(expression):
        for label, _, value in _MATCHER.findall(selector):
            assert label in samples[metric]
            values = known(label, metric)
            if values is not None and not value.startswith("$"):
                assert set(value.split("|")) <= values, (metric, label)


def test_facts_that_are_drawn_are_told_somewhere():
    """Each name of a fact in the papers stands in the code that tells it."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (DOCS.parent / "src/wxlogin/domain/use_cases").glob("*.py")
    )
    reasons = {"refresh_superseded": 'f"refresh_{reason}"'}

    for name in _FACTS:
        assert reasons.get(name, f'"{name}"') in code, name


def test_every_metric_is_drawn():
    """What is counted is on the dashboard, errcode of WeChat and level included."""
    shown = set().union(*(_NAME.findall(each) for each in drawn()))
    families = {re.sub(r"_(bucket|count|sum|total|created)$", "", name) for name in rendered()}
    ours = {name for name in families if name.startswith("wxlogin_")}

    assert ours == {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in shown}


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.name)
def test_every_alert_has_a_runbook_line(page):
    """Each alert is a heading of the runbook in both languages, in the order of the rules."""
    headings = re.findall(r"^### (\w+)$", page.read_text(encoding="utf-8"), re.MULTILINE)

    assert [rule["alert"] for rule in rules()] == headings


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.name)
def test_the_pages_name_every_metric(page):
    """The table of metrics is whole, and names none that there is not."""
    rows = _ROW.findall(page.read_text(encoding="utf-8"))
    samples = rendered()
    kept = {name: labels for name, labels in samples.items() if name.startswith("wxlogin_")}

    assert {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in kept} - {
        name.removesuffix("_total") for name, _ in rows if name.endswith("_total")
    } == {name for name, _ in rows}
    for name, labels in rows:
        found = samples.get(name) or samples.get(f"{name}_count") or set()
        assert {each for each in re.split(r",\s*", labels.strip()) if each} == found


def test_the_alerts_speak_both_languages():
    """Every alert has a severity and says in English and Chinese what is wrong."""
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].isascii()
        assert not rule["annotations"]["zh"].isascii()


def test_the_dashboard_can_be_imported():
    """Panels have ids of their own, lie beside one another, and ask the chosen source."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    places = [panel["gridPos"] for panel in panels]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(place["x"], place["y"]) for place in places}) == len(places)
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert {"${datasource}"} == {
        target["datasource"]["uid"] for panel in panels for target in panel.get("targets", [])
    }


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.name)
def test_the_pages_tell_the_limits_in_force(page):
    """Each limit stands in the table, in the order of the code, with its number and a minute."""
    rows = re.findall(
        r"^\| `(\w+)` \|[^|]*\|\D*([\d,]+)", page.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert {rule.seconds for rule in RULES} == {60}
    assert [(rule.name, rule.times) for rule in RULES] == [
        (name, int(times.replace(",", "")))
        for name, times in rows
        if not name.startswith("wxlogin_")
    ]
