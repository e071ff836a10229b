"""Looks for rules that can never decide, and rows that overlap or are missing; each finding is proved or not made."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import ALWAYS, Condition, Facts, Moment
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.evaluate import decide, ends_search
from leadrelay.rulebook.lint.boxes import NOON, Box, Pile, Region, intersection
from leadrelay.rulebook.lint.existence import existing
from leadrelay.rulebook.lint.needless import Needless
from leadrelay.rulebook.lint.regions import Regions, TooWide
from leadrelay.rulebook.lint.shown import all_named, named, shown, spellings
from leadrelay.rulebook.lint.unknown import Unknowns
from leadrelay.rulebook.model import OTHERWISE, Rule, Rulebook
from leadrelay.rulebook.place import NOWHERE, Place
from leadrelay.rulebook.table import Table

MOST_GAPS = 3
"""How many missing rows are shown of one table."""
MOST_TRIED = 4
"""How many plain subjects are tried before a proof is looked for that nobody comes to the `otherwise`."""


def must_cover(book: Rulebook, table: Table | None) -> bool:
    """Whether every subject in the rulebook's scope needs a row: only then can `check_hygiene` report an error."""
    return book.hit == "first" and book.otherwise is None and table is not None


def check_hygiene(book: Rulebook, table: Table | None, context: Context) -> None:
    """Reports as warnings what is wrong with how the rules of a rulebook lie to each other.

    For a rulebook without errors. A table with `hit: first` and no `otherwise` must cover its whole scope: a proved gap
    is a warning, and not being sure is an error."""
    _Hygiene(book, table, context).check()


def check_territories(context: Context) -> None:
    """Reports as warnings the territories that take a request of which nobody knows where it belongs."""
    if any(person.territory is not None for person in context.team.people.values()):
        Unknowns(context).territories(context.team, _moment(context))


def _moment(context: Context) -> Moment:
    """The moment at which examples stand, without public holidays: how rules lie to each other at one moment does not
    hang on them, and the package that knows them takes longer to load than everything else here takes together."""
    return Moment(NOON, {name: replace(one, holidays=None) for name, one in context.calendars.items()})


