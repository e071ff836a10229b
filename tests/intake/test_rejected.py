"""Rows that are not taken: told, set apart, mended and imported again."""

import csv
import io
from pathlib import Path

from tests.intake.world import World

BAD = (
    "id,received_at,channel,expected_value,summary\n"
    "1,2026-01-01,phone,10,good\n"
    '2,someday,pigeon,10,"two\nlines"\n'
    "3,2026-01-01,phone,a lot,bad\n"
    "4,2026-01-01,phone,10,too,many,cells\n"
    "5,2026-01-01,phone,10,good\n"
)


def test_bad_rows_are_told_with_line_column_value_and_reason(world: World) -> None:
    report = world.take(BAD)
    assert (report.rows, report.taken, report.rejected, report.unchanged) == (5, 2, 3, 0)
    first, second, third = (one.as_dict() for one in report.rejections)
    assert (first["line"], first["column"], first["value"]) == (3, "received_at", "someday")
    assert "no date or time" in str(first["reason"])
    assert "channel: 'pigeon' is not one of" in str(first["reason"])
    assert second == {
        "line": 5,
        "column": "expected_value",
        "value": "a lot",
        "reason": "'a lot' is not an amount of money",
    }
    assert (third["line"], third["reason"]) == (6, "the row has 7 cells and the header names 5")
    assert [one["id"] for one in world.rows("SELECT id FROM requests ORDER BY id")] == ["1", "5"]


def test_the_rejected_file_can_be_mended_and_imported(world: World) -> None:
    report = world.take(BAD)
    path = world.folder / "in.csv.rejected.csv"
    assert report.rejected_file == path
    rows = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
    assert [(row["id"], row["line"]) for row in rows] == [("2", "3"), ("3", "5"), ("4", "6")]
    assert rows[0]["summary"] == "two\nlines"
    assert rows[1]["reason"] == "expected_value: 'a lot' is not an amount of money"
    mended = path.read_text().replace("someday,pigeon", "2026-02-01,email").replace("a lot", "99")
    again = world.take(mended, "requests", name="mended.csv")
    assert (again.taken, again.rejected, again.unknown_columns) == (3, 0, [])
    assert world.one("SELECT reason, expected_value FROM requests WHERE id = '3'") == {
        "reason": None,
        "expected_value": 9900,
    }
    assert not (world.folder / "mended.csv.rejected.csv").exists()


def test_a_rejected_file_with_a_reason_of_its_own_can_be_imported_too(world: World) -> None:
    world.take("id,summary,outcome,reason\n1,x,lost,too dear\n", "requests")
    mended = (world.folder / "in.csv.rejected.csv").read_text().replace(",lost,", ",archived,")
    assert world.take(mended, "requests", name="mended.csv").unknown_columns == []
    assert world.one("SELECT reason FROM requests") == {"reason": "too dear"}


def test_an_older_rejected_file_goes_when_all_is_well(world: World) -> None:
    world.take(BAD)
    assert (world.folder / "in.csv.rejected.csv").exists()
    assert world.take("id,summary\n1,fine\n", "requests").rejected_file is None
    assert not (world.folder / "in.csv.rejected.csv").exists()


def test_standard_input_has_its_rejected_file_in_the_current_folder(world: World) -> None:
    report = world.pipe("id,summary,channel\n1,x,pigeon\n2,y,phone\n")
    assert (report.file, report.kind, report.taken, report.rejected) == ("stdin", "requests", 1, 1)
    assert report.rejected_file == world.folder / "stdin.rejected.csv"


def test_a_rejected_row_leaves_nothing_behind(world: World) -> None:
    world.take("id,summary,channel,contact.email,account.name\n1,x,pigeon,jan@acme.nl,Acme\n", "requests")
    for table in ("requests", "contacts", "accounts", "history", "agenda"):
        assert world.rows(f"SELECT * FROM {table}") == []


def test_lines_that_are_no_json_are_rejected_and_the_others_taken(world: World) -> None:
    report = world.take('{"id": 1, "summary": "x"}\n{oops\n{"id": 2, "summary": "y"}\n', "requests", name="in.ndjson")
    assert (report.taken, [one.line for one in report.rejections]) == (2, [2])


def test_a_file_that_breaks_further_on_leaves_nothing_half_done(world: World) -> None:
    content = '[{"id": 1, "summary": "x"}, {"id": 2, "summ'
    path = world.folder / "in.json"
    path.write_text(content)
    try:
        world.intake.take(str(path), "requests", None)
    except Exception as error:
        assert "cut short" in str(error)
    assert world.rows("SELECT * FROM requests") == []


def test_a_huge_cell_and_a_null_byte_are_rejected_not_the_file(world: World) -> None:
    rows = f"1,{'x' * 50_000}\n2,nul\x00byte\n3,fine\n"
    report = world.take("id,source\n" + rows, "requests")
    assert (report.taken, [one.line for one in report.rejections]) == (1, [2, 3])
    assert len(report.rejections[0].value) <= 200
    assert "\x00" not in Path(str(report.rejected_file)).read_text()


def test_a_header_alone_is_no_rows(world: World) -> None:
    report = world.take("id,summary\n", "requests")
    assert (report.rows, report.taken, report.rejected) == (0, 0, 0)
