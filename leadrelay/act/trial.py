"""Rule tests: runs the rules on what a test gives, in memory, with a clock that moves, and says what came otherwise."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from leadrelay.act.imagined import LINKS, Entities
from leadrelay.act.imagined_deals import weigh
from leadrelay.act.mailroom import Mailroom
from leadrelay.act.memory import Engines, Memory, engines_of
from leadrelay.act.reason import written
from leadrelay.clock import MINUTE, Instant, stopwatch
from leadrelay.leads.effects import NewMessage, NewTask
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import REACHABLE, Type, Value
from leadrelay.messages.signal import Mail
from leadrelay.rulebook.condition import normal
from leadrelay.rulebook.model import Rule, Rulebook, Ruleset
from leadrelay.rulebook.rule_test import (
    NOTHING,
    ExpectedField,
    ExpectedMail,
    ExpectedMessage,
    ExpectedRules,
    ExpectedTask,
    RuleTest,
)
from leadrelay.rulebook.whos import CONTACT
from leadrelay.zone import zone_of

IDS = {"request": "R-1", "opportunity": "O-1", "contact": "C-1", "account": "A-1"}
"""Ids of what a test gives without one."""


class Tried(Protocol):
    """Rules that were loaded, with their tests."""

    @property
    def ruleset(self) -> Ruleset: ...  # noqa: D102
    @property
    def tests(self) -> tuple[RuleTest, ...]: ...  # noqa: D102


class Chosen(Struct, frozen=True):
    """Some tests, on rules that may be a copy of those they were loaded with."""

    ruleset: Ruleset
    tests: tuple[RuleTest, ...]


class TestResult(Struct, frozen=True):
    """What came of one test: each difference is a sentence; `held` are the keys of the rules that came to hold, `done`
    the steps and repeats that were done, with the rule's key; `seconds` is how long it took."""

    __test__ = False  # no test of pytest's

    test: RuleTest
    differences: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()
    done: frozenset[tuple[str, str]] = frozenset()
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything came as expected."""
        return not self.differences

    def as_dict(self) -> dict[str, object]:
        """As `test --json` prints it."""
        return {
            "test": self.test.name,
            "file": self.test.place.file,
            "line": self.test.place.line,
            "passed": self.passed,
            "differences": list(self.differences),
        }


def run_tests(loaded: Tried, language: str = "en") -> list[TestResult]:
    """Runs every rule test, each in a world of its own. `language` is the company's.

    The flows look at the subject that the test is about, and at the opportunities it is qualified to; with `after`
    at every due moment up to then. Nothing is held by first_run_limit."""
    engines = engines_of(loaded.ruleset)
    return [_run(test, loaded.ruleset, engines, language) for test in loaded.tests]


def uncovered(ruleset: Ruleset, results: Iterable[TestResult]) -> list[tuple[Rulebook, Rule]]:
    """The rules and table rows that no test makes hold, in the order of the files; those that are off need none."""
    held = frozenset(key for result in results for key in result.held)
    return [(book, rule) for book, rule in ruleset.rules() if rule.mode != "off" and rule.key not in held]


def _run(test: RuleTest, ruleset: Ruleset, engines: Engines, language: str) -> TestResult:
    elapsed = stopwatch()
    memory, mails = played(test, ruleset, engines, language)
    found = tuple(differences(test, ruleset, memory, mails))
    held = frozenset(one.rule_key for _, one in memory.decided)
    done = frozenset((one.rule_key, one.step) for _, one in memory.decided if one.mode in ("live", "shadow"))
    return TestResult(test, found, held, done, elapsed())


def played(test: RuleTest, ruleset: Ruleset, engines: Engines, language: str = "en") -> tuple[Memory, Sequence[Mail]]:
    """The world of a test after the flows have run in it, and the mails that went, if the test asks for those."""
    memory = world_of(test, ruleset, engines, language)
    memory.start(test.now)
    calendar = ruleset.calendars["default"]
    end = test.after.after(test.now, calendar) if test.after else test.now
    room = Mailroom(memory) if test.mails is not None else None
    (room or memory).run_until(end, test.now)
    return memory, room.box.mails if room else []


def world_of(test: RuleTest, ruleset: Ruleset, engines: Engines, language: str = "en") -> Memory:
    """The world of a test before anything has run in it."""
    return Memory(ruleset, engines, *given_of(test), loads=test.load, language=language)


def differences(test: RuleTest, ruleset: Ruleset, memory: Memory, mails: Sequence[Mail] = ()) -> list[str]:
    """What is otherwise in a world than the test expects, a sentence each."""
    return list(_Comparison(test, ruleset, memory, mails).differences())


def given_of(test: RuleTest) -> tuple[Entities, list[tuple[str, str]]]:
    """What the test gives, linked up, and its subject; a request is open and comes in now unless the test says else.

    A contact or account of which the test expects something exists, even if nothing is given about it."""
    given = {kind: dict(values) for kind, values in test.given.items() if kind in IDS}
    main, owner = given.setdefault(test.subject, {}), dict(test.given.get("owner", {}))
    if test.subject == "request":
        main.setdefault("status", "open")
        main.setdefault("received_at", test.now)
    for entity in LINKS[test.subject]:
        if any(one.path.startswith(f"{entity}.") for one in test.fields):
            given.setdefault(entity, {})
    if owner and owner.setdefault("id", main.get("owner")) is not None:
        main.setdefault("owner", owner["id"])
    ids = {kind: str(values.get("id") or IDS[kind]) for kind, values in given.items()}
    for kind, values in given.items():
        for entity in LINKS[kind]:
            if entity in ids:
                values.setdefault(entity, ids[entity])
    deals = {("opportunity", str(deal["id"])): _deal_of(deal, ids) for deal in test.deals}
    entities = Entities({(kind, ids[kind]): values for kind, values in given.items()} | deals, owner)
    if test.subject == "request":
        weigh(entities, ids["request"])
    return entities, [(test.subject, ids[test.subject])]


def _deal_of(deal: Mapping[str, Value], ids: Mapping[str, str]) -> dict[str, Value]:
    """One of the deals that a test gives; it is of the account and nobody's in particular unless it says else."""
    return {"account": ids.get("account"), **deal}


