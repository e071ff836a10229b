"""From a source to the table in it and what it means: by its map, by its columns' own names, or understood."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fnmatch import fnmatch
from pathlib import PurePath

from msgspec import Struct, field

from leadrelay.errors import ImportDoubts, UnknownImportKind, UnknownSheet, UnreadableFile
from leadrelay.intake.csv_reader import csv_lines
from leadrelay.intake.find_map import fitting_map
from leadrelay.intake.mapping import guess_kind
from leadrelay.intake.report import shortened
from leadrelay.intake.rows import Table
from leadrelay.intake.sheets.arranged import arranged
from leadrelay.intake.sheets.workbook import Sheet, sheets_of
from leadrelay.intake.source import Source
from leadrelay.intake.tables import is_delimited, table_of
from leadrelay.intake.understand.as_map import import_map
from leadrelay.intake.understand.understanding import Answers, Doubt, Understanding, understood
from leadrelay.leads.fields import Fields
from leadrelay.leads.records import ENTITY_OF, field_for
from leadrelay.rulebook.headings import Vocabulary, bare, squeezed
from leadrelay.rulebook.import_map import ImportMap, Shape

_Known = Callable[[str], bool]
LEAST = 2
"""A sheet of which fewer columns mean something is not what was meant, if another one has more."""


class Words(Struct, frozen=True):
    """What a project knows of files from elsewhere: words for columns, its fields, its maps, and what day it is."""

    vocabulary: Vocabulary
    fields: Fields
    files: Mapping[str, str]
    today: date


class Opened(Struct, frozen=True):
    """A table and how to read it. `map_`: given, shipped, or what was `understood`; None: columns are fields."""

    table: Table
    kind: str
    map_: ImportMap | None = None
    understood: Understanding | None = None
    sheet: str = ""
    notes: list[str] = field(default_factory=list)


class _Candidate(Struct, frozen=True):
    """A table that a source may mean: of a workbook, one sheet."""

    table: Table
    notes: list[str]
    sheet: str = ""
    typed: frozenset[int] = frozenset()


def opened_with(source: Source, map_: ImportMap, kind: str, answers: Answers) -> Opened:
    """The table in a source for which there is a map. Raises UnreadableFile, UnknownSheet."""
    columns = {bare(column) for target in map_.targets for column in target.columns}

    def read(table: Table) -> int:
        return sum(bare(name) in columns for name in table.columns)

    def known(heading: str) -> bool:
        key = bare(heading)
        return key in columns or any(column.endswith(f" {key}") for column in columns)

    def is_group(heading: str) -> bool:
        return any(column.startswith(f"{bare(heading)} ") for column in columns)

    if source.workbook:
        found = _sheets(source, known, is_group)
    else:
        table = table_of(source, kind, map_.shape)
        if not is_delimited(source) or read(table) == len(columns):
            return Opened(table, kind, map_)
        found = [_Candidate(table, []), _lines(source, known, is_group)]
    best = max(found, key=lambda one: read(one.table))
    chosen = _named(found, answers.sheet) if answers.sheet else best
    return Opened(chosen.table, kind, map_, None, chosen.sheet, chosen.notes)


def opened_without(source: Source, words: Words, wanted: str | None, answers: Answers, settle: bool) -> Opened:
    """The table in a source without a map, and what it means. `wanted`: of several arrays in JSON the one of that name;
    `settle`: whether what has to be said first is raised.

    Raises UnreadableFile, UnknownSheet, UnknownImportKind, and ImportDoubts."""
    readings = [(one, _understood(one, source, words, answers)) for one in _candidates(source, words, wanted)]
    if answers.sheet:
        chosen = _named([one for one, _ in readings], answers.sheet)
        readings = [(one, found) for one, found in readings if one is chosen]
    meant = [(one, found) for one, found in readings if found.known >= LEAST and one.table.count]
    if len(meant) > 1 and not answers.sheet:
        raise _which_sheet(source, [one for one, _ in meant])
    chosen, found = (meant or readings)[0]
    return _chosen(source, chosen, found, words, answers, settle)


def _chosen(
    source: Source, one: _Candidate, found: Understanding, words: Words, answers: Answers, settle: bool
) -> Opened:
    """By name where that says as much, by a map of the project where one fits, else as understood."""
    columns = one.table.columns
    by_name = answers.kind or guess_kind(columns, PurePath(source.name).stem, words.fields)
    named = _named_as(columns, by_name, words.fields) if by_name else 0
    if by_name and not answers.columns and named >= found.known and (answers.kind or named * 2 >= len(columns)):
        return Opened(one.table, by_name, None, None, one.sheet, one.notes)
    fitting = fitting_map(columns, words.files, words.fields)
    if fitting and _reads(fitting, columns) >= found.known and answers.kind in (None, fitting.kind):
        note = f"read by the map {fitting.name}, which has these columns"
        return Opened(one.table, fitting.kind, fitting, None, one.sheet, [*one.notes, note])
    if found.doubts and found.known and settle:
        raise ImportDoubts(file=source.name, doubts=_listed(found.doubts)).of(found.doubts, found)
    if not found.known or not (found.kind.kind or found.doubts):
        raise _unknown(source, columns, words.fields)
    if not found.kind.kind:
        return Opened(one.table, "", None, found, one.sheet, one.notes)
    return Opened(one.table, found.kind.kind, import_map(found, source.name, words.fields), found, one.sheet, one.notes)


def _candidates(source: Source, words: Words, wanted: str | None) -> list[_Candidate]:
    known, is_group = _knows(words), _groups(words)
    if source.workbook:
        return _sheets(source, known, is_group)
    if not is_delimited(source):
        return [_Candidate(table_of(source, wanted, Shape()), [])]
    return [_lines(source, known, is_group)]


def _lines(source: Source, known: _Known, is_group: _Known) -> _Candidate:
    """The table in a delimited text. Raises UnreadableFile."""
    found = arranged(csv_lines(source), known, is_group)
    if found is None:
        raise UnreadableFile(file=source.name, why="it holds no header and no rows")
    return _Candidate(found.table, found.notes)


def _sheets(source: Source, known: _Known, is_group: _Known) -> list[_Candidate]:
    """The tables in the sheets of a workbook. Raises UnreadableFile when there are none."""
    found = [one for sheet in sheets_of(source.name, source.path) if (one := _sheet(sheet, known, is_group))]
    if not found:
        raise UnreadableFile(file=source.name, why="its sheets hold no header and no rows")
    return found


def _sheet(sheet: Sheet, known: _Known, is_group: _Known) -> _Candidate | None:
    found = arranged(sheet.cells, known, is_group, sheet.merged)
    if found is None:
        return None
    broken = [f"{sheet.broken} cells hold an error (#N/A …) and were read as blank"] if sheet.broken else []
    return _Candidate(found.table, [*found.notes, *broken], sheet.name, sheet.typed)


def _understood(one: _Candidate, source: Source, words: Words, answers: Answers) -> Understanding:
    names = [name for name in (one.sheet, PurePath(source.name).stem) if name]
    return understood(one.table, names, words.vocabulary, words.fields, answers, words.today, one.typed)


def _knows(words: Words) -> _Known:
    vocabulary = words.vocabulary

    def known(heading: str) -> bool:
        key = squeezed(bare(heading))
        if key in vocabulary.fields or key in vocabulary.same or key in vocabulary.parts:
            return True
        return any(field_for(heading, kind, words.fields) for kind in ENTITY_OF)

    return known


def _groups(words: Words) -> _Known:
    return lambda text: squeezed(bare(text)) in words.vocabulary.groups


def _named(found: Sequence[_Candidate], sheet: str) -> _Candidate:
    for one in found:
        if one.sheet.strip().casefold() == sheet.strip().casefold():
            return one
    raise UnknownSheet(sheet=sheet, known=", ".join(one.sheet for one in found) or "none")


def _which_sheet(source: Source, found: Sequence[_Candidate]) -> ImportDoubts:
    names = tuple(one.sheet for one in found)
    what = f"it has {len(names)} sheets with rows: {', '.join(names)}"
    doubts = [Doubt(what, f"--sheet '{names[0]}'", names, "sheet")]
    return ImportDoubts(file=source.name, doubts=_listed(doubts)).of(doubts, None)


def _listed(doubts: Sequence[Doubt]) -> str:
    return "".join(f"\n  {doubt.what}: {doubt.option}" for doubt in doubts)


def _named_as(columns: Sequence[str], kind: str, fields: Fields) -> int:
    return sum(field_for(column, kind, fields) is not None for column in columns)


def _reads(map_: ImportMap, columns: Sequence[str]) -> int:
    """How many of the columns a map reads, or knows that it does not want."""
    read = {bare(column) for target in map_.targets for column in target.columns}
    skipped = [pattern for pattern in map_.skip if pattern != "*"]
    return sum(bare(one) in read or any(fnmatch(one.casefold(), pattern) for pattern in skipped) for one in columns)


def _unknown(source: Source, columns: Sequence[str], fields: Fields) -> UnreadableFile | UnknownImportKind:
    """No column means anything: the wrong file, map or delimiter; or they mean too little to say what a row is."""
    if any(field_for(column, kind, fields) for column in columns for kind in ENTITY_OF):
        return UnknownImportKind(file=source.name)
    names = shortened(", ".join(filter(None, columns)))
    return UnreadableFile(file=source.name, why=f"none of its columns is a field or in the map: {names}")