class _Hygiene(Struct, dict=True):
    book: Rulebook
    table: Table | None
    context: Context
    pile: Pile = field(default_factory=Pile)

    @cached_property
    def moment(self) -> Moment:
        return _moment(self.context)

    @cached_property
    def regions(self) -> Regions:
        return Regions(self.conditions, self.context.fields, self.moment)

    @cached_property
    def conditions(self) -> list[Condition]:
        later = [step.when for rule in self.book.rules for step in rule.later]
        return [self.book.scope, *(rule.when for rule in self.book.rules), *later]

    @cached_property
    def needless(self) -> Needless:
        return Needless(self.book, self.context, self.regions)

    def check(self) -> None:
        scope = self._scope()
        if scope == []:
            place = next((line.place for line in self.book.scope.lines()), self.book.place)
            reason = self.needless.contradiction([self.book.scope], [])
            message = f"No {self.book.subject} can ever be in this scope: {reason}."
            self._warn(place, "never-holds", message, "Mend the scope; as it is, the rulebook does nothing.")
            return
        living = [
            rule
            for number, rule in enumerate(self.book.rules)
            if rule.mode != "off" and self._look_at(number, rule, scope)
        ]
        if must_cover(self.book, self.table):
            self._check_gaps(scope)
        else:
            self._check_otherwise(scope)
        self.needless.look(living)
        Unknowns(self.context).look(self.book, living, self.regions)

    def _scope(self) -> Region | None:
        try:
            return self.regions.possible(self.regions.region(self.book.scope))
        except TooWide:
            return None

    def _look_at(self, number: int, rule: Rule, scope: Region | None) -> bool:
        """Reports what is wrong with where a rule lies; whether it may ever decide."""
        try:
            own = self.regions.possible(self.regions.region(rule.when))
            inside = own if scope is None else self.regions.possible(self.regions.both(own, scope))
        except TooWide:
            return True
        if not inside:
            reason = self.needless.contradiction([rule.when], [self.book.scope])
            message = f"No {self.book.subject} can ever make {named(rule)} hold: {reason}."
            self._warn(rule.place, "never-holds", message, "Mend it, or remove it.")
            return False
        alive = not self._is_shadowed(rule, inside)
        if alive and self.book.hit == "first":
            self._check_overlap(number, inside)
        if ends_search(self.book, rule):
            self.pile.add(own, number)
        return alive

    def _is_shadowed(self, rule: Rule, inside: Region) -> bool:
        """Whether the rules above take every subject of this one; if so, that is reported."""
        covers = list(dict.fromkeys(owner for box in inside for _, owner in self.pile.touching(box)))
        try:
            if not covers or any(self._left(box) for box in inside):
                return False
        except TooWide:
            return False
        single = next((owner for owner in covers if self._covers(owner, inside)), None)
        takers = [self.book.rules[owner] for owner in sorted(covers if single is None else [single])]
        found = self._example(inside, lambda facts: self._decides_above(rule, facts))
        self._warn(
            rule.place,
            "unreachable-rule",
            f"{_capital(named(rule))} can never decide: {self._taken_by(takers)} every {self.book.subject} "
            f"it would take{self._for_example(found)}.",
            "Move it up, narrow what is above it, or remove it.",
        )
        return True

    def _taken_by(self, takers: list[Rule]) -> str:
        one, several = ("stops at", "stop at") if self.book.hit == "all" else ("takes", "take")
        return f"{all_named(takers)} {one if len(takers) == 1 else f'together {several}'}"

    def _left(self, box: Box) -> Region:
        return self.regions.possible(self.regions.minus([box], (cover for cover, _ in self.pile.touching(box))))

    def _covers(self, owner: int, inside: Region) -> bool:
        own = [box for box, whose in self.pile.boxes if whose == owner]
        try:
            return not self.regions.possible(self.regions.minus(inside, own))
        except TooWide:
            return False

    def _example(self, region: Region, proves: Callable[[Facts], bool]) -> dict[str, Value] | None:
        """A subject of the region that can exist, and that with all that it must have `proves` what is claimed."""

        def shows(facts: Facts) -> bool:
            whole = existing(facts, self.context.fields, self.book.subject, NOON)
            return whole is not None and proves(whole)

        return self.regions.example(region, shows)

    def _decides_above(self, rule: Rule, facts: Facts) -> bool:
        decided = decide(self.book, facts, self.moment).rules
        above = bool(decided) and decided[-1] < self.book.rules.index(rule)
        return above and rule.when.verdict(facts, self.moment).holds

    def _check_overlap(self, number: int, inside: Region) -> None:
        """Reports the first row above with which this row overlaps, unless the order of the rows is meant to count."""
        if self.table is None or self.table.ordered is True:
            return
        for box in inside:
            for other, owner in self.pile.touching(box):
                row, above = self.book.rules[number], self.book.rules[owner]
                if self.table.ordered is None and (_same(row, above) or not self._cross(box, other)):
                    continue
                shared = intersection(box, other)
                found = self._example([shared] if shared else [], partial(self._both, row, above))
                if found is not None:
                    self._report_overlap(row, above, found)
                    return

    def _cross(self, one: Box, other: Box) -> bool:
        """Whether in some column each has values that the other has not, besides those that they share."""
        shared = [(mask, other[variable]) for variable, mask in one.items() if variable in other]
        return any(mask & ~also and also & ~mask for mask, also in shared)

    def _both(self, row: Rule, above: Rule, facts: Facts) -> bool:
        conditions: tuple[Condition, ...] = (self.book.scope, row.when, above.when)
        return all(condition.verdict(facts, self.moment).holds for condition in conditions)

    def _report_overlap(self, row: Rule, above: Rule, found: Mapping[str, Value]) -> None:
        self._warn(
            row.place,
            "overlapping-rows",
            f"{_capital(named(row))} overlaps {named(above)} (line {above.place.line}){self._for_example(found)}.",
            "Make them apart; or, if the upper one should win, say ordered: true under table:.",
        )

    def _check_gaps(self, scope: Region | None) -> None:
        assert self.table is not None
        left = self._uncovered(scope)
        gaps = self._gaps(left or [])
        for facts in gaps:
            self._warn(
                self.table.place,
                "missing-row",
                f"No row for {self._a_subject(facts)}.",
                "Add a row for such as these, or an otherwise:.",
            )
        if not gaps and (left is None or self._may_be_met(left)):
            self.context.report(
                self.table.place,
                "no-otherwise",
                "Nothing says what happens when no row holds.",
                "Add otherwise: with actions, such as - route: inside_sales.",
            )

    def _may_be_met(self, left: Region) -> bool:
        """Whether somebody may be in a gap of which no example was found that can exist.

        Nobody is, where there are examples enough and each of them clashes with itself, as an outcome with an open
        request."""
        return any(self.regions.example([box], self._undecided) is None for box in self.regions.ordinary(left))

    def _a_subject(self, facts: Mapping[str, Value]) -> str:
        article = "an" if self.book.subject[0] in "ao" else "a"
        if not facts:
            return f"{article} {self.book.subject} of which nothing is known"
        return f"{article} {self.book.subject} with {self._shown(facts)}"

    def _uncovered(self, scope: Region | None) -> Region | None:
        """What of the scope no rule takes; None when that is too much to know."""
        try:
            return None if scope is None else [piece for box in scope for piece in self._left(box)]
        except TooWide:
            return None

    def _gaps(self, left: Region) -> list[dict[str, Value]]:
        """Up to a few subjects for which no row holds, those with all values known first."""
        examples = [self._example([box], self._undecided) for box in left]
        known = [facts for facts in examples if facts is not None]
        return sorted(known, key=lambda facts: sum(value is None for value in facts.values()))[:MOST_GAPS]

    def _undecided(self, facts: Facts) -> bool:
        outcome = decide(self.book, facts, self.moment)
        return outcome.in_scope and not outcome.rules

    def _check_otherwise(self, scope: Region | None) -> None:
        """Reports an `otherwise` that nothing ever comes to."""
        otherwise = self.book.otherwise
        if otherwise is None or otherwise.mode == "off" or scope is None or self._is_surely_used(scope):
            return
        if self._uncovered(scope) == []:
            self._warn(
                otherwise.place,
                "unreachable-otherwise",
                f"'{OTHERWISE}' can never be reached: the {'rows' if self.table else 'rules'} above take every "
                f"{self.book.subject}{' in scope' if self.book.scope != ALWAYS else ''}.",
                "Remove it: the rows are complete without."
                if self.table
                else "Put what the last rule does here, and remove that rule; or narrow the rules above.",
            )

    def _is_surely_used(self, scope: Region) -> bool:
        """Whether the plainest subjects in scope already come to the `otherwise`."""
        last = (len(self.book.rules),)
        plain = [self.regions.example([box], lambda _: True) or {} for box in scope[:MOST_TRIED]]
        return any(decide(self.book, facts, self.moment)[:2] == (True, last) for facts in plain)

    def _for_example(self, facts: Mapping[str, Value] | None) -> str:
        return f", for example with {self._shown(facts)}" if facts else ""

    def _shown(self, facts: Mapping[str, Value]) -> str:
        return shown(facts, self.context, self._spellings)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return spellings(self.conditions)

    def _warn(self, place: Place, code: str, message: str, remedy: str) -> None:
        self.context.report(place, code, message, remedy, "warning")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _same(row: Rule, above: Rule) -> bool:
    """Whether two rows do the same."""
    one, other = ([replace(action, place=NOWHERE) for action in rule.then] for rule in (row, above))
    return one == other
