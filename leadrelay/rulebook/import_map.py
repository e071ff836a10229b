"""An import map as values: which column of a source becomes which field, and how its values are read."""

from decimal import Decimal

from msgspec import Struct, field

from leadrelay.leads.fields import Field
from leadrelay.rulebook.place import NOWHERE, Place

READ_AS = ("text", "number", "money", "yes_no", "date", "time", "choice", "list", "domain", "email")
ORDERS = ("day-first", "month-first", "year-first")
"""What a map may say instead of a date's format: the order in which a date of three numbers has its parts."""
SERIAL = "serial"
"""What a map may say instead of a date's format: dates are the days since 1900 that spreadsheets count."""
NUMBER_STYLES = ("auto", "english", "european")
LOOKUPS = ("person", "account")
KEEP = ("newest", "latest", "earliest", "first")
"""When rows about one record differ: the newest row counts, the latest or earliest time, or the first value ever."""
INVALID = ("reject", "blank")
PERSON_AS = ("id", "name", "email")
"""How a person of ours is called in another system."""
WRITE_AS = ("text", "number", "yes_no")


class ValueTable(Struct, frozen=True):
    """Their value -> ours (None: blank). Patterns are casefolded and may hold `*`; the first that fits counts.

    A value that fits none stays itself, or becomes `otherwise` if `closed`."""

    rows: tuple[tuple[str, str | None], ...] = ()
    otherwise: str | None = None
    closed: bool = False
    written: tuple[str, ...] = ()
    """The patterns as they stand in the file, for the way back."""


class Target(Struct, frozen=True):
    """One field, filled from one column (`text` is None) or from several joined by `text`, such as '{First} {Last}'."""

    field: Field
    columns: tuple[str, ...]
    text: str | None = None
    read_as: str = ""
    values: ValueTable | None = None
    dates: tuple[str, ...] = ()
    numbers: str = "auto"
    times: Decimal = Decimal(1)
    lookup: str = ""
    keep: str = "newest"
    invalid: str = "reject"
    place: Place = NOWHERE


class Constant(Struct, frozen=True):
    """A field that has the same value for every row."""

    field: Field
    text: str
    place: Place = NOWHERE


class RowRule(Struct, frozen=True):
    """Rows whose `column` holds one of these values (casefolded) are rejected, with that reason."""

    column: str
    reasons: tuple[tuple[str, str], ...]


class Shape(Struct, frozen=True):
    """How rows stand in JSON and XML: `each` are dotted paths to them, the first that is there counts; `pairs` are
    columns that hold the name of another column, each with the one that holds its value; rows whose column fits none of
    its (casefolded) patterns in `only` are passed over, unless they have no such column."""

    each: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()


class WriteField(Struct, frozen=True):
    """A field of another system, filled from ours: from one, or from several woven into `text`.

    `columns` are those in which their exports have it; `values` turns ours (casefolded) into theirs; `person`: how
    people are called there; `dates`: the format of times and dates."""

    name: str
    sources: tuple[Field, ...]
    columns: tuple[str, ...]
    text: str | None = None
    values: ValueTable | None = None
    person: str = "id"
    written_as: str = "text"
    dates: str | None = None
    place: Place = NOWHERE


class WriteBack(Struct, frozen=True):
    """What another system is told of our changes. `id` is its name for its id, `id_columns` where exports have that;
    `modified` the columns that say when the record was changed there."""

    object: str
    id: str
    id_columns: tuple[str, ...]
    modified: tuple[str, ...] = ()
    fields: tuple[WriteField, ...] = ()


class ImportMap(Struct, frozen=True):
    """A whole map. `skip` are casefolded column patterns that are known and not wanted; `prefixes` by entity stand
    before every id of that entity; `modified` are the columns that say when a record was changed there."""

    name: str
    kind: str
    targets: tuple[Target, ...] = ()
    constants: tuple[Constant, ...] = ()
    skip: tuple[str, ...] = ()
    rejects: tuple[RowRule, ...] = ()
    prefixes: dict[str, str] = field(default_factory=dict)
    zone: str | None = None
    system: str = ""
    shape: Shape = Shape()
    write_back: WriteBack | None = None
    modified: tuple[str, ...] = ()
    place: Place = NOWHERE
