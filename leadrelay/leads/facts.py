"""Facts as rows: which field stands in which slot, so that batches need no dictionary per subject."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct

from leadrelay.leads.fields import Value

Row = list[Value]
"""A subject's values, one per slot."""


class Slots(Struct, frozen=True, dict=True):
    """The paths that a batch reads, in the order of the row's values."""

    paths: tuple[str, ...]

    @cached_property
    def index(self) -> dict[str, int]:
        """Path -> its place in a row."""
        return {path: slot for slot, path in enumerate(self.paths)}

    @classmethod
    def of(cls, paths: Iterable[str]) -> "Slots":
        """Slots for these paths, each once, in order of first mention."""
        return cls(tuple(dict.fromkeys(paths)))

    def facts(self, row: Sequence[Value]) -> dict[str, Value]:
        """A row as a mapping from path to value."""
        return dict(zip(self.paths, row, strict=True))
