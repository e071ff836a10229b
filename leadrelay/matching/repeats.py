"""Pure: whether a request is the question that came a moment before: a double click, a form and then a mail."""

import re
from collections.abc import Iterable
from itertools import islice

from msgspec import Struct
from rapidfuzz import fuzz

from leadrelay.clock import MINUTE, Instant

_WORD = re.compile(r"\w+")
_UNSAID = (None, "other")
MOST = 20
"""With so many questions before it is each one compared."""


class Question(Struct, frozen=True):
    """What somebody asked, and when; `kind` and `product` as far as they were said."""

    request: str
    at: Instant
    summary: str | None
    kind: str | None = None
    product: str | None = None


def repeated(question: Question, before: Iterable[Question], minutes: int, likeness: float) -> Question | None:
    """The earliest of the same person's questions that this one says again, within so many minutes and so alike (0-1);
    None when it is another one, or says nothing. Another kind or product is another question."""
    text = _plain(question.summary)
    if not text:
        return None
    since = question.at - minutes * MINUTE
    near = sorted((one for one in before if since <= one.at <= question.at), key=lambda one: (one.at, one.request))
    alike = (one for one in islice(near, MOST) if _agree(question, one) and _alike(text, one) >= likeness)
    return next(alike, None)


def _alike(text: str, other: Question) -> float:
    return fuzz.ratio(text, _plain(other.summary)) / 100


def _agree(one: Question, other: Question) -> bool:
    """Whether nothing that both say is otherwise."""
    pairs = ((one.kind, other.kind), (one.product, other.product))
    return all(left in _UNSAID or right in _UNSAID or left == right for left, right in pairs)


def _plain(text: str | None) -> str:
    return " ".join(_WORD.findall((text or "").casefold()))
