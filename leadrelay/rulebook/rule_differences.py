"""What is otherwise in rulebooks: rules and table rows added, removed, moved and renamed, and what changed in them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.rulebook.condition import All, Any, Condition, Line, Nothing
from leadrelay.rulebook.meaning import text_of
from leadrelay.rulebook.model import OTHERWISE, Action, Rule, Rulebook, Set, Step
from leadrelay.rulebook.outline import Outline
from leadrelay.rulebook.place import NOWHERE
from leadrelay.rulebook.said import Speaker, differing

Kind = Literal["added", "removed", "changed", "moved", "renamed"]


class Change(NamedTuple):
    """One difference in meaning: where ('routing / large-company'), of what kind, and in words."""

    where: str
    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class RuleDifferences(Struct, frozen=True):
    """Compares rulebooks; `then` and `now` put the older and the newer one into words."""

    then: Speaker
    now: Speaker

    def books(self, old: Sequence[Rulebook], new: Sequence[Rulebook]) -> Iterator[Change]:
        """Every difference between the rulebooks of two versions."""
        before, after = ({book.name: book for book in books} for books in (old, new))
        gone = [before[name] for name in before if name not in after]
        come = {name: after[name] for name in after if name not in before}
        for book in gone:
            same = next((one for one in come.values() if self._body(book) == self._body(one)), None)
            if same is not None:
                del come[same.name]
                yield Change(same.name, "renamed", _renamed_book(book, same))
            else:
                yield Change(book.name, "removed", f"the rulebook is gone, with {_counted(book)}")
        for book in come.values():
            yield Change(book.name, "added", f"a new rulebook for {book.flow}, with {_counted(book)}")
        for name in before:
            if name in after:
                yield from self._book(before[name], after[name])

    def _body(self, book: Rulebook) -> object:
        """What a rulebook means, whatever it and the rows of its table are called."""
        rules = [(None if _is_row(book, rule) else rule.id, self._meaning(rule, self.now)) for rule in book.rules]
        otherwise = book.otherwise and self._meaning(book.otherwise, self.now)
        return _head(book), text_of(book.scope), tuple(rules), otherwise, book.about

    def _book(self, old: Rulebook, new: Rulebook) -> Iterator[Change]:
        where = new.name
        for name, was, now in zip(_HEAD, _head(old), _head(new), strict=True):
            if was != now:
                yield Change(where, "changed", f"{name} {was} → {now}")
        for what in self.conditions(old.scope, new.scope):
            yield Change(where, "changed", f"scope: {what}")
        if old.about != new.about:
            yield Change(where, "changed", f"about: {_quoted(old.about)} → {_quoted(new.about)}")
        yield from self._rules(old, new)
        yield from self._rows(old, new)
        yield from self._otherwise(old.otherwise, new.otherwise, f"{where} / {OTHERWISE}")

    def _otherwise(self, old: Rule | None, new: Rule | None, where: str) -> Iterator[Change]:
        if old is not None and new is not None:
            yield from self._rule(old, new, where)
        elif new is not None:
            yield Change(where, "added", f"added: {self._summary(new, self.now)}")
        elif old is not None:
            yield Change(where, "removed", f"removed: {self._summary(old, self.then)}")

    def _rules(self, old: Rulebook, new: Rulebook) -> Iterator[Change]:
        """The rules that have an id."""
        before = {rule.id: rule for rule in old.rules if not _is_row(old, rule)}
        after = {rule.id: rule for rule in new.rules if not _is_row(new, rule)}
        renamed = _renamed(before, after, self._meaning, (self.then, self.now))
        told = {former: name for name, rule in after.items() if name not in before for former in rule.was}
        renamed |= {name: told[name] for name in before if name in told and name not in after}
        for name, rule in before.items():
            if name not in after and name not in renamed:
                yield Change(f"{new.name} / {name}", "removed", f"removed: {self._summary(rule, self.then)}")
        places = {name: number for number, name in enumerate(after)}
        was = {now: then for then, now in renamed.items()}
        for name, rule in after.items():
            where = f"{new.name} / {name}"
            if name in was:
                yield Change(where, "renamed", _renaming(was[name], rule.was))
                yield from self._rule(before[was[name]], rule, where)
            elif name in before:
                yield from self._rule(before[name], rule, where)
            else:
                where_to = _placed(list(after), places[name])
                yield Change(where, "added", f"added {where_to}: {self._summary(rule, self.now)}")
        kept = [renamed.get(name, name) for name in before if renamed.get(name, name) in after]
        for name in _moved(kept, [name for name in after if name in kept]):
            priority = ", which changes what goes first" if new.hit == "first" else ""
            yield Change(f"{new.name} / {name}", "moved", f"moved {_placed(list(after), places[name])}{priority}")

    def _rows(self, old: Rulebook, new: Rulebook) -> Iterator[Change]:
        """The rows of a table, which are told apart by what they say."""
        before = [rule for rule in old.rules if _is_row(old, rule)]
        after = [rule for rule in new.rules if _is_row(new, rule)]
        texts = [self._meaning(rule, self.then) for rule in before], [self._meaning(rule, self.now) for rule in after]
        for tag, low, high, start, end in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            paired = min(high - low, end - start)
            for one, other in zip(before[low : low + paired], after[start : start + paired], strict=True):
                yield from self._rule(one, other, f"{new.name} / row {other.row}")
            for one in before[low + paired : high]:
                yield Change(f"{new.name} / row {one.row}", "removed", f"removed: {self._summary(one, self.then)}")
            for other in after[start + paired : end]:
                yield Change(f"{new.name} / row {other.row}", "added", f"added: {self._summary(other, self.now)}")

    def _rule(self, old: Rule, new: Rule, where: str) -> Iterator[Change]:
        for what in self.conditions(old.when, new.when):
            yield Change(where, "changed", what)
        for what in self._actions("then", old.then, new.then):
            yield Change(where, "changed", what)
        for what in self._later(old.later, new.later):
            yield Change(where, "changed", what)
        then, now = Outline(self.then), Outline(self.now)
        skip = ("id", "key", "when", "then", "later", "was")
        facts = then.of(old, skip=skip), now.of(new, skip=skip)
        for path in dict.fromkeys([*facts[0], *facts[1]]):
            was, is_now = facts[0].get(path), facts[1].get(path)
            if was != is_now:
                texts = [
                    _quoted(one.text) if path == ("about",) and one else one.text if one else "none"
                    for one in (was, is_now)
                ]
                yield Change(where, "changed", f"{' '.join(path)} {texts[0]} → {texts[1]}")

    def conditions(self, old: Condition, new: Condition) -> Iterator[str]:
        """What is otherwise in a condition, a phrase for each."""
        if text_of(old) != text_of(new):
            yield from self._parts(All, _parts(old, All), _parts(new, All))

    def _parts(self, group: type, old: Sequence[Condition], new: Sequence[Condition]) -> Iterator[str]:
        before, after = ({text_of(one): one for one in parts} for parts in (old, new))
        gone = [one for text, one in before.items() if text not in after]
        come = [one for text, one in after.items() if text not in before]
        for one in list(gone):
            other = next((two for two in come if _alike(one, two)), None)
            if other is None:
                continue
            gone.remove(one)
            come.remove(other)
            if isinstance(one, Line) and isinstance(other, Line):
                yield self._line(one, other)
            else:
                inside = list(self._parts(type(one), _parts(one, type(one)), _parts(other, type(one))))
                yield from (f"{_WORDS[type(one)]}: {what}" for what in inside or ["written otherwise"])
        word = "alternative" if group is Any else "exception" if group is Nothing else "condition"
        yield from (f"{word} removed: {self.then.condition(one)}" for one in gone)
        yield from (f"{word} added: {self.now.condition(one)}" for one in come)

    def _line(self, old: Line, new: Line) -> str:
        was, now = self.then.test(old.test, old.type), self.now.test(new.test, new.type)
        if was == now:  # in a unit or a type that words do not show
            return f"{new.path} {now}, compared otherwise than before"
        if was.verb == now.verb and was.what:
            return f"{new.path} {was} → {now.what}"
        return f"{new.path} {was} → {now}"

    def _actions(self, where: str, old: Sequence[Action], new: Sequence[Action]) -> Iterator[str]:
        before, after = _placeless(old), _placeless(new)
        if before == after:
            return
        gone, come = _less(before, after), _less(after, before)
        if not gone and not come:
            yield f"{where}: the same in another order"
        for one in list(gone):
            other = next((two for two in come if two.name == one.name), None)
            if other is not None:
                gone.remove(one)
                come.remove(other)
                yield f"{where}: {differing(one, other, self.then, self.now)}"
        yield from (f"{where}: no longer {self.then.action(one)}" for one in gone)
        yield from (f"{where}: also {self.now.action(one)}" for one in come)

    def _later(self, old: Sequence[Step], new: Sequence[Step]) -> Iterator[str]:
        for number, (one, other) in enumerate(zip(old, new, strict=False), 1):
            if one.after != other.after:
                yield f"later {number}: after {one.after} → {other.after}"
            yield from self._actions(f"later {number}", one.then, other.then)
            yield from (f"later {number}: when {what}" for what in self.conditions(one.when, other.when))
        for number, one in list(enumerate(old, 1))[len(new) :]:
            yield f"later {number} removed: after {one.after} {self._list(one.then, self.then)}"
        for number, one in list(enumerate(new, 1))[len(old) :]:
            yield f"later {number} added: after {one.after} {self._list(one.then, self.now)}"

    @staticmethod
    def _list(actions: Iterable[Action], speaker: Speaker) -> str:
        return "; ".join(speaker.action(one) for one in actions)

    def _summary(self, rule: Rule, speaker: Speaker) -> str:
        when = speaker.condition(rule.when)
        mode = "" if rule.mode == "live" else f" (mode {rule.mode})"
        return f"{when or 'always'}: {self._list(rule.then, speaker)}{mode}"

    def _meaning(self, rule: Rule, speaker: Speaker) -> object:
        """What a rule means, whatever it is called: two that mean the same are equal."""
        facts = Outline(speaker).of(rule, skip=("id", "key", "when", "then", "later", "was"))
        steps = tuple((one.after, _placeless(one.then), text_of(one.when)) for one in rule.later)
        return (
            text_of(rule.when),
            _placeless(rule.then),
            steps,
            tuple(sorted((p, repr(f.key)) for p, f in facts.items())),
        )


_HEAD = ("subject", "flow", "order", "hit", "calendar", "priority of rows")
_WORDS: dict[type, str] = {Any: "any", All: "all", Nothing: "none"}


def _head(book: Rulebook) -> tuple[object, ...]:
    rows = "by their order" if book.ordered else "none, they are not to overlap"
    return book.subject, book.flow, book.order, book.hit, book.calendar, rows


def _placeless(actions: Iterable[Action]) -> tuple[Action, ...]:
    return tuple(
        Set(tuple(sorted(one.values, key=str))) if isinstance(one, Set) else replace(one, place=NOWHERE)
        for one in actions
    )


def _is_row(book: Rulebook, rule: Rule) -> bool:
    """Whether a rule is a row of a table that has no id of its own."""
    return rule.row is not None and rule.id == f"{book.name}-{rule.row}"


def _parts(condition: Condition, group: type) -> tuple[Condition, ...]:
    """The parts of a group of that kind, groups of the same kind in it dissolved; of anything else, itself."""
    if not isinstance(condition, group):
        return (condition,)
    parts: tuple[Condition, ...] = condition.parts  # type: ignore[attr-defined]
    if group is Nothing:
        return tuple(inner for one in parts for inner in _parts(one, Any))
    return tuple(inner for one in parts for inner in _parts(one, group))


def _alike(one: Condition, other: Condition) -> bool:
    if isinstance(one, Line) and isinstance(other, Line):
        return one.path == other.path
    return type(one) is type(other) and not isinstance(one, Line)


def _less(actions: Iterable[Action], others: Iterable[Action]) -> list[Action]:
    """The actions that are not among the others, each of which stands for one."""
    left, found = list(others), []
    for one in actions:
        if one in left:
            left.remove(one)
        else:
            found.append(one)
    return found


def _renamed(
    before: dict[str, Rule],
    after: dict[str, Rule],
    meaning: Callable[[Rule, Speaker], object],
    speakers: tuple[Speaker, Speaker],
) -> dict[str, str]:
    """The rules that mean the same under another id, by the id they had."""
    gone = {name: meaning(rule, speakers[0]) for name, rule in before.items() if name not in after}
    come = {name: meaning(rule, speakers[1]) for name, rule in after.items() if name not in before} if gone else {}
    found: dict[str, str] = {}
    for name, what in gone.items():
        same = next((other for other, text in come.items() if text == what and other not in found.values()), None)
        if same is not None:
            found[name] = same
    return found


def _renamed_book(old: Rulebook, new: Rulebook) -> str:
    """What a new name of a rulebook does: rules with an id of their own do not ask what it is called."""
    if old.otherwise is not None or any(_is_row(old, rule) for rule in old.rules):
        return f"this rulebook {_renaming(old.name, new.was)}"
    return f"this rulebook was called {old.name}"


def _renaming(former: str, was: Sequence[str]) -> str:
    """What a new name does to those on the way."""
    if former in was:
        return f"was called {former}; what it began before goes on"
    return f"was called {former}; it begins anew with everybody it holds for, unless it says was: {former}"


def _moved(old: list[str], new: list[str]) -> list[str]:
    """The fewest names that have to move to make the new order of the old one."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    still = {old[block.a + step] for block in matcher.get_matching_blocks() for step in range(block.size)}
    return [name for name in new if name not in still]


def _placed(names: list[str], place: int) -> str:
    return f"after {names[place - 1]}" if place else "at the top"


def _counted(book: Rulebook) -> str:
    number = len(book.rules)
    return f"{number} rule{'' if number == 1 else 's'}"


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return f"'{words if len(words) <= 60 else words[:59] + '…'}'"
