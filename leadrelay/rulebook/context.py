"""What loaders share: the files, the problems found so far, what is known already, and ways to read nodes strictly."""

import difflib
from collections.abc import Collection, Iterable, Set

from msgspec import Struct, field

from leadrelay.calendar import WorkCalendar
from leadrelay.leads.fields import Fields, Value
from leadrelay.leads.team import Team
from leadrelay.rulebook.nodes import Mapping, Node, Plain, Scalar, Sequence, parse
from leadrelay.rulebook.place import Place, home
from leadrelay.rulebook.problem import Problem, Severity
from leadrelay.rulebook.stages import Gate, Stages


class Context(Struct):
    """One load: `files` by path relative to the project. Loaders fill `fields`, `lists`, `calendars`, `team` in that
    order and report what is wrong; nothing that a user wrote makes them raise."""

    files: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    fields: Fields = field(default_factory=Fields)
    team: Team = field(default_factory=Team)
    calendars: dict[str, WorkCalendar] = field(default_factory=dict)
    lists: dict[str, Set[Value]] = field(default_factory=dict)
    templates: frozenset[str] = frozenset()
    stages: Stages = field(default_factory=Stages)
    gates: list[Gate] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    """Where things stand whose values do not say it: 'person an', 'pool night', 'calendar x', 'field x.extra.y'."""
    broken: set[str] = field(default_factory=set)
    """What was defined with a fault ('field request.extra.x', 'rules/team.yaml'): nobody should call it unknown too."""

    def is_broken_list(self, name: str) -> bool:
        """Whether there is a list of that name, in a file that cannot be read."""
        return not {f"rules/lists/{name}.yaml", f"rules/lists/{name}.csv"}.isdisjoint(map(home, self.broken))

    def report(self, place: Place, code: str, message: str, remedy: str = "", severity: Severity = "error") -> None:
        """One more problem."""
        self.problems.append(Problem(place, code, message, remedy, severity))

    def parse(self, file: str) -> Node | None:
        """The file's document, or None when it is absent, empty or no YAML (reported)."""
        if file not in self.files:
            return None
        before = len(self.problems)
        node = parse(self.files[file], file, self.problems)
        if node is None:
            self.broken.add(file)
            if len(self.problems) == before:
                self.report(
                    Place(file, 1, 1), "empty-file", "The file is empty.", "Write something in it, or remove it."
                )
        return node

    def document(self, file: str) -> Mapping | None:
        """The file's document as a mapping; anything else is reported and None."""
        node = self.parse(file)
        if node is None or isinstance(node, Mapping):
            return node
        self.broken.add(file)
        what = "list" if isinstance(node, Sequence) else "text"
        self.report(
            node.place,
            "not-a-mapping",
            f"The file holds a {what}, not keys with values.",
            "Begin it with a key, such as 'rulebook: NAME', 'people:', 'calendars:' or 'tests:'.",
        )
        return None

    def keys(self, node: Mapping, known: Collection[str], what: str) -> None:
        """Reports each key of `node` that is not one of `known`; `what` is the thing it is in, such as 'a person'."""
        for key, _ in node.pairs.values():
            if key.text not in known:
                self.unknown("unknown-key", f"key of {what}", key, known)

    def unknown(self, code: str, what: str, node: Scalar, known: Collection[str]) -> None:
        """Reports that `node.text` is no known `what`, with the nearest one, or all of them when they are few."""
        self.report(node.place, code, f"'{node.text}' is no {what}.", suggestion(node.text, known))

    def mapping(self, node: Node | None, what: str) -> Mapping | None:
        """`node` if it is a mapping; otherwise reported (unless None) and None."""
        if node is None or isinstance(node, Mapping):
            return node
        self.report(node.place, "not-a-mapping", f"{what} must be keys with values.", "Write 'key: value' lines here.")
        return None

    def sequence(self, node: Node | None, what: str) -> Sequence | None:
        """`node` if it is a list; otherwise reported (unless None) and None."""
        if node is None or isinstance(node, Sequence):
            return node
        self.report(node.place, "not-a-list", f"{what} must be a list.", "Write each part after '- ', or as [a, b].")
        return None

    def text(self, node: Node | None, what: str) -> str | None:
        """A scalar's text, not empty; otherwise reported (unless None) and None."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report(node.place, "not-a-text", f"{what} must be one text.", "Write one word or text here.")
        elif not node.text.strip() or node.value is None:
            self.report(node.place, "no-value", f"{what} has no value.", "Write one, or remove the key.")
        else:
            return node.text.strip()
        return None

    def texts(self, node: Node | None, what: str) -> list[Scalar]:
        """A text or list of texts as scalars; what is no text is reported and left out."""
        items: Iterable[Node] = node if isinstance(node, Sequence) else [] if node is None else [node]
        return [item for item in items if self.text(item, what) is not None and isinstance(item, Scalar)]

    def template(self, node: Node | None, what: str) -> str | None:
        """The name of a template that exists; otherwise reported (unless None) and None."""
        name = self.text(node, what)
        if name is None or name in self.templates:
            return name
        assert isinstance(node, Scalar)
        self.unknown("unknown-template", "template in templates/", node, sorted(self.templates))
        return None

    def whole(self, node: Node | None, what: str, least: int = 0) -> int | None:
        """A whole number of at least `least`; otherwise reported (unless None) and None."""
        value = self._value(node)
        if node is None or (type(value) is int and value >= least):
            return value if type(value) is int else None
        self.report(
            node.place, "not-a-number", f"{what} must be a whole number of {least} or more.", "Write it in digits."
        )
        return None

    def yes_no(self, node: Node | None, what: str) -> bool | None:
        """true or false; otherwise reported (unless None) and None."""
        value = self._value(node)
        if node is None or isinstance(value, bool):
            return value if isinstance(value, bool) else None
        self.report(node.place, "not-yes-no", f"{what} must be true or false.", "Write true or false, without quotes.")
        return None

    def choice(self, node: Node | None, what: str, choices: Collection[str]) -> str | None:
        """One of `choices`; otherwise reported (unless None) and None."""
        text = self.text(node, f"'{what}'")
        if text is None or text in choices:
            return text
        assert isinstance(node, Scalar)
        self.unknown("unknown-choice", f"value for '{what}'", node, choices)
        return None

    @staticmethod
    def _value(node: Node | None) -> Plain:
        return node.value if isinstance(node, Scalar) else None


def suggestion(text: str, known: Collection[str]) -> str:
    """The remedy for a word that is not one of `known`: the nearest, or all of them when they are few."""
    near = difflib.get_close_matches(text.casefold(), list(known), n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{near[0]}'?"
    if not known:
        return "There are none yet."
    names = list(known)
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"Known: {', '.join(names[:20])}{more}."
