"""How a column writes its dates: which comes first, day or month, is told by the whole column, never by one cell."""

import re
from collections.abc import Collection, Iterable
from datetime import date

from msgspec import Struct

from leadrelay.intake.moments import NotAMoment, date_in
from leadrelay.rulebook.import_map import ORDERS, SERIAL

_TRIPLE = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?=$|[T ,])")
_SERIAL = re.compile(r"[1-7][0-9]{4}(?:\.[0-9]+)?")


class DateForm(Struct, frozen=True):
    """`dates` are what a map would say (empty: nothing needs saying); `why` is the evidence, `doubt` what to ask."""

    dates: tuple[str, ...] = ()
    why: str = ""
    doubt: str = ""
    likeliest: str = "day-first"


def date_form(values: Collection[str], latest: date | None) -> DateForm:
    """How these values are dates. `latest`: they cannot lie after that day, which is evidence too (None: they can)."""
    if values and sum(bool(_SERIAL.fullmatch(value)) for value in values) == len(values):
        return DateForm((SERIAL,), "days since 1900, as spreadsheets count them")
    triples = [value for value in values if _TRIPLE.match(value)]
    if not triples:
        return DateForm()
    short = any(len(match[4]) == 2 for value in triples if (match := _TRIPLE.match(value)))
    fitting = {order: dates for order in _orders(short) if (dates := _read(triples, order)) is not None}
    if not fitting:
        return DateForm(doubt=_contradiction(triples))
    if len(fitting) > 1 and latest is not None:
        past = {order: dates for order, dates in fitting.items() if max(dates) <= latest}
        if past and len(past) < len(fitting):
            return _settled(past, triples, "the other way some would lie in the future")
    return _settled(fitting, triples, _proof(triples))


def _orders(short: bool) -> tuple[str, ...]:
    return ORDERS if short else ORDERS[:2]


def _read(values: Iterable[str], order: str) -> tuple[date, ...] | None:
    """The days in that order, or None when one of them is no day in it."""
    try:
        return tuple(date_in(value, (order,)) for value in values)
    except NotAMoment:
        return None


def _settled(fitting: dict[str, tuple[date, ...]], triples: list[str], why: str) -> DateForm:
    orders = [order for order in ORDERS if order in fitting]
    if len(set(fitting.values())) == 1:
        return DateForm((orders[0],), why)
    marks = {match[2] for value in triples if (match := _TRIPLE.match(value))}
    whole = all(len(match[4]) == 4 for value in triples if (match := _TRIPLE.match(value)))
    if "day-first" in fitting and whole and "/" not in marks:
        return DateForm(("day-first",), "with dashes or dots and the year behind, the day stands first")
    example = next(value for value in triples if len({_read((value,), order) for order in orders}) > 1)
    return DateForm(doubt=f"'{example}' can be {len(orders)} days, and no other date in the column tells which")


def _proof(triples: list[str]) -> str:
    for value in triples:
        match = _TRIPLE.match(value)
        if match and max(int(match[1]), int(match[3])) > 12:
            return f"'{value}' can be read in one way only"
    return "day and month are the same in all"


def _contradiction(triples: list[str]) -> str:
    day = next((value for value in triples if _read((value,), "month-first") is None), triples[0])
    month = next((value for value in triples if _read((value,), "day-first") is None), triples[-1])
    return f"'{day}' puts the day first and '{month}' does not"
