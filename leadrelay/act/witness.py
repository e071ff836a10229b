"""Rule tests watched from inside: the facts and the moment at which each rule was tried."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.act.memory import Memory, engines_of
from leadrelay.act.trial import played
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import Condition, Line, Moment, Verdict
from leadrelay.rulebook.condition import Facts as ConditionFacts
from leadrelay.rulebook.model import Rule, Rulebook, Ruleset
from leadrelay.rulebook.rule_test import RuleTest

MOST = 500
"""So often is a rule listened to; after that there is little new."""


class Sample(NamedTuple):
    """What a rule was tried on, and in which test."""

    facts: Mapping[str, Value]
    moment: Moment
    test: RuleTest


class _Heard(Struct):
    """A condition that takes down what it is tried on."""

    inner: Condition
    heard: list[tuple[Mapping[str, Value], Moment]]

    def verdict(self, facts: ConditionFacts, moment: Moment) -> Verdict:
        """As the condition itself says."""
        if len(self.heard) < MOST:
            self.heard.append((dict(facts.items()), moment))
        return self.inner.verdict(facts, moment)

    def lines(self) -> Iterator[Line]:
        """Its own lines."""
        return self.inner.lines()


class Witness:
    """Plays rule tests on a copy of the rules that tells what each rule was tried on."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._heard: dict[str, list[tuple[Mapping[str, Value], Moment]]] = {}
        self.ruleset = replace(ruleset, rulebooks=tuple(self._listening(book) for book in ruleset.rulebooks))
        self.engines = engines_of(self.ruleset)

    def _listening(self, book: Rulebook) -> Rulebook:
        def listen(rule: Rule) -> Rule:
            when = _Heard(rule.when, self._heard.setdefault(rule.key, []))
            return replace(rule, when=when)

        return replace(book, rules=tuple(listen(rule) for rule in book.rules))

    def play(self, test: RuleTest) -> tuple[Memory, dict[str, list[Sample]]]:
        """The world after a test, and what each rule, by its key, was tried on."""
        for heard in self._heard.values():
            heard.clear()
        memory, _ = played(test, self.ruleset, self.engines)
        return memory, {key: [Sample(*one, test) for one in heard] for key, heard in self._heard.items() if heard}
