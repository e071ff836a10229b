"""Looks for a `not` that gives a subject its place though nobody knows the field: unknown passes it.

It is said only with a subject for which it happens, and only where it says what a subject is (a country, a tier, a
range of postcodes): 'not newer than a month' and 'does not contain' are meant for those of whom nothing is known as
well; so is `none:`, but in a territory. Who says `known:` true, any or false about the field has thought of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from msgspec import Struct, field

from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.leads.team import Team
from leadrelay.rulebook.condition import (
    All,
    Any,
    Condition,
    EndsWith,
    Equals,
    Every,
    Facts,
    InList,
    Known,
    Line,
    Matches,
    Moment,
    Not,
    Nothing,
    Range,
    StartsWith,
    Test,
)
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.lint.boxes import NOON
from leadrelay.rulebook.lint.existence import existing
from leadrelay.rulebook.lint.needless import parts_of
from leadrelay.rulebook.lint.regions import Regions, TooWide
from leadrelay.rulebook.lint.shown import as_written, named, shown, spellings
from leadrelay.rulebook.model import Assign, Close, Nurture, Qualify, ReturnToSales, Route, Rule, Rulebook
from leadrelay.rulebook.paths import leaves
from leadrelay.rulebook.place import NOWHERE, Place

PLACING = Route | Assign | Qualify | Nurture | ReturnToSales | Close
"""Actions that give a subject its place: a desk, an owner, a list, an end."""
_SAYS_WHAT = (Equals, InList, StartsWith, EndsWith, Matches)
_KINDS = frozenset((Type.TEXT, Type.CHOICE, Type.NUMBER, Type.MONEY, Type.DATE, Type.TIME))
"""Types of which unknown is not a value that was meant: of yes-no fields 'not no' means yes or unknown, and a list
without members is a list."""


class Suspect(NamedTuple):
    """A line that unknown passes, how it does, and the conditions that must hold with it."""

    line: Line
    word: str
    given: tuple[Condition, ...]


class Unknowns(Struct):
    """Looks at the rules of one rulebook, or at territories; each place is reported once."""

    context: Context
    seen: set[Place] = field(default_factory=set)

    def look(self, book: Rulebook, rules: Sequence[Rule], regions: Regions) -> None:
        """Reports each `not` of these rules and of their scope by which one takes a subject of which it is unknown."""
        for rule in rules:
            if any(isinstance(action, PLACING) for action in rule.then):
                self._look_at(book, rule, regions)

    def territories(self, team: Team, moment: Moment) -> None:
        """Reports each `not` by which a territory holds for a request of which the field is unknown."""
        for person in team.people.values():
            if person.territory is None:
                continue
            land = cast("Condition", person.territory)
            regions = Regions([land], self.context.fields, moment)
            for one in _suspects(land, self.context.fields, exceptions=True):
                found = self._example(one, "request", regions)
                if found is not None:
                    self._report(one, f"the territory of '{person.id}' takes", "request", found, [land])

    def _look_at(self, book: Rulebook, rule: Rule, regions: Regions) -> None:
        number = book.rules.index(rule)

        def decides(facts: Facts) -> bool:
            return number in decide(book, facts, regions.moment).rules

        whole: Condition = All((*parts_of(book.scope), *parts_of(rule.when)))
        for one in _suspects(whole, self.context.fields):
            found = self._example(one, book.subject, regions, decides)
            if found is not None:
                written: list[Condition] = [book.scope, *(each.when for each in book.rules)]
                self._report(one, f"{named(rule)} takes", book.subject, found, written)

    def _example(
        self, one: Suspect, subject: str, regions: Regions, decides: Callable[[Facts], bool] = lambda _: True
    ) -> dict[str, Value] | None:
        """A subject that can exist, of which the field is unknown, and that is taken; None when none was found."""
        unknown = Line(one.line.path, Known(False), one.line.type)

        def shows(facts: Facts) -> bool:
            whole = existing(facts, self.context.fields, subject, NOON)
            if whole is None or whole.get(one.line.path) is not None:
                return False
            return decides(whole)

        try:
            region = regions.possible(regions.region(All((*one.given, unknown))))
        except TooWide:
            return None
        return regions.example(region, shows)

    def _report(
        self, one: Suspect, who: str, subject: str, found: Mapping[str, Value], written: Sequence[Condition]
    ) -> None:
        place = one.line.place
        if place == NOWHERE or place in self.seen:
            return
        self.seen.add(place)
        example = shown(found, self.context, spellings(written))
        article = "an" if subject[0] in "ao" else "a"
        how = "{not: …, known: true}" if one.word == "not" else f"{one.line.path}: {{not: …, known: true}}"
        self.context.report(
            place,
            "unknown-passes",
            f"Unknown passes this '{one.word}': {who} {article} {subject} with {example}.",
            f"Write {how} if '{as_written(one.line)}' is for those that are known, known: any if it is for both; or "
            "say above what becomes of {known: false}.",
            "warning",
        )


def _suspects(condition: Condition, fields: Fields, exceptions: bool = False) -> Iterator[Suspect]:
    """The lines of a condition that unknown passes and that nobody has thought of, with what must hold beside them.

    `exceptions`: below `none:` too."""
    spoken = {line.path for line in condition.lines() if _speaks_of_unknown(line)}
    for one in _passed(condition, ()):
        if one.word == "none" and not exceptions:
            continue
        about = fields.get(one.line.path)
        if one.line.path not in spoken and about is not None and _says_what(one.line.test, about):
            yield one


def _passed(condition: Condition, given: tuple[Condition, ...]) -> Iterator[Suspect]:
    """Every `not`, and every single line below a `none:`, with what must hold beside it and itself."""
    if isinstance(condition, Line):
        if _is_negated(condition.test):
            yield Suspect(condition, "not", (*given, condition))
    elif isinstance(condition, Nothing):
        for part in condition.parts:
            if isinstance(part, Line) and not _is_negated(part.test):
                yield Suspect(part, "none", (*given, condition))
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            beside = () if isinstance(condition, Any) else tuple(one for one in condition.parts if one is not part)
            yield from _passed(part, (*given, *beside))


def _is_negated(test: Test) -> bool:
    """Whether unknown passes a test."""
    return isinstance(test, Not) or (isinstance(test, Every) and all(isinstance(one, Not) for one in test.tests))


def _speaks_of_unknown(line: Line) -> bool:
    return line.unknown_meant or any(isinstance(test, Known) for test in leaves(line.test))


def _says_what(test: Test, about: Field) -> bool:
    """Whether a test tells what a subject is; one bound of a range could have been written without a `not`."""
    if about.type not in _KINDS:
        return False
    return any(isinstance(one, _SAYS_WHAT) or _has_both_ends(one) for one in leaves(test))


def _has_both_ends(test: Test) -> bool:
    return isinstance(test, Range) and test.low is not None and test.high is not None
