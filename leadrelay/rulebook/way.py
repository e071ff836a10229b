"""How far an episode has come on its ladder, by what its steps are and not by where they stand.

A step is known by its mark: `id~digest`, its `id:` if it has one, and a digest of what it does. The way of an episode
is a text: for each step of the ladder, in order, a sign and its mark. When the ladder was edited, `follow` says what
the way is on the new one: a step that was there keeps its sign wherever it stands now; one that was put in the place of
another takes over the sign of that; a new one is owed, unless a step below it was done: then its place is passed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import fields

DONE, OWED, PASSED, GONE = "+", "-", "/", "*"
"""Signs: done or skipped; still to come; new, and never to come because later ones were done; done, and gone now."""
_CLEARED = (DONE, PASSED)
_SORTED = ("to", "values")
"""Parts of actions whose order means nothing."""


class Entry(NamedTuple):
    """A step on a way: its sign and its mark."""

    sign: str
    mark: str


def marks_of(steps: Iterable[tuple[str, Sequence[Struct]]]) -> tuple[str, ...]:
    """The marks of a ladder's steps, each given by its id (or '') and its actions; equal ones count up."""
    seen: Counter[str] = Counter()
    found = []
    for name, then in steps:
        digest = digest_of_actions(then)
        seen[digest] += 1
        often = f".{seen[digest]}" if seen[digest] > 1 else ""
        found.append(f"{name}~{digest}{often}")
    return tuple(found)


def name_of(mark: str) -> str:
    """What a step is called in the keys of decisions: '@id', or '~digest' of one without an id."""
    name, _, digest = mark.partition("~")
    return f"@{name}" if name else f"~{digest}"


def start(marks: Iterable[str]) -> str:
    """The way of an episode that begins: everything is to come."""
    return written(Entry(OWED, mark) for mark in marks)


def written(entries: Iterable[Entry]) -> str:
    """A way as text."""
    return " ".join(f"{sign}{mark}" for sign, mark in entries)


def read(way: str) -> list[Entry]:
    """The steps of a way."""
    return [Entry(one[0], one[1:]) for one in way.split()]


def owed(way: str) -> list[int]:
    """The places of the steps that are still to come, from 0."""
    return [place for place, one in enumerate(read(way)) if one.sign == OWED]


def cleared(way: str) -> int:
    """How many steps of the ladder are behind the episode."""
    return sum(one.sign in _CLEARED for one in read(way))


def did(way: str, place: int) -> str:
    """The way after the step at a place was done or skipped."""
    entries = read(way)
    entries[place] = Entry(DONE, entries[place].mark)
    return written(entries)


@lru_cache(maxsize=4096)
def follow(way: str, marks: tuple[str, ...]) -> str:
    """The way on the ladder as it is now."""
    old = read(way)
    if tuple(one.mark for one in old) == marks:
        return way
    partners = _partners(old, marks)
    signs = [_sign(old[partners[place]].sign) if place in partners else "" for place in range(len(marks))]
    last = max((place for place, sign in enumerate(signs) if sign in _CLEARED), default=-1)
    entries = [
        Entry(sign or (PASSED if place < last else OWED), mark)
        for place, (sign, mark) in enumerate(zip(signs, marks, strict=True))
    ]
    kept = {old[place].mark for new, place in partners.items() if old[place].mark == marks[new]}
    gone = [one.mark for one in old if one.sign in (DONE, GONE) and one.mark not in kept and one.mark not in marks]
    return written([*entries, *(Entry(GONE, mark) for mark in dict.fromkeys(gone))])


def _sign(sign: str) -> str:
    return DONE if sign == GONE else sign


def _partners(old: Sequence[Entry], marks: Sequence[str]) -> dict[int, int]:
    """Which step of the old way each step of the ladder is, or has the place of; by their places."""
    found: dict[int, int] = {}
    for same in (_named_alike, _doing_alike):
        for place, mark in enumerate(marks):
            if place not in found:
                free = (one for one in range(len(old)) if one not in found.values())
                match = next((one for one in free if same(old[one].mark, mark)), None)
                if match is not None:
                    found[place] = match
    return found | _replaced(old, marks, found)


def _replaced(old: Sequence[Entry], marks: Sequence[str], known: dict[int, int]) -> dict[int, int]:
    """Steps that stand where others stood that are gone: between the same neighbours, one for one."""
    ladder = [place for place, one in enumerate(old) if one.sign != GONE]
    before = [f"={place}" if place in known.values() else f"old {place}" for place in ladder]
    after = [f"={known[place]}" if place in known else f"new {place}" for place in range(len(marks))]
    found: dict[int, int] = {}
    for tag, low, high, begin, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "replace":
            lost = [ladder[one] for one in range(low, high) if ladder[one] not in known.values()]
            new = [one for one in range(begin, end) if one not in known]
            found |= dict(zip(new, lost, strict=False))
    return found


def _named_alike(one: str, other: str) -> bool:
    name = one.partition("~")[0]
    return bool(name) and name == other.partition("~")[0]


def _doing_alike(one: str, other: str) -> bool:
    """Whether two steps do the same, and at most one of them has an id."""
    (name, _, digest), (other_name, _, other_digest) = one.partition("~"), other.partition("~")
    return digest == other_digest and not (name and other_name)


def digest_of_actions(then: Sequence[Struct]) -> str:
    """A digest of what actions do; places, and what is so by default, do not count."""
    text = ";".join(_told(action) for action in then)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _told(value: object) -> str:
    """A value without its place, and without what it has by default."""
    if isinstance(value, Struct):
        given = [
            f"{one.name}={_told(_orderless(one.name, getattr(value, one.name)))}"
            for one in fields(value)
            if one.name != "place" and getattr(value, one.name) != one.default
        ]
        return f"{type(value).__name__}({','.join(given)})"
    return repr(value)


def _orderless(name: str, value: object) -> object:
    return tuple(sorted(value, key=str)) if name in _SORTED and isinstance(value, tuple) else value
