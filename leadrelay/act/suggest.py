"""Proposes rule tests for the edges of conditions that no test tries yet: subjects about which one line alone decides.

For each edge of a line a subject is looked for that is in the scope, that no rule above takes, and of which all the
rest of the rule leaves the decision to that line. It is then run through all flows as a rule test: it counts only if
the rule saw that edge there, and what came of it is what the test expects.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.act.edges import Edge, decides, decisive, is_at, lines_of, same
from leadrelay.act.memory import Memory
from leadrelay.act.subjects import Goal, Scene, with_value
from leadrelay.act.territories import by_territory
from leadrelay.act.trial import Chosen, run_tests
from leadrelay.act.witness import Sample, Witness
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import Condition, Line
from leadrelay.rulebook.evaluate import ends_search
from leadrelay.rulebook.lint.boxes import NOON
from leadrelay.rulebook.model import Rule, Rulebook, Ruleset
from leadrelay.rulebook.near_values import Point, is_timed, likely, points
from leadrelay.rulebook.place import NOWHERE
from leadrelay.rulebook.rule_test import ExpectedField, ExpectedRules, RuleTest
from leadrelay.rulebook.written_tests import written
from leadrelay.zone import zone_of

MOST_SEEDS = 3
"""So many subjects of tests are tried, besides one made from nothing."""


class Suggestion(Struct, frozen=True):
    """A rule test that passes now, and the line whose edge it tries."""

    book: Rulebook
    rule: Rule
    line: Line
    test: RuleTest


class Unsuggested(Struct, frozen=True):
    """An edge for which no subject was found, and why."""

    book: Rulebook
    rule: Rule
    line: Line
    edge: str
    why: str


def suggest(ruleset: Ruleset, tests: Sequence[RuleTest], only: str | None = None) -> Iterator[Suggestion | Unsuggested]:
    """Rule tests for every edge that `tests` leave out, of all rules or of the rule (or the rulebook) named `only`.

    They come in the order of the rules; each passes as it is. Edges that no subject was found for are told of too."""
    witness = Witness(ruleset)
    samples: dict[str, list[Sample]] = {}
    for test in tests:
        for key, found in witness.play(test)[1].items():
            samples.setdefault(key, []).extend(found)
    names = {test.name for test in tests}
    lands = by_territory(ruleset)
    for book in ruleset.rulebooks:
        for rule in book.rules:
            if rule.mode != "off" and only in (None, rule.id, book.name):
                yield from _Suggester(ruleset, witness, book, rule, samples.get(rule.key, []), names, lands).all()


class _Suggester(Struct, dict=True):
    """Suggests tests for one rule; `samples` are what tests tried it on, `names` those that are taken."""

    ruleset: Ruleset
    witness: Witness
    book: Rulebook
    rule: Rule
    samples: Sequence[Sample]
    names: set[str]
    lands: Mapping[str, Sequence[tuple[str, Condition]]]
    drafts: list[RuleTest] = field(default_factory=list)

    def all(self) -> Iterator[Suggestion | Unsuggested]:
        """For every line of the rule that stands in a file, and for the territories by which it assigns."""
        self.scene = Scene(self.ruleset, self.book, self.witness.engines[self.book.flow, self.book.subject])
        above = self.book.rules[: self.book.rules.index(self.rule)]
        takers = [one for one in above if one.mode != "off" and ends_search(self.book, one) and self._counts(one)]
        self.place: tuple[Goal, ...] = ((self.book.scope, True), *((one.when, False) for one in takers))
        self.drafts = [self.scene.solve(base, (*self.place, (self.rule.when, True)), "") for base in self._bases()]
        seen = set()
        for edge in chain(self._edges(), self._territories()):
            key = (edge.line.place, edge.line.path, edge.line.written)
            if edge.line.place != NOWHERE and key not in seen:
                seen.add(key)
                yield from self._of(edge)

    def _counts(self, above: Rule) -> bool:
        """Whether a rule above keeps this one from deciding: a shadow rule only keeps others of its kind from it."""
        return above.mode == "live" or self.rule.mode == "shadow"

    def _edges(self) -> Iterator[Edge]:
        """Each line of the rule, with the goals under which it alone decides."""
        for line, wanted in lines_of(self.rule.when):
            whole = self.rule.when
            yield Edge(line, whole, (*self.place, *decisive(whole, line, wanted)), f"{line.path}: {line.written}")

    def _territories(self) -> Iterator[Edge]:
        """Each line of the territories by which the rule assigns, with the goals under which it alone decides."""
        for person, whole in self.lands.get(self.rule.key, ()):
            for line, wanted in lines_of(whole):
                goals = (*self.place, (self.rule.when, True), *decisive(whole, line, wanted))
                named = f"territory of {person}, {line.path}: {line.written}"
                yield Edge(line, whole, goals, named, (f"{self.book.subject}.owner",))

    def _bases(self) -> Iterator[RuleTest]:
        """A subject of which nothing is given; what tests give that made the rule hold; what it held on then."""
        nothing: dict[str, dict[str, Value]] = {self.book.subject: {}}
        yield RuleTest("", NOON, nothing)
        held = [one for one in self.samples if self.rule.when.verdict(one.facts, one.moment).holds]
        given = {id(one.test): one.test for one in held if one.test.subject == self.book.subject}
        shortest = sorted(given.values(), key=lambda test: sum(map(len, test.given.values())))
        for test in shortest[:MOST_SEEDS]:
            yield RuleTest("", test.now, test.given, test.load)
        for sample in held[:MOST_SEEDS]:
            yield RuleTest("", sample.moment.now, self._given_as(sample))

    def _given_as(self, sample: Sample) -> dict[str, dict[str, Value]]:
        found: dict[str, dict[str, Value]] = {self.book.subject: {}}
        for path, value in sample.facts.items():
            known = self.ruleset.fields.by_path.get(path)
            if known and value is not None and not known.derived and known.entity != "owner" and known.name != "id":
                found.setdefault(known.entity, {})[known.name] = value
        return found

    def _of(self, edge: Edge) -> Iterator[Suggestion | Unsuggested]:
        """Every point of a line that is not tried yet: once a test for it is found, other subjects are left alone."""
        whys: dict[int, tuple[Point, str]] = {}
        done: set[int] = set()
        for one, there in self._tried(edge):
            done |= {number for number, point in enumerate(there) if is_at(edge.line, point, one.facts, one.moment)}
        for draft in (self._ready(edge, draft) for draft in self.drafts):
            for number, point in enumerate(self._points(edge.line, draft)):
                if number in done:
                    continue
                found = self._test(edge, point, draft)
                if isinstance(found, RuleTest):
                    done.add(number)
                    whys.pop(number, None)
                    yield Suggestion(self.book, self.rule, edge.line, found)
                else:
                    whys.setdefault(number, (point, found))
        for point, why in whys.values():
            yield Unsuggested(self.book, self.rule, edge.line, self._told(edge.line, point), why)

    def _ready(self, edge: Edge, draft: RuleTest) -> RuleTest:
        """The subject with a value where a moment is looked for at which it turns the line."""
        line, scene = edge.line, self.scene
        facts, moment = scene.facts(draft)
        known = self.ruleset.fields.by_path.get(line.path)
        if known is None or facts.get(line.path) is not None or not is_timed(line):
            return draft
        values = [value for value in likely(line, known, facts, moment, scene.people()) if value is not None]
        drafts = [with_value(draft, line.path, value, scene) for value in values]
        return min(drafts, key=lambda one: scene.distance(one, (*self.place, (self.rule.when, True))), default=draft)

    def _points(self, line: Line, draft: RuleTest) -> list[Point]:
        facts, moment = self.scene.facts(draft)
        known = self.ruleset.fields.by_path.get(line.path)
        return [] if known is None else list(points(line, known, facts, moment, self.scene.people()))

    def _tried(self, edge: Edge) -> list[tuple[Sample, list[Point]]]:
        """What tests tried the rule on where the line alone decided, with the edges as they lay there."""
        known = self.ruleset.fields.by_path[edge.line.path]
        return [
            (one, list(points(edge.line, known, one.facts, one.moment, self.scene.people())))
            for one in self.samples
            if decides(edge, one.facts, one.moment)
        ]

    def _test(self, edge: Edge, point: Point, draft: RuleTest) -> RuleTest | str:
        """A test for a point, made from this subject; or why not."""
        why = ""
        for value in self._values(edge.line, point, draft):
            found = self._made(edge, point, draft, value)
            if isinstance(found, RuleTest):
                return found
            why = why or found
        return why

    def _values(self, line: Line, point: Point, draft: RuleTest) -> Iterator[Value]:
        """The value to try; a text also behind the one that is there, which other lines of the rule may need."""
        there = self.scene.facts(draft)[0].get(line.path)
        yield there if point.at is not None else point.value
        if point.at is None and line.type is Type.TEXT and isinstance(there, str) and isinstance(point.value, str):
            yield f"{there} {point.value}"

    def _made(self, edge: Edge, point: Point, draft: RuleTest, value: Value) -> RuleTest | str:
        line, scene = edge.line, self.scene
        start = with_value(draft if point.at is None else replace(draft, now=point.at), line.path, value, scene)
        facts, moment = scene.facts(start)
        goals = (*edge.goals, (line, line.verdict(facts, moment).holds))
        found = scene.solve(start, goals, line.path)
        if unmet := scene.unmet(found, goals):
            return self._hindrance(goals, unmet[0])
        for test in (scene.pruned(found, goals, line.path), found):
            if (whole := self._run(edge, point, value, test)) is not None:
                return whole
        return "what other rulebooks do with such a subject keeps this line from deciding"

    def _hindrance(self, goals: Sequence[Goal], number: int) -> str:
        """What stands in the way of the subjects that were found."""
        if number == 0:
            return "no subject with it was found in the scope of the rulebook"
        if number < len(self.place):
            taker = next(one for one in self.book.rules if one.when is goals[number][0])
            return f"{taker.id}, above it, takes every such subject that was found"
        return "no subject was found for which the other lines of the rule leave it to this one"

    def _run(self, edge: Edge, point: Point, value: Value, test: RuleTest) -> RuleTest | None:
        """The test with what comes of it; None if the edge is not what the rule sees, or it would not pass."""
        memory, heard = self.witness.play(test)
        for facts, moment, _ in heard.get(self.rule.key, ()):
            if moment.now == test.now and same(facts.get(edge.line.path), value) and decides(edge, facts, moment):
                break
        else:
            return None
        held = any(one.rule_key == self.rule.key and one.step == "0" for _, one in memory.decided)
        if held is not self.rule.when.verdict(facts, moment).holds:
            return None
        whole = replace(
            test,
            name=self._named(edge, point),
            rules=(ExpectedRules(self.book.name, self._deciders(memory)),),
            fields=tuple(ExpectedField(path, self._value(memory, path)) for path in edge.also),
        )
        (result,) = run_tests(Chosen(self.ruleset, (whole,)))
        if not result.passed:
            return None
        self.names.add(whole.name)
        return whole

    def _deciders(self, memory: Memory) -> tuple[str, ...]:
        """What `expect` says of this rulebook."""
        decided = [one for _, one in memory.decided if one.rulebook == self.book.name and one.step == "0"]
        ids = [one.rule for one in decided if one.mode == "live" or one.rule == self.rule.id]
        found = tuple(dict.fromkeys(reversed(ids)))
        return found[:1] if self.book.hit == "first" else found[::-1]

    def _value(self, memory: Memory, path: str) -> Value:
        return memory.entities.values[memory.run[0]].get(path.partition(".")[2])

    def _named(self, edge: Edge, point: Point) -> str:
        name = f"{self.rule.id}, {edge.named}, {self._told(edge.line, point)}"
        same = sum(one == name or one.startswith(f"{name} (") for one in self.names)
        return f"{name} ({same + 1})" if same else name

    def _told(self, line: Line, point: Point) -> str:
        """A point in words."""
        if point.at is not None:
            return point.told
        if point.value is None:
            return "with no value"
        return f"with {written(point.value, self.ruleset.fields.by_path[line.path], zone_of(self.ruleset.team.zone))}"
