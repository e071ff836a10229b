"""What the process does, rule by rule: made from the `about` of the rules themselves, so that it cannot drift."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.process import Step, named

SHOWN = 2
"""So many rule tests are named per rule; of more, the number."""
_STEPS = re.compile(r"\s*\([^()]*\bM\d+[^()]*\)")
_HEAD = """# What the process does, rule by rule

Made by `leadrelay rules book` from the `about` of the rules and from `rules/process.yaml`: do not edit it, edit those.
A rule is named as rulebook/id; `leadrelay explain SUBJECT --rule ID` shows it at work. In italics the rule tests that
make it hold (`leadrelay test`).
"""


class Part(Struct, frozen=True):
    """A rule's part in a step, with the names of the tests that make it hold."""

    rulebook: str
    rule: str
    about: str
    mode: str
    tests: tuple[str, ...]


class Chapter(Struct, frozen=True):
    """One step: what the rulebooks for it say of themselves, their rules, and what the program sees to."""

    step: Step
    rulebooks: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]

    @property
    def faults(self) -> list[str]:
        """What is missing, a sentence each."""
        number = self.step.number
        if not self.parts and not self.step.program:
            return [f"{number} has no rule, and nothing is said of the program."]
        if self.parts and not any(part.tests for part in self.parts):
            return [f"No rule test makes a rule of {number} hold."]
        return []

    def as_dict(self) -> dict[str, object]:
        """As `rules book --json` prints it."""
        return {
            "number": self.step.number,
            "title": self.step.title,
            "program": list(self.step.program),
            "rulebooks": [{"rulebook": name, "about": about} for name, about in self.rulebooks],
            "rules": [
                {"rulebook": one.rulebook, "rule": one.rule, "about": one.about, "mode": one.mode, "tests": one.tests}
                for one in self.parts
            ],
        }


def chapters(
    steps: Sequence[Step], books: Sequence[Rulebook], tests: Mapping[str, Sequence[str]]
) -> tuple[Chapter, ...]:
    """A chapter per step, by number; steps that only rules name have no title. `tests`: by the key of a rule.

    A rule that names no step itself is for those that its rulebook names."""
    known = {step.number: step for step in steps}
    for about in _abouts(books):
        for number in named(about):
            known.setdefault(number, Step(number, ""))
    ordered = sorted(known, key=lambda number: int(number[1:]))
    return tuple(_chapter(known[number], books, tests) for number in ordered)


def as_markdown(found: Iterable[Chapter]) -> str:
    """The page."""
    return "\n".join([_HEAD, *(line for chapter in found for line in _lines(chapter))])


def _abouts(books: Iterable[Rulebook]) -> Iterator[str]:
    for book in books:
        yield book.about
        yield from (rule.about for rule in book.rules)


def _chapter(step: Step, books: Iterable[Rulebook], tests: Mapping[str, Sequence[str]]) -> Chapter:
    parts: list[Part] = []
    about = []
    for book in sorted(books, key=lambda one: (one.flow != "route", one.flow, one.order, one.name)):
        general = named(book.about)
        if step.number in general:
            about.append((book.name, _plain(book.about)))
        live = (rule for rule in book.every_rule() if rule.mode != "off")
        parts += [_part(book, rule, tests) for rule in live if step.number in (named(rule.about) or general)]
    return Chapter(step, tuple(about), tuple(parts))


def _part(book: Rulebook, rule: Rule, tests: Mapping[str, Sequence[str]]) -> Part:
    return Part(book.name, rule.id, _plain(rule.about), rule.mode, tuple(tests.get(rule.key, ())))


def _plain(about: str) -> str:
    """The text without the numbers that it ends with, on one line."""
    return " ".join(_STEPS.sub("", about).split())


def _lines(chapter: Chapter) -> Iterator[str]:
    step = chapter.step
    yield f"## {step.number}{': ' if step.title else ''}{step.title}\n"
    for name, about in chapter.rulebooks:
        yield f"**{name}**: {about}\n"
    for part in chapter.parts:
        about = f": {part.about}" if part.about else ""
        mode = " (shadow: recorded only)" if part.mode == "shadow" else ""
        yield f"- `{part.rulebook}/{part.rule}`{mode}{about}{_proof(part.tests)}"
    if chapter.parts:
        yield ""
    if step.program:
        yield f"By the program itself: {' '.join(step.program)}\n"
    if not chapter.parts and not step.program:
        yield "Nothing yet.\n"


def _proof(tests: Sequence[str]) -> str:
    if not tests:
        return ""
    more = f" and {len(tests) - SHOWN} more" if len(tests) > SHOWN else ""
    return f" (*{'*; *'.join(tests[:SHOWN])}*{more})"
