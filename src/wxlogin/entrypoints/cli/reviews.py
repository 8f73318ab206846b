"""`wxlogin reviews list`, `pass`, `refuse`: nicknames and avatars that wait for an operator."""

import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from wxlogin.domain.review import Review, ReviewState
from wxlogin.entrypoints.cli.operating import columns, on_the_store
from wxlogin.entrypoints.cli.starting import WRONG
from wxlogin.entrypoints.cli.texts import say
from wxlogin.entrypoints.container import Container


def list_reviews(limit: int, *, as_json: bool) -> int:
    """Lists what waits, oldest first."""

    async def work(container: Container) -> None:
        found = [_plain(each) for each in await container.reviewing.reviews().waiting(limit)]
        rows = [{say(f"review column {name}"): told for name, told in row.items()} for row in found]
        _show({"reviews": found}, columns(rows) or say("no reviews"), as_json=as_json)

    return on_the_store(work)


def decide_review(review_id: str, *, passes: bool, as_json: bool) -> int:
    """Passes or refuses what waits, and tells what became of it; wrong when that is another."""
    wanted = ReviewState.PASSED if passes else ReviewState.REFUSED
    done = False

    async def work(container: Container) -> None:
        nonlocal done
        review = await container.reviewing.decide()(review_id=review_id, passes=passes)
        done = review.state is wanted
        key = f"review {review.state}" if done else f"review {review.state} instead"
        told = {"id": review.id, "user": review.user_id, "state": review.state.value}
        _show(told, say(key, id=review.id, user=review.user_id), as_json=as_json)

    return on_the_store(work, say("no review", id=review_id)) or (0 if done else WRONG)


def _plain(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "kind": review.kind.value,
        "value": review.value,
        "user": review.user_id,
        "app": review.appid,
        "since": review.at,
        "label": review.label,
    }


def _show(told: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    sys.stdout.write((msgspec.json.encode(told).decode() if as_json else text) + "\n")
