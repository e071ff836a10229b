"""Files and folders that hold people's data or keys: 0600 and 0700, whatever the umask of whoever runs us."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

FILE, FOLDER = 0o600, 0o700
UMASK = 0o077
"""For processes whose files are not opened by us."""


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it that are missing, each for its owner alone; what is there stays as it is.

    Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):  # another process was quicker
        folder.mkdir(mode=FOLDER)
    if not folder.is_dir():
        raise NotADirectoryError(20, "it is not a folder", str(folder))


def open_private(path: Path, mode: str, **more: Any) -> IO[Any]:
    """Opens a file for writing ('w', 'a', 'x', with 'b' or without) that only its owner may read; one that was there
    with wider rights gets these. Raises OSError."""
    return open(path, mode, opener=_opener(mode), **more)


def write_private(path: Path, content: bytes) -> None:
    """Writes a file as a whole, for its owner alone. Raises OSError."""
    with open_private(path, "wb") as file:
        file.write(content)


def make_file(path: Path) -> None:
    """Makes an empty file for its owner alone, unless there is one. Raises OSError."""
    with suppress(FileExistsError), open_private(path, "xb"):
        pass


def is_private(path: Path) -> bool:
    """Whether nobody but the owner, who we are, can open it. Raises OSError."""
    found = path.stat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o077


def _opener(mode: str) -> Callable[[str, int], int]:
    def opened(name: str, flags: int) -> int:
        number = os.open(name, flags, FILE)
        if "x" not in mode:
            with suppress(PermissionError):  # somebody else's, who lets us write to it
                os.fchmod(number, FILE)
        return number

    return opened
