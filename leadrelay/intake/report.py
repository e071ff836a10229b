"""What one import did: counts, rejected rows with their reasons, columns that nobody knows."""

from pathlib import Path

from msgspec import Struct, field

from leadrelay.intake.understand.understanding import Understanding

SHOWN = 200
"""A rejected value is told up to this many characters."""


class Rejection(Struct, frozen=True):
    """Why one row was not taken. `line` is where the row begins in the file; `column` and `value` may be empty."""

    line: int
    column: str
    value: str
    reason: str

    def as_dict(self) -> dict[str, object]:
        """As `import --json` prints it."""
        return {"line": self.line, "column": self.column, "value": self.value, "reason": self.reason}


class ImportReport(Struct):
    """The outcome for one file; rows = taken + rejected + unchanged. `notes` are lines for a person to read."""

    file: str
    kind: str
    rows: int = 0
    taken: int = 0
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    refused_columns: list[str] = field(default_factory=list)
    """Columns of fields that whoever sent the rows may not give."""
    rejected_file: Path | None = None
    notes: list[str] = field(default_factory=list)
    taken_lines: set[int] = field(default_factory=set)
    """The lines of the rows that were taken."""
    history: int = 0
    """Rows that were taken as history."""
    late: int = 0
    """Values that came after newer ones of the same field."""
    deviations: int = 0
    """Deals that another system moved past a gate, or after they were closed here."""
    repeats: int = 0
    """Rows without an id that said again what had just come."""
    unread: int = 0
    """Requests that were taken with values that could not be read."""
    sheet: str = ""
    understood: Understanding | None = None
    """What a file without a map was taken to mean."""

    @property
    def rejected(self) -> int:
        """How many rows were not taken."""
        return len(self.rejections)

    def as_dict(self) -> dict[str, object]:
        """The JSON document of the contract."""
        return {
            "file": self.file,
            "as": self.kind,
            "rows": self.rows,
            "taken": self.taken,
            "rejected": self.rejected,
            "unchanged": self.unchanged,
            "rejections": [one.as_dict() for one in self.rejections],
            "unknown_columns": self.unknown_columns,
            **({"understood": self.understood.as_dict()} if self.understood else {}),
        }


def shortened(value: object) -> str:
    """A value as a report shows it: one line, not longer than SHOWN."""
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
