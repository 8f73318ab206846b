"""The tree of commands. What a command does is imported when it runs, so `--help` is quick."""

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from wxlogin.domain.ports.audit import AuditWord
from wxlogin.entrypoints.cli.speaking import SpeakingGroup, option
from wxlogin.entrypoints.cli.texts import say

_HERE = "wxlogin.entrypoints.cli"
_AS_JSON = option("--json", "as_json", is_flag=True, help="json")


def _do(module: str, function: str, *arguments: Any, **flags: bool) -> None:
    """Fetches what a command does, does it, and ends the process with its exit code."""
    work: Callable[..., int | None] = getattr(import_module(f"{_HERE}.{module}"), function)
    gc.freeze()
    gc.enable()
    sys.exit(work(*arguments, **flags) or 0)


@click.group(
    cls=SpeakingGroup,
    help="wxlogin",
    epilog="wxlogin demo",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="wxlogin")
def wxlogin() -> None:
    """The root."""


@wxlogin.command(help="serve", epilog="wxlogin serve --host 0.0.0.0 --port 8000 --workers 2")
@option("--host", metavar="H", help="host")
@option("--port", metavar="P", help="port")
@option("--workers", metavar="N", help="workers")
def serve(**options: str | None) -> None:
    """Runs the service."""
    _do("serving", "serve", {name: text for name, text in options.items() if text is not None})


@wxlogin.command(help="simulator", epilog="wxlogin simulator --port 8001")
@option("--port", type=click.IntRange(1, 65535), default=8001, help="simulator port")
def simulator(port: int) -> None:
    """Runs the simulator."""
    _do("demo", "simulator", port)


@wxlogin.command(help="demo", epilog="wxlogin demo --port 8000")
@option("--port", type=click.IntRange(1, 65534), default=8000, help="demo port")
@option("--data-dir", type=click.Path(file_okay=False), help="data dir")
@option("--content-check", is_flag=True, help="demo content check")
def demo(port: int, data_dir: str | None, *, content_check: bool) -> None:
    """Runs the demo."""
    _do("demo", "demo", port, data_dir, content_check=content_check)


@wxlogin.command(help="migrate", epilog="wxlogin migrate")
def migrate() -> None:
    """Brings the schema up to date."""
    _do("operating", "migrate")


@wxlogin.command(help="doctor", epilog="wxlogin doctor")
@_AS_JSON
def doctor(*, as_json: bool) -> None:
    """Examines the deployment."""
    _do("doctor", "doctor", as_json=as_json)


@wxlogin.group(cls=SpeakingGroup, help="keys", epilog="wxlogin keys list")
def keys() -> None:
    """Signing keys."""


@keys.command("new", help="keys new", epilog="wxlogin keys new --alg ES256")
@option(
    "--alg",
    type=click.Choice(["EdDSA", "ES256", "RS256"], case_sensitive=False),
    metavar="ALG",
    help="alg",
)
@_AS_JSON
def keys_new(alg: str | None, *, as_json: bool) -> None:
    """Stages a key."""
    _do("operating", "stage_key", alg, as_json=as_json)


@keys.command("list", help="keys list", epilog="wxlogin keys list --json")
@_AS_JSON
def keys_list(*, as_json: bool) -> None:
    """Lists the keys."""
    _do("operating", "list_keys", as_json=as_json)


@keys.command("rotate", help="keys rotate", epilog="wxlogin keys rotate")
@_AS_JSON
def keys_rotate(*, as_json: bool) -> None:
    """Moves the ring one step."""
    _do("operating", "rotate_keys", as_json=as_json)


@wxlogin.group(
    cls=SpeakingGroup,
    help="users",
    epilog="wxlogin users show 0199a1b2-0000-7000-8000-000000000001",
)
def users() -> None:
    """Users."""


@wxlogin.group(
    cls=SpeakingGroup,
    help="sessions",
    epilog="wxlogin sessions list 0199a1b2-0000-7000-8000-000000000001",
)
def sessions() -> None:
    """Sessions."""


