"""Changes as CSV in the columns of the system that gets them: one whole file a run and map, or none."""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from leadrelay.private import make_folder, open_private
from leadrelay.rulebook.import_map import WriteBack
from leadrelay.store.foreign import Foreign
from leadrelay.store.write_backs import WriteBack as Owed

FOLDER = "var/write_back"


def write_file(folder: Path, batch: str, back: WriteBack, owed: Sequence[Owed], known: dict[str, Foreign]) -> Path:
    """Writes `batch`.csv: a row for each record, with all fields of the map; those that did not change are as we know
    them. It appears whole: a reader never sees half of it. Raises OSError."""
    make_folder(folder)
    rows: dict[str, dict[str, str]] = {}
    for one in owed:
        row = rows.setdefault(one.subject, {back.id: one.foreign_id, **_held(back, known.get(one.subject))})
        row[one.field] = one.value
    text = io.StringIO()
    names = [back.id, *(one.name for one in back.fields)]
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    path, draft = folder / f"{batch}.csv", folder / f".{batch}.csv.part"
    with open_private(draft, "w", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def _held(back: WriteBack, known: Foreign | None) -> dict[str, str]:
    holds = known.holds if known else {}
    found = {}
    for one in back.fields:
        text = next((holds[column.casefold()] for column in one.columns if column.casefold() in holds), None)
        if text is not None:
            found[one.name] = text
    return found
