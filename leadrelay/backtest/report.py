"""What a backtest says: as JSON, as CSV, and in the few lines that a director reads."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from leadrelay.backtest.compare import Changed, Comparison, Deadline, Load, Messages
from leadrelay.backtest.run import Backtest
from leadrelay.backtest.tally import Kept
from leadrelay.clock import date_of, datetime_of, iso

SHOWN = 10
"""So many changes are named in the summary, and so many people at most."""
HEAD = ("subject", "rulebook", "before", "after")
_NOTHING = "nothing"
_SOURCES = {"history": "what happened", "dates": "the dates of what was imported"}
Table = tuple[Sequence[str], list[tuple[object, ...]]]


def as_dict(done: Backtest, zone: ZoneInfo) -> dict[str, object]:
    """As `backtest --json` prints it."""
    found = done.comparison
    document: dict[str, object] = {
        "since": iso(done.since, zone),
        "until": iso(done.until, zone),
        "source": done.source,
        "subjects": found.subjects,
        "decisions": {"before": found.decisions[0], "after": found.decisions[1]},
        "changed": [one._asdict() for one in found.changed],
        "messages": {one: messages.as_dict() for one, messages in found.messages.items()},
        "load": {one: load._asdict() for one, load in found.load.items()},
        "deadlines": {rule: _deadline(one) for rule, one in found.deadlines.items()},
    }
    if done.agreement is not None:
        document["agreement"] = done.agreement._asdict()
    return document


def _deadline(one: Deadline) -> dict[str, dict[str, int]]:
    return {name: {"met": kept.met, "missed": kept.missed, "ahead": kept.ahead} for name, kept in one._asdict().items()}


def summary(done: Backtest, zone: ZoneInfo, where: str) -> Iterator[str | Table]:
    """The lines and tables that say the most; `where` says where every change is to be had."""
    found = done.comparison
    since, until = (datetime_of(one, zone).date().isoformat() for one in (done.since, done.until))
    yield f"Replayed {_SOURCES[done.source]} from {since} to {until}: rules looked at {found.subjects:,} subjects."
    if done.agreement is not None:
        taken, same, others = done.agreement
        more = f", and takes {others:,} that were not taken" if others else ""
        yield f"The replay takes {same:,} of the {taken:,} decisions that were taken as they were taken{more}."
    if not found.changed:
        yield "Nobody's outcome changes."
    else:
        number = len({one.subject for one in found.changed})
        yield f"The outcome of {number:,} of them changes:" if number > 1 else "The outcome of 1 of them changes:"
        yield _kinds(found.changed)
        yield from _named(found.changed, where)
    yield from _of_people(found)
    yield from _of_deadlines(found)


def _kinds(changed: Iterable[Changed]) -> Table:
    counts = Counter((one.rulebook, one.before or _NOTHING, one.after or _NOTHING) for one in changed)
    rows = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ("RULEBOOK", "BEFORE", "AFTER", "SUBJECTS"), [(*kind, count) for kind, count in rows]


def _named(changed: Sequence[Changed], where: str) -> Iterator[str | Table]:
    shown = [(one.subject, one.rulebook, one.before or _NOTHING, one.after or _NOTHING) for one in changed[:SHOWN]]
    yield ("SUBJECT", "RULEBOOK", "BEFORE", "AFTER"), [*shown]
    if len(changed) > SHOWN:
        yield f"… and {len(changed) - SHOWN:,} more: {where}"


def _of_people(found: Comparison) -> Iterator[str | Table]:
    """Messages and load of those for whom something changes, the most first; everybody together before them."""
    people = [one for one in {**found.messages, **found.load} if _differs(found.messages.get(one), found.load.get(one))]
    before, after = (sum(one[side] for one in found.messages.values()) for side in (0, 1))
    yield f"Messages: {before:,} before, {after:,} after."
    if people:
        rows = [_person(one, found.messages.get(one), found.load.get(one)) for one in people]
        rows.sort(key=lambda row: -abs(int(str(row[2])) - int(str(row[1]))))
        head = ("PERSON", "MESSAGES BEFORE", "AFTER", "BUSIEST DAY", "OPEN BEFORE", "AFTER", "MOST BEFORE", "AFTER")
        yield head, rows[:SHOWN]
        if len(rows) > SHOWN:
            yield f"… and {len(rows) - SHOWN:,} more people: --json"


def _differs(messages: Messages | None, load: Load | None) -> bool:
    more = messages is not None and (messages.before, messages.day_before) != (messages.after, messages.day_after)
    return more or (load is not None and (load.before, load.most_before) != (load.after, load.most_after))


def _person(name: str, messages: Messages | None, load: Load | None) -> tuple[object, ...]:
    told = messages or Messages(0, 0, 0, 0, 0)
    busiest = f"{date_of(told.day).isoformat()}: {told.day_before} → {told.day_after}" if messages else ""
    has = load or Load(0, 0, 0, 0)
    return name, told.before, told.after, busiest, has.before, has.after, has.most_before, has.most_after


def _of_deadlines(found: Comparison) -> Iterator[str | Table]:
    if not found.deadlines:
        return
    before, after = (_sum(one[side] for one in found.deadlines.values()) for side in (0, 1))
    yield (
        f"Deadlines: {before.met:,} met and {before.missed:,} missed before,"
        f" {after.met:,} met and {after.missed:,} missed after."
    )
    rows: list[tuple[object, ...]] = [
        (rule, was.met, was.missed, will.met, will.missed)
        for rule, (was, will) in found.deadlines.items()
        if (was.met, was.missed) != (will.met, will.missed)
    ]
    if rows:
        yield ("RULE", "MET BEFORE", "MISSED", "MET AFTER", "MISSED"), rows


def _sum(kept: Iterable[Kept]) -> Kept:
    total = Kept()
    for one in kept:
        total.met += one.met
        total.missed += one.missed
        total.ahead += one.ahead
    return total
