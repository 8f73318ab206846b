"""The contract of `Ledger`: one code, one caller, one answer."""

import asyncio

from tests.contracts.people import MINUTE, NOW, TICK
from tests.contracts.stores import Stores
from wxlogin.domain.ports.ledger import Claim, Outcome

LATER = NOW + MINUTE
EXPIRES = NOW + 10 * MINUTE
PATIENT = 30.0
"""Seconds a waiting test may take; it is over as soon as what it waits for happens."""


def _claim(spent: str = "spent", key: str | None = "key", body: str = "body") -> Claim:
    return Claim(spent=spent * 8, key=key, body=body)


SPENT = _claim().spent


class LedgerContract:
    async def test_the_first_to_claim_may_go_on(self, stores: Stores):
        """None to the first; a later one, same or not, is answered how the first stands."""
        assert None is await stores.ledger.claim(_claim(), NOW, EXPIRES)

        again = await stores.ledger.claim(_claim(key=None, body="another"), NOW, EXPIRES)

        assert Outcome(key="key", body="body", answer=None, settled=False) == again

    async def test_a_claim_without_key_is_kept_without(self, stores: Stores):
        """No key is not an empty key."""
        await stores.ledger.claim(_claim(key=None), NOW, EXPIRES)

        assert Outcome(key=None, body="body") == await stores.ledger.claim(_claim(), NOW, EXPIRES)

    async def test_of_parallel_claims_one_goes_on(self, stores: Stores):
        """However many claim at once, exactly one may spend the code."""
        answers = await asyncio.gather(
            *(stores.ledger.claim(_claim(), NOW, EXPIRES) for _ in range(50))
        )

        assert 1 == answers.count(None)
        assert 49 == answers.count(Outcome(key="key", body="body"))

    async def test_claims_of_different_codes_do_not_meet(self, stores: Stores):
        """Each code has its own claim."""
        assert None is await stores.ledger.claim(_claim("a"), NOW, EXPIRES)
        assert None is await stores.ledger.claim(_claim("b"), NOW, EXPIRES)

    async def test_a_settled_answer_is_given_out_for_its_time(self, stores: Stores):
        """The answer is given byte by byte until its time is over, then only that it was."""
        answer = bytes(range(256))
        await stores.ledger.claim(_claim(), NOW, EXPIRES)
        await stores.ledger.settle(SPENT, answer, LATER)

        given = Outcome(key="key", body="body", answer=answer, settled=True)
        silent = Outcome(key="key", body="body", answer=None, settled=True)
        assert given == await stores.ledger.claim(_claim(), LATER - TICK, EXPIRES)
        assert given == await stores.ledger.outcome(SPENT, LATER - TICK, 0)
        assert silent == await stores.ledger.claim(_claim(), LATER, EXPIRES)
        assert silent == await stores.ledger.outcome(SPENT, LATER, 0)

    async def test_a_claim_may_be_settled_without_an_answer(self, stores: Stores):
        """Spent, and nothing to repeat."""
        await stores.ledger.claim(_claim(), NOW, EXPIRES)
        await stores.ledger.settle(SPENT, None, LATER)

        assert Outcome(key="key", body="body", settled=True) == await stores.ledger.outcome(
            SPENT, NOW, 0
        )

    async def test_a_released_code_may_be_claimed_again(self, stores: Stores):
        """Exactly one of the parallel callers after a release may go on."""
        await stores.ledger.claim(_claim(), NOW, EXPIRES)
        await stores.ledger.release(SPENT)

        assert None is await stores.ledger.outcome(SPENT, NOW, 0)
        answers = await asyncio.gather(
            *(stores.ledger.claim(_claim(key="new"), NOW, EXPIRES) for _ in range(20))
        )
        assert 1 == answers.count(None)
        assert 19 == answers.count(Outcome(key="new", body="body"))

    async def test_a_claim_past_its_time_may_be_taken_over_by_one(self, stores: Stores):
        """A claim is forgotten at its end, with its answer, even before a sweep."""
        await stores.ledger.claim(_claim(), NOW, LATER)
        await stores.ledger.settle(SPENT, b"old", EXPIRES)
        assert None is not await stores.ledger.claim(_claim(), LATER - TICK, EXPIRES)

        answers = await asyncio.gather(
            *(stores.ledger.claim(_claim(key="new"), LATER, EXPIRES) for _ in range(20))
        )

        assert 1 == answers.count(None)
        assert 19 == answers.count(Outcome(key="new", body="body"))

    async def test_a_waiter_gets_the_answer_when_it_comes(self, stores: Stores):
        """Everybody who waits is answered when the claim is settled."""
        await stores.ledger.claim(_claim(), NOW, EXPIRES)
        waiting = [
            asyncio.create_task(stores.ledger.outcome(SPENT, NOW, PATIENT)) for _ in range(20)
        ]
        assert Outcome("key", "body") == await stores.ledger.outcome(SPENT, NOW, 0)

        await stores.ledger.settle(SPENT, b"answer", LATER)

        expected = Outcome(key="key", body="body", answer=b"answer", settled=True)
        assert [expected] * 20 == await asyncio.gather(*waiting)

    async def test_a_waiter_learns_of_a_release(self, stores: Stores):
        """None when the first caller gave the claim back."""
        await stores.ledger.claim(_claim(), NOW, EXPIRES)
        waiting = asyncio.create_task(stores.ledger.outcome(SPENT, NOW, PATIENT))
        assert None is not await stores.ledger.outcome(SPENT, NOW, 0)

        await stores.ledger.release(SPENT)

        assert None is await waiting

    async def test_patience_ends(self, stores: Stores):
        """A waiter whose patience is over is answered that nothing is settled."""
        await stores.ledger.claim(_claim(), NOW, EXPIRES)

        assert Outcome("key", "body") == await stores.ledger.outcome(SPENT, NOW, 0.12)

    async def test_an_unknown_claim_has_no_outcome(self, stores: Stores):
        """Nobody waits for what was never claimed."""
        assert None is await stores.ledger.outcome(SPENT, NOW, PATIENT)

    async def test_a_sweep_forgets_answers_and_old_claims(self, stores: Stores):
        """Answers past their time are gone for good, claims past theirs are deleted."""
        for name in "abc":
            await stores.ledger.claim(_claim(name), NOW, LATER)
        await stores.ledger.claim(_claim(), NOW, EXPIRES)
        await stores.ledger.settle(SPENT, b"secret", LATER)

        assert 2 == await stores.ledger.sweep(LATER, limit=2)
        assert 1 == await stores.ledger.sweep(LATER, limit=2)
        assert 0 == await stores.ledger.sweep(LATER, limit=2)

        assert Outcome("key", "body", settled=True) == await stores.ledger.outcome(SPENT, NOW, 0)
        assert None is await stores.ledger.outcome(_claim("a").spent, NOW, 0)

    async def test_a_sweep_leaves_living_answers(self, stores: Stores):
        """An answer within its time outlives a sweep."""
        await stores.ledger.claim(_claim(), NOW, EXPIRES)
        await stores.ledger.settle(SPENT, b"answer", LATER)

        await stores.ledger.sweep(LATER - TICK, limit=10)

        outcome = await stores.ledger.outcome(SPENT, LATER - TICK, 0)
        assert outcome is not None
        assert b"answer" == outcome.answer
