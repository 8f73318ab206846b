"""How often a client's address may ask. Generous, for carriers put thousands behind one address."""

from wxlogin.domain.errors import RateLimited
from wxlogin.domain.ports.limits import RateLimiter, Rule
from wxlogin.entrypoints.web.asker import counted_as

LOGINS = Rule("login", 1200, 60)
FAILED_LOGINS = Rule("login_failed", 120, 60)
"""Codes and tickets that do not hold: what guessing looks like."""
REFRESHES = Rule("refresh", 2400, 60)
PUSHES = Rule("push", 6000, 60)
"""Apart from the others: what WeChat is refused three times it does not send again."""
OTHERS = Rule("other", 6000, 60)


async def admit(limiter: RateLimiter, rule: Rule, client: str) -> None:
    """Counts a request.

    Raises:
        RateLimited: the client's address asks, or fails to log in, too often.
    """
    asker = counted_as(client)
    wait = await limiter.hit(rule, asker)
    if wait is None and rule is LOGINS:
        rule = FAILED_LOGINS
        wait = await limiter.full(rule, asker)
    if wait is not None:
        raise RateLimited(wait, rule.name)


async def note_failed_login(limiter: RateLimiter, client: str) -> None:
    """Counts a code or ticket that did not hold."""
    await limiter.hit(FAILED_LOGINS, counted_as(client))
