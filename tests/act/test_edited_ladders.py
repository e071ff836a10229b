"""Any edit of a ladder at any moment of a subject's way: no step twice, none that is still owed skipped."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, field

from leadrelay.act.memory import Memory, engines_of
from leadrelay.clock import HOUR, Instant
from leadrelay.duration import Duration
from leadrelay.rulebook.model import Notify, Repeat, Rule, Ruleset, Step
from tests.act.builders import NOW, book, memory, ruleset, when

PEOPLE = ("an",)
Ladder = list[tuple[int, str]]
"""Steps as (hours after the beginning, template), in order."""


def rules_of(ladder: Ladder, repeat: Repeat | None = None, name: str = "late", ids: bool = False) -> Ruleset:
    later = tuple(
        Step(Duration(after, "hour"), (Notify(PEOPLE, template),), id=template if ids else "")
        for after, template in ladder
    )
    rule = Rule(name, name, when(), (Notify(PEOPLE, "first"),), later, repeat)
    return ruleset(book("b", rule, hit="all"))


def go_live(world: Memory, rules: Ruleset) -> None:
    """The rules from now on; every subject is looked at again, as when a version goes live."""
    world.ruleset, world.engines = rules, engines_of(rules)
    for kind, name in world.run:
        world.touch(kind, name, world.now)


def run_until(world: Memory, end: Instant) -> None:
    world.run_until(end, world.now)
    world.now = end


def begun(rules: Ruleset) -> Memory:
    world = memory(rules, request={})
    world.start(NOW)
    world.sweep(NOW)
    return world


def sent(world: Memory) -> list[str]:
    """What went out after the beginning, in order."""
    return [one.template for one in world.messages.values()][1:]


def live(world: Memory) -> list[tuple[Instant, str]]:
    """The templates of the steps that were done, each with when."""
    return [(at, str(one.actions[0]["template"])) for at, one in world.decided if one.mode == "live" and one.identity]


A, B, C = (24, "a"), (48, "b"), (72, "c")

EDITS = [
    # what the ladder was, what was done when it is edited (hours), what it is then, what goes out in all
    ("inserted above what was done", [B], 60, [A, B], ["b"]),
    ("inserted between, not passed", [A, C], 60, [A, B, C], ["a", "b", "c"]),
    ("inserted between, passed", [A, C], 80, [A, B, C], ["a", "c"]),
    ("the first removed after it was done", [A, B], 30, [B], ["a", "b"]),
    ("the last removed", [A, B], 30, [A], ["a"]),
    ("removed and put back", [A, B], 30, [A, B], ["a", "b"]),
    ("swapped", [A, B], 30, [(24, "b"), (48, "a")], ["a", "b"]),
    ("retimed to the past", [A, (240, "b")], 60, [A, B], ["a", "b"]),
    ("retimed to later", [A, B], 30, [(40, "a"), (90, "b")], ["a", "b"]),
    ("appended", [A], 30, [A, B], ["a", "b"]),
    ("appended late", [A], 300, [A, B], ["a", "b"]),
    ("another in the place of what was done", [A, B], 30, [(24, "x"), B], ["a", "b"]),
    ("another in the place of what is owed", [A, B], 30, [A, (48, "x")], ["a", "x"]),
    ("two for the last one", [A, B], 60, [A, (48, "x"), C], ["a", "b", "c"]),
    ("a ladder for who had none", [], 30, [A, B], ["a", "b"]),
    ("equal steps are told apart", [(24, "a"), (48, "a")], 30, [(24, "a"), (48, "a"), (72, "a")], ["a", "a", "a"]),
]


@pytest.mark.parametrize("before,hours,after,expected", [one[1:] for one in EDITS], ids=[one[0] for one in EDITS])
def test_what_goes_out_when_a_ladder_is_edited(before: Ladder, hours: int, after: Ladder, expected: list[str]) -> None:
    world = begun(rules_of(before))
    run_until(world, NOW + hours * HOUR)
    go_live(world, rules_of(after))
    run_until(world, NOW + 1000 * HOUR)
    assert sent(world) == expected


def test_what_is_taken_away_and_put_back_is_not_done_again() -> None:
    world = begun(rules_of([A, B]))
    for hours, ladder in ((30, [B]), (31, [A, B]), (60, [B]), (61, [B, A])):
        run_until(world, NOW + hours * HOUR)
        go_live(world, rules_of(ladder))
    run_until(world, NOW + 1000 * HOUR)
    assert sent(world) == ["a", "b"]


@pytest.mark.parametrize("ids", [(False, True), (True, False)])
def test_an_id_given_or_taken_away_later_changes_nothing(ids: tuple[bool, bool]) -> None:
    world = begun(rules_of([A, B, C], ids=ids[0]))
    run_until(world, NOW + 30 * HOUR)
    go_live(world, rules_of([(24, "b"), (48, "a"), C], ids=ids[1]))
    run_until(world, NOW + 1000 * HOUR)
    assert sent(world) == ["a", "b", "c"]


def test_with_an_id_a_step_may_say_something_else() -> None:
    def rules(template: str) -> Ruleset:
        steps = (Step(Duration(24, "hour"), (Notify(PEOPLE, template),), id="nudge"), Step(Duration(48, "hour"), ()))
        return ruleset(book("b", Rule("late", "late", when(), (), (steps if template == "a" else steps[::-1]))))

    world = begun(rules("a"))
    run_until(world, NOW + 30 * HOUR)
    go_live(world, rules("better"))
    run_until(world, NOW + 1000 * HOUR)
    assert [one.template for one in world.messages.values()] == ["a"]


def test_decisions_have_number_and_identity() -> None:
    world = begun(rules_of([B], ids=True))
    run_until(world, NOW + 60 * HOUR)
    go_live(world, rules_of([A, B, C], ids=True))
    run_until(world, NOW + 1000 * HOUR)
    assert [(one.step, one.identity) for _, one in world.decided] == [("0", ""), ("1", "@b"), ("3", "@c")]


class Walk(Struct):
    """A subject on its way and the plain oracle beside it: which templates are owed, by the words of the docs."""

    world: Memory
    ladder: Ladder
    repeat: Repeat | None
    owed: set[str] = field(default_factory=set)
    fresh: int = 0

    def edit(self, kind: str, place: int, other: int) -> None:
        """One edit goes live, and is looked at."""
        done = {template for _, template in live(self.world)} | skipped(self.world)
        place = min(place, max(len(self.ladder) - 1, 0))
        if kind == "insert":
            self._insert(place, done)
        elif kind == "repeat":
            self.repeat = Repeat(Duration(1 + place * 7, "hour"), other + 1) if other else None
        elif self.ladder:
            self._change(kind, place, other, done)
        go_live(self.world, rules_of(self.ladder, self.repeat))
        run_until(self.world, self.world.now)

    def _insert(self, place: int, done: set[str]) -> None:
        self.fresh += 1
        new = f"new-{self.fresh}"
        times = [after for after, _ in self.ladder]
        self.ladder.insert(place, (times[place] if times else 24, new))
        if not {template for _, template in self.ladder[place + 1 :]} & (done | self.passed):
            self.owed.add(new)

    def _change(self, kind: str, place: int, other: int, done: set[str]) -> None:
        after, template = self.ladder[place]
        if kind == "remove":
            del self.ladder[place]
            self.owed.discard(template)
        elif kind == "swap":
            other %= len(self.ladder)
            (one_after, one), (two_after, two) = self.ladder[place], self.ladder[other]
            self.ladder[place], self.ladder[other] = (one_after, two), (two_after, one)
        elif kind == "retime":
            moved = sorted(
                (t * (other + 1) // 3 + 1 if number == place else t) for number, (t, _) in enumerate(self.ladder)
            )
            self.ladder = [(t, name) for t, (_, name) in zip(moved, self.ladder, strict=True)]
        elif kind == "change":
            self.fresh += 1
            new = f"new-{self.fresh}"
            self.ladder[place] = (after, new)
            if template in self.owed and template not in done:
                self.owed.add(new)
            self.owed.discard(template)

    @property
    def passed(self) -> set[str]:
        """Those of the ladder that never come: they are not owed."""
        return {template for _, template in self.ladder} - self.owed


def skipped(world: Memory) -> set[str]:
    """The templates of steps that others overtook, by what their identity was when they were owed."""
    return {NAMES[one.identity] for _, one in world.decided if one.mode == "skipped" and one.identity}


NAMES = {
    f"~{mark.partition('~')[2]}": name
    for name in [*"abcd", *(f"new-{number}" for number in range(1, 40))]
    for mark in Rule("r", "r", later=(Step(Duration(1, "hour"), (Notify(PEOPLE, name),)),)).marks
}

EDIT = st.tuples(
    st.sampled_from(["insert", "remove", "swap", "retime", "change", "repeat"]),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 90),
)


def walked(start: Ladder, edits: list[tuple[str, int, int, int]]) -> None:
    repeat = Repeat(Duration(30, "hour"), 3)
    walk = Walk(begun(rules_of(start, repeat)), list(start), repeat, {template for _, template in start})
    for kind, place, other, hours in edits:
        run_until(walk.world, walk.world.now + hours * HOUR)
        walk.edit(kind, place, other)
    run_until(walk.world, walk.world.now + 3000 * HOUR)
    done = [template for _, template in live(walk.world)]
    missed = skipped(walk.world)
    assert max(Counter(done).values(), default=1) == 1  # nothing twice
    assert not missed & set(done)
    assert walk.owed - set(done) <= missed  # what was owed came, or a later one that was due as well came instead
    for at, one in walk.world.decided:
        if one.mode == "skipped" and one.identity:
            assert at in {when for when, _ in live(walk.world)}
    again = [one.step for _, one in walk.world.decided if one.step.startswith("repeat-")]
    assert len(set(again)) == len(again)
    for template in {name for _, name in walk.ladder} - walk.owed:
        assert template not in done and template not in missed  # what was passed never comes


START = st.integers(0, 4).map(lambda count: [(24 * (number + 1), "abcd"[number]) for number in range(count)])


@settings(max_examples=60, deadline=None)
@given(START, st.lists(EDIT, max_size=5))
def test_no_step_twice_and_none_that_is_owed_skipped(start: Ladder, edits: list[tuple[str, int, int, int]]) -> None:
    walked(start, edits)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(START, st.lists(EDIT, max_size=9))
def test_no_step_twice_and_none_that_is_owed_skipped_at_length(
    start: Ladder, edits: list[tuple[str, int, int, int]]
) -> None:
    walked(start, edits)
