"""A table without a map understood: its kind, its columns and how they are written, as a map, with every doubt."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.intake.rows import Table
from leadrelay.intake.understand.amounts import amount_form, scale_of
from leadrelay.intake.understand.choices import strangers, values_of
from leadrelay.intake.understand.columns import SAID, Column, columns_as, whole_names
from leadrelay.intake.understand.dates import date_form
from leadrelay.intake.understand.kinds import Kind, kind_of
from leadrelay.intake.understand.samples import Samples, samples_of
from leadrelay.leads.fields import Field, Fields, Type
from leadrelay.leads.records import ENTITY_OF, importable
from leadrelay.matching.names import name_of
from leadrelay.rulebook.headings import Vocabulary, bare, squeezed

TOLERANT = ("contact.email", "account.domain", "account.employees", "account.revenue")
"""Fields whose unreadable cells are left blank: a request is not refused for them."""
PAST = ("request.received_at", "activity.at", "opportunity.quote_sent_at", "request.closed_at", "account.last_order_at")
"""Times that cannot lie ahead, which tells which way round a date is."""


class Answers(Struct, frozen=True):
    """What somebody said in reply to doubts: the kind of row, which of a date's parts comes first, how numbers are
    written, which field a column is ('' for none), and which sheet is meant."""

    kind: str | None = None
    dates: str | None = None
    numbers: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    sheet: str | None = None


UNANSWERED = Answers()


class Doubt(Struct, frozen=True):
    """Something that must be said before rows are taken; `option` is what to type for the `likeliest` answer."""

    what: str
    option: str
    choices: tuple[str, ...] = ()
    about: str = ""


class Understanding(Struct):
    """What a table means. `document` is the import map that says the same, as plain values for YAML."""

    kind: Kind
    columns: list[Column]
    document: dict[str, Any] = field(default_factory=dict)
    read_as: dict[str, str] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    samples: Samples | None = None

    @property
    def known(self) -> int:
        """How many columns mean something."""
        return sum(bool(column.path) for column in self.columns)

    def as_dict(self) -> dict[str, object]:
        """As `import --json` prints it: by column its field, what told, and how its values are read."""
        return {
            "kind": self.kind.kind,
            "why": self.kind.why,
            "columns": [
                {"column": one.heading, "field": one.path, "why": one.why, "read_as": self.read_as.get(one.heading, "")}
                for one in self.columns
            ],
            "hints": self.hints,
        }


def understood(
    table: Table,
    names: Sequence[str],
    words: Vocabulary,
    fields: Fields,
    answers: Answers,
    today: date,
    typed: frozenset[int] = frozenset(),
) -> Understanding:
    """What a table means. `names`: of its file and sheet; `typed`: columns that hold real numbers."""
    readings: dict[str, Sequence[Column]] = {
        kind: columns_as(table.columns, kind, words, fields, answers.columns) for kind in ENTITY_OF
    }
    kind = Kind(answers.kind, SAID) if answers.kind else kind_of(readings, names, words)
    found = Understanding(kind, list(readings.get(kind.kind or (*kind.may_be, "requests")[0], ())))
    if kind.doubt:
        option = f"--as {kind.may_be[0]}"
        found.doubts.append(Doubt(kind.doubt, option, kind.may_be, "kind"))
    if not kind.kind:
        return found
    found.samples = samples_of(table)
    _Reader(found, table.columns, words, fields, answers, today, typed).read()
    return found


class _Reader:
    """Reads the columns of one table whose kind is known."""

    def __init__(
        self,
        found: Understanding,
        headings: Sequence[str],
        words: Vocabulary,
        fields: Fields,
        answers: Answers,
        today: date,
        typed: frozenset[int],
    ) -> None:
        self.found, self.words, self.fields, self.answers = found, words, fields, answers
        self.today, self.typed = today, typed
        assert found.samples is not None
        self.values = {heading: tuple(found.samples.values[at]) for at, heading in enumerate(headings)}
        self.places = {heading: at for at, heading in enumerate(headings)}

    def read(self) -> None:
        """Fills the map, and the doubts about single columns."""
        found = self.found
        columns: dict[str, Any] = {}
        for column in found.columns:
            if column.doubt:
                option = f"--column '{column.heading}={column.likeliest}'"
                found.doubts.append(Doubt(f"column '{column.heading}': {column.doubt}", option, (), column.heading))
            if column.path and not column.part:
                spec = self._spec(column)
                columns[column.heading] = spec if len(spec) > 1 else column.path
        joined = self._joined(columns)
        self._ask_whose_name()
        found.document = {"kind": found.kind.kind, "columns": columns}
        if joined:
            found.document["joined"] = joined

    def _spec(self, column: Column) -> dict[str, Any]:
        """A column as a map has it: its field, and how its values are written."""
        one = importable(column.path, self.fields)
        assert one is not None
        values = self.values[column.heading]
        spec: dict[str, Any] = {"to": column.path}
        if one.type in (Type.DATE, Type.TIME):
            spec |= self._dates(column, one, values)
        elif one.type in (Type.NUMBER, Type.MONEY):
            spec |= self._numbers(column, one, values)
        elif meant := values_of(one, values, self.words):
            spec["values"] = meant
            self._say(column, ", ".join(f"{text} is {choice}" for text, choice in list(meant.items())[:3]))
        self._ask_of_strangers(column, one, values)
        if column.path in TOLERANT:
            spec["invalid"] = "blank"
        return spec

    def _ask_of_strangers(self, column: Column, one: Field, values: Sequence[str]) -> None:
        """Values that are none of a field's choices are told; where all are, the column is hardly that field."""
        unknown = strangers(one, values, self.words)
        if not unknown:
            return
        what = f"column '{column.heading}': {_some(unknown)} means none of {', '.join(one.choices)}"
        if len(unknown) == len(values) and column.why != SAID:
            self.found.doubts.append(Doubt(what, f"--column '{column.heading}='", (), column.heading))
        else:
            self.found.hints.append(what)

    def _dates(self, column: Column, one: Field, values: Sequence[str]) -> dict[str, Any]:
        if self.answers.dates:
            return {"dates": [self.answers.dates]}
        form = date_form(values, self.today if one.path in PAST else None)
        if form.doubt:
            choices = ("day-first", "month-first")
            self.found.doubts.append(
                Doubt(f"column '{column.heading}': {form.doubt}", "--dates day-first", choices, "dates")
            )
        self._say(column, f"{form.dates[0]}: {form.why}" if form.dates else "")
        return {"dates": list(form.dates)} if form.dates else {}

    def _numbers(self, column: Column, one: Field, values: Sequence[str]) -> dict[str, Any]:
        whole = one.type is Type.MONEY or one.path in ("account.employees", "account.revenue")
        form = amount_form(values, self.places[column.heading] in self.typed, whole)
        spec: dict[str, Any] = {"as": "money"} if whole and one.type is Type.NUMBER else {}
        if self.answers.numbers:
            spec["numbers"] = self.answers.numbers
        elif form.doubt:
            choices = ("european", "english")
            what = f"column '{column.heading}': {form.doubt}"
            self.found.doubts.append(Doubt(what, "--numbers european", choices, "numbers"))
        elif form.numbers != "auto":
            spec["numbers"] = form.numbers
            self._say(column, f"{form.numbers}: {form.why}")
        if (scale := scale_of(column.heading)) > 1:
            spec["times"] = scale
            self._say(column, f"times {scale:,}, as its heading says")
        return spec

    def _joined(self, columns: dict[str, Any]) -> dict[str, str]:
        """Names in several columns, and several columns of words that are one summary."""
        joined = {}
        taken = {spec if isinstance(spec, str) else spec["to"] for spec in columns.values()}
        for path, parts in whole_names(self.found.columns).items():
            if path not in taken:
                joined[path] = " ".join(f"{{{part}}}" for part in parts)
        told = [heading for heading, spec in columns.items() if spec == "request.summary"]
        if len(told) > 1:
            for heading in told:
                del columns[heading]
            joined["request.summary"] = " | ".join(f"{{{heading}}}" for heading in told)
        return joined

    def _ask_whose_name(self) -> None:
        """A lone column 'Name' with companies in it is not the name of a person."""
        paths = {column.path for column in self.found.columns}
        for column in self.found.columns:
            if (
                column.path != "contact.name"
                or "account.name" in paths
                or squeezed(bare(column.heading)) not in self.words.same
            ):
                continue
            values = self.values[column.heading][:200]
            firms = [value for value in values if name_of(value).legal]
            if column.why != SAID and values and len(firms) * 5 > len(values):
                what = f"column '{column.heading}': '{firms[0]}' looks like a company, not a person"
                option = f"--column '{column.heading}=account.name'"
                self.found.doubts.append(Doubt(what, option, ("account.name", "contact.name"), column.heading))

    def _say(self, column: Column, what: str) -> None:
        if what:
            before = self.found.read_as.get(column.heading)
            self.found.read_as[column.heading] = f"{before}; {what}" if before else what


def _some(texts: Iterable[str]) -> str:
    shown = [f"'{text}'" for text in texts]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


def answered(answers: Answers, about: str, reply: str) -> Answers:
    """The answers with one more: `about` is that of a doubt."""
    if about == "kind":
        return replace(answers, kind=reply)
    if about == "dates":
        return replace(answers, dates=reply)
    if about == "numbers":
        return replace(answers, numbers=reply)
    if about == "sheet":
        return replace(answers, sheet=reply)
    return replace(answers, columns={**answers.columns, about: reply})
