"""What every marketing system can be told, and the answers it may give: done, again later, or never."""

from typing import Protocol

from msgspec import Struct


class Again(Exception):
    """It did not work this time: no answer, too busy, an error of theirs. The text says what."""


class Refused(Exception):
    """It will not work next time either. The text says why."""


class Told(Struct, frozen=True):
    """One thing to tell: contact `contact` (its id) `joined` or `left` the list `list`, or is `blocked` everywhere.

    `target` is the id of the list over there, `key` what identifies this telling for good."""

    key: str
    what: str
    contact: str
    list: str
    target: int | str | None
    reason: str
    at: str
    name: str = ""
    email: str = ""
    language: str = ""


class System(Protocol):
    """A system that is told; the same thing told twice must come to the same."""

    def tell(self, told: Told) -> None:
        """Tells one thing. Raises Again, Refused."""

    def close(self) -> None:
        """Ends every connection."""
