"""Whether a changed rules folder is fit to go live: it passes check and its own rule tests, or it is said why not.

`python -m leadrelay.judging` does it in a process of its own, for a server that goes on meanwhile: the question comes
on standard input and the answer on standard output, both as MessagePack.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from leadrelay.act.trial import TestResult, run_tests
from leadrelay.origin import origin_of
from leadrelay.rulebook.differences import in_a_line
from leadrelay.rulebook.filters import clean
from leadrelay.rulebook.load import Loaded, load
from leadrelay.rulebook.problem import Problem
from leadrelay.store.rulesets import UNKNOWN, Origin

SHOWN = 3
"""So many faults are named; `check` and `test` show all."""
_LONGEST = 240
_MILDER = 10
"""How much less urgent judging beside a server is than its decisions, as `nice` counts."""


Packed = tuple[tuple[bytes, bytes], ...]


class Question(Struct, frozen=True):
    """The files of a rules folder, those that are live now, the company's language, and the project's folder. Files are
    names with texts, as bytes: a text may be anything."""

    files: Packed
    live: Packed
    language: str
    project: str

    @classmethod
    def of(cls, files: Mapping[str, str], live: Mapping[str, str], language: str, project: Path) -> "Question":
        """The question about these files."""
        return cls(_packed(files), _packed(live), language, str(project.absolute()))


class Verdict(Struct, frozen=True):
    """What was found: `faults` of check or, if it finds none, `failures` of rule tests, how many there are in all, and
    the first few `named`, each with its file and line. `origin` says who made the change."""

    digest: str
    faults: int = 0
    failures: int = 0
    tests: int = 0
    named: tuple[str, ...] = ()
    origin: Origin = UNKNOWN

    @property
    def sound(self) -> bool:
        """Whether it may go live."""
        return not self.faults and not self.failures

    @property
    def sentence(self) -> str:
        """'2 of 198 rule tests fail: rules/tests/routing.yaml:4:5: …'."""
        what = f"{self.faults} fault(s)" if self.faults else f"{self.failures} of {self.tests} rule tests fail"
        more = self.faults + self.failures - len(self.named)
        return f"{what}: {'; '.join(self.named)}{f'; and {more} more' if more > 0 else ''}"


class _Case(Struct, frozen=True):
    """Rules to judge; the same ones are the same case, wherever they stand."""

    loaded: Loaded
    language: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Case) and self._which == other._which

    def __hash__(self) -> int:
        return hash(self._which)

    @property
    def _which(self) -> tuple[str, str]:
        return self.loaded.ruleset.digest, self.language


def judge(loaded: Loaded, language: str) -> Verdict:
    """The verdict on files that were loaded and proofread. Raises nothing that a user wrote."""
    return _judged(_Case(loaded, language))


@lru_cache(maxsize=2)
def _judged(case: _Case) -> Verdict:
    """Kept, because a process may open several projects with the same rules."""
    loaded, language, digest = case.loaded, case.language, case.loaded.ruleset.digest
    if loaded.errors:
        named = tuple(_fault(one) for one in loaded.errors[:SHOWN])
        return Verdict(digest, faults=len(loaded.errors), named=named)
    results = run_tests(loaded, language)
    failed = [one for one in results if not one.passed]
    return Verdict(
        digest, failures=len(failed), tests=len(results), named=tuple(_failure(one) for one in failed[:SHOWN])
    )


def changes(loaded: Loaded, live: Mapping[str, str] | None) -> str:
    """In a line, what the files mean otherwise than those that are live."""
    return clean(in_a_line(loaded, load(live, proofread=False) if live is not None else None), 2 * _LONGEST)


def answer(question: Question) -> Verdict:
    """Reads, checks and tests the files, and finds out what changed and who did it."""
    loaded = load(_unpacked(question.files))
    verdict = judge(loaded, question.language)
    if not verdict.sound:
        return verdict
    origin = replace(origin_of(Path(question.project)), changes=changes(loaded, _unpacked(question.live)))
    return replace(verdict, origin=origin)


def _packed(files: Mapping[str, str]) -> Packed:
    return tuple((os.fsencode(name), text.encode("utf-8", "surrogateescape")) for name, text in files.items())


def _unpacked(files: Packed) -> dict[str, str]:
    return {os.fsdecode(name): text.decode("utf-8", "surrogateescape") for name, text in files}


def _fault(problem: Problem) -> str:
    return clean(f"{problem.place}: {problem.message.rstrip('.')}", _LONGEST)


def _failure(result: TestResult) -> str:
    place, differences = result.test.place, " ".join(result.differences)
    return clean(f"{place}: test '{result.test.name}': {differences.rstrip('.')}", _LONGEST)


def main() -> None:
    """One question, one answer."""
    with suppress(OSError, AttributeError):
        os.nice(_MILDER)
    question = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Question)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer(question)))


if __name__ == "__main__":
    main()
