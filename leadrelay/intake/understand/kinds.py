"""What the rows of a file are: requests, accounts, contacts and so on, told by its columns and its name."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from leadrelay.intake.understand.columns import Column
from leadrelay.leads.records import ENTITY_OF
from leadrelay.rulebook.headings import Vocabulary, bare, squeezed

NEEDED = {
    "requests": ("summary", "kind", "channel", "product", "expected_value"),
    "activities": ("at",),
    "team": ("roles", "pools", "manager"),
    "opportunities": ("stage", "expected_value", "decision_on", "win_chance", "quote_sent_at"),
}
"""Only a file with one of these columns, under a name that says so, is surely of that kind."""


NEARLY_ALL = 3
"""Of more columns than this, one may mean nothing in a file whose name says what it is."""


class Kind(Struct, frozen=True):
    """The kind of the rows, and what told; or what to ask, with what they may be, the likeliest first."""

    kind: str = ""
    why: str = ""
    doubt: str = ""
    may_be: tuple[str, ...] = ()


class _Score(Struct, frozen=True):
    """How many columns mean something in a file of a kind, how many of them are of the record itself, and whether
    they could not stand in a file of any other kind."""

    known: int
    own: int
    sure: bool


def kind_of(readings: Mapping[str, Sequence[Column]], names: Iterable[str], words: Vocabulary) -> Kind:
    """The kind under which most columns mean something. `readings`: the columns by kind; `names`: of file and sheet."""
    scores = {kind: _score(kind, columns) for kind, columns in readings.items()}
    most = max(score.known for score in scores.values())
    if not most:
        return Kind()
    called = {kind for name in names for kind in _called(name, words)}
    named = [kind for kind in called if len(called) == 1 and scores[kind].known * 2 >= most and scores[kind].own]
    if named and scores[named[0]].known >= (most - 1 if most > NEARLY_ALL else most):
        return Kind(named[0], f"its name, and {scores[named[0]].known} of its columns")
    sure = [kind for kind, score in scores.items() if score.sure]
    order = sorted(
        scores, key=lambda kind: (kind in named, kind in sure, scores[kind].known, scores[kind].own), reverse=True
    )
    best = order[0]
    rivals = [kind for kind in order[1:] if _rivals(scores[kind], scores[best], best in sure)]
    if best in sure and not rivals and not (named and best != named[0]):
        return Kind(best, f"{scores[best].known} of its columns")
    likely = [kind for kind in order if kind == best or kind in rivals or kind in sure]
    if len(likely) == 1 and best not in sure:
        return Kind() if not scores[best].own else Kind(doubt=f"its rows may be {best}", may_be=(best,))
    return Kind(doubt=f"its rows may be {' or '.join(likely)}", may_be=tuple(likely))


def _rivals(other: _Score, best: _Score, surely: bool) -> bool:
    """Whether a kind explains the columns as well as the best one: more of them, or as many with as much right."""
    if other.known > best.known:
        return other.own > 0
    return other.sure and (other.known, other.own) == (best.known, best.own) and surely


def _score(kind: str, columns: Sequence[Column]) -> _Score:
    known = {column.path or column.likeliest: column for column in columns if column.path or column.likeliest}
    entity = f"{ENTITY_OF[kind]}."
    own = {path.removeprefix(entity): column for path, column in known.items() if path.startswith(entity)}
    said = {name for name, column in own.items() if name != "id" and not column.generic}
    needed = NEEDED.get(kind)
    sure = bool(said.intersection(needed)) if needed else len(said) > 0
    return _Score(len(known), len(own), sure and len(known) > 1)


def _called(name: str, words: Vocabulary) -> set[str]:
    """The kinds that a file's or sheet's name speaks of."""
    key = bare(name)
    whole = words.kinds.get(squeezed(key))
    return {whole} if whole else {words.kinds[part] for part in key.split() if part in words.kinds}
