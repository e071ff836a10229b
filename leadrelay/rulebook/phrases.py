"""Finds the words and phrases of a list in a text, as whole words, whatever their case, accents and inner spacing.

A text is cut into words (letters, digits and underscores, of any script) and single other signs; spaces count for
nothing. A phrase is in a text if its pieces follow each other there: 'running deal' is in 'a running  deal?', 'p.o.' in
'P.O. 12', and 'order' not in 'border'. The work grows with the text times the longest phrase, whatever the text.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from unicodedata import category, normalize

Words = tuple[str, ...]
_PIECES = re.compile(r"\w+|[^\w\s]")
_SAME = {ord("’"): "'", ord("‘"): "'", ord("ʼ"): "'", ord("‐"): "-", ord("‑"): "-"}


class _Unmarked(dict[int, str | int | None]):
    """For `str.translate`: accents and other marks, and signs that are not seen, are left out."""

    def __missing__(self, code: int) -> int | None:
        kind = category(chr(code))
        kept = None if kind[0] == "M" or kind == "Cf" else code
        self[code] = kept
        return kept


_UNMARKED = _Unmarked(_SAME)


def plain(text: str) -> str:
    """The text without case, accents and invisible signs; the curly apostrophe and the odd hyphen made ordinary."""
    if text.isascii():
        return text.lower()
    # Marks go first, because putting a long run of them in order, as normalize does, takes the square of its length.
    return normalize("NFKD", text.translate(_UNMARKED)).casefold().translate(_UNMARKED)


@lru_cache(maxsize=4)
def words_of(text: str) -> Words:
    """The pieces of a text; the last few are kept, as several tests in a row look at the same one."""
    return tuple(_PIECES.findall(plain(text)))


class _Node:
    """The pieces that may come next, and the phrase that ends here."""

    __slots__ = ("next", "phrase")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.phrase: str | None = None


class Phrases:
    """Phrases made ready to be looked for. A phrase without any piece is in no text."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._root = _Node()
        for phrase in sorted(phrases):
            node = self._root
            for piece in _PIECES.findall(plain(phrase)):
                node = node.next.setdefault(piece, _Node())
            if node is not self._root:
                node.phrase = phrase

    def __bool__(self) -> bool:
        return bool(self._root.next)

    def found(self, text: str) -> Iterator[str]:
        """The phrases in the text, as the list has them: by where they begin, of one place the shortest first."""
        words = words_of(text)
        first = self._root.next
        for start, word in enumerate(words):
            node = first.get(word)
            place = start + 1
            while node is not None:
                if node.phrase is not None:
                    yield node.phrase
                node = node.next.get(words[place]) if place < len(words) else None
                place += 1
