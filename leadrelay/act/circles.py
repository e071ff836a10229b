"""Proves that rules set each other off: a subject for which the state machine cuts them, in memory, and says so.

rulebook/lint/swings.py says which rules might; only those that a subject shows going round are reported.
"""

from collections.abc import Iterable, Iterator
from itertools import islice, product, takewhile
from typing import NamedTuple

from leadrelay.act.engine import ROUNDS
from leadrelay.act.imagined import LINKS, Entities
from leadrelay.act.memory import PASSES, Engines, Memory, engines_of
from leadrelay.act.reason import written
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.lint.swings import Group, Member, Varies, swinging
from leadrelay.rulebook.lint.witness import NOW, Asked, Sieve
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.problem import Problem
from leadrelay.zone import zone_of

MOST_TRIES = 40
"""So many subjects are tried for a group of rules."""
_IDS = {"request": "R-1", "opportunity": "O-1", "contact": "C-1", "account": "A-1"}
Facts = dict[str, Value]


def check_circles(ruleset: Ruleset) -> list[Problem]:
    """Warnings of rules that set each other off without end, each proved by a subject. For rules without errors."""
    groups = swinging(ruleset)
    if not groups:
        return []
    engines, sieve = engines_of(ruleset), Sieve(ruleset)
    return [problem for group in groups for problem in _circles(group, ruleset, engines, sieve)]


def _circles(group: Group, ruleset: Ruleset, engines: Engines, sieve: Sieve) -> Iterator[Problem]:
    """The circles of a group that a subject was found for; no rule is reported twice."""
    keys, told = {member.rule.key for member in group}, set[str]()
    for facts in islice(_subjects(group, ruleset, sieve), MOST_TRIES):
        circle = going_round(facts, ruleset, engines)
        if circle is not None and keys.intersection(circle.rules) and told.isdisjoint(circle.rules):
            told.update(circle.rules)
            yield _problem(circle, facts, ruleset)
        if told >= keys:
            return


def _subjects(group: Group, ruleset: Ruleset, sieve: Sieve) -> Iterator[Facts]:
    """Subjects for which one rule of the group holds, and as many of the others as what they ask allows; each with
    several owners, as whose turn it is may decide."""
    written = {path for member in group for path, _ in member.writes}
    owners = [None, *islice((person.id for person in ruleset.team.active()), 3)]
    seen: list[Facts] = []
    for member in group:
        kind, asked = member.book.subject, _asked(member)
        for other in group:
            more = [*asked, *_asked(other, written)]
            if other.rule is not member.rule and sieve.values_for(more) is not None:
                asked = more
        ways = [sieve.values_for(asked), sieve.values_for(_past_those_above(member, asked, sieve))]
        plain = [(path, value) for path, value in member.writes if path in ruleset.fields.by_path]
        begun: list[Facts] = [{}, *({path: value} for path, value in plain if not isinstance(value, Varies))]
        for found, start, owner in product(ways, begun, owners):
            facts: Facts = {f"{kind}.id": _IDS[kind], f"{kind}.owner": owner, **(found or {}), **start}
            if found is not None and facts not in seen:
                seen.append(facts)
                yield facts


def _past_those_above(member: Member, asked: list[Asked], sieve: Sieve) -> list[Asked]:
    """What is asked of a subject, and that the rules above do not take it, as far as one line of each can see to it."""
    rules = member.book.rules if member.book.hit == "first" else ()
    for rule in takewhile(lambda one: one.id != member.rule.id, rules):
        for line in rule.when.lines():
            more = [*asked, (line, False)]
            if sieve.values_for(more) is not None:
                asked = more
                break
    return asked


def _asked(member: Member, without: Iterable[str] = ()) -> list[Asked]:
    """What a rule wants of a subject, but for fields that are written anyway."""
    return [(line, wanted) for line, wanted in member.lines if wanted is not None and line.path not in without]


class Circle(NamedTuple):
    """The keys of rules that set each other off, in the order in which they do; `at_once`: in one look of one flow,
    which ends after so many rounds, and not by leaving each other's flows work again and again."""

    rules: tuple[str, ...]
    at_once: bool


def going_round(facts: Facts, ruleset: Ruleset, engines: Engines) -> Circle | None:
    """The rules that set each other off for this subject; mostly None."""
    memory = Memory(ruleset, engines, *_world(facts))
    memory.start(NOW)
    memory.sweep(NOW)
    if not memory.cut:
        return None
    at_once = {key for _, rules in memory.cut for key in rules if not key.startswith("flow ")}
    decided = [one.rule_key for _, one in memory.decided if one.mode in ("live", "cut") and one.step == "0"]
    lively = [key for key in decided if key in at_once or (not at_once and decided.count(key) >= PASSES // 4)]
    if not lively:
        return None
    before = max((at for at, key in enumerate(lively[:-1]) if key == lively[-1]), default=-1)
    return Circle(tuple(dict.fromkeys(lively[before + 1 :])), bool(at_once))


def _world(facts: Facts) -> tuple[Entities, list[tuple[str, str]]]:
    """A subject with what it is linked to; all of them are looked at."""
    kind = next(iter(facts)).partition(".")[0]
    given: dict[str, dict[str, Value]] = {name: {} for name in (kind, *LINKS[kind])}
    for path, value in facts.items():
        entity, _, name = path.partition(".")
        if entity in given and value is not None:
            given[entity][name] = value
    if kind == "request":
        given[kind].setdefault("status", "open")
        given[kind].setdefault("received_at", NOW)
    for name, values in given.items():
        values.pop("id", None)
        values.update({other: _IDS[other] for other in LINKS[name] if other in given})
    run = [(name, _IDS[name]) for name in given]
    return Entities({(name, _IDS[name]): values for name, values in given.items()}), run


def _problem(circle: Circle, facts: Facts, ruleset: Ruleset) -> Problem:
    rules = {rule.key: rule for _, rule in ruleset.rules()}
    first = min((rules[key] for key in circle.rules), key=lambda rule: (rule.place.file, rule.place.line))
    at = circle.rules.index(first.key)
    names = " -> ".join((*circle.rules[at:], *circle.rules[: at + 1]))
    end = f"they are cut after {ROUNDS} rounds" if circle.at_once else "they begin anew in every run of their flows"
    message = f"These rules set each other off: {names}; {end}, for example for {_shown(facts, ruleset)}."
    remedy = (
        "Let one of them also ask for something that the others leave alone, or join them in one rulebook, hit: first."
    )
    return Problem(first.place, "endless-circle", message, remedy, "warning")


def _shown(facts: Facts, ruleset: Ruleset) -> str:
    """The subject in words, without what is not known of it."""
    kind = next(iter(facts)).partition(".")[0]
    zone = zone_of(ruleset.team.zone)
    said = []
    for path, value in list(facts.items())[1:]:
        field = ruleset.fields.get(path)
        if value is not None:
            said.append(f"{path} {written(value, field.type if field else Type.TEXT, zone)}")
    return f"{'an' if kind[0] in 'ao' else 'a'} {kind}{' with ' if said else ''}{', '.join(said)}"
