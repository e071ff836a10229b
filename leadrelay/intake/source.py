"""The bytes of a file or of standard input: kept on disk, checked to be text, and decoded without guessing twice."""

import codecs
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, TextIO

from msgspec import Struct

from leadrelay.errors import UnreadableFile
from leadrelay.intake.sheets.magic import is_workbook

STDIN = "-"
_BLOCK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x89PNG", "an image"),
)
_NOT_IN_1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))


WORKBOOK = ""
"""The encoding of what is no text but a workbook."""


class Source(Struct, frozen=True):
    """Text on disk that can be read more than once, or a workbook. `name` is what people call it; `encoding` as Python
    knows it."""

    name: str
    path: Path
    encoding: str

    @property
    def workbook(self) -> bool:
        """Whether this is a workbook of Excel or LibreOffice, and no text."""
        return self.encoding == WORKBOOK

    def text(self) -> TextIO:
        """The text from its beginning, line ends as they are; the caller closes it."""
        return self.path.open(encoding=self.encoding, newline="")

    def head(self, size: int = 1 << 16) -> str:
        """The first characters of the text."""
        with self.text() as text:
            return text.read(size)


@contextmanager
def opened(name: str, stdin: BinaryIO | None = None) -> Iterator[Source]:
    """The file of that name, or standard input ('-'), which is spooled to disk as pipes are.

    Raises UnreadableFile when it is not there, empty, or no text."""
    with ExitStack() as stack:
        try:
            path = Path(name)
            if name == STDIN:
                path = _spooled(stdin or sys.stdin.buffer, stack)
            elif not path.is_file():
                path = _spooled(stack.enter_context(path.open("rb")), stack)
            shown = "stdin" if name == STDIN else name
            source = Source(shown, path, _encoding(shown, path))
        except OSError as error:
            raise UnreadableFile(file=name, why=error.strerror or str(error)) from error
        yield source


def _spooled(incoming: BinaryIO, stack: ExitStack) -> Path:
    kept = stack.enter_context(tempfile.NamedTemporaryFile(prefix="leadrelay-"))  # noqa: SIM115 - the stack closes it
    copyfileobj(incoming, kept, _BLOCK)
    kept.flush()
    return Path(kept.name)


def _encoding(name: str, path: Path) -> str:
    """How the text is encoded, WORKBOOK if it is none: as its mark says, else UTF-8 if all of it is, else cp1252, else
    latin-1."""
    with path.open("rb") as file:
        head = file.read(8192)
    if not head:
        raise UnreadableFile(file=name, why="it is empty")
    if is_workbook(head):
        return WORKBOOK
    for mark, what in _MAGIC:
        if head.startswith(mark):
            raise UnreadableFile(file=name, why=f"it is not text but {what}")
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            fault = _fault(path, encoding)
            if fault:
                why = f"it begins as {encoding.removesuffix('-sig')} and then is not ({fault}); save it as UTF-8 again"
                raise UnreadableFile(file=name, why=why)
            return encoding
    if head.count(0) > len(head) // 20:
        raise UnreadableFile(file=name, why="it is not text but binary; save it as CSV (UTF-8) first")
    if not _fault(path, "utf-8"):
        return "utf-8"
    return "latin-1" if any(code in block for block in _blocks(path) for code in _NOT_IN_1252) else "cp1252"


def _fault(path: Path, encoding: str) -> str | None:
    """Why the bytes are not text in that encoding, or None when they are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return error.reason
    return None


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
