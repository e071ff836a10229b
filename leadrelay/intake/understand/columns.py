"""Which field each column is, by its heading: its own name, a word for it in four languages, or a near miss."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from rapidfuzz import process
from rapidfuzz.distance import OSA

from leadrelay.leads.fields import Fields
from leadrelay.leads.records import CARRIED, ENTITY_OF, field_for
from leadrelay.rulebook.headings import PARTS, Vocabulary, bare, squeezed

SAID = "you said so"
"""Why a column is what somebody told it is."""
SLIP = 5
"""A heading with one slip in so many letters, two at the most, is asked about: may it be the known word?"""
_SAYS_NOTHING = frozenset(
    (
        *("your", "uw", "je", "jouw", "votre", "vos", "ihre", "ihr", "the", "de", "het", "le", "la", "l"),
        *("primary", "property", "billing", "mailing", "main", "hoofd"),
    )
)
"""Words that address the reader, and those that systems put before each of their names."""


class Column(Struct, frozen=True):
    """What one column is: a field's path, and which part of it (first, infix, last); no path: nothing that is known.

    `why` says in words what told; `doubt` what to ask, `likeliest` the answer that is proposed; a `generic` heading is
    this only in a file of that kind."""

    heading: str
    path: str = ""
    part: str = ""
    why: str = ""
    doubt: str = ""
    likeliest: str = ""
    generic: bool = False


def columns_as(
    headings: Sequence[str], kind: str, words: Vocabulary, fields: Fields, said: Mapping[str, str]
) -> list[Column]:
    """Each column in a file whose rows are of that kind. `said`: headings whose field somebody told ('': none)."""
    told = {bare(heading): path for heading, path in said.items()}
    found = [_column(heading, kind, words, fields, told) for heading in headings]
    return [column if column.path or bare(column.heading) in told else _near(column, kind, words) for column in found]


def _column(heading: str, kind: str, words: Vocabulary, fields: Fields, told: Mapping[str, str]) -> Column:
    key = bare(heading)
    if key in told:
        return Column(heading, told[key], why=SAID)
    named = field_for(heading, kind, fields)
    if named and ("." in heading or squeezed(key) not in words.same):
        return Column(heading, named.path, why="its name")
    for wording in _wordings(key):
        if column := _by_word(heading, wording, kind, words):
            return column
    return Column(heading, named.path, why="its name") if named else Column(heading)


def _wordings(key: str) -> Iterator[str]:
    """The heading, and without the words in it that say nothing (`your e-mail`)."""
    yield key
    parts = [part for part in key.split() if part not in _SAYS_NOTHING]
    if parts and len(parts) < len(key.split()):
        yield " ".join(parts)


def _by_word(heading: str, key: str, kind: str, words: Vocabulary) -> Column | None:
    entities = (ENTITY_OF[kind], *CARRIED[ENTITY_OF[kind]])
    word = squeezed(key)
    path, part = words.parts.get(word, ("", ""))
    if path.partition(".")[0] in entities:
        return Column(heading, path, part, f"'{key}' is a part of it")
    if kind in words.same.get(word, {}):
        return Column(heading, words.same[word][kind], why=f"'{key}' in a file of {kind}", generic=True)
    paths = [one for one in words.fields.get(word, ()) if one.partition(".")[0] in entities]
    if paths:
        return Column(heading, paths[0], why=f"'{key}'")
    return _in_group(heading, key, entities, words)


def _in_group(heading: str, key: str, entities: Sequence[str], words: Vocabulary) -> Column | None:
    """A heading that begins or ends with what it is about: `Contact e-mail`, `Naam bedrijf`."""
    parts = key.split()
    for cut in range(1, len(parts)):
        sides = ((" ".join(parts[:cut]), " ".join(parts[cut:])), (" ".join(parts[cut:]), " ".join(parts[:cut])))
        for group, rest in sides:
            entity, word = words.groups.get(squeezed(group)), squeezed(rest)
            if entity not in entities:
                continue
            path, part = words.parts.get(word, ("", ""))
            if path.startswith(f"{entity}."):
                return Column(heading, path, part, f"'{rest}' of the {entity}")
            paths = [*words.fields.get(word, ()), *words.same.get(word, {}).values()]
            own = next((one for one in paths if one.startswith(f"{entity}.")), None)
            if own:
                return Column(heading, own, why=f"'{rest}' of the {entity}")
    return None


def _near(column: Column, kind: str, words: Vocabulary) -> Column:
    """A column that nobody knows may be a near miss of a known word: that is asked, not assumed."""
    key = bare(column.heading)
    slips = min(2, len(key) // SLIP)
    near = process.extractOne(squeezed(key), _known_words(kind, words), scorer=OSA.distance, score_cutoff=slips)
    if near is None or not slips:
        return column
    meant = _by_word(column.heading, near[0], kind, words)
    path = meant.path if meant else ""
    return Column(column.heading, doubt=f"is it '{near[0]}', {path}?", likeliest=path)


def _known_words(kind: str, words: Vocabulary) -> list[str]:
    entities = (ENTITY_OF[kind], *CARRIED[ENTITY_OF[kind]])
    return [word for word, paths in words.fields.items() if any(one.partition(".")[0] in entities for one in paths)]


def whole_names(columns: Sequence[Column]) -> dict[str, list[str]]:
    """By path, the headings of its parts in the order of a name; a path that has a column of its own is left out."""
    found: dict[str, dict[str, str]] = {}
    for column in columns:
        if column.part:
            found.setdefault(column.path, {}).setdefault(column.part, column.heading)
    return {path: [parts[one] for one in PARTS if one in parts] for path, parts in found.items()}
