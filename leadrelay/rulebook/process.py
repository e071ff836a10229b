"""Reads rules/process.yaml: the numbered steps of the company's process, which rules name in their `about`: (M4).

    process:
      M4: {title: Each request ends in exactly one of three, program: [What the program itself sees to.]}

The rules say by number what they are for; `leadrelay rules book` makes a page of it (report/book.py).
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.model import Rulebook
from leadrelay.rulebook.nodes import Node, Scalar
from leadrelay.rulebook.place import Place

FILE = "rules/process.yaml"
KEYS = ("title", "program")
NUMBER = re.compile(r"\bM(\d{1,3})[a-z]?\b")
"""A step as an `about` names it; M3a is a part of M3."""
_KEY = re.compile(r"M\d{1,3}")


class Step(Struct, frozen=True):
    """A step of the process: its number (M4), what it is called, and what the program does of it without any rule."""

    number: str
    title: str
    program: tuple[str, ...] = ()


def load_process(ctx: Context, books: Iterable[Rulebook]) -> tuple[Step, ...]:
    """The steps, in the order of the file; none without one. Reports numbers in rules that it does not have."""
    document = ctx.document(FILE)
    if document is None:
        return ()
    ctx.keys(document, ("process",), "the process")
    steps = ctx.mapping(document.get("process"), "'process'")
    found = [step for key, node in steps.items() if (step := _step(ctx, key, node))] if steps else []
    if FILE not in ctx.broken and steps is not None:
        _report_unknown(ctx, books, [key.text for key, _ in steps.items()])
    return tuple(found)


def named(about: str) -> tuple[str, ...]:
    """The steps that an `about` names, each once: M3 for (M3a)."""
    return tuple(dict.fromkeys(f"M{number}" for number in NUMBER.findall(about)))


def _step(ctx: Context, key: Scalar, node: Node) -> Step | None:
    if not _KEY.fullmatch(key.text):
        ctx.report(key.place, "bad-name", f"'{key.text}' is no number of a step.", "Write M and a number, such as M4.")
        return None
    spec = ctx.mapping(node, f"The step {key.text}")
    if spec is None:
        return None
    ctx.keys(spec, KEYS, "a step of the process")
    if spec.get("title") is None:
        ctx.report(key.place, "missing-key", f"The step {key.text} has no title.", "Add title: and a few words.")
    title = ctx.text(spec.get("title"), "'title'")
    program = tuple(one.text.strip() for one in ctx.texts(spec.get("program"), "A sentence"))
    return None if title is None else Step(key.text, title, program)


def _report_unknown(ctx: Context, books: Iterable[Rulebook], known: list[str]) -> None:
    for about, place in _abouts(books):
        for number in named(about):
            if number not in known:
                message = f"The process has no step {number}, which this says it is for."
                remedy = f"{suggestion(number, known)} Or add it to {FILE}."
                ctx.report(place, "unknown-step", message, remedy, "warning")


def _abouts(books: Iterable[Rulebook]) -> Iterator[tuple[str, Place]]:
    for book in books:
        yield book.about, book.place
        for rule in book.rules:
            yield rule.about, rule.place
