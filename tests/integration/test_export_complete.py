"""The export against the schema: what any table holds about a person is shown to them."""

import re
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from attrs import evolve

from tests.contracts.people import APP, MINUTE, NOW, OTHER_APP, a_session, a_user, an_identity
from tests.contracts.reviews import a_review
from tests.unit.test_retention import PAGES
from wxlogin.adapters.memory.ambient import SetClock
from wxlogin.adapters.sql import (
    SqlAudit,
    SqlConsents,
    SqlMerges,
    SqlReviews,
    SqlSessions,
    SqlUsers,
    migrate,
    open_database,
)
from wxlogin.adapters.sql.tables import METADATA
from wxlogin.adapters.vault import MasterVault
from wxlogin.domain.ports.audit import Actor, AuditEvent, AuditWord
from wxlogin.domain.review import ReviewKind
from wxlogin.domain.session import Device, EndReason
from wxlogin.domain.use_cases.accounts import ExportUser
from wxlogin.domain.user import Gender, Phone, Profile
from wxlogin.entrypoints.web.answers import ExportJson

NAMES_A_PERSON = re.compile(r"(\w+_)?(user_id|other_id|sid)|openid")
OF_PERSONS = {
    table.name
    for table in METADATA.sorted_tables
    if table.name == "users" or any(NAMES_A_PERSON.fullmatch(c.name) for c in table.c)
}
SHOWN = {
    "users": ("小明", "https://a.example/b.png", "13800138000", '"gender":2'),
    "identities": ("openid-here", "openid-there", "the-unionid", OTHER_APP),
    "sessions": ("phone-in-use", "ios", "model-15", "phone-gone", "kicked", "phone-merged"),
    "consents": ("2026-11", "2025-01", "2024-06"),
    "audit_events": ("reuse_detected", "203.0.113.0", "198.51.100.0"),
    "reviews": ("可疑", '"waiting"', "20002", "https://x.example/avatars/c.webp", "疑人"),
}
"""What a person finds of each table; whoever adds a table plants something of it below."""


@pytest.fixture
async def exported(tmp_path: Path) -> str:
    """Answer the export of somebody about whom every table holds something, merged with another."""
    url = f"sqlite:///{tmp_path / 'wxlogin.db'}"
    await migrate.upgrade(url)
    db, vault = open_database(url), MasterVault((b"m" * 32,))
    users, sessions, audit, consents, merges = (
        SqlUsers(db, vault), SqlSessions(db, vault), SqlAudit(db), SqlConsents(db),
        SqlMerges(db, vault),
    )  # fmt: skip
    profile = Profile("小明", "https://a.example/b.png", Gender.FEMALE)
    user = a_user(profile=profile, phone=Phone("13800138000"))
    here = an_identity("openid-here", unionid="the-unionid")
    gone = a_session(device=Device("phone-gone", "android", "model-1"))
    await users.register(user, here, gone)
    await sessions.end(gone.sid, EndReason.KICKED, NOW + MINUTE)
    there = evolve(here, appid=OTHER_APP, openid="openid-there")
    living = a_session(device=Device("phone-in-use", "ios", "model-15"))
    await users.register(a_user(), there, living)
    for number, version in enumerate(("2025-01", "2026-11")):
        await consents.agree(user.id, APP, version, NOW + number * MINUTE)
    happened = AuditEvent("e", NOW, AuditWord.REUSE_DETECTED, Actor.SELF, user_id=user.id)
    other, before = a_user(), a_session(device=Device("phone-merged", "android", "model-2"))
    await users.register(other, an_identity(), before)
    await consents.agree(other.id, APP, "2024-06", NOW)
    theirs = evolve(happened, id="f", user_id=other.id, client="198.51.100.0")
    await audit.append([evolve(happened, client="203.0.113.0"), theirs])
    reviews = SqlReviews(db, vault, users)
    waits = a_review(user, value="可疑", label=20002)
    picture = evolve(waits, id=f"{1:036}", kind=ReviewKind.AVATAR, value="/avatars/c.webp")
    for each in (waits, picture, a_review(other, value="疑人")):
        await reviews.add(each)
    await merges.merge(other.id, user.id, other.id, NOW + MINUTE)
    clock = SetClock(NOW + timedelta(hours=1))
    export = ExportUser(users, sessions, audit, clock, consents, merges, reviews)
    held = await export(user_id=user.id)
    await db.close()
    return msgspec.json.encode(ExportJson.of(held, "https://x.example", living.sid)).decode()


async def test_the_export_shows_what_every_table_holds(exported: str):
    """Every value planted is there, in clear for its owner."""
    missing = {
        table: [value for value in values if value not in exported]
        for table, values in SHOWN.items()
    }

    assert {table: [] for table in SHOWN} == missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_the_export_does_not_show_is_explained(page: Path):
    """Each table that names persons is shown, or retention.md says why it is not."""
    text = page.read_text(encoding="utf-8")
    explained = re.search(
        r"^\*\*(?:Not in the export|不在导出中的)\*\*.*?\n\n", text, re.MULTILINE | re.DOTALL
    )
    assert explained is not None
    named = set(re.findall(r"`(\w+)`", explained[0])) - {"identities"}

    assert sorted(OF_PERSONS - SHOWN.keys()) == sorted(named), (
        f"tables about persons: export them (Held, ExportUser, ExportJson; plant a row here), or "
        f"say in docs/{page.name}, under 'Not in the export', why not"
    )
    assert SHOWN.keys() <= OF_PERSONS
