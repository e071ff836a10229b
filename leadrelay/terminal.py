"""What reaches a terminal: text alone. Characters that steer a terminal, or hide and turn round other text, are shown.

They are shown as JSON writes them (`\\u009b`), so that JSON stays the same document, and a person sees what is there.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, TextIO, cast

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and line feed; U+009B is what ESC [ is
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # text from right to left, and back
    "\u2028\u2029\ufff9-\ufffb\U000e0000-\U000e007f"  # ends of lines, annotations and tags that nobody sees
    "\ud800-\udfff]"  # halves of characters, which no output can hold
)


def visible(text: str) -> str:
    """The text with every character shown that would steer a terminal."""
    return text if text.isprintable() else _STEERING.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD7C0 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


class Guarded:
    """A stream of text that writes only what is visible; otherwise it is the stream that it guards."""

    def __init__(self, stream: TextIO) -> None:
        self.guarded = stream

    def write(self, text: str) -> int:
        """Writes the text, made visible; what the stream's encoding lacks is shown in the same way."""
        shown = visible(text)
        try:
            self.guarded.write(shown)
        except UnicodeEncodeError:
            encoding = self.guarded.encoding or "ascii"
            self.guarded.write(shown.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        """Writes each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # the way around
            raise AttributeError(name)
        return getattr(self.guarded, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Standard output and error are guarded inside of it."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, Guarded(one)) for one in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def unguarded(stream: TextIO) -> TextIO:
    """The stream itself, for what draws on a terminal with characters of its own."""
    return stream.guarded if isinstance(stream, Guarded) else stream


def for_data() -> TextIO:
    """Where data goes that must be what it is, byte by byte, in UTF-8: standard output, guarded if it is a terminal."""
    bare = unguarded(sys.stdout)
    if bare.isatty():
        return sys.stdout
    if isinstance(bare, TextIOWrapper):
        bare.reconfigure(encoding="utf-8", errors="surrogateescape")
    return bare
