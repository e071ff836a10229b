"""Finds the import map that `--map` names: a file, or a name in the project's rules/maps."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from leadrelay.errors import BadMap, UnknownMap, UnreadableFile
from leadrelay.leads.fields import Fields
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.rulebook.maps import FOLDER, load_map, load_maps

NEARLY = 0.8
"""So much of a map's columns must be there for the map to be proposed."""


def find_map(name: str, files: Mapping[str, str], fields: Fields) -> ImportMap:
    """The map called `name` among the project's `files`, or in the file `name`.

    Raises UnknownMap, UnreadableFile, and BadMap with the first fault in it."""
    try:
        return map_in_project(name, files, fields)
    except UnknownMap:
        path = Path(name)
        if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file fails for names that are too long
            raise
    try:
        return _loaded(name, {name: path.read_text(encoding="utf-8")}, fields)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(file=name, why=getattr(error, "strerror", None) or "it is not UTF-8 text") from error


def map_in_project(name: str, files: Mapping[str, str], fields: Fields) -> ImportMap:
    """The map called `name` among the project's `files`; never a file elsewhere.

    Raises UnknownMap, and BadMap with the first fault in it."""
    inside = {PurePosixPath(file).stem: file for file in files if file.startswith(FOLDER) and file.endswith(".yaml")}
    file = inside.get(name) or inside.get(name.replace(".", "_"))
    if file is None:
        raise UnknownMap(name=name, known=", ".join(sorted(inside)) or "none")
    return _loaded(file, files, fields)


def fitting_map(columns: Iterable[str], files: Mapping[str, str], fields: Fields) -> ImportMap | None:
    """The project's map whose columns these are, nearly all of them; None when there is none."""
    there = {_bare(column) for column in columns}
    best: ImportMap | None = None
    best_score = (0.0, 0)
    for one in load_maps(Context(dict(files), fields=fields)).values():
        read = {_bare(column) for target in one.targets for column in target.columns}
        found = len(read & there)
        score = (found / max(1, len(read)), found)
        if found >= 3 and score[0] >= NEARLY and score > best_score:
            best, best_score = one, score
    return best


def _bare(column: str) -> str:
    return " ".join(column.split()).casefold()


def _loaded(file: str, files: Mapping[str, str], fields: Fields) -> ImportMap:
    ctx = Context(dict(files), fields=fields)
    found = load_map(ctx, file)
    errors = [problem for problem in ctx.problems if problem.severity == "error"]
    if found is None or errors:
        first = errors[0] if errors else None
        place = first.place if first else None
        raise BadMap(
            file=place.file if place else file,
            line=place.line if place else 1,
            column=place.column if place else 1,
            what=first.message.rstrip(".") if first else "it is empty",
            remedy=first.remedy if first else "Say what a row is (kind: requests) and name its columns.",
        )
    return found
