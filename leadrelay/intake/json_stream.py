"""JSON read piece by piece: the values of an array or object one at a time, each with the line it begins in."""

import json
from collections.abc import Iterator
from typing import Any, TextIO

LARGEST_VALUE = 4_000_000
"""Characters; one value that is longer (or never ends) is no row."""

BLANK = " \t\r\n"
_BLOCK = 1 << 16


class NotJson(ValueError):
    """A text that is no JSON; str() is the reason."""


def _decimal(text: str) -> str:
    """A decimal as written; three decimals get a fourth, so that nobody takes 1.234 for thousands."""
    return f"{text}0" if text[-4:-3] == "." else text


def _constant(text: str) -> None:
    raise ValueError(f"{text} is not a value of JSON")


DECODER = json.JSONDecoder(parse_float=_decimal, parse_int=str, parse_constant=_constant)
"""Numbers stay text, so that amounts are exact."""


class Stream:
    """A position in a JSON text. `line` is the line of the next value, from 1. Everything raises NotJson."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._buffer = ""
        self._at = 0
        self._over = False
        self.line = 1

    def peek(self) -> str:
        """The next character that is not blank; '' at the end."""
        while True:
            buffer, start = self._buffer, self._at
            while self._at < len(buffer) and buffer[self._at] in BLANK:
                self._at += 1
            self.line += buffer.count("\n", start, self._at)
            if self._at < len(buffer):
                return buffer[self._at]
            if not self._more():
                return ""

    def array(self) -> Iterator[tuple[int, Any]]:
        """The values of the array that begins here, with their lines."""
        self._expect("[")
        if self.peek() == "]":
            self._expect("]")
            return
        while True:
            self.peek()
            line = self.line
            yield line, self.value()
            if self.peek() == "]":
                self._expect("]")
                return
            self._expect(",")

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; the caller takes each value before asking for the next key."""
        self._expect("{")
        if self.peek() == "}":
            self._expect("}")
            return
        while True:
            if self.peek() != '"':
                raise NotJson(f"line {self.line}: a key in quotes should stand here")
            key = str(self.value())
            self._expect(":")
            yield key
            if self.peek() == "}":
                self._expect("}")
                return
            self._expect(",")

    def at_rows(self) -> bool:
        """Whether the next value is an array of objects."""
        if self.peek() != "[":
            return False
        after = self._buffer[self._at + 1 :].lstrip(BLANK)
        while not after and self._more():
            after = self._buffer[self._at + 1 :].lstrip(BLANK)
        return after.startswith("{")

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                reason = getattr(error, "msg", str(error))
            else:
                if end < len(self._buffer) or self._over or self._buffer[end - 1] in '}]"':
                    self.line += self._buffer.count("\n", self._at, end)
                    self._at = end
                    return value
                reason = ""
            if len(self._buffer) - self._at > LARGEST_VALUE:
                raise NotJson(f"line {self.line}: a value that begins here is too long or never ends")
            if not self._more():
                raise NotJson(f"line {self.line}: it is not JSON, or cut short ({reason})")

    def end(self) -> None:
        """Makes sure that nothing follows."""
        if self.peek():
            raise NotJson(f"line {self.line}: something follows the end of the document")

    def _expect(self, mark: str) -> None:
        found = self.peek()
        if found != mark:
            raise NotJson(
                f"line {self.line}: '{mark}' should stand here" + ("" if found else "; the text is cut short")
            )
        self._at += 1

    def _more(self) -> bool:
        """Reads on: as much again as is waiting, so that a long value is not tried too often."""
        if self._over:
            return False
        block = self._text.read(max(_BLOCK, len(self._buffer) - self._at))
        self._over = not block
        self._buffer = self._buffer[self._at :] + block
        self._at = 0
        return not self._over