@wxlogin.command(help="audit", epilog="wxlogin audit --event reuse_detected --since 7d")
@option("--user", metavar="ID", help="audit user")
@option("--session", metavar="SID", help="audit session")
@option(
    "--event",
    type=click.Choice([word.value for word in AuditWord]),
    metavar="EVENT",
    help="audit event",
)
@option("--since", metavar="WHEN", help="audit since")
@option("--limit", type=click.IntRange(1, 10_000), default=100, metavar="N", help="audit limit")
@option("--json", "as_json", is_flag=True, help="audit json")
def audit(
    *,
    user: str | None,
    session: str | None,
    event: str | None,
    since: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Shows the audit trail."""
    _do("auditing", "audit", user, session, event, since, limit, as_json=as_json)


@wxlogin.group(cls=SpeakingGroup, help="push", epilog="wxlogin push list")
def push() -> None:
    """Pushed messages."""


@push.command("list", help="push list", epilog="wxlogin push list --json")
@option("--limit", type=click.IntRange(1, 10_000), default=100, metavar="N", help="push limit")
@option("--json", "as_json", is_flag=True, help="push json")
def push_list(limit: int, *, as_json: bool) -> None:
    """Lists what was pushed."""
    _do("pushes", "list_push", limit, as_json=as_json)


@wxlogin.group(cls=SpeakingGroup, help="webhooks", epilog="wxlogin webhooks list")
def webhooks() -> None:
    """Webhooks to the application."""


@webhooks.command("list", help="webhooks list", epilog="wxlogin webhooks list --json")
@option("--limit", type=click.IntRange(1, 10_000), default=100, metavar="N", help="webhooks limit")
@_AS_JSON
def webhooks_list(limit: int, *, as_json: bool) -> None:
    """Lists what is not delivered."""
    _do("webhooks", "list_webhooks", limit, as_json=as_json)


@webhooks.command("retry", help="webhooks retry", epilog="wxlogin webhooks retry --all")
@click.argument("notice_id", metavar="[ID]", required=False)
@option("--all", "every", is_flag=True, help="webhooks all")
@_AS_JSON
def webhooks_retry(notice_id: str | None, *, every: bool, as_json: bool) -> None:
    """Sends again what is parked."""
    if (notice_id is None) != every:
        raise click.UsageError(say("webhooks one or all"))
    _do("webhooks", "retry_webhooks", notice_id, as_json=as_json)


@webhooks.command("test", help="webhooks test", epilog="wxlogin webhooks test")
@_AS_JSON
def webhooks_test(*, as_json: bool) -> None:
    """Sends a test."""
    _do("webhooks", "test_webhook", as_json=as_json)


def _on_id(group: click.Group, name: str, work: str, metavar: str = "ID") -> None:
    """Adds a command on one user or session."""

    @group.command(
        name,
        help=f"{group.name} {name}",
        epilog=f"wxlogin {group.name} {name} 0199a1b2-0000-7000-8000-000000000001",
    )
    @click.argument("subject", metavar=metavar)
    @_AS_JSON
    def act(subject: str, *, as_json: bool) -> None:
        _do("operating", work, subject, as_json=as_json)


_on_id(users, "show", "show_user")
_on_id(users, "ban", "ban_user")
_on_id(users, "unban", "unban_user")
_on_id(users, "export", "export_user")
_on_id(sessions, "list", "list_sessions", "USER_ID")
_on_id(sessions, "revoke", "revoke_session", "SID")


@users.command(
    "erase",
    help="users erase",
    epilog="wxlogin users erase 0199a1b2-0000-7000-8000-000000000001 --yes",
)
@click.argument("subject", metavar="ID")
@option("--yes", is_flag=True, help="yes")
@_AS_JSON
def erase(subject: str, *, yes: bool, as_json: bool) -> None:
    """Erases a person, when that is meant."""
    if not yes:
        raise click.UsageError(say("erase needs yes"))
    _do("operating", "erase_user", subject, as_json=as_json)


_ONE, _TWO = "0199a1b2-0000-7000-8000-000000000001", "0199a1b2-0000-7000-8000-000000000002"


@users.command("merge", help="users merge", epilog=f"wxlogin users merge {_ONE} {_TWO} --yes")
@click.argument("kept", metavar="KEEP")
@click.argument("gone", metavar="GONE")
@option("--yes", is_flag=True, help="merge yes")
@_AS_JSON
def merge(kept: str, gone: str, *, yes: bool, as_json: bool) -> None:
    """Makes two users one, when that is meant."""
    if not yes:
        raise click.UsageError(say("merge needs yes", kept=kept, gone=gone))
    _do("merging", "merge_users", kept, gone, as_json=as_json)


@users.command("unmerge", help="users unmerge", epilog=f"wxlogin users unmerge {_ONE} --yes")
@click.argument("merge_id", metavar="MERGE_ID")
@option("--yes", is_flag=True, help="merge yes")
@_AS_JSON
def unmerge(merge_id: str, *, yes: bool, as_json: bool) -> None:
    """Takes two users apart again, when that is meant."""
    if not yes:
        raise click.UsageError(say("unmerge needs yes"))
    _do("merging", "unmerge_users", merge_id, as_json=as_json)


@users.command("merges", help="users merges", epilog=f"wxlogin users merges {_ONE} --json")
@click.argument("user_id", metavar="[USER]", required=False)
@_AS_JSON
def merges(user_id: str | None, *, as_json: bool) -> None:
    """Lists merges."""
    _do("merging", "list_merges", user_id, as_json=as_json)


@users.command("conflicts", help="users conflicts", epilog="wxlogin users conflicts")
@_AS_JSON
def conflicts(*, as_json: bool) -> None:
    """Lists conflicts."""
    _do("merging", "list_conflicts", as_json=as_json)


@wxlogin.group(cls=SpeakingGroup, help="reviews", epilog="wxlogin reviews list")
def reviews() -> None:
    """What waits for an operator."""


@reviews.command("list", help="reviews list", epilog="wxlogin reviews list --json")
@option("--limit", type=click.IntRange(1, 10_000), default=100, metavar="N", help="reviews limit")
@_AS_JSON
def reviews_list(limit: int, *, as_json: bool) -> None:
    """Lists what waits."""
    _do("reviews", "list_reviews", limit, as_json=as_json)


@reviews.command("pass", help="reviews pass", epilog=f"wxlogin reviews pass {_ONE}")
@click.argument("review_id", metavar="REVIEW")
@_AS_JSON
def reviews_pass(review_id: str, *, as_json: bool) -> None:
    """Passes what waits."""
    _do("reviews", "decide_review", review_id, passes=True, as_json=as_json)


@reviews.command("refuse", help="reviews refuse", epilog=f"wxlogin reviews refuse {_ONE}")
@click.argument("review_id", metavar="REVIEW")
@_AS_JSON
def reviews_refuse(review_id: str, *, as_json: bool) -> None:
    """Refuses what waits."""
    _do("reviews", "decide_review", review_id, passes=False, as_json=as_json)
