"""Puts the files of a version into a folder."""

from collections.abc import Mapping
from pathlib import Path

from leadrelay.errors import CannotWrite
from leadrelay.rulebook.load import FOLDERS, is_text
from leadrelay.rulebook.packs import FILE as PACKS_FILE
from leadrelay.rulebook.packs import switched_on
from leadrelay.rulebook.place import PACKS


def write_files(
    folder: Path, files: Mapping[str, str], there: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Makes a project folder hold the files of a version, where it held `there`: which were written, and which removed.

    Only texts count. Packs that the version has switched off stay where they are. Each file is replaced as a whole.
    Raises CannotWrite, for a file that cannot be; those before it are done."""
    written = tuple(file for file in sorted(files) if is_text(file) and there.get(file) != files[file])
    ours = (*(f"{part}/" for part in FOLDERS), *(f"{PACKS}{name}/" for name in switched_on(files.get(PACKS_FILE))))
    removed = tuple(file for file in sorted(there) if is_text(file) and file not in files and file.startswith(ours))
    for file in written:
        _write(folder / file, files[file])
    for file in removed:
        try:
            (folder / file).unlink(missing_ok=True)
        except OSError as error:
            raise CannotWrite(file=folder / file, why=error.strerror) from error
    return written, removed


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")  # hidden, so that nobody reads it half
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(text.encode("utf-8", "surrogateescape"))
        beside.replace(path)
    except OSError as error:
        raise CannotWrite(file=path, why=error.strerror) from error
