"""An understanding written as an import map: what `--write-map` keeps, and what the import itself goes by."""

from pathlib import PurePosixPath
from typing import Any

import yaml

from leadrelay.intake.understand.understanding import Understanding
from leadrelay.leads.fields import Fields
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.rulebook.maps import FOLDER, load_map

_WIDTH = 110


def map_text(found: Understanding, name: str, source: str) -> str:
    """The map as a YAML text; doubts and columns that mean nothing stand in it as comments."""
    lines = [
        "# yaml-language-server: $schema=../.schema.json",
        f"# How '{_one_line(source)}' was understood. Change what is wrong.",
    ]
    lines += [f"# doubt: {_one_line(doubt.what)} ({_one_line(doubt.option)})" for doubt in found.doubts]
    unknown = [column.heading for column in found.columns if not column.path and not column.doubt]
    lines += [f"# not read: {', '.join(map(_one_line, unknown))}"] if unknown else []
    document: dict[str, Any] = {"map": name, **found.document}
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=_WIDTH, default_flow_style=None)
    return "\n".join(lines) + "\n" + text


def import_map(found: Understanding, source: str, fields: Fields) -> ImportMap:
    """The map that says what was understood."""
    name = PurePosixPath(source).stem
    file = f"{FOLDER}{name}.yaml"
    ctx = Context({file: map_text(found, name, source)}, fields=fields)
    map_ = load_map(ctx, file)
    if map_ is None or ctx.problems:
        raise AssertionError(f"what was understood of {source} is no map: {ctx.problems}")
    return map_


def _one_line(text: str) -> str:
    return " ".join(text.split())
