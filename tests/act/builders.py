"""Small rulebooks, teams and subjects in memory, for tests of what rules do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from leadrelay.act.case import Case, Loads, World
from leadrelay.act.engine import Engine
from leadrelay.act.imagined import Entities
from leadrelay.act.memory import Memory, engines_of
from leadrelay.calendar import default_calendar
from leadrelay.clock import Instant, day_of, parse_time
from leadrelay.duration import parse_duration
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import CORE, Fields, Value
from leadrelay.leads.team import Away, Person, Pool, Team
from leadrelay.rulebook.condition import ALWAYS, All, Condition, Equals, Known, Line, OlderThan, normal
from leadrelay.rulebook.model import Action, Repeat, Rule, Rulebook, Ruleset, Step

ZONE = default_calendar().zone
NOW = parse_time("2026-11-20 09:13", ZONE)  # a Friday
CALENDARS = {"default": default_calendar()}


def at(text: str) -> Instant:
    return parse_time(text, ZONE)


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def line(path: str, *values: Value) -> Line:
    """The field equals one of these; without any: it is unknown."""
    kind = Fields().by_path[path].type
    test = Equals(frozenset(normal(value) for value in values)) if values else Known(False)
    return Line(path, test, kind, Fields().by_path[path].windowed)


def older(path: str, span: str) -> Line:
    return Line(path, OlderThan(span=parse_duration(span)), Fields().by_path[path].type)


def when(*parts: Condition) -> All:
    return All(parts)


def rule(
    name: str,
    condition: Condition = ALWAYS,
    *then: Action,
    later: tuple[tuple[str, Action], ...] = (),
    repeat: tuple[str, int] | None = None,
    **more: object,
) -> Rule:
    steps = tuple(Step(parse_duration(after), (action,)) for after, action in later)
    again = Repeat(parse_duration(repeat[0]), repeat[1]) if repeat else None
    return Rule(name, name, condition, then, steps, again, **more)  # type: ignore[arg-type]


def otherwise(book: str, *then: Action) -> Rule:
    return Rule("otherwise", f"{book}/otherwise", then=then)


def book(name: str, *rules: Rule, **more: object) -> Rulebook:
    found = Rulebook(name, "request", "route", rules=rules)
    return replace(found, **more)  # type: ignore[arg-type]


def person(name: str, *roles: str, away: tuple[str, str, str | None] | None = None, **more: object) -> Person:
    absence = (Away(day(away[0]), day(away[1]), away[2]),) if away else ()
    return Person(name, name.title(), roles=roles, away=absence, **more)  # type: ignore[arg-type]


def team(*people: Person, **pools: Pool | tuple[str, ...]) -> Team:
    made = {name: pool if isinstance(pool, Pool) else Pool(name, tuple(pool)) for name, pool in pools.items()}
    return Team({one.id: one for one in people}, made)


TEAM = team(
    person("an", "seller", manager="dirk", language="nl"),
    person("bram", "seller"),
    person("dirk", "sales_director"),
    inside_sales=Pool("inside_sales", ("an", "bram"), lead="dirk"),
)


def ruleset(*books: Rulebook, people: Team = TEAM) -> Ruleset:
    return Ruleset(books, people, CALENDARS, Fields())


def memory(rules: Ruleset, load: Mapping[str, int] | None = None, **given: Mapping[str, Value]) -> Memory:
    """A world in memory around the given entities; the first of them is looked at."""
    ids = {"request": "R-1", "opportunity": "O-1", "contact": "C-1", "account": "A-1"}
    values = {kind: dict(own) for kind, own in given.items()}
    for kind, own in values.items():
        if kind == "request":
            own.setdefault("status", "open")
            own.setdefault("received_at", NOW)
        for other in ("contact", "account"):
            if other in values and other != kind:
                own.setdefault(other, ids[other])
    entities = Entities({(kind, ids[kind]): own for kind, own in values.items()})
    first = next(iter(values))
    return Memory(rules, engines_of(rules), entities, [(first, ids[first])], load or {})


def swept(rules: Ruleset, load: Mapping[str, int] | None = None, **given: Mapping[str, Value]) -> Memory:
    """The same after the first sweep, at NOW."""
    found = memory(rules, load, **given)
    found.start(NOW)
    found.sweep(NOW)
    return found


EVERY_PATH = Slots.of(one.path for one in CORE)


@dataclass
class Bench:
    """A case with every field, in a world of its own."""

    case: Case
    world: World


def bench(people: Team = TEAM, load: Mapping[str, int] | None = None, kind: str = "request", **facts: Value) -> Bench:
    """A subject with these facts (`request__owner` for request.owner) and people who have this much open."""
    given = {path.replace("__", "."): value for path, value in facts.items()}
    given.setdefault("request.status", "open")
    row = [given.get(path) for path in EVERY_PATH.paths]
    world = World(NOW, people, CALENDARS, loads=Loads(lambda: load or {}))
    return Bench(Case(kind, "1", row, EVERY_PATH), world)


def engine(rules: Ruleset, flow: str = "route", kind: str = "request") -> Engine:
    return Engine(rules, flow, kind)
