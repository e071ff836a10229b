"""Derived fields turned through what they are derived from: a score by an answer, a number by its postcode."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from leadrelay.leads.derived import SOURCES, compute, derive
from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.rulebook import condition as c
from leadrelay.rulebook.other_values import Instead, instead

_YES = Instead(True, 1.0)


def through_sources(
    field: Field, goals: Sequence[c.Line], facts: c.Facts, moment: c.Moment, fields: Fields
) -> Iterator[Mapping[str, Instead]]:
    """Values of a derived field's sources with which all these lines turn; none if the field has no sources that say
    how (a province, a count of rows)."""
    formula = fields.formulas.get(field.path)
    sources = formula.of if formula else SOURCES.get(field.path, ())
    if not sources:
        return
    for one in instead(field, goals, facts, moment):
        for values in _leading_to(field, one, sources, facts, fields):
            changed = {**facts, **{path: each.value for path, each in values.items()}}
            given = [changed.get(source) for source in sources]
            there = compute(formula, given) if formula else derive(field.path, changed)
            if there == one.value:
                yield values


def _leading_to(
    field: Field, wanted: Instead, sources: Sequence[str], facts: c.Facts, fields: Fields
) -> Iterator[Mapping[str, Instead]]:
    """Values of the sources that may lead to the wanted one."""
    number = wanted.value
    if not isinstance(number, int | float) or isinstance(number, bool):
        return
    if field.path == "account.postcode_number":
        yield {sources[0]: Instead(str(number), wanted.cost)}
    elif field.path == "opportunity.weighted_value":
        chance, project = facts.get(sources[1]), facts.get(sources[2])
        share = project / 100 if isinstance(project, int | float) else 1
        if isinstance(chance, int | float) and chance * share > 0:
            yield {sources[0]: Instead(ceil(number * 100 / (chance * share)), wanted.cost)}
    elif all(_is_answer(path, fields) for path in sources):
        yield _answers(number, sources, facts)
    else:
        yield from _shifted(number, sources, facts, fields, wanted.cost)


def _is_answer(path: str, fields: Fields) -> bool:
    field = fields.get(path)
    return field is not None and field.type is Type.YES_NO


def _answers(number: float, sources: Sequence[str], facts: c.Facts) -> Mapping[str, Instead]:
    """As many more (or fewer) answers of yes as it takes, in the order of the questions."""
    yes = [path for path in sources if facts.get(path) is True]
    more = int(number) - len(yes)
    if more >= 0:
        return dict.fromkeys([path for path in sources if path not in yes][:more], _YES)
    return dict.fromkeys(yes[:-more], Instead(False, 1.0))


def _shifted(
    number: float, sources: Sequence[str], facts: c.Facts, fields: Fields, cost: float
) -> Iterator[Mapping[str, Instead]]:
    """One of the numbers that are added up, or set off against each other, by as much as it takes."""
    known: list[Value] = [facts.get(path) for path in sources]
    for place, path in enumerate(sources):
        value = known[place] or 0
        others = [one for one in (*known[:place], *known[place + 1 :]) if isinstance(one, int | float)]
        if isinstance(value, int | float) and fields.get(path) is not None:
            yield {path: Instead(number - sum(others), cost)}
            if len(sources) == 2 and others:
                yield {path: Instead(number + others[0] if place == 0 else others[0] - number, cost)}
