"""A task is due on the clock of whoever has it."""

import pytest

from leadrelay.clock import parse_time
from leadrelay.commands.tasks import due
from leadrelay.leads.team import Person, Team
from leadrelay.store.tasks import OpenTask
from leadrelay.zone import zone_of

HOME = zone_of("Europe/Amsterdam")
TEAM = Team(
    {
        "an": Person("an", "An", "an@example.com"),
        "joe": Person("joe", "Joe", "joe@example.com", calendar="new_york"),
    },
    zone="Europe/Amsterdam",
    zones={"default": "Europe/Amsterdam", "new_york": "America/New_York"},
)


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        ("an", "2026-11-20T09:13"),
        ("joe", "2026-11-20T03:13 (America/New_York)"),
        ("somebody_gone", "2026-11-20T09:13"),
    ],
)
def test_a_deadline_is_told_on_the_clock_of_its_owner(owner: str, said: str) -> None:
    at = parse_time("2026-11-20 09:13", HOME)
    fields = dict.fromkeys(OpenTask._fields, "x") | {"owner": owner, "due_at": at}
    assert due(OpenTask(**fields), TEAM, HOME) == said
