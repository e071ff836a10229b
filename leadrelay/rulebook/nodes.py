"""YAML text as light nodes: every key and value knows its file, line and column; what is wrong becomes a Problem.

The parser is libyaml's, through PyYAML (ruamel's C parser bundles a libyaml too old for `{at: 2026-11-20 09:13}`);
the meaning of plain words is YAML 1.2's: NO, on and yes are text, only true and false are yes_no.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct, field
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from leadrelay.rulebook.place import Place
from leadrelay.rulebook.problem import Problem
from leadrelay.rulebook.yaml_faults import bad_character, explained

try:
    from yaml.cyaml import CParser as EventParser  # type: ignore[attr-defined]
except ImportError:  # an interpreter without PyYAML's compiled part reads the same events, only slower
    from yaml import Loader as EventParser  # type: ignore[assignment]

Plain = str | int | float | bool | None
"""What a scalar means in YAML 1.2."""

MAX_DEPTH = 50
MAX_NODES = 500_000
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class Scalar(Struct, eq=False):
    """One word or text. `text` is as written, without quotes; `quoted` texts are never numbers, true or false."""

    text: str
    quoted: bool
    place: Place

    @property
    def value(self) -> Plain:
        """The scalar as YAML 1.2 (core schema, decimal numbers) reads it; dates and times stay text."""
        text = self.text
        if self.quoted:
            return text
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _INT.fullmatch(text):
            return int(text) if len(text) < 30 else float(text)
        return float(text) if _FLOAT.fullmatch(text) else text


class Sequence(Struct, eq=False):
    """A list of nodes."""

    items: list[Node]
    place: Place

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return True  # an empty list is there as well: only None is not


class Mapping(Struct, eq=False):
    """Keys and their nodes in the order of the file; a key that stands twice has been reported, its first stays."""

    pairs: dict[str, tuple[Scalar, Node]]
    place: Place

    def get(self, key: str) -> Node | None:
        """The node under `key`, if it is there."""
        pair = self.pairs.get(key)
        return pair[1] if pair else None

    def key(self, key: str) -> Place:
        """Where `key` stands; the mapping's own place when it is not there."""
        pair = self.pairs.get(key)
        return pair[0].place if pair else self.place

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        """Each key with its node."""
        return iter(self.pairs.values())

    def __contains__(self, key: str) -> bool:
        return key in self.pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __bool__(self) -> bool:
        return True  # an empty mapping is there as well: only None is not


Node = Scalar | Sequence | Mapping


def parse(text: str, file: str, problems: list[Problem], origin: Place | None = None) -> Node | None:
    """The one document in `text`, or None when it is empty or cannot be read (then `problems` says so).

    `origin` is given for text inside another file, such as a CSV cell: the place of its first character there."""
    reader = _Reader(file, problems, origin or Place(file, 1, 1))
    text = text.removeprefix("\ufeff")
    fault = bad_character(text, file)
    if fault:
        problems.append(fault)
        return None
    try:
        return reader.document(EventParser(text))
    except yaml.MarkedYAMLError as error:
        problems.append(explained(error, text, reader.at))
    except _TooMuch as error:
        problems.append(Problem(error.place, "yaml-too-much", str(error), "Write it flatter, or without * aliases."))
    return None


def plain(node: Node | None) -> Any:
    """A node as plain Python values (dict, list, scalars), for code that needs no places."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, (_, value) in node.pairs.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value if node else None


def written(node: Node) -> str:
    """A node in YAML's flow style, on one line, as explanations show a test."""
    if isinstance(node, Mapping):
        return "{" + ", ".join(f"{key.text}: {written(value)}" for key, value in node.items()) + "}"
    if isinstance(node, Sequence):
        return "[" + ", ".join(written(item) for item in node) + "]"
    return json.dumps(node.text, ensure_ascii=False) if node.quoted else " ".join(node.text.split())


class _TooMuch(Exception):
    def __init__(self, what: str, place: Place) -> None:
        super().__init__(what)
        self.place = place