class _Comparison(Struct):
    """What a test expects against what is there in the end."""

    test: RuleTest
    ruleset: Ruleset
    memory: Memory
    mails: Sequence[Mail] = ()

    def differences(self) -> Iterator[str]:
        """Everything that is otherwise, a sentence each."""
        for expected in self.test.rules:
            yield from self._rules(expected)
        for one in self.test.fields:
            yield from self._field(one)
        if self.test.notify is not None:
            yield from self._messages(self.test.notify)
        if self.test.tasks is not None:
            yield from self._tasks(self.test.tasks)
        if self.test.mails is not None:
            yield from self._mails(self.test.mails)
        for subject, rules in self.memory.cut:
            yield f"{subject}: {', '.join(rules)} set each other off without end, and were cut."

    def _rules(self, expected: ExpectedRules) -> Iterator[str]:
        """`hit: first`: a single rule is the one that decided last. Otherwise all that decided, in whatever order."""
        book = next((one for one in self.ruleset.rulebooks if one.name == expected.rulebook), None)
        decided = [
            one.rule
            for _, one in self.memory.decided
            if one.rulebook == expected.rulebook
            and one.step == "0"
            and (one.mode == "live" or (one.mode == "shadow" and one.rule in expected.rules))
        ]
        found = list(dict.fromkeys(reversed(decided)))[::-1]
        if book is not None and book.hit == "first" and len(expected.rules) == 1:
            agrees = found[-1:] == list(expected.rules)
        else:
            agrees = set(found) == set(expected.rules)
        if not agrees:
            said = (
                f"{expected.rulebook}: expected {expected.written()}, but {', then '.join(found) or NOTHING} decided."
            )
            if book is not None and not found and book.subject != self.test.subject:
                said += f" It is about a {book.subject}, the test is about a {self.test.subject}."
            yield said

    def _field(self, expected: ExpectedField) -> Iterator[str]:
        found = self._value(expected.path)
        if _comparable(found) != _comparable(expected.value):
            wanted, there = self._said(expected.path, expected.value), self._said(expected.path, found)
            yield f"{expected.path}: expected {wanted}, but it is {there}."

    def _value(self, path: str) -> Value:
        """A field of the test's subject or of what that reaches; an opportunity's of the one that came of a request."""
        memory, entity = self.memory, path.partition(".")[0]
        kind, name = memory.run[0]
        if entity not in REACHABLE[kind]:
            made = [key for key in memory.entities.values if key[0] == entity]
            if not made:
                return None
            kind, name = next((key for key in reversed(memory.run) if key in made), made[-1])
        row = memory.entities.row(
            kind, name, Slots.of((path,), self.ruleset.fields), self.ruleset.team, memory.now, memory.counts
        )
        return row[0]

    def _said(self, path: str, value: Value) -> str:
        known = self.ruleset.fields.get(path)
        if value is None or value == ():
            return "unknown"
        return written(value, known.type if known else Type.TEXT, zone_of(self.ruleset.team.zone))

    def _messages(self, expected: Sequence[ExpectedMessage]) -> Iterator[str]:
        left = list(self.memory.messages.values())
        for one in sorted(expected, key=_vagueness):
            match = next((message for message in left if _is_message(one, message)), None)
            if match is None:
                details = ", ".join(filter(None, (one.template, one.urgency, one.subject)))
                yield f"notify: expected a message to {one.to}{f' ({details})' if details else ''}, but there is none."
            else:
                left.remove(match)
        for message in left:
            details = f"{message.template}, {message.urgency}, {message.subject}"
            yield f"notify: there is a message to {message.to} ({details}) that was not expected."

    def _tasks(self, expected: Sequence[ExpectedTask]) -> Iterator[str]:
        left = list(self.memory.tasks.values())
        for one in sorted(expected, key=_vagueness):
            match = next((task for task in left if _is_task(one, task)), None)
            if match is None:
                due = "" if one.due_at is None else f" due {self._time(one.due_at)}"
                what = "" if one.what is None else f" '{one.what}'"
                yield f"tasks: expected a task{what} for {one.who}{due}, but there is none."
            else:
                left.remove(match)
        for task in left:
            due = self._time(task.due_at)
            yield f"tasks: there is a task '{task.what}' for {task.owner} due {due} that was not expected."

    def _mails(self, expected: Sequence[ExpectedMail]) -> Iterator[str]:
        left = list(self.mails)
        for one in sorted(expected, key=_vagueness):
            match = next((mail for mail in left if _is_mail(one, mail)), None)
            if match is None:
                at = "" if one.at is None else f" at {self._time(one.at)}"
                number = "" if one.messages is None else f" with {one.messages}"
                template = f" ({one.template})" if one.template else ""
                yield f"mails: expected a mail to {one.to}{at}{number}{template}, but there is none."
            else:
                left.remove(match)
        for mail in left:
            details = f"at {self._time(mail.at)} with {len(mail.members)} ({mail.template}, {mail.why})"
            yield f"mails: there is a mail to {mail.to} {details} that was not expected."

    def _time(self, at: Instant) -> str:
        return written(at, Type.TIME, zone_of(self.ruleset.team.zone))


