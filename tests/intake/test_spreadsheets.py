"""Spreadsheets without a map: what is understood is right, or asked; never wrong in silence."""

from pathlib import Path
from typing import Any

import pytest

from leadrelay.clock import iso
from leadrelay.errors import LeadrelayError, UnreadableFile
from leadrelay.intake.understand.as_map import map_text
from leadrelay.intake.understand.understanding import Answers
from leadrelay.leads.fields import Type
from leadrelay.leads.records import ENTITY_OF, importable
from tests.intake.spreadsheets import SHEETS, Sheet, text, xlsx
from tests.intake.world import OWN, ZONE, World, world_of

TABLES = {"request": "requests", "contact": "contacts", "account": "accounts", "opportunity": "opportunities"}


@pytest.fixture
def world(sqlite_database: Any, tmp_path: Path) -> World:
    return world_of(sqlite_database, tmp_path)


def value_of(world: World, path: str, line: int) -> Any:
    """A field of the record that the row on that line made, as people write it."""
    entity, _, name = path.partition(".")
    rows = stored(world, entity, name)
    field = importable(path, OWN)
    assert field
    value = rows[line]
    if value is None:
        return None
    if field.type is Type.TIME:
        return iso(value, ZONE)
    return value / 100 if field.type is Type.MONEY else value


def stored(world: World, entity: str, name: str) -> list[Any]:
    return [row[name] for row in world.rows(f"SELECT {name} FROM {TABLES[entity]} ORDER BY rowid")]


@pytest.mark.parametrize("sheet", SHEETS, ids=[sheet.name for sheet in SHEETS])
def test_a_spreadsheet_is_understood_or_asked_about(sheet: Sheet, world: World) -> None:
    path = world.folder / sheet.name
    sheet.write(path)
    if sheet.asks:
        with pytest.raises(LeadrelayError, match=sheet.asks):
            world.intake.take(str(path), None, None)
        assert world.rows("SELECT 1 FROM requests UNION SELECT 1 FROM accounts") == []
        return
    report = world.intake.take(str(path), None, None)
    assert (report.kind, report.taken, report.rejected) == (sheet.kind, sheet.count, 0), report
    assert {path: value_of(world, path, 0) for path in sheet.first} == sheet.first


def test_there_are_forty() -> None:
    assert len(SHEETS) >= 40


@pytest.mark.parametrize(
    ("name", "answers", "received"),
    [
        ("either way round.csv", Answers(dates="day-first"), "2026-11-02T00:00:00+01:00"),
        ("either way round.csv", Answers(dates="month-first"), "2026-02-11T00:00:00+01:00"),
    ],
)
def test_an_answer_settles_a_doubt(name: str, answers: Answers, received: str, world: World) -> None:
    sheet = next(one for one in SHEETS if one.name == name)
    sheet.write(world.folder / name)
    world.intake.take(str(world.folder / name), None, None, answers=answers)
    assert value_of(world, "request.received_at", 0) == received


def test_a_sheet_is_chosen_by_name(world: World) -> None:
    sheet = next(one for one in SHEETS if one.name == "two sheets with rows.xlsx")
    sheet.write(world.folder / "a.xlsx")
    report = world.intake.take(str(world.folder / "a.xlsx"), None, None, answers=Answers(sheet="oud"))
    assert (report.sheet, report.taken) == ("Oud", 1)
    assert stored(world, "contact", "name") == ["Wil Jansen"]


def test_what_was_understood_is_a_map_that_does_the_same(world: World) -> None:
    for sheet in SHEETS:
        if sheet.asks or not sheet.name.endswith(".csv"):
            continue
        path = world.folder / sheet.name
        sheet.write(path)
        report = world.intake.take(str(path), None, None)
        if report.understood is None:
            continue
        again = world.with_maps(kept=map_text(report.understood, "kept", sheet.name)).intake.take(
            str(path), None, "kept"
        )
        assert (again.taken, again.unchanged, again.rejected) == (0, sheet.count, 0), sheet.name


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_rejected_rows_come_back_in_their_format_and_go_in_again(ending: str, world: World) -> None:
    rows = [("Ontvangen op", "Bedrijf", "Vraag", "Kanaal"), ("gisteren", "Groot BV", "x", "telefoon"),
            ("2026-11-13", "Klein NV", "y", "telefoon")]  # fmt: skip
    path = world.folder / f"leads.{ending}"
    (xlsx(rows) if ending == "xlsx" else text(rows, ";"))(path)
    report = world.intake.take(str(path), None, None)
    assert (report.taken, report.rejected) == (1, 1)
    assert report.rejected_file == Path(f"{path}.rejected.{ending}")
    again = world.intake.take(str(report.rejected_file), None, None)
    assert [(one.column, one.value) for one in again.rejections] == [("Ontvangen op", "gisteren")]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"PK\x03\x04rest", "it is no workbook"), (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "it is no workbook")],
)
def test_a_damaged_workbook_is_told(content: bytes, why: str, world: World) -> None:
    with pytest.raises(UnreadableFile, match=why):
        world.take(content, name="a.xlsx")


def test_every_word_of_the_shipped_list_means_a_field() -> None:
    from leadrelay.rulebook.headings import known_headings  # only what this test is about

    words = known_headings()
    assert all(importable(path, OWN) for paths in words.fields.values() for path in paths)
    assert {kind for kinds in words.same.values() for kind in kinds} <= set(ENTITY_OF)
