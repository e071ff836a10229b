"""The forecast (M20): what open opportunities may bring, heavier at each later stage; pure over rows.

A deal weighs the chance of its stage (rules/stages.yaml) times its own chance of winning, each where it is known; with
neither it counts, and weighs nothing. Each deal is rounded to a whole cent, half a cent up, before it is added.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from leadrelay.clock import date_of
from leadrelay.report.written import Answer
from leadrelay.rulebook.stages import Stages
from leadrelay.store.deals import Deal

FORECAST = "forecast"
ABOUT = "What open opportunities may bring, by stage, month, owner and product, heavier at each later stage (M20)."
UNKNOWN = "unknown"
"""The group of deals whose stage, month, owner or product is not known."""


class Line(Struct, frozen=True):
    """One group of deals: how many, how many of them with no known value, their value and weighted value in cents."""

    name: str
    count: int = 0
    unvalued: int = 0
    value: int = 0
    weighted: int = 0


class Forecast(Struct, frozen=True):
    """All open deals together, and by stage (in their order), month of decision, owner and product."""

    total: Line
    groups: Mapping[str, tuple[Line, ...]]


def forecast(deals: Iterable[Deal], stages: Stages) -> Forecast:
    """The forecast over these deals, under these stages."""
    found = list(deals)
    order = {stage.name: place for place, stage in enumerate(stages.stages)}

    def stage_of(deal: Deal) -> str:
        stage = stages.find(deal.stage)
        return stage.name if stage else deal.stage or UNKNOWN

    by_name: dict[str, Callable[[Deal], str]] = {
        "month": _month,
        "owner": lambda deal: deal.owner or UNKNOWN,
        "product": lambda deal: deal.product or UNKNOWN,
    }
    by_stage = _grouped(found, stages, stage_of)
    groups = {
        "stage": sorted(by_stage, key=lambda line: (order.get(line.name, len(order)), line.name)),
        **{
            name: sorted(_grouped(found, stages, name_of), key=lambda line: line.name)
            for name, name_of in by_name.items()
        },
    }
    total = next(iter(_grouped(found, stages, lambda _: "total")), Line("total"))
    return Forecast(total, {name: tuple(lines) for name, lines in groups.items()})


def weighted(deal: Deal, stages: Stages) -> int:
    """What a deal counts for, in cents: its value times the chances that are known."""
    stage = stages.find(deal.stage)
    chances = [chance for chance in (stage.chance if stage else None, deal.win_chance) if chance is not None]
    if deal.value is None or not chances:
        return 0
    exact = Decimal(deal.value)
    for chance in chances:
        exact = exact * Decimal(str(chance)) / 100
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def _month(deal: Deal) -> str:
    return UNKNOWN if deal.decision_on is None else f"{date_of(deal.decision_on):%Y-%m}"


def _grouped(deals: Iterable[Deal], stages: Stages, name_of: Callable[[Deal], str]) -> list[Line]:
    sums: dict[str, list[int]] = {}
    for deal in deals:
        sums.setdefault(name_of(deal), [0, 0, 0, 0])
        line = sums[name_of(deal)]
        line[0] += 1
        line[1] += deal.value is None
        line[2] += deal.value or 0
        line[3] += weighted(deal, stages)
    return [Line(name, *counts) for name, counts in sums.items()]


def answered(found: Forecast) -> Answer:
    """The forecast as a report: a line for each group, money in units of the currency."""
    rows = tuple((by, line.name, *_numbers(line)) for by, lines in found.groups.items() for line in lines)
    totals = dict(zip(_COUNTED, _numbers(found.total), strict=True))
    return Answer(FORECAST, ABOUT, ("by", "name", *_COUNTED), rows, totals)


_COUNTED = ("deals", "value", "weighted", "unvalued")


def _numbers(line: Line) -> tuple[object, ...]:
    return line.count, line.value / 100, line.weighted / 100, line.unvalued
