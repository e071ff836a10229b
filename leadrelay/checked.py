"""Remembers, in the user's cache folder, what was looked at and found to have no fault, so that it need not be again.

    $XDG_CACHE_HOME/leadrelay/sound      a line for each: the digest of all that the judgement hangs on, and a number
    $XDG_CACHE_HOME/leadrelay/lists/…     long lists, prepared (rulebook/long_list.py)

Only the soundness of exactly this is remembered: of the same bytes, by the same program on the same libraries. Whatever
is wrong with the cache (no folder, read-only, torn, of another version), the work is simply done.
"""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from leadrelay.private import make_folder

FOLDER = "LEADRELAY_CACHE"
"""The environment variable that names another folder; empty: nothing is remembered."""
MOST = 4000
"""So many lines are kept, the newest last."""


class Sound:
    """What is known to be sound. `keep` writes what was added."""

    def __init__(self) -> None:
        self._known: dict[str, int] | None = None
        self._fresh: dict[str, int] = {}

    def get(self, key: str) -> int | None:
        """The number kept with a digest, if that is known to be sound."""
        if self._known is None:
            self._known = dict(_lines(_read()))
        return self._known.get(key)

    def add(self, key: str, number: int = 0) -> None:
        """Something more is sound."""
        if self.get(key) is None:
            self._fresh[key] = number

    def keep(self) -> None:
        """Writes what was added, whole or not at all; what another process adds meanwhile may be lost."""
        if not self._fresh or (path := _path()) is None:
            return
        lines = [*dict(_lines(_read())).items(), *self._fresh.items()][-MOST:]
        text = "".join(f"{key} {number}\n" for key, number in lines)
        self._fresh = {}
        write_whole(path, text.encode("ascii"))


def digest(what: str, parts: Iterable[str | bytes]) -> str:
    """The digest of all that a judgement hangs on: what is judged, this program and its libraries, and these parts."""
    whole = sha256(f"{what}\0{_program()}\0".encode())
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        whole.update(b"%d\0" % len(raw))
        whole.update(raw)
    return whole.hexdigest()


def parts_of(project: Path) -> list[str | bytes] | None:
    """Everything in a project folder that `check` reads, and the environment that it heeds; None: it cannot be read."""
    heeded = sorted(key for key in os.environ if key.startswith("LEADRELAY_"))
    parts: list[str | bytes] = [f"{key}={os.environ[key]}" for key in heeded]
    try:
        settings = project / "leadrelay.toml"
        parts.append(settings.read_bytes() if settings.is_file() else b"no settings")
        for part in ("rules", "templates", "packs"):
            for path in sorted((project / part).rglob("*")):
                if path.is_file():
                    parts += (path.relative_to(project).as_posix(), path.read_bytes())
    except OSError:
        return None
    return parts


@cache
def _program() -> str:
    """What tells this program and its libraries from others: sizes and times of its files, and of what is installed."""
    here = Path(__file__).resolve().parent
    looked_at = sorted(here.rglob("*.py"))
    for library in ("jinja2", "yaml", "holidays", "msgspec"):
        spec = find_spec(library)
        if spec is not None and spec.origin:
            looked_at += [Path(spec.origin), Path(spec.origin).parent.parent]
    found = [f"{sys.version} {here}"]
    for path in looked_at:
        about = path.stat()
        found.append(f"{path} {about.st_size} {about.st_mtime_ns}")
    return sha256("\n".join(found).encode("utf-8", "surrogateescape")).hexdigest()


def folder() -> Path | None:
    """The cache folder, which need not be there yet; None: nothing is to be remembered."""
    named = os.environ.get(FOLDER)
    if named is not None:
        return Path(named) if named else None
    chosen = os.environ.get("XDG_CACHE_HOME")
    try:
        home = Path(chosen) if chosen else Path("~/.cache").expanduser()
    except RuntimeError:  # nobody's home
        return None
    return home / "leadrelay" if home.is_absolute() else None


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file of the cache, whole or, if it cannot be, not at all."""
    try:
        make_folder(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        return


def _path() -> Path | None:
    home = folder()
    return home / "sound" if home else None


def _read() -> str:
    path = _path()
    try:
        return path.read_text(encoding="ascii") if path else ""
    except (OSError, ValueError):
        return ""


def _lines(text: str) -> Iterator[tuple[str, int]]:
    for line in text.splitlines():
        key, _, number = line.partition(" ")
        if len(key) == 64 and number.isdecimal() and len(number) < 9:
            yield key, int(number)
