"""What rule tests reach: rules and rows that come to hold, steps and repeats that are done, conditions seen both ways.

The tests run on a copy of the rules whose conditions take down what they say, so that tests which nobody watches are
no slower for it.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec import Struct

from leadrelay.act.trial import Chosen, TestResult, run_tests, uncovered
from leadrelay.rulebook.condition import Facts, Line, Moment, Verdict
from leadrelay.rulebook.model import OTHERWISE, Rule, Rulebook, Ruleset
from leadrelay.rulebook.place import NOWHERE, Place
from leadrelay.rulebook.rebuilt import rebuilt_rules
from leadrelay.rulebook.rule_test import RuleTest


class Missed(Struct, frozen=True):
    """Something that no test reaches. `what`: rule, row, otherwise, step, repeat, or condition; `never` is what a
    condition was never: true, false, or tried at all. Messages name only rules that no test makes hold."""

    what: str
    rulebook: str
    rule: str | None
    place: Place
    message: str
    never: str | None = None

    def as_dict(self) -> dict[str, object]:
        """As `test --coverage --json` prints it."""
        return {
            "what": self.what,
            "rulebook": self.rulebook,
            "rule": self.rule,
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "never": self.never,
            "message": self.message,
        }


class Share(Struct, frozen=True):
    """How many of how many are covered."""

    covered: int
    of: int

    @property
    def percent(self) -> float:
        """In percent with one decimal, rounded down, so that 100 means all of them; of nothing it is all."""
        return self.covered * 1000 // self.of / 10 if self.of else 100.0

    def __str__(self) -> str:
        return f"{self.covered} of {self.of} ({self.percent:g} %)"

    def as_dict(self) -> dict[str, object]:
        """As `test --coverage --json` prints it."""
        return {"covered": self.covered, "of": self.of, "percent": self.percent}


class Coverage(Struct, frozen=True):
    """What the tests reach of the rules, rows and otherwises; of the steps and repeats; and of the conditions."""

    rules: Share
    steps: Share
    conditions: Share
    missed: tuple[Missed, ...]

    @property
    def all(self) -> Share:
        """All of it together."""
        parts = (self.rules, self.steps, self.conditions)
        return Share(sum(part.covered for part in parts), sum(part.of for part in parts))

    @property
    def missed_rules(self) -> list[Missed]:
        """The rules, rows and otherwises among what is missed."""
        return [one for one in self.missed if one.what in ("rule", "row", OTHERWISE)]

    def as_dict(self) -> dict[str, Any]:
        """As `test --coverage --json` prints it."""
        return {
            "percent": self.all.percent,
            "rules": self.rules.as_dict(),
            "steps": self.steps.as_dict(),
            "conditions": self.conditions.as_dict(),
            "missed": [one.as_dict() for one in self.missed],
        }


def run_watched(ruleset: Ruleset, tests: Iterable[RuleTest]) -> tuple[list[TestResult], Coverage]:
    """Runs these tests as `run_tests` does, and says what they reach of everything that is not off."""
    watch = _Watch()
    results = run_tests(Chosen(watch.over(ruleset), tuple(tests)))
    return results, _coverage(ruleset, results, watch)


class _Seen:
    """What one line of a file was seen to say; the same for every rule that came of it."""

    __slots__ = ("answers", "line", "rule", "rulebook")

    def __init__(self, rulebook: str, rule: str | None, line: Line) -> None:
        self.rulebook, self.rule, self.line = rulebook, rule, line
        self.answers: set[bool] = set()


class _WatchedLine(Line, frozen=True, kw_only=True):
    """A line that takes down what it says."""

    seen: _Seen

    def verdict(self, facts: Facts, moment: Moment) -> Verdict:
        """As the line itself says."""
        verdict = Line.verdict(self, facts, moment)
        self.seen.answers.add(verdict.holds)
        return verdict


class _Watch:
    """The lines of all scopes, rules and steps by their place in the files."""

    def __init__(self) -> None:
        self.lines: dict[tuple[Place, str, str], _Seen] = {}

    def over(self, ruleset: Ruleset) -> Ruleset:
        """The ruleset with lines that are watched. Lines that stand in no file, as a sequence's own, are not."""
        return rebuilt_rules(ruleset, self._watched)

    def _watched(self, book: Rulebook, rule: Rule | None, line: Line) -> Line:
        if line.place == NOWHERE or (rule is not None and rule.mode == "off"):
            return line
        key = (line.place, line.path, line.written)
        if key not in self.lines:
            self.lines[key] = _Seen(book.name, rule.id if rule else None, line)
        known = {name: getattr(line, name) for name in Line.__struct_fields__}
        return _WatchedLine(**known, seen=self.lines[key])


def _coverage(ruleset: Ruleset, results: Iterable[TestResult], watch: _Watch) -> Coverage:
    results = list(results)
    done = frozenset(step for result in results for step in result.done)
    wanted = [(book, rule) for book, rule in ruleset.rules() if rule.mode != "off"]
    rules = [_rule(book, rule) for book, rule in uncovered(ruleset, results)]
    climbs = [(step, one) for book, rule in wanted for step, one in _climbs(book, rule)]
    steps = [one for step, one in climbs if not _is_done(step, done)]
    lines = [one for seen in watch.lines.values() if (one := _line(seen)) is not None]
    missed = sorted((*rules, *steps, *lines), key=lambda one: (one.place.file, one.place.line, one.place.column))
    return Coverage(
        Share(len(wanted) - len(rules), len(wanted)),
        Share(len(climbs) - len(steps), len(climbs)),
        Share(len(watch.lines) - len(lines), len(watch.lines)),
        tuple(missed),
    )


def _rule(book: Rulebook, rule: Rule) -> Missed:
    if rule.id == OTHERWISE:
        return Missed(OTHERWISE, book.name, rule.id, rule.place, f"no test reaches the otherwise of {book.name}")
    what = "row" if rule.row is not None else "rule"
    return Missed(what, book.name, rule.id, rule.place, f"no test makes {book.name}/{rule.id} hold")


def _climbs(book: Rulebook, rule: Rule) -> Iterator[tuple[tuple[str, str], Missed]]:
    """Every step of `later`, and the repeats of a rule, each with what to say if no test does it."""
    for number, step in enumerate(rule.later, 1):
        place = rule.place if step.place == NOWHERE else step.place
        said = f"step {number}, after {step.after}, is done in no test"
        yield (rule.key, str(number)), Missed("step", book.name, rule.id, place, said)
    if rule.repeat is not None:
        place = rule.place if rule.repeat.place == NOWHERE else rule.repeat.place
        said = f"the repeat every {rule.repeat.every} is done in no test"
        yield (rule.key, "repeat"), Missed("repeat", book.name, rule.id, place, said)


def _is_done(step: tuple[str, str], done: Collection[tuple[str, str]]) -> bool:
    return any(key == step[0] and name.partition("-")[0] == step[1] for key, name in done)


def _line(seen: _Seen) -> Missed | None:
    if len(seen.answers) == 2:
        return None
    never = "tried" if not seen.answers else "false" if True in seen.answers else "true"
    said = f"{seen.line.path}: {seen.line.written} is never {never} in a test"
    return Missed("condition", seen.rulebook, seen.rule, seen.line.place, said, never)
