"""A rule test written from a real decision: the facts that the rules saw, and what came of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection

from leadrelay.act.imagined import LINKS
from leadrelay.act.memory import Engines, Memory, engines_of
from leadrelay.act.reads import slots_of
from leadrelay.act.trial import differences, played, world_of
from leadrelay.clock import Instant, datetime_of
from leadrelay.errors import NoTestOfIt, UnknownRule
from leadrelay.leads.derived import SOURCES
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import REACHABLE, UNTIL, Value
from leadrelay.rulebook.condition import Known
from leadrelay.rulebook.evaluate import paths
from leadrelay.rulebook.model import Rulebook, Ruleset
from leadrelay.rulebook.paths import leaves
from leadrelay.rulebook.rule_test import ExpectedField, ExpectedMessage, ExpectedRules, RuleTest
from leadrelay.rulebook.whos import CONTACT
from leadrelay.rulebook.written_tests import as_yaml
from leadrelay.store.past import Past, facts_at, unknown
from leadrelay.store.raw import Statement, listed

PSEUDONYMS: Mapping[str, str] = {
    "contact.name": "Somebody",
    "contact.email": "somebody@example.com",
    "contact.phone": "+31 20 000 0000",
}
"""What stands for the personal facts of a contact of which rules ask no more than whether they are known."""
_DECISIONS = Statement(
    "SELECT key, at, flow, rulebook, rule, rule_key, ruleset, history_id FROM decisions WHERE subject = :subject"
    " AND step = '0' AND mode IN ('live', 'shadow') ORDER BY id"
)
_CHANGES = Statement("SELECT field, new FROM history WHERE subject = :subject AND cause IN LISTED(:keys) ORDER BY id")
_MESSAGES = Statement(
    'SELECT "to", template, urgency, subject FROM messages WHERE decision IN LISTED(:keys) AND follows IS NULL'
    " AND carries = 0 ORDER BY id"
)
_MOMENTS = ("_at", "_since", ".reason")
"""How fields end that say when something was done, or in words why: a test does not hold on to those."""
VersionOf = Callable[[int], Ruleset | None]


class Made(NamedTuple):
    """A decision that was made about the subject."""

    key: str
    at: Instant
    flow: str
    rulebook: str
    rule: str
    rule_key: str
    ruleset: int
    history_id: int


class Case(NamedTuple):
    """What the test is about: a moment, the rules and the facts of then, and what was decided then, if anything."""

    subject: str
    at: Instant
    ruleset: Ruleset
    facts: Mapping[str, Value]
    made: tuple[Made, ...]

    @property
    def kind(self) -> str:
        """request, opportunity, contact or account."""
        return self.subject.partition("/")[0]

    @property
    def books(self) -> tuple[Rulebook, ...]:
        """The rulebooks about such subjects."""
        return tuple(book for book in self.ruleset.rulebooks if book.subject == self.kind)


def decided_case(conn: Connection, subject: str, rule: str | None, version_of: VersionOf) -> Case | None:
    """The last moment at which the rule decided about the subject; without one the last at which a rulebook of the
    flow `route` did, or else any. None if nothing decided yet. Raises UnknownRule, UnknownSubject."""
    rows = [Made(*row) for row in _DECISIONS.rows(conn, subject=subject)]
    wanted = [one for one in rows if rule in (one.rule, one.rule_key)] if rule else rows
    if not wanted:
        if rule:
            raise UnknownRule(rule=rule, hint=f" Or it never decided about {subject}.")
        return None
    chosen = next((one for one in reversed(wanted) if rule or one.flow == "route"), wanted[-1])
    made = tuple(one for one in rows if one.at == chosen.at and one.ruleset == chosen.ruleset)
    ruleset = version_of(chosen.ruleset)
    if ruleset is None:
        raise NoTestOfIt(subject=subject, why=f"rules version {chosen.ruleset} is not there any more")
    return _case(conn, subject, chosen.at, ruleset, made)


def case_at(conn: Connection, subject: str, at: Instant, ruleset: Ruleset) -> Case:
    """The subject at any moment, whatever was decided. Raises UnknownSubject."""
    return _case(conn, subject, at, ruleset, ())


def _case(conn: Connection, subject: str, at: Instant, ruleset: Ruleset, made: tuple[Made, ...]) -> Case:
    before = min((one.history_id for one in made), default=None)
    facts = facts_at(conn, subject, at, before=before, team=ruleset.team, fields=ruleset.fields)
    if facts is None:
        raise unknown(conn, subject, at, ruleset.calendars["default"].zone)
    return Case(subject, at, ruleset, facts, made)


def as_test(conn: Connection, case: Case, language: str = "en") -> str:
    """The YAML of a test that passes under the rules that made the decision. What cannot follow from the facts (whose
    turn it was) is left out, with a remark. Raises NoTestOfIt when nothing of the decision is left."""
    engines = engines_of(case.ruleset)
    test = _given(case, engines)
    wanted = _really(conn, case) if case.made else _imagined(case, played(test, case.ruleset, engines, language)[0])
    test = replace(test, name=_name(case, wanted.rules))
    kept, left = _that_come_true(test, wanted, case.ruleset, engines, language)
    if left and (loads := _loads(conn, case, wanted)):
        loaded = replace(test, load=loads)
        again, still = _that_come_true(loaded, wanted, case.ruleset, engines, language)
        if len(still) < len(left):
            kept, left = again, still
    if not kept.rules and case.made:
        raise NoTestOfIt(subject=case.subject, why="with its facts alone the rules decide otherwise")
    return as_yaml([kept], case.ruleset.fields, case.ruleset.calendars["default"].zone, [*_source(case), *left])


class Wanted(NamedTuple):
    """What a test is to expect."""

    rules: tuple[ExpectedRules, ...] = ()
    fields: tuple[ExpectedField, ...] = ()
    notify: tuple[ExpectedMessage, ...] = ()


def _given(case: Case, engines: Engines) -> RuleTest:
    """The facts that the rules read; a derived one only where the test would derive another value by itself."""
    ruleset, kind = case.ruleset, case.kind
    slots = slots_of(case.books, kind, ruleset.team, ruleset.fields, ruleset.stages)
    read = [path for path in slots.paths if not path.endswith(UNTIL)]
    read = list(dict.fromkeys([*read, *(one for path in read for one in SOURCES.get(path, ()))]))
    given: dict[str, dict[str, Value]] = {kind: {}}
    for entity in REACHABLE[kind]:
        if case.facts.get(f"{entity}.id") is not None and entity != "owner":
            given[entity] = {}
    stranger = case.facts.get("owner.id") is not None and case.facts["owner.id"] not in ruleset.team.people
    derived = []
    for path in read:
        entity, _, name = path.partition(".")
        field = ruleset.fields.get(path)
        if field is None or (entity not in given and not (entity == "owner" and stranger)):
            continue
        if entity == "owner":
            given.setdefault("owner", {})[name] = case.facts.get(path)
        elif field.derived or field.formula is not None:
            derived.append(path)
        elif _is_told(case, path, given):
            given[entity][name] = _private(case, path)
    test = RuleTest("", case.at, given)
    test = replace(test, load=_open_count(case, read))
    memory = world_of(test, ruleset, engines)
    row = memory.entities.row(*memory.run[0], Slots.of(derived, ruleset.fields), ruleset.team, case.at, memory.counts)
    for path, value in zip(derived, row, strict=False):
        entity, _, name = path.partition(".")
        if value != case.facts.get(path) and entity in given:
            given[entity][name] = case.facts.get(path)
    return test


def _is_told(case: Case, path: str, given: Mapping[str, object]) -> bool:
    """Whether a fact is given: it is known, and no id that the test gives by itself."""
    entity, _, name = path.partition(".")
    if case.facts.get(path) is None:
        return False
    if name == "id":
        return any(path in paths(book) for book in case.books)
    return name not in LINKS[entity] or name not in given


def _private(case: Case, path: str) -> Value:
    """The value of a fact; that of a person only if a rule reads more of it than whether it is known."""
    if path not in PSEUDONYMS:
        return case.facts.get(path)
    lines = [
        line
        for book in case.books
        for when in (book.scope, *(rule.when for rule in book.rules))
        for line in when.lines()
    ]
    tests = [leaf for line in lines if line.path == path for leaf in leaves(line.test)]
    return case.facts.get(path) if any(not isinstance(leaf, Known) for leaf in tests) else PSEUDONYMS[path]


def _open_count(case: Case, read: Iterable[str]) -> dict[str, int]:
    owner, count = case.facts.get("owner.id"), case.facts.get("owner.open_count")
    if "owner.open_count" not in read or not isinstance(owner, str) or not isinstance(count, int):
        return {}
    return {owner: count - _here(case)} if owner in case.ruleset.team.people and count > _here(case) else {}


def _here(case: Case) -> int:
    """1 if the subject itself counts for what its owner has open."""
    if case.kind == "request":
        return int(case.facts.get("request.status") != "closed")
    return int(case.kind == "opportunity" and case.facts.get("opportunity.closed_at") is None)


def _loads(conn: Connection, case: Case, wanted: Wanted) -> dict[str, int]:
    """What the colleagues in the pools of whoever got it had open then."""
    team = case.ruleset.team
    owner = next((one.value for one in wanted.fields if one.path.endswith(".owner")), None)
    person = team.people.get(owner) if isinstance(owner, str) else None
    if person is None:
        return {}
    pools = [pool for pool in team.pools.values() if person.id in pool.members or pool.name in person.pools]
    colleagues = {one for pool in pools for one in pool.members}
    colleagues |= {one.id for one in team.people.values() if {pool.name for pool in pools}.intersection(one.pools)}
    before = min(one.history_id for one in case.made) if case.made else None
    past = Past(conn, case.at, case.at, team=team) if before is None else Past(conn, case.at, case.at, before, team)
    found = {}
    for one in sorted(colleagues):
        asked = sum(row.get("status") == "open" for row in past.belonging("request", "owner", one))
        deals = sum(row.get("closed_at") is None for row in past.belonging("opportunity", "owner", one))
        own = _here(case) if case.facts.get(f"{case.kind}.owner") == one else 0
        found[one] = asked + deals - own
    return {one: count for one, count in found.items() if count > 0}


def _really(conn: Connection, case: Case) -> Wanted:
    """What was decided, and what came of it."""
    keys = listed(one.key for one in case.made)
    changes = _CHANGES.rows(conn, keys=keys, subject=case.subject)
    after = {f"{case.kind}.{name}": _read(new) for name, new in changes}
    messages = [_message(case, *row) for row in _MESSAGES.rows(conn, keys=keys)]
    return Wanted(_rules(case, ((one.rulebook, one.rule) for one in case.made)), _fields(case, after), tuple(messages))


def _imagined(case: Case, memory: Memory) -> Wanted:
    """What the rules make of the facts."""
    decided = [(one.rulebook, one.rule) for _, one in memory.decided if one.step == "0" and one.mode == "live"]
    before = {name: case.facts.get(f"{case.kind}.{name}") for name in memory.entities.values[memory.run[0]]}
    after = {
        f"{case.kind}.{name}": value
        for name, value in memory.entities.values[memory.run[0]].items()
        if value != before[name]
    }
    messages = [_message(case, one.to, one.template, one.urgency, one.subject) for one in memory.messages.values()]
    return Wanted(_rules(case, decided), _fields(case, after), tuple(messages))


def _rules(case: Case, decided: Iterable[tuple[str, str]]) -> tuple[ExpectedRules, ...]:
    """Per rulebook what decided, with `hit: first` at last; those of the subject in which nothing did are left out,
    unless nothing did anywhere."""
    found: dict[str, dict[str, None]] = {}
    for book, rule in decided:
        found.setdefault(book, {}).pop(rule, None)
        found[book][rule] = None
    own = {book.name: book for book in case.books}
    rules = [
        ExpectedRules(name, tuple(ids)[-1:] if own[name].hit == "first" else tuple(ids))
        for name, ids in found.items()
        if name in own
    ]
    return tuple(rules or (ExpectedRules(name, ()) for name in own))


def _fields(case: Case, after: Mapping[str, Value]) -> tuple[ExpectedField, ...]:
    """The fields that became otherwise, as they were in the end; not the moment at which that was."""
    known = case.ruleset.fields
    return tuple(
        ExpectedField(path, value)
        for path, value in after.items()
        if (field := known.get(path)) is not None
        and not field.derived
        and not path.endswith(("_at", ".reason", "_since"))
    )


def _message(case: Case, to: str, template: str, urgency: str, subject: str) -> ExpectedMessage:
    kind = subject.partition("/")[0]
    reader = CONTACT if to.startswith(f"{CONTACT}/") else to
    return ExpectedMessage(reader, template, urgency, None if kind == case.kind else kind)


def _read(new: str | None) -> Value:
    value = None if new is None else orjson.loads(new)
    return tuple(value) if isinstance(value, list) else value


def _that_come_true(
    test: RuleTest, wanted: Wanted, ruleset: Ruleset, engines: Engines, language: str
) -> tuple[RuleTest, list[str]]:
    """The test with what comes true in it of what is wanted, and a remark about each thing that does not."""
    memory, _ = played(test, ruleset, engines, language)

    def holds(alone: RuleTest) -> bool:
        return not differences(alone, ruleset, memory)

    left: list[str] = []
    rules, fields = [], []
    for book in wanted.rules:
        if holds(replace(test, rules=(book,))):
            rules.append(book)
        else:
            left.append(f"{book.rulebook}: {book.written()} decided, which does not follow from these facts alone.")
    for one in wanted.fields:
        if holds(replace(test, fields=(one,))):
            fields.append(one)
        else:
            left.append(f"{one.path} became {one.value}, which does not follow from these facts alone.")
    notify, remark = _notify(test, wanted.notify, memory)
    kept = replace(test, rules=tuple(rules), fields=tuple(fields), notify=notify)
    return kept, [*left, *remark]


def _notify(
    test: RuleTest, wanted: Sequence[ExpectedMessage], memory: Memory
) -> tuple[tuple[ExpectedMessage, ...] | None, list[str]]:
    """The messages: those that were written, and what other flows write about the same facts; None if other ones came
    of it than the test would write."""
    made = [
        ExpectedMessage(
            CONTACT if one.to.startswith(f"{CONTACT}/") else one.to,
            one.template,
            one.urgency,
            None if one.subject.partition("/")[0] == test.subject else one.subject.partition("/")[0],
        )
        for one in memory.messages.values()
    ]
    lacking = Counter(wanted) - Counter(made)
    more = Counter(made) - Counter(wanted)
    if lacking:
        names = ", ".join(f"{one.template} to {one.to}" for one in lacking.elements())
        return None, [f"Written was {names}, which does not follow from these facts alone."]
    if more:
        names = ", ".join(f"{one.template} to {one.to}" for one in more.elements())
        return tuple(made), [f"Not written at that moment, but by these rules: {names}."]
    return tuple(made), []


def _name(case: Case, rules: Iterable[ExpectedRules]) -> str:
    zone = case.ruleset.calendars["default"].zone
    decided = "; ".join(f"{one.rulebook}: {one.written()}" for one in rules)
    return f"{case.subject} at {datetime_of(case.at, zone):%Y-%m-%d %H:%M} ({decided})"


def _source(case: Case) -> Iterator[str]:
    version = f"rules version {case.ruleset.version}" if case.ruleset.version else "rules that are not live"
    how = "as it was decided" if case.made else "by its facts of then, whatever was decided"
    yield f"Written from {case.subject}, {how}, under {version}."
    if case.facts.get("request.summary"):
        yield "What is asked stands here as it was written: see that it names nobody."
