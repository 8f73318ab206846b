"""A small campaign of faults on each server database; `make faults` runs the large one."""

import pytest

from tests.campaign.campaign import Campaign, run
from tests.campaign.chaos import Pace
from tests.campaign.checker import judge
from tests.campaign.databases import Outside

SMALL = Campaign(
    operations=2_000,
    processes=2,
    people=120,
    pace=Pace(services=600, connections=200, databases=0, wechat=0),
)


@pytest.mark.parametrize("database", ["fresh_postgres", "fresh_mariadb"])
def test_no_promise_breaks_where_all_else_does(request: pytest.FixtureRequest, database: str):
    """Processes and connections are killed and WeChat fails: nothing is lost, doubled or wrong.

    And the checker would have seen it: a value that is undone in the database is missed.
    """
    url = request.getfixturevalue(database)
    outcome = run(SMALL, url)

    broken = {trouble.kind for trouble in outcome.history.troubles}
    assert {"service", "connections"} <= broken
    assert len(outcome.history.acts) > SMALL.operations
    assert outcome.verdict.good, outcome.verdict.found

    outside = Outside.of(url)
    assert outside.execute("UPDATE users SET nickname = 'undone' WHERE nickname <> ''") > 0
    assert judge(outcome.history, outside.rows()).found["acknowledged writes lost"]
