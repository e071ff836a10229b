"""A named list that is long: prepared once, kept on disk under the digest of its text, and looked into where it lies.

    $XDG_CACHE_HOME/leadrelay/lists/DIGEST      a line of JSON about it; then the entries, one a line, in byte order

Whatever is wrong with what is kept (no folder, torn, of another version), the list is simply read again.
"""

import mmap
from collections.abc import Iterable, Iterator, Set
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from leadrelay.checked import digest, folder, write_whole
from leadrelay.leads.fields import Value
from leadrelay.rulebook.problem import Problem

LONG = 5_000
"""A list with fewer entries is read as it stands."""
MOST_KEPT = 40
"""So many prepared lists are kept, the newest."""
OFTEN = 2_000
"""After so many questions all entries are taken into memory: from then on an answer takes no time at all."""
_VERSION = "list 1"


class LongList(Set[Value]):
    """The entries of a list, as a set that costs nothing until it is asked. `body`: the entries in byte order, each
    with a line feed behind it; `mark` tells lists with other entries apart."""

    __slots__ = ("_all", "_asked", "_body", "_count", "mark")

    def __init__(self, body: "bytes | mmap.mmap", start: int, count: int, mark: str) -> None:
        self._body, self._asked, self._count, self.mark = (body, start), 0, count, mark
        self._all: frozenset[Value] | None = None

    @classmethod
    def _from_iterable(cls, entries: Iterable[Value]) -> frozenset[Value]:  # type: ignore[override]
        return frozenset(entries)

    @property
    def entries(self) -> frozenset[Value]:
        """All of them, in memory."""
        if self._all is None:
            body, start = self._body
            self._all = frozenset(body[start:].decode().split("\n")[:-1])
        return self._all

    def __contains__(self, value: object) -> bool:
        if self._all is None and self._asked < OFTEN:
            self._asked += 1
            return isinstance(value, str) and self._found(value.encode("utf-8", "surrogatepass"))
        return value in self.entries

    def _found(self, wanted: bytes) -> bool:
        """Whether it is one of the lines, by halving."""
        body, low = self._body
        high = len(body)
        while low < high:
            middle = body.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = body.find(b"\n", middle, high)
            line = body[middle:end]
            if line == wanted:
                return True
            low, high = (end + 1, high) if line < wanted else (low, middle)
        return False

    def __iter__(self) -> Iterator[Value]:
        return iter(self.entries)

    def __len__(self) -> int:
        return self._count

    def __hash__(self) -> int:
        return hash(self.mark)

    def __eq__(self, other: object) -> bool:
        return self.mark == other.mark if isinstance(other, LongList) else self.entries == other


class _Head(Struct, frozen=True):
    """What is known of a prepared list beside its entries."""

    version: str
    count: int
    mark: str
    problems: list[Problem]


def made(entries: Set[str]) -> LongList:
    """A list of these entries, which have no line feeds in them."""
    body = b"".join(sorted(one.encode("utf-8", "surrogatepass") + b"\n" for one in entries))
    return LongList(body, 0, len(entries), sha256(body).hexdigest())


def key_of(file: str, text: str) -> str:
    """Under what a list is kept: all that its reading hangs on."""
    return digest("list", (file, text))


def kept(key: str) -> tuple[LongList, list[Problem]] | None:
    """The prepared list, with what is wrong with its file; None if there is none that can be used."""
    home = folder()
    if home is None:
        return None
    try:
        with (home / "lists" / key).open("rb") as file:
            body = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        start = body.find(b"\n") + 1
        head = msgspec.json.decode(body[:start], type=_Head)
        whole = start and body[-1:] == b"\n" and head.version == _VERSION
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
    return (LongList(body, start, head.count, head.mark), head.problems) if whole else None


def keep(key: str, found: LongList, problems: list[Problem]) -> None:
    """Keeps a prepared list, whole or not at all; of too many, the oldest go."""
    home = folder()
    if home is None:
        return
    body, start = found._body
    head = msgspec.json.encode(_Head(_VERSION, len(found), found.mark, problems))
    write_whole(home / "lists" / key, head + b"\n" + body[start:])
    try:
        _forget_oldest(home / "lists")
    except OSError:
        return


def _forget_oldest(home: Path) -> None:
    files = sorted((one for one in home.iterdir() if len(one.name) == 64), key=lambda one: one.stat().st_mtime)
    for file in files[:-MOST_KEPT]:
        file.unlink(missing_ok=True)