class _Reader(Struct):
    """Turns a parser's events into nodes, reporting on the way."""

    file: str
    problems: list[Problem]
    origin: Place
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    count: int = 0

    def at(self, mark: Any) -> Place:
        """The place of a parser's mark."""
        line, column = mark.line, mark.column
        return Place(self.file, self.origin.line + line, column + (self.origin.column if line == 0 else 1))

    def report(self, place: Place, code: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(place, code, message, remedy))

    def document(self, parser: Any) -> Node | None:
        root: Node | None = None
        documents = 0
        while True:
            event = parser.get_event()
            if event is None or isinstance(event, StreamEndEvent):
                return root
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents == 2:
                    place = self.at(event.start_mark)
                    self.report(
                        place,
                        "several-documents",
                        "A second document starts here; only the first is read.",
                        "Remove the '---', or put what follows in a file of its own.",
                    )
            elif isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent | AliasEvent):
                node = self.node(parser, event, 1)
                root = node if documents == 1 and not _is_empty(node) else root

    def node(self, parser: Any, event: Event, depth: int) -> Node:
        place = self.at(event.start_mark)
        self.count += 1
        if depth > MAX_DEPTH:
            raise _TooMuch(f"This is nested more than {MAX_DEPTH} deep.", place)
        if self.count > MAX_NODES:
            raise _TooMuch("The file is too large to be read as rules.", place)
        if isinstance(event, AliasEvent):
            return self.alias(event.anchor, place)
        before = self.count
        node = self.fresh(parser, event, place, depth)
        if event.anchor:  # type: ignore[attr-defined]
            self.anchors[event.anchor] = (node, self.count - before + 1)  # type: ignore[attr-defined]
        return node

    def fresh(self, parser: Any, event: Event, place: Place, depth: int) -> Node:
        tag = event.tag  # type: ignore[attr-defined]
        if tag and tag not in ("!", "tag:yaml.org,2002:str"):
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.report(place, "yaml-tag", f"The tag {shown} means nothing here.", "Write the value without it.")
        if isinstance(event, ScalarEvent):
            return Scalar(event.value, bool(event.style) or tag is not None, place)
        if isinstance(event, SequenceStartEvent):
            return self.sequence(parser, place, depth)
        return self.mapping(parser, place, depth)

    def alias(self, anchor: str | None, place: Place) -> Node:
        if anchor is None or anchor not in self.anchors:
            self.report(
                place,
                "unknown-anchor",
                f"There is no &{anchor} above for *{anchor} to repeat.",
                f"Define &{anchor} first; text that begins with * is written between quotes.",
            )
            return Scalar(f"*{anchor}", True, place)
        node, size = self.anchors[anchor]
        self.count += size
        return node

    def sequence(self, parser: Any, place: Place, depth: int) -> Sequence:
        items = []
        while not isinstance(event := parser.get_event(), SequenceEndEvent):
            items.append(self.node(parser, event, depth + 1))
        return Sequence(items, place)

    def mapping(self, parser: Any, place: Place, depth: int) -> Mapping:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        merged: list[Node] = []
        while not isinstance(event := parser.get_event(), MappingEndEvent):
            key = self.node(parser, event, depth + 1)
            value = self.node(parser, parser.get_event(), depth + 1)
            if not isinstance(key, Scalar):
                self.report(
                    key.place, "key-not-text", "A key must be a word, not a list or mapping.", "Quote the text."
                )
            elif key.text == "<<" and not key.quoted:
                merged += value.items if isinstance(value, Sequence) else [value]
            elif key.text in pairs:
                first = pairs[key.text][0].place
                self.report(
                    key.place,
                    "duplicate-key",
                    f"'{key.text}' stands here a second time; the first is in line {first.line}.",
                    "Remove one of them, or join them: only one can count.",
                )
            else:
                pairs[key.text] = (key, value)
        for node in merged:
            if isinstance(node, Mapping):
                pairs = {**node.pairs, **pairs}
        return Mapping(pairs, place)


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.quoted and node.text in _NULL
