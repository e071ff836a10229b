"""Forty spreadsheets as companies keep them, each with what is right: the kind and the first row, or what is asked.

`python -m tests.intake.spreadsheets` prints what became of each, and of the public files in ../shared/data."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Sheet:
    """One spreadsheet: `write` makes the file; `kind`, `count` and `first` (values of the first row) are right, or
    `asks` is what the refusal says."""

    name: str
    write: Callable[[Path], None]
    kind: str = ""
    count: int = 0
    first: dict[str, Any] = field(default_factory=dict)
    asks: str = ""


def text(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
        path.write_bytes(out.getvalue().encode(encoding))

    return write


def xlsx(
    rows: Rows,
    merged: Sequence[tuple[int, int, int, int, str]] = (),
    formats: dict[tuple[int, int], str] | None = None,
    sheets: dict[str, Rows] | None = None,
    name: str = "Blad1",
) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd-mm-yyyy"})
        for title, lines in {name: rows, **(sheets or {})}.items():
            sheet = book.add_worksheet(title)
            for line, row in enumerate(lines):
                for column, value in enumerate(row):
                    shape = book.add_format({"num_format": (formats or {})[line, column]}) if (line, column) in (
                        formats or {}) else None  # fmt: skip
                    if value is not None and value != "":
                        sheet.write(line, column, value, *([shape] if shape else []))
            for first, left, last, right, value in merged if title == name else ():
                sheet.merge_range(first, left, last, right, value)
        book.close()

    return write


def ods(rows: Rows) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        book = OpenDocumentSpreadsheet()
        table = Table(name="Blad1")
        book.spreadsheet.addElement(table)
        for row in rows:
            line = TableRow()
            for value in row:
                number = isinstance(value, int | float)
                cell = TableCell(valuetype="float", value=value) if number else TableCell(valuetype="string")
                if value != "":
                    cell.addElement(P(text=str(value)))
                line.addElement(cell)
            table.addElement(line)
        book.save(str(path))

    return write


NL = ("Datum aanvraag", "Naam", "Bedrijf", "E-mailadres", "Telefoon", "Vraag")
AT = datetime(2026, 11, 13)
PIET = ("Piet de Vries", "Groot BV", "piet@groot.example", "0612345678", "Offerte draaibank")
WIL = ("Wil Jansen", "Klein NV", "wil@klein.example", "0201234567", "Info over zagen")
OF_PIET = {
    "request.summary": "Offerte draaibank",
    "contact.name": "Piet de Vries",
    "contact.email": "piet@groot.example",
    "account.name": "Groot BV",
}
ON_13 = {**OF_PIET, "request.received_at": "2026-11-13T00:00:00+01:00"}


def dated(first: str, second: str) -> Rows:
    return [NL, (first, *PIET), (second, *WIL)]


DASHED = dated("13-11-2026", "02-11-2026")
SHEETS = (
    Sheet("semicolons, Latin-1, Dutch.csv", text(DASHED, ";", "latin-1"), "requests", 2, ON_13),
    Sheet("tabs, UTF-16.csv", text(DASHED, "\t", "utf-16"), "requests", 2, ON_13),
    Sheet("commas, UTF-8 with mark.csv", text(DASHED, ",", "utf-8-sig"), "requests", 2, ON_13),
    Sheet("pipes.csv", text(dated("13.11.2026", "2.11.2026"), "|"), "requests", 2, ON_13),
    Sheet("day first by the column.csv", text(dated("13/11/2026", "02/11/2026"), ";"), "requests", 2, ON_13),
    Sheet("month first by the column.csv", text(dated("11/13/2026", "11/02/2026")), "requests", 2, ON_13),
    Sheet("two digits of the year.csv", text(dated("13-11-26", "31-10-26"), ";"), "requests", 2, ON_13),
    Sheet("months in words.csv", text(dated("13 november 2026", "2 okt 2026"), ";"), "requests", 2, ON_13),
    Sheet("months in French.csv", text(dated("13 novembre 2026", "2 février 2026"), ";"), "requests", 2, ON_13),
    Sheet("months in German.csv", text(dated("13. November 2026", "2. März 2026"), ";"), "requests", 2, ON_13),
    Sheet("days as numbers.csv", text(dated("46339", "46328"), ";"), "requests", 2, ON_13),
    Sheet("eight digits.csv", text(dated("20261113", "20261102"), ";"), "requests", 2, ON_13),
    Sheet("either way round.csv", text(dated("02/11/2026", "03/10/2026"), ";"), asks="--dates day-first"),
    Sheet("both ways round.csv", text(dated("13/11/2026", "11/14/2026"), ";"), asks="--dates day-first"),
    Sheet("real dates.xlsx", xlsx([NL, (AT, *PIET), (date(2026, 11, 2), *WIL)]), "requests", 2, ON_13),
    Sheet("dates as numbers.xlsx", xlsx([NL, (46339, *PIET), (46328, *WIL)]), "requests", 2, ON_13),
    Sheet("an .ods.ods", ods(dated("13-11-2026", "02-11-2026")), "requests", 2, ON_13),
    Sheet(
        "title above, total below.xlsx",
        xlsx([("Aanvragen november 2026",), (), NL, (AT, *PIET), (AT, *WIL), ("Totaal", "", "", "", "", 2)]),
        "requests", 2, ON_13,
    ),
    Sheet(
        "merged headings.xlsx",
        xlsx(
            [("Ontvangen op", "Contact", "", "Bedrijf", "", "Vraag"), ("", "Naam", "E-mail", "Naam", "Postcode", ""),
             (AT, "Piet de Vries", "piet@groot.example", "Groot BV", "1012 AB", "Offerte draaibank")],
            merged=[(0, 1, 0, 2, "Contact"), (0, 3, 0, 4, "Bedrijf")],
        ),
        "requests", 1, {**ON_13, "account.postcode": "1012 AB"},
    ),
    Sheet(
        "two lines of headings.csv",
        text([("Contact", "", "Bedrijf", "", "Vraag"), ("Naam", "E-mail", "Naam", "Land", ""),
              ("Piet de Vries", "piet@groot.example", "Groot BV", "Nederland", "Offerte draaibank")], ";"),
        "requests", 1, {**OF_PIET, "account.country": "NL"},
    ),
    Sheet(
        "merged cells.xlsx",
        xlsx([("Bedrijf", "Contactpersoon", "E-mail"), ("Groot BV", "Piet de Vries", "piet@groot.example"),
              ("", "Ria Bos", "ria@groot.example")], merged=[(1, 0, 2, 0, "Groot BV")], name="Contacten"),
        "contacts", 2, {"contact.name": "Piet de Vries", "account.name": "Groot BV"},
    ),
    Sheet(
        "zeros in front by format.xlsx",
        xlsx([("Bedrijfsnaam", "Postcode", "Branche"), ("Groot BV", 1234, "metaal")], formats={(1, 1): "00000"}, name="Klanten"),
        "accounts", 1, {"account.name": "Groot BV", "account.postcode": "01234"},
    ),
    Sheet(
        "zeros in front as text.xlsx",
        xlsx([("Bedrijfsnaam", "Postcode", "Branche"), ("Groot BV", "01234", "metaal")], name="Klanten"),
        "accounts", 1, {"account.name": "Groot BV", "account.postcode": "01234"},
    ),
    Sheet(
        "amounts, European.csv",
        text([("Klant", "Fase", "Bedrag", "Sluitdatum"), ("Groot BV", "quote", "1.234,50", "13-11-2026"),
              ("Klein NV", "quote", "2.500", "14-11-2026")], ";"),
        "opportunities", 2, {"account.name": "Groot BV", "opportunity.expected_value": 1234.5},
    ),
    Sheet(
        "amounts, English.csv",
        text([("Customer", "Deal stage", "Amount", "Close date"), ("Groot BV", "quote", "$1,234.50", "2026-11-13"),
              ("Klein NV", "quote", "$2,500", "2026-11-14")]),
        "opportunities", 2, {"account.name": "Groot BV", "opportunity.expected_value": 1234.5},
    ),
    Sheet(
        "amounts, both ways.csv",
        text([("Klant", "Fase", "Bedrag", "Sluitdatum"), ("A BV", "quote", "12.50", "2026-11-13"),
              ("B BV", "quote", "12,50", "2026-11-13"), ("C BV", "quote", "1.234", "2026-11-13")], ";"),
        asks="--numbers european",
    ),
    Sheet(
        "amounts as numbers.xlsx",
        xlsx([("Klant", "Fase", "Bedrag", "Sluitdatum"), ("Groot BV", "quote", 1234.567, AT), ("B", "quote", 12.5, AT)]),
        "opportunities", 2, {"account.name": "Groot BV", "opportunity.expected_value": 1234.57},
    ),
    Sheet(
        "thousands in the heading.csv",
        text([("Bedrijfsnaam", "Omzet (x 1.000)", "Aantal medewerkers"), ("Groot BV", "1.250", "1.200"), ("B BV", "90", "12")], ";"),
        "accounts", 2, {"account.name": "Groot BV", "account.revenue": 1250000, "account.employees": 1200},
    ),
    Sheet(
        "German.csv",
        text([("Eingang", "Ansprechpartner", "Firma", "E-Mail-Adresse", "Land", "Nachricht", "Anfrageart"),
              ("13.11.2026", "Jörg Weiß", "Groß GmbH", "joerg@gross.example", "Deutschland", "Angebot bitte", "Angebot")],
             ";", "cp1252"),
        "requests", 1, {"contact.name": "Jörg Weiß", "account.country": "DE", "request.kind": "new_project"},
    ),
    Sheet(
        "French.csv",
        text([("Reçu le", "Prénom", "Nom de famille", "Société", "Courriel", "Demande", "Canal"),
              ("13/11/2026", "Zoé", "Lefèvre", "Acier SA", "zoe@acier.example", "Un devis", "Téléphone")], ";", "latin-1"),
        "requests", 1, {"contact.name": "Zoé Lefèvre", "account.name": "Acier SA", "request.channel": "phone"},
    ),
    Sheet(
        "English names in parts.csv",
        text([("First Name", "Last Name", "Company", "Email", "Inquiry", "Created At"),
              ("Ann", "Bell", "Big Ltd", "ann@big.example", "A saw", "2026-11-13T09:00:00Z")]),
        "requests", 1, {"contact.name": "Ann Bell", "request.received_at": "2026-11-13T10:00:00+01:00"},
    ),
    Sheet(
        "voornaam tussenvoegsel achternaam.csv",
        text([("Voornaam", "Tussenvoegsel", "Achternaam", "Bedrijf", "Mailadres"),
              ("Piet", "van der", "Berg", "Groot BV", "piet@groot.example")], ";"),
        "contacts", 1, {"contact.name": "Piet van der Berg", "account.name": "Groot BV"},
    ),
    Sheet(
        "a report of Salesforce.csv",
        text([("First Name", "Last Name", "Company / Account", "Email", "Lead Source", "Create Date", "Description"),
              ("Ann", "Bell", "Big Ltd", "ann@big.example", "Web", "11/13/2026", "A saw"), (),
              ("Grand Totals (1 record)",), ("Confidential Information - Do Not Distribute",),
              ("Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.",), ("Generated By: Ann Bell 11/20/2026",)]),
        asks="--as",
    ),
    Sheet(
        "two sheets with rows.xlsx",
        xlsx([NL, (AT, *PIET)], sheets={"Oud": [NL, (AT, *WIL)]}),
        asks="--sheet 'Blad1'",
    ),
    Sheet(
        "a sheet of notes beside.xlsx",
        xlsx([NL, (AT, *PIET)], sheets={"Uitleg": [("Vul dit blad in",), ("en stuur het op",)]}),
        "requests", 1, ON_13,
    ),
    Sheet("a slip in a heading.csv", text([("Datum aanvraag", "Telefoonnumer", "Vraag"), ("13-11-2026", "061", "x")], ";"),
          asks="--column 'Telefoonnumer=contact.phone'"),
    Sheet("firms under Name.csv", text([("Naam", "Vraag"), ("Groot BV", "x"), ("Klein NV", "y")], ";"),
          asks="--column 'Naam=account.name'"),
    Sheet("requests or contacts.csv", text([("Naam", "E-mail", "Bron"), ("Piet", "p@x.example", "beurs")], ";"), asks="--as"),
    Sheet(
        "errors of formulas.xlsx",
        xlsx([(*NL, "Product"), (AT, *PIET, "#N/A"), (AT, *WIL, "zaag")]),
        "requests", 2, {**ON_13, "request.product": None},
    ),
    Sheet("nothing that is known.csv", text([("kleur", "maat"), ("rood", "3")], ";"), asks="none of its columns"),
    Sheet(
        "required marks and brackets.csv",
        text([("Uw naam*", "Uw e-mailadres *", "Bedrijf (verplicht)", "Uw vraag:"),
              ("Piet de Vries", "piet@groot.example", "Groot BV", "Offerte draaibank")], ";"),
        "requests", 1, OF_PIET,
    ),
    Sheet(
        "kinds and channels in Dutch.csv",
        text([("Soort aanvraag", "Kanaal", "Bedrijf", "Vraag"), ("Nabestelling", "Telefonisch", "Groot BV", "x")], ";"),
        "requests", 1, {"request.kind": "reorder", "request.channel": "phone", "account.name": "Groot BV"},
    ),
)  # fmt: skip


def became(intake: Any, path: Path) -> str:
    """What an import makes of a file, in a line."""
    from leadrelay.errors import LeadrelayError

    try:
        report = intake.take(str(path), None, None)
    except LeadrelayError as error:
        return "asks: " + " ".join(str(error).split("NAME:")[-1].split())[:110]
    by = "understood" if report.understood else next((note for note in report.notes if "by the map" in note), "by name")
    return f"{report.rows} {report.kind}: {report.taken} taken, {report.rejected} rejected ({by.split(',')[0]})"


def main() -> None:
    """Prints the table: each of these, and each public file, with what became of it."""
    import shutil
    import sys
    import tempfile

    from leadrelay.store.database import Database
    from tests.intake.world import SHARED, world_of

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/leads.db")
        database.migrate()
        world = world_of(database, Path(folder))
        for sheet in SHEETS:
            path = Path(folder, sheet.name)
            sheet.write(path)
            right = "asked" if sheet.asks else f"{sheet.count} {sheet.kind}"
            sys.stdout.write(f"{sheet.name:45} right: {right:18} {became(world.intake, path)}\n")
        for public in sorted([*SHARED.glob("crm_*/*.csv"), *SHARED.glob("municipal_requests/*.csv")]):
            copy = Path(shutil.copy(public, folder))
            sys.stdout.write(f"{public.name:45} {became(world.intake, copy)}\n")
        database.close()


if __name__ == "__main__":
    main()
