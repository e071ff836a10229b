"""Reads rules/tests/*.yaml: rule tests, each given and expected value typed by its field."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from pathlib import PurePosixPath

from msgspec import Struct, field

from leadrelay.clock import Instant
from leadrelay.leads.fields import REACHABLE, Value
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.expectations import Expect, Expectations, instant, value_of
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.literals import FAULT, duration
from leadrelay.rulebook.model import Rulebook
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.place import Place, home, own_first
from leadrelay.rulebook.rule_test import RuleTest
from leadrelay.rulebook.whos import TEAM_FILE

FOLDER = "rules/tests"
KEYS = ("test", "now", "given", "load", "after", "expect")
DEALS = "deals"
"""Below `given`: a list of opportunities, where there are several."""
ENTITIES = tuple(dict.fromkeys(entity for reachable in REACHABLE.values() for entity in reachable))


def load_tests(ctx: Context, rulebooks: Iterable[Rulebook]) -> tuple[RuleTest, ...]:
    """Every rule test, in the order of the files. One that cannot be run as it was meant is reported, and left out.

    Needs everything else: rulebooks, people and templates that a test names must exist."""
    reader = _Reader(ctx, {book.name: book for book in rulebooks})
    return tuple(test for file in _files(ctx) for test in reader.file(file))


def _files(ctx: Context) -> list[str]:
    found = []
    for file in own_first(ctx.files):
        if home(file).startswith(FOLDER + "/") and not file.endswith(".md"):
            if PurePosixPath(file).suffix == ".yaml":
                found.append(file)
            else:
                place = Place(file, 1, 1)
                ctx.report(
                    place, "not-a-test-file", "Nothing reads this file.", "Let its name end in .yaml.", "warning"
                )
    return found


class _Reader(Struct):
    """Reads tests, and remembers their names: each may be used once."""

    ctx: Context
    rulebooks: Dictionary[str, Rulebook]
    names: dict[str, Place] = field(default_factory=dict)

    def file(self, file: str) -> Iterator[RuleTest]:
        """The tests of one file."""
        document = self.ctx.document(file)
        if document is None:
            return
        self.ctx.keys(document, ("tests",), "a file of tests")
        for item in self.ctx.sequence(document.get("tests"), "'tests'") or ():
            entry = self.ctx.mapping(item, "A test")
            before = len(self.ctx.problems)
            test = None if entry is None else self.test(entry)
            faults = [one for one in self.ctx.problems[before:] if one.severity == "error"]
            if test is not None and not faults:
                yield test

    def test(self, entry: Mapping) -> RuleTest | None:
        """The test that an entry is; None when it lacks what every test needs."""
        self.ctx.keys(entry, KEYS, "a test")
        name, now = self._name(entry), self._now(entry)
        given, deals = self._given(entry), self._deals(entry)
        wanted = self._expect(entry, given, deals)
        if name is None or now is None or wanted is None:
            return None
        return RuleTest(
            name=name,
            now=now,
            given=given,
            deals=deals,
            load=self._load(entry),
            after=duration(entry.get("after"), "after", self.ctx, "default") if "after" in entry else None,
            rules=wanted.rules,
            fields=wanted.fields,
            notify=wanted.notify,
            tasks=wanted.tasks,
            mails=wanted.mails,
            place=entry.key("test"),
        )

    def _needed(self, entry: Mapping, key: str, remedy: str) -> Node | None:
        node = entry.get(key)
        if node is None:
            self.ctx.report(entry.place, "missing-key", f"This test has no '{key}'.", remedy)
        return node

    def _name(self, entry: Mapping) -> str | None:
        node = self._needed(entry, "test", "Add test: what it shows, in a few words.")
        name = self.ctx.text(node, "'test'")
        if name is None or node is None:
            return None
        if name in self.names:
            self.ctx.report(
                node.place,
                "duplicate-test",
                f"There is a test '{name}' already: {self.names[name]}.",
                "Say what is different about this one.",
                "warning",
            )
        self.names.setdefault(name, node.place)
        return name

    def _now(self, entry: Mapping) -> Instant | None:
        node = self._needed(entry, "now", "Add now: 2026-11-20 09:13, the moment at which the rules run.")
        return instant(node, "now", self.ctx)

    def _given(self, entry: Mapping) -> dict[str, dict[str, Value]]:
        """The given values by entity and field name."""
        node = self._needed(entry, "given", "Add given: {request: {kind: renewal}}, or another kind of subject.")
        given: dict[str, dict[str, Value]] = {}
        mapping = self.ctx.mapping(node, "'given'")
        for key, values in mapping.items() if mapping else ():
            if key.text == DEALS:
                continue
            if key.text not in ENTITIES:
                self.ctx.unknown("unknown-subject", "kind of thing that can be given", key, (*ENTITIES, DEALS))
            elif (facts := self.ctx.mapping(values, f"The given {key.text}")) is not None:
                given[key.text] = dict(self._facts(key.text, facts))
        return given

    def _deals(self, entry: Mapping) -> tuple[dict[str, Value], ...]:
        """The opportunities of `deals`, each by field name; one without an id gets D-1, D-2 by its place."""
        node = entry.get("given")
        several = node.get(DEALS) if isinstance(node, Mapping) else None
        found = []
        for number, item in enumerate(self.ctx.sequence(several, f"'{DEALS}'") or () if several else (), start=1):
            facts = self.ctx.mapping(item, "A deal")
            if facts is not None:
                found.append({"id": f"D-{number}", **dict(self._facts("opportunity", facts))})
        return tuple(found)

    def _facts(self, entity: str, facts: Mapping) -> Iterator[tuple[str, Value]]:
        """Field names with values; `scotsman: {time: true}` is the same as `scotsman.time: true`."""
        for key, node in facts.items():
            path = f"{entity}.{key.text}"
            if isinstance(node, Mapping) and self.ctx.fields.get(path) is None:
                inner = {
                    f"{key.text}.{name.text}": (Scalar(f"{key.text}.{name.text}", True, name.place), value)
                    for name, value in node.items()
                }
                yield from self._facts(entity, Mapping(inner, node.place))
            elif (known := find_field(Scalar(path, True, key.place), self.ctx, None)) is not None:
                value = value_of(node, known, self.ctx)
                if value is not FAULT:
                    yield known.name, value

    def _load(self, entry: Mapping) -> dict[str, int]:
        """How many open requests and opportunities people have besides what is given."""
        mapping = self.ctx.mapping(entry.get("load"), "'load'")
        found: dict[str, int] = {}
        for key, node in mapping.items() if mapping else ():
            count = self.ctx.whole(node, f"The load of {key.text}")
            if key.text not in self.ctx.team.people and TEAM_FILE not in self.ctx.broken:
                self.ctx.unknown("unknown-person", "person in rules/team.yaml", key, tuple(self.ctx.team.people))
            elif count is not None:
                found[key.text] = count
        return found

    def _expect(
        self,
        entry: Mapping,
        given: Dictionary[str, Dictionary[str, Value]],
        deals: Iterable[Dictionary[str, Value]],
    ) -> Expect | None:
        node = self._needed(
            entry, "expect", "Add expect: {rulebook: rule id}, {request.desk: sales} or {notify: [...]}."
        )
        mapping = self.ctx.mapping(node, "'expect'")
        if mapping is None:
            return None
        if len(mapping) == 0:
            self.ctx.report(mapping.place, "no-value", "Nothing is expected here.", "Add a rulebook, field or message.")
        owners: Sequence[Value] = [facts.get("owner") for facts in (*given.values(), *deals)]
        return Expectations(self.ctx, self.rulebooks, owners).read(mapping)
