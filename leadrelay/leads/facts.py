"""Facts as rows: which field stands in which slot, so that batches need no dictionary per subject."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct

from leadrelay.leads.derived import compute
from leadrelay.leads.fields import Fields, Formula, Value

Row = list[Value]
"""A subject's values, one per slot."""


class Slots(Struct, frozen=True, dict=True):
    """The paths that a batch reads, in the order of the row's values."""

    paths: tuple[str, ...]
    computed: tuple[tuple[str, Formula], ...] = ()
    """The own fields among them that are computed, in the order in which they can be; their sources have slots too."""

    @cached_property
    def index(self) -> dict[str, int]:
        """Path -> its place in a row."""
        return {path: slot for slot, path in enumerate(self.paths)}

    @classmethod
    def of(cls, paths: Iterable[str], fields: Fields | None = None) -> "Slots":
        """Slots for these paths, each once, in order of first mention; then for what computed ones follow from."""
        known = fields or Fields()
        found = known.with_sources(paths)
        formulas = known.formulas
        return cls(found, tuple((path, formula) for path, formula in formulas.items() if path in found))

    @cached_property
    def feeds(self) -> frozenset[str]:
        """The paths that some computed field follows from."""
        return frozenset(source for _, formula in self.computed for source in formula.of)

    @cached_property
    def of_owner(self) -> tuple[str, ...]:
        """The paths of facts of the owner."""
        return tuple(path for path in self.paths if path.startswith("owner."))

    def fill(self, row: Row) -> None:
        """Computes the computed fields of a row anew."""
        for path, formula in self.computed:
            row[self.index[path]] = compute(formula, [row[self.index[source]] for source in formula.of])

    def facts(self, row: Sequence[Value]) -> dict[str, Value]:
        """A row as a mapping from path to value."""
        return dict(zip(self.paths, row, strict=True))