def _comparable(value: Value) -> object:
    """As tests compare: text without case, lists in whatever order, an empty one is no value."""
    value = normal(value)
    return frozenset(value) or None if isinstance(value, tuple) else value


def _vagueness(expected: ExpectedMessage | ExpectedTask | ExpectedMail) -> int:
    """How much is left open: what is said most exactly takes its pick first."""
    if isinstance(expected, ExpectedMail):
        return (expected.at, expected.template, expected.messages).count(None)
    if isinstance(expected, ExpectedTask):
        return (expected.what, expected.due_at).count(None)
    return (expected.template, expected.urgency, expected.subject).count(None)


def _is_message(expected: ExpectedMessage, message: NewMessage) -> bool:
    return (
        _reaches(expected.to, message.to)
        and expected.template in (None, message.template)
        and expected.urgency in (None, message.urgency)
        and expected.subject in (None, message.subject, message.subject.partition("/")[0])
    )


def _reaches(expected: str, to: str) -> bool:
    """A person by id; `contact` is whatever contact it went to."""
    return to == expected or (expected == CONTACT and to.startswith(f"{CONTACT}/"))


def _is_mail(expected: ExpectedMail, mail: Mail) -> bool:
    return (
        _reaches(expected.to, mail.to)
        and (expected.at is None or expected.at // MINUTE == mail.at // MINUTE)
        and expected.template in (None, mail.template)
        and expected.messages in (None, len(mail.members))
    )


def _is_task(expected: ExpectedTask, task: NewTask) -> bool:
    return task.owner == expected.who and expected.what in (None, task.what) and expected.due_at in (None, task.due_at)
