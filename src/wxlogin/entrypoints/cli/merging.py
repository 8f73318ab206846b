"""`wxlogin users merge`, `unmerge`, `merges`, `conflicts`: two users who are one person."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from wxlogin.domain.merge import Merge, MergeRefusal
from wxlogin.domain.ports.users import UnionidConflict
from wxlogin.entrypoints.cli.operating import columns, on_the_store
from wxlogin.entrypoints.cli.starting import leave
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import Container


def merge_users(kept: str, gone: str, *, as_json: bool) -> int:
    """Makes one user part of another."""

    async def work(container: Container) -> None:
        done = _or_leave(await container.linking.merge()(kept_id=kept, gone_id=gone))
        text = say("merged", kept=kept, gone=gone, id=done.id, until=f"{done.until:%Y-%m-%d}")
        _show(_plain(done, container), text, as_json=as_json)

    return on_the_store(work)


def unmerge_users(merge_id: str, *, as_json: bool) -> int:
    """Takes two users apart again."""

    async def work(container: Container) -> None:
        done = _or_leave(await container.linking.unmerge()(merge_id=merge_id))
        text = say("unmerged", kept=done.kept_id, gone=done.gone_id)
        _show(_plain(done, container), text, as_json=as_json)

    return on_the_store(work)


def list_merges(user_id: str | None, *, as_json: bool) -> int:
    """Lists merges, newest first."""

    async def work(container: Container) -> None:
        found = [_plain(each, container) for each in await container.linking.merges().of(user_id)]
        _show({"merges": found}, _table(found) or say("no merges"), as_json=as_json)

    return on_the_store(work)


def list_conflicts(*, as_json: bool) -> int:
    """Lists the users who share a unionid, oldest first."""

    async def work(container: Container) -> None:
        found = [_conflict(each) for each in await container.users().conflicts()]
        _show({"conflicts": found}, _table(found) or say("no conflicts"), as_json=as_json)

    return on_the_store(work)


def _or_leave(done: Merge | MergeRefusal) -> Merge:
    if isinstance(done, MergeRefusal):
        leave(say(f"merge refused {done}"))
    return done


def _plain(merge: Merge, container: Container) -> dict[str, Any]:
    undoable = merge.can_be_undone(container.clock().now())
    return {
        "id": merge.id,
        "kept": merge.kept_id,
        "gone": merge.gone_id,
        "merged_at": merge.merged_at,
        "undone_at": merge.undone_at,
        "undoable_until": merge.until if undoable else None,
    }


def _conflict(conflict: UnionidConflict) -> dict[str, Any]:
    return {
        "unionid": conflict.unionid,
        "first": conflict.first_user_id,
        "second": conflict.second_user_id,
        "found_at": conflict.found_at,
    }


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Answers a table with the names of its columns in the reader's language."""
    return columns(
        [{say(f"merge column {name}"): value for name, value in row.items()} for row in rows]
    )


def _show(told: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    sys.stdout.write((msgspec.json.encode(told).decode() if as_json else text) + "\n")
