"""The forecast (M20): what open opportunities may bring, heavier at each later stage; pure over rows.

A deal weighs its value times the chance of its stage (rules/stages.yaml) times the chance that the project goes ahead:
leads/weighing.py, as the field opportunity.weighted_value. What the sellers themselves expect stands beside it. Deals
that cannot be weighed, for want of a value or in a stage without a chance, are counted and listed with their value,
never taken for nothing. Each deal is rounded to a whole cent, half a cent up, before it is added.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from leadrelay.clock import date_of
from leadrelay.leads.weighing import by_seller, chance_of, weighted
from leadrelay.report.written import Answer
from leadrelay.rulebook.stages import Stages
from leadrelay.store.deals import Deal

FORECAST = "forecast"
ABOUT = "What open opportunities may bring, by stage, month, owner and product, heavier at each later stage (M20)."
UNKNOWN = "unknown"
"""The group of deals whose stage, month, owner or product is not known."""


class Line(Struct, frozen=True):
    """One group of deals: how many, their value and weighted value in cents, what their sellers expect; how many have
    no value, how many have one and cannot be weighed (no stage of ours), and what these are worth."""

    name: str
    count: int = 0
    value: int = 0
    weighted: int = 0
    sellers: int = 0
    unvalued: int = 0
    unweighed: int = 0
    unweighed_value: int = 0


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


def weight_of(deal: Deal, stages: Stages) -> int | None:
    """What a deal counts for, in cents; None when it cannot be weighed."""
    stage = stages.find(deal.stage)
    chances = [one.chance for one in stages.stages]
    chance = chance_of(stage.chance if stage else None, deal.win_chance, chances)
    return weighted(deal.value, chance, deal.project_chance)


def _month(deal: Deal) -> str:
    return UNKNOWN if deal.decision_on is None else f"{date_of(deal.decision_on):%Y-%m}"


def _grouped(deals: Iterable[Deal], stages: Stages, name_of: Callable[[Deal], str]) -> list[Line]:
    lines: dict[str, Line] = {}
    for deal in deals:
        name = name_of(deal)
        lines[name] = _with(lines.get(name, Line(name)), deal, stages)
    return list(lines.values())


def _with(line: Line, deal: Deal, stages: Stages) -> Line:
    """The line with one more deal."""
    weight = weight_of(deal, stages)
    unweighed = deal.value is not None and weight is None
    return Line(
        line.name,
        line.count + 1,
        line.value + (deal.value or 0),
        line.weighted + (weight or 0),
        line.sellers + (by_seller(deal.value, deal.win_chance) or 0),
        line.unvalued + (deal.value is None),
        line.unweighed + unweighed,
        line.unweighed_value + (deal.value or 0 if unweighed else 0),
    )


def answered(found: Forecast) -> Answer:
    """The forecast as a report: a line for each group, money in units of the currency."""
    rows = tuple((by, line.name, *_numbers(line)) for by, lines in found.groups.items() for line in lines)
    totals = dict(zip(_COUNTED, _numbers(found.total), strict=True))
    return Answer(FORECAST, ABOUT, ("by", "name", *_COUNTED), rows, totals)


_COUNTED = ("deals", "value", "weighted", "sellers", "unvalued", "unweighed", "unweighed_value")


def _numbers(line: Line) -> tuple[object, ...]:
    money = (line.value / 100, line.weighted / 100, line.sellers / 100)
    return line.count, *money, line.unvalued, line.unweighed, line.unweighed_value / 100
