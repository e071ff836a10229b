"""Looks for rules that can never decide, and rows that overlap or are missing; each finding is proved or not made."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property, partial

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.clock import date_of, datetime_of
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import Condition, Facts, Moment
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.literals import zone
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.place import NOWHERE, Place
from leadrelay.rulebook.regions import NOON, Box, Pile, Region, Regions, TooWide, intersection
from leadrelay.rulebook.table import Table

MOST_GAPS = 3
"""How many missing rows are shown of one table."""


def must_cover(book: Rulebook, table: Table | None) -> bool:
    """Whether every subject in the rulebook's scope needs a row: only then can `check_hygiene` report an error."""
    return book.hit == "first" and book.otherwise is None and table is not None


def check_hygiene(book: Rulebook, table: Table | None, context: Context) -> None:
    """Reports as warnings what is wrong with how the rules of a rulebook lie to each other.

    For a rulebook without errors. A table with `hit: first` and no `otherwise` must cover its whole scope: a proved gap
    is a warning, and not being sure is an error."""
    _Hygiene(book, table, context).check()


class _Hygiene(Struct, dict=True):
    book: Rulebook
    table: Table | None
    context: Context
    pile: Pile = field(default_factory=Pile)

    @cached_property
    def moment(self) -> Moment:
        # Without public holidays: how rules lie to each other at one moment does not hang on them, and the package that
        # knows them takes longer to load than everything else here takes together.
        calendars = {name: replace(one, holidays=None) for name, one in self.context.calendars.items()}
        return Moment(NOON, calendars)

    @cached_property
    def regions(self) -> Regions:
        conditions = [self.book.scope, *(rule.when for rule in self.book.rules)]
        return Regions(conditions, self.context.fields, self.moment)

    def check(self) -> None:
        try:
            scope = self.regions.region(self.book.scope)
        except TooWide:
            scope = None
        if scope == []:
            place = next((line.place for line in self.book.scope.lines()), self.book.place)
            self._warn(
                place, "never-holds", "No subject can ever be in this scope.", "Its lines contradict each other."
            )
            return
        for number, rule in enumerate(self.book.rules):
            if rule.mode != "off":
                self._look_at(number, rule, scope)
        if must_cover(self.book, self.table):
            self._check_gaps(scope)

    def _look_at(self, number: int, rule: Rule, scope: Region | None) -> None:
        try:
            own = self.regions.region(rule.when)
            inside = own if scope is None else self.regions.both(own, scope)
        except TooWide:
            return
        if not inside:
            remedy = "Its lines contradict each other, or the scope of the rulebook."
            self._warn(rule.place, "never-holds", f"No subject can ever make {_named(rule)} hold.", remedy)
        elif self.book.hit == "first" and not self._is_shadowed(rule, inside):
            self._check_overlap(number, inside)
        self.pile.add(own, number)

    def _is_shadowed(self, rule: Rule, inside: Region) -> bool:
        """Whether the rules above take every subject of this one; if so, that is reported."""
        covers = list(dict.fromkeys(owner for box in inside for _, owner in self.pile.touching(box)))
        try:
            if any(self._left(box) for box in inside):
                return False
        except TooWide:
            return False
        first = next((owner for owner in covers if self._covers(owner, inside)), None)
        found = self.regions.example(inside, lambda facts: self._decides_above(rule, facts))
        takers = [self.book.rules[owner].id for owner in (covers if first is None else [first])]
        self._warn(
            rule.place,
            "unreachable-rule",
            f"{_named(rule).capitalize()} is never reached: {_and(takers)} above it "
            f"{'take' if len(takers) > 1 else 'takes'} every subject that it is for{self._for_example(found)}.",
            "Move it up, narrow what is above it, or remove it.",
        )
        return True

    def _left(self, box: Box) -> Region:
        return self.regions.minus([box], (cover for cover, _ in self.pile.touching(box)))

    def _covers(self, owner: int, inside: Region) -> bool:
        own = [box for box, whose in self.pile.boxes if whose == owner]
        try:
            return not self.regions.minus(inside, own)
        except TooWide:
            return False

    def _decides_above(self, rule: Rule, facts: Facts) -> bool:
        decided = decide(self.book, facts, self.moment).rules
        above = bool(decided) and decided[0] < self.book.rules.index(rule)
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
                example = partial(self._both, row, above)
                found = self.regions.example([shared] if shared else [], example)
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
            f"{_named(row).capitalize()} overlaps {_named(above)} (line {above.place.line}){self._for_example(found)}.",
            "Make them apart; or, if the upper one should win, say ordered: true under table:.",
        )

    def _check_gaps(self, scope: Region | None) -> None:
        assert self.table is not None
        found = list(self._gaps(scope)) if scope is not None else []
        for facts in found:
            self._warn(
                self.table.place,
                "missing-row",
                f"No row holds for some subjects{self._for_example(facts)}.",
                "Add a row for them, or an otherwise:.",
            )
        if not found and not self._is_full(scope):
            self.context.report(
                self.table.place,
                "no-otherwise",
                "Nothing says what happens when no row holds.",
                "Add otherwise: with actions, such as - route: inside_sales.",
            )

    def _gaps(self, scope: Region) -> Iterator[dict[str, Value]]:
        """Up to a few subjects of the scope for which no row holds, those with all values known first."""
        try:
            left = [piece for box in scope for piece in self._left(box)]
        except TooWide:
            return
        examples = [self.regions.example([box], self._undecided) for box in left]
        known = [facts for facts in examples if facts is not None]
        yield from sorted(known, key=lambda facts: sum(value is None for value in facts.values()))[:MOST_GAPS]

    def _undecided(self, facts: Facts) -> bool:
        outcome = decide(self.book, facts, self.moment)
        return outcome.in_scope and not outcome.rules

    def _is_full(self, scope: Region | None) -> bool:
        """Whether the rows are sure to cover the scope."""
        try:
            return scope is not None and not any(self._left(box) for box in scope)
        except TooWide:
            return False

    def _for_example(self, facts: Mapping[str, Value] | None) -> str:
        if not facts:
            return ""
        return ", for example with " + ", ".join(self._shown(path, value) for path, value in facts.items())

    def _shown(self, path: str, value: Value) -> str:
        """A fact as a rule file would write it."""
        field = self.context.fields.get(path)
        kind = field.type if field else Type.TEXT
        if value is None:
            return f"no {path}"
        if kind is Type.MONEY and isinstance(value, int):
            return f"{path} {Decimal(value) / 100}"
        if kind is Type.DATE and isinstance(value, int):
            return f"{path} {date_of(value)}"
        if kind is Type.TIME and isinstance(value, int):
            where = zone(self.context)
            return f"{path} {datetime_of(value, where):%Y-%m-%d %H:%M} (now {datetime_of(NOON, where):%Y-%m-%d %H:%M})"
        if isinstance(value, tuple):
            return f"{path} {' and '.join(value)}"
        return f"{path} {str(value).lower() if isinstance(value, bool) else value}"

    def _warn(self, place: Place, code: str, message: str, remedy: str) -> None:
        self.context.report(place, code, message, remedy, "warning")


def _named(rule: Rule) -> str:
    return f"row {rule.row}" if rule.row is not None and rule.id.endswith(f"-{rule.row}") else f"rule '{rule.id}'"


def _same(row: Rule, above: Rule) -> bool:
    """Whether two rows do the same."""
    one, other = ([replace(action, place=NOWHERE) for action in rule.then] for rule in (row, above))
    return one == other


def _and(names: list[str]) -> str:
    shown = [f"'{name}'" for name in names[:4]] + (["others"] if len(names) > 4 else [])
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
