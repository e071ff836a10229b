"""A SQLite file that we may read and not write: on a read-only disk, in a backup, of another account."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote


def opened_to_read(path: Path, wait: float) -> sqlite3.Connection | None:
    """A connection that can only read, when nothing else is allowed; None when the file can be opened as always.

    A file with a journal (its last changes) is read together with it. Without one SQLite would want to make one, and is
    told that nobody changes the file. Raises sqlite3.Error."""
    if not path.exists() or _may_write(path):
        return None
    sure = "" if _has_journal(path) else "&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro{sure}", timeout=wait, check_same_thread=False, uri=True)


def _may_write(path: Path) -> bool:
    """Whether we may write the file and the two beside it, which readers write too."""
    if not os.access(path, os.W_OK):
        return False
    beside = [path.with_name(path.name + ending) for ending in ("-wal", "-shm")]
    return os.access(path.parent, os.W_OK) or all(os.access(one, os.W_OK) for one in beside)


def _has_journal(path: Path) -> bool:
    """Whether there are changes that are not in the file yet."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except OSError:
        return False
