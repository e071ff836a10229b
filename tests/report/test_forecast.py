"""The forecast: each deal weighed by its stage and the chance of its project, and what cannot be weighed listed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Fields
from leadrelay.leads.team import Team
from leadrelay.leads.weighing import by_seller, weighted
from leadrelay.report.forecast import Line, forecast, weight_of
from leadrelay.rulebook.stages import Stage, Stages
from leadrelay.store.database import Database
from leadrelay.store.deals import Deal, open_deals
from leadrelay.store.facts import Reader
from leadrelay.store.intake_writes import upsert

STAGES = Stages((Stage("new", chance=10), Stage("quote", chance=50), Stage("closing")))
FIELDS = Fields(stage_chances=tuple((one.name, one.chance) for one in STAGES.stages))


@pytest.mark.parametrize(
    ("deal", "cents"),
    [
        (Deal("new", value=1000), 100),
        (Deal("QUOTE", value=1000, win_chance=50), 500),  # the seller's chance is not multiplied in
        (Deal("quote", value=1000, project_chance=50), 250),
        (Deal("quote", value=1000, project_chance=0), 0),
        (Deal("new", value=1000, win_chance=90, project_chance=80), 80),
        (Deal("closing", value=1000, win_chance=50), None),  # a stage that weighs nothing yet
        (Deal("elsewhere", value=1000), None),
        (Deal(None, value=1000), None),
        (Deal("quote", value=1), 1),  # half a cent is rounded up
        (Deal("quote"), None),
    ],
)
def test_what_a_deal_counts_for(deal: Deal, cents: int | None) -> None:
    assert weight_of(deal, STAGES) == cents


def test_a_company_without_chances_of_stages_goes_by_its_sellers() -> None:
    assert weight_of(Deal("quote", value=1000, win_chance=30, project_chance=50), Stages((Stage("quote"),))) == 150
    assert weight_of(Deal("quote", value=1000), Stages()) is None


def test_what_the_seller_expects_stands_beside() -> None:
    assert by_seller(1000, 90) == 900
    assert by_seller(1000, None) is None


def test_groups_are_in_order_and_come_to_the_total() -> None:
    deals = [
        Deal("quote", "an", "mill", 1000, 80, None, 20_800),
        Deal("new", "bram", None, None),
        Deal(None, "an", "mill", 7),
        Deal("Prospecting", "an", "mill", 900),
    ]
    found = forecast(deals, STAGES)
    assert [line.name for line in found.groups["stage"]] == ["new", "quote", "Prospecting", "unknown"]
    assert found.groups["stage"][0] == Line("new", 1, unvalued=1)
    assert found.groups["stage"][2] == Line("Prospecting", 1, 900, unweighed=1, unweighed_value=900)
    assert [line.name for line in found.groups["month"]] == ["2026-12", "unknown"]
    assert found.total == Line("total", 4, 1907, 500, 800, 1, 2, 907)
    for lines in found.groups.values():
        for name in ("count", "value", "weighted", "sellers", "unvalued", "unweighed", "unweighed_value"):
            assert sum(getattr(line, name) for line in lines) == getattr(found.total, name)
    assert forecast([], STAGES).total == Line("total")


MAYBE_CHANCE = st.none() | st.integers(0, 100)
DEALS = st.builds(
    Deal,
    stage=st.sampled_from((None, "new", "quote", "closing", "elsewhere")),
    value=st.none() | st.integers(0, 10**9),
    win_chance=MAYBE_CHANCE,
    project_chance=MAYBE_CHANCE,
    decision_on=st.none() | st.integers(0, 30_000),
)


@given(st.lists(DEALS, max_size=12), DEALS)
def test_every_deal_is_weighed_or_listed_and_one_more_changes_nothing_else(deals: list[Deal], more: Deal) -> None:
    found, then = forecast(deals, STAGES), forecast([*deals, more], STAGES)
    weighed = [weight for deal in deals if (weight := weight_of(deal, STAGES)) is not None]
    assert len(weighed) + found.total.unvalued + found.total.unweighed == found.total.count == len(deals)
    assert found.total.weighted == sum(weighed)
    assert then.total.weighted - found.total.weighted == (weight_of(more, STAGES) or 0)


@given(DEALS)
def test_a_weight_is_never_more_than_the_value(deal: Deal) -> None:
    weight = weight_of(deal, STAGES)
    assert weight is None or 0 <= weight <= (deal.value or 0)


def test_the_field_and_the_report_agree(database: Database) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "1", "stage": "Quote", "expected_value": 333, "win_chance": 10, "project_chance": 50},
        {"id": "2", "stage": "new", "expected_value": 1005},
        {"id": "3", "stage": "elsewhere", "expected_value": 1000},
        {"id": "4", "stage": "quote"},
    ]
    with database.begin() as conn:
        upsert(conn, "opportunity", rows, 0, "import x.csv")
    slots = Slots.of(["opportunity.id", "opportunity.weighted_value", "opportunity.stage_chance"], FIELDS)
    with database.read() as conn:
        found = [slots.facts(row) for row in Reader("opportunity", slots, Team()).of(conn, ["1", "2", "3", "4"], 0)]
        deals = open_deals(conn)
    values = [one["opportunity.weighted_value"] for one in found]
    assert values == [weight_of(deal, STAGES) for deal in deals] == [83, 101, None, None]
    assert [one["opportunity.stage_chance"] for one in found] == [50, 10, None, 50]


@given(st.integers(0, 10**9), MAYBE_CHANCE, MAYBE_CHANCE)
def test_one_formula(value: int, stage: int | None, project: int | None) -> None:
    exact = None if stage is None else value * stage * (100 if project is None else project)
    assert weighted(value, stage, project) == (None if exact is None else (exact * 2 + 10_000) // 20_000)
