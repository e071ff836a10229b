"""The forecast: each deal weighed by its stage and its own chance."""

import pytest

from leadrelay.report.forecast import Line, forecast, weighted
from leadrelay.rulebook.stages import Stage, Stages
from leadrelay.store.deals import Deal

STAGES = Stages((Stage("new", chance=10), Stage("quote", chance=50), Stage("closing")))


@pytest.mark.parametrize(
    ("deal", "cents"),
    [
        (Deal("new", value=1000), 100),
        (Deal("QUOTE", value=1000, win_chance=50), 250),
        (Deal("closing", value=1000, win_chance=50), 500),
        (Deal("elsewhere", value=1000), 0),
        (Deal("quote", value=1), 1),  # half a cent is rounded up
        (Deal("quote"), 0),
    ],
)
def test_what_a_deal_counts_for(deal: Deal, cents: int) -> None:
    assert weighted(deal, STAGES) == cents


def test_groups_are_in_order_and_come_to_the_total() -> None:
    deals = [
        Deal("quote", "an", "mill", 1000, None, 20_800),
        Deal("new", "bram", None, None),
        Deal(None, "an", "mill", 7),
    ]
    found = forecast(deals, STAGES)
    assert [line.name for line in found.groups["stage"]] == ["new", "quote", "unknown"]
    assert found.groups["stage"][0] == Line("new", 1, 1, 0, 0)
    assert [line.name for line in found.groups["month"]] == ["2026-12", "unknown"]
    for lines in found.groups.values():
        assert sum(line.count for line in lines) == found.total.count == 3
        assert sum(line.weighted for line in lines) == found.total.weighted == 500
    assert forecast([], STAGES).total == Line("total")
