"""The job that engines are compared on: 100 rules and as many leads as asked for, always the same ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from msgspec.structs import replace

from leadrelay.calendar import default_calendar
from leadrelay.clock import HOUR, parse_time
from leadrelay.duration import Duration
from leadrelay.leads.facts import Row, Slots
from leadrelay.leads.fields import UNTIL, Fields, Type, Value
from leadrelay.rulebook.condition import (
    All,
    Any,
    Condition,
    Contains,
    Equals,
    Known,
    Line,
    Moment,
    NewerThan,
    Not,
    Nothing,
    OlderThan,
    Range,
    Test,
)
from leadrelay.rulebook.model import Rule, Rulebook

RULES = 100
CALENDAR = default_calendar()
MOMENT = Moment(parse_time("2026-11-20 09:13", CALENDAR.zone), {"default": CALENDAR})

_WORDS = ("lathe", "mill", "service", "spare part", "urgent", "quote", "catalogue", "training", "delivery", "demo")
_TEXTS: dict[str, tuple[str, ...]] = {
    "request.source": ("google", "fair", "referral", "newsletter", "linkedin", "advert", "dealer", "partner"),
    "request.language": ("nl", "fr", "de", "en"),
    "request.product": tuple(f"product {number}" for number in range(40)),
    "contact.role": ("decider", "user", "buyer", "influencer", "engineer"),
    "contact.buying_phase": ("unaware", "orienting", "comparing", "deciding", "bought"),
    "account.industry": tuple(f"industry {number}" for number in range(25)),
    "account.country": ("nl", "be", "de", "fr", "uk", "lu", "at", "ch", "it", "es", "pl", "dk"),
    "account.region": tuple(f"region {number}" for number in range(30)),
    "contact.job_title": tuple(f"{level} {what}" for level in ("head of", "junior", "chief") for what in _WORDS),
    "request.summary": (),  # sentences, nearly all different
}
_NUMBERS: dict[str, tuple[int, int]] = {
    "account.employees": (1, 3000),
    "account.postcode_number": (1000, 9999),
    "account.open_complaints": (0, 4),
    "account.overdue_invoices": (0, 6),
    "contact.site_visits_3w": (0, 12),
    "request.expected_value": (0, 50_000_000),
    "account.revenue": (0, 5_000_000_000),
}
_HOURS = (4, 24, 72, 168, 336)
PATHS = (
    *("request.channel", "request.kind", "request.desk", "account.tier", "account.relation"),
    *("request.prompted", "account.flagged", "contact.consent", *_TEXTS, *_NUMBERS),
    *("request.received_at", "request.last_touched_at"),
)
SLOTS = Slots.of([*PATHS, "contact.site_visits_3w" + UNTIL])
_FIELDS = Fields().by_path
_RARE = ("request.summary", "contact.site_visits_3w", "request.received_at", "request.last_touched_at")
_TIMES = ("request.received_at", "request.last_touched_at")
_WEIGHTS = tuple(1 if path in _RARE else 3 for path in PATHS)


@dataclass(frozen=True)
class Job:
    """The same rules for `hit: first` and `hit: all`, and the leads as rows."""

    first: Rulebook
    all: Rulebook
    rows: list[Row]


def job(leads: int) -> Job:
    """The job with that many leads, with tests on times and windowed fields."""
    chance = Random(2026)
    conditions = [_condition(chance) for _ in range(RULES)]
    return _job(conditions, [_row(chance) for _ in range(leads)])


def timeless(work: Job) -> Job:
    """The same job as peers get it: for each time its age in hours, worked out beforehand, and nothing windowed."""
    conditions = [_timeless(rule.when) for rule in work.all.rules]
    rows = [
        [
            (MOMENT.now - value) / HOUR if path in _TIMES and isinstance(value, int) else value
            for path, value in zip(SLOTS.paths, row, strict=True)
        ]
        for row in work.rows
    ]
    return _job(conditions, rows)


def peer_facts(row: Row) -> dict[str, object]:
    """A row of the timeless job by flat names."""
    return {flat(path): value for path, value in zip(SLOTS.paths, row, strict=True) if path in PATHS}


def _job(conditions: Sequence[Condition], rows: list[Row]) -> Job:
    rules = tuple(Rule(f"rule-{number}", f"rule-{number}", when) for number, when in enumerate(conditions))
    otherwise = Rule("otherwise", "bench/otherwise")
    first = Rulebook("bench", "request", "route", hit="first", rules=rules, otherwise=otherwise)
    return Job(first, Rulebook("bench", "request", "nudge", hit="all", rules=rules), rows)


def _timeless(condition: Condition) -> Condition:
    if isinstance(condition, Line):
        kind = Type.NUMBER if condition.path in _TIMES else condition.type
        return replace(condition, test=_of_age(condition.test), type=kind, windowed=False)
    assert isinstance(condition, All | Any | Nothing)
    return replace(condition, parts=tuple(_timeless(part) for part in condition.parts))


def _of_age(test: Test) -> Test:
    match test:
        case Not():
            return Not(_of_age(test.test))
        case OlderThan():
            return Range(low=test.span.amount)
        case NewerThan():
            return Range(low=0, high=test.span.amount, high_open=True)
    return test


def flat(path: str) -> str:
    """A path as a single name."""
    return path.replace(".", "_")


def _condition(chance: Random) -> Condition:
    """3.6 tests on the average, each passed by a quarter to a half of the leads, so that about one rule in a hundred
    holds; one rule in ten has an `any`, one in twenty a `none`."""
    paths = chance.sample(PATHS, k=chance.choice((2, 3, 3, 4, 4, 4, 5)), counts=_WEIGHTS)
    lines: list[Condition] = [_line(path, chance) for path in dict.fromkeys(paths)]
    luck = chance.random()
    if luck < 0.10:
        lines[-2:] = [Any(tuple(lines[-2:]))]
    elif luck < 0.15:
        lines.append(Nothing((_line("request.kind", chance),)))
    return All(tuple(lines))


def _line(path: str, chance: Random) -> Line:
    field = _FIELDS[path]
    test = _test(path, chance)
    return Line(path, Not(test) if chance.random() < 0.05 else test, field.type, field.windowed)


def _test(path: str, chance: Random) -> Test:
    field = _FIELDS[path]
    if chance.random() < 0.03:
        return Known(True)
    if field.type is Type.YES_NO:
        return Equals(frozenset([chance.random() < 0.5]))
    if field.type is Type.TIME:
        span = Duration(chance.choice(_HOURS), "hour")
        return OlderThan(span=span) if chance.random() < 0.5 else NewerThan(span=span)
    if path in ("request.summary", "contact.job_title"):
        return Contains((chance.choice(_WORDS),))
    if path in _NUMBERS:
        share = chance.random() * 0.7
        if chance.random() < 0.5:
            return Range(low=_number(path, 0.7))
        return Range(low=_number(path, share), high=_number(path, share + 0.3))
    values = field.choices or _TEXTS[path]
    return Equals(frozenset(chance.sample(values, k=max(1, len(values) // 4))))


def _row(chance: Random) -> Row:
    row: Row = [None if chance.random() < 0.1 else _value(path, chance) for path in PATHS]
    edge = MOMENT.now + chance.randint(1, 500) * HOUR
    return [*row, edge if row[PATHS.index("contact.site_visits_3w")] else None]


def _value(path: str, chance: Random) -> Value:
    kind = _FIELDS[path].type
    by_type: dict[Type, Callable[[], Value]] = {
        Type.YES_NO: lambda: chance.random() < 0.5,
        Type.TIME: lambda: MOMENT.now - int(chance.expovariate(1 / 200) * HOUR),
        Type.CHOICE: lambda: chance.choice(_FIELDS[path].choices),
        Type.TEXT: lambda: (
            " ".join(chance.choices((*_WORDS, "please", "our", "new"), k=8))
            if path == "request.summary"
            else chance.choice(_TEXTS[path])
        ),
    }
    if kind in by_type:
        return by_type[kind]()
    return _number(path, chance.random())


def _number(path: str, share: float) -> int:
    """The number that this share of all values is below: many are small, few are large."""
    low, high = _NUMBERS[path]
    return int(low + (high - low) * share**3)
