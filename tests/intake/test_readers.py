"""Every format that a file can have becomes the same rows, each with its line."""

import json
from pathlib import Path

import pytest

from leadrelay.errors import UnreadableFile
from leadrelay.intake.rows import Cells
from leadrelay.intake.source import opened
from leadrelay.intake.tables import table_of

Rows = list[tuple[int, dict[str, str]]]


def read(path: Path, content: bytes | str, wanted: str | None = None) -> Rows:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with opened(str(path)) as source:
        table = table_of(source, wanted)
        rows: list[Cells] = list(table.rows())
    assert table.count == len(rows)
    assert not any(row.fault for row in rows)
    return [(row.line, dict(zip(table.columns, row.values, strict=True))) for row in rows]


TWO: Rows = [(2, {"id": "1", "name": "Café"}), (3, {"id": "2", "name": "x"})]


@pytest.mark.parametrize(
    "content",
    [
        "id,name\n1,Café\n2,x\n",
        "id;name\r\n1;Café\r\n2;x\r\n",
        "id\tname\n1\tCafé\n2\tx",
        "id|name\n1|Café\n2|x",
        "\ufeffid,name\n1,Café\n2,x\n",
        '"id","name"\n"1","Café"\n"2","x"\n',
        "id,name,,\n1,Café,,\n2,x,,\n",
        "id,name\n1,Café\n2,x\n\n,\n\n",
        " id , name \n1,Café\n2,x\n",
        "id,name\n1,Café\n2,x,,,\n",
        "id;name\n1;Café\n2;x\n".encode("cp1252"),
        "id,name\n1,Café\n2,x\n".encode("utf-16"),
        "id,name\r1,Café\r2,x\r",
    ],
)
def test_delimited_text(tmp_path: Path, content: bytes | str) -> None:
    assert read(tmp_path / "in.csv", content) == TWO


def test_excel_may_name_the_delimiter_itself(tmp_path: Path) -> None:
    assert read(tmp_path / "in.csv", "sep=;\nid;name\n1;a,b\n") == [(3, {"id": "1", "name": "a,b"})]


def test_a_quoted_line_break_counts_as_a_line_of_the_file(tmp_path: Path) -> None:
    found = read(tmp_path / "in.csv", 'id,name\n1,"two\nlines"\n2,"a ""b"""\n')
    assert found == [(2, {"id": "1", "name": "two\nlines"}), (4, {"id": "2", "name": 'a "b"'})]


def test_a_repeated_header_is_numbered_and_missing_cells_are_blank(tmp_path: Path) -> None:
    assert read(tmp_path / "in.csv", "a,a,b\n1,2\n") == [(2, {"a": "1", "a (2)": "2", "b": ""})]


@pytest.mark.parametrize(("code", "letter"), [(b"\x80", "€"), (b"\xe9", "é"), (b"\x81", "\x81")])
def test_bytes_that_are_no_utf_8_are_windows_letters_or_latin_1(tmp_path: Path, code: bytes, letter: str) -> None:
    assert read(tmp_path / "in.csv", b"id,name\n1," + code + b"\n") == [(2, {"id": "1", "name": letter})]


def test_a_column_without_a_name_is_called_after_its_place(tmp_path: Path) -> None:
    assert read(tmp_path / "in.csv", "a,,b,\n1,2,3,\n") == [(2, {"a": "1", "(column 2)": "2", "b": "3"})]


def test_a_row_with_too_many_cells_has_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,name\n1,a,b\n2,c\n")
    with opened(str(path)) as source:
        first, second = table_of(source).rows()
    assert (first.line, first.fault) == (2, "the row has 3 cells and the header names 2")
    assert not second.fault


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ('[{"id": 1, "name": "Café"},\n {"id": 2, "name": "x"}]', [1, 2]),
        ('{"id": 1, "name": "Café"}\n\n{"id": "2", "name": "x"}\n', [1, 3]),
        ('{"next": null,\n "results": [\n{"id": 1, "name": "Café"},\n {"id": 2, "name": "x"}]}', [3, 4]),
        ('{"people": [{"no": 1}], "requests": [{"id": 1, "name": "Café"}, {"id": 2, "name": "x"}]}', [1, 2]),
        ('{"id": [1, 2], "name": ["Café", "x"]}', [1, 2]),
        ("\ufeff" + '[{"id": 1, "name": "Café"}, {"id": 2, "name": "x"}]', [1, 2]),
    ],
)
def test_json(tmp_path: Path, content: str, lines: list[int]) -> None:
    found = read(tmp_path / "in.json", content, "requests")
    assert found == [(line, values) for line, (_, values) in zip(lines, TWO, strict=True)]


def test_json_values_become_text_and_objects_dotted_names(tmp_path: Path) -> None:
    row = {"a": None, "b": True, "c": 1.234, "d": 12.5, "e": ["x", 1], "f": {"g": {"h": "deep"}}, "i": 10**30}
    ((_, found),) = read(tmp_path / "in.json", json.dumps([row]))
    assert found == {
        "a": "",
        "b": "true",
        "c": "1.2340",
        "d": "12.5",
        "e": "x;1",
        "f.g.h": "deep",
        "i": str(10**30),
    }


def test_columns_are_those_of_all_rows(tmp_path: Path) -> None:
    found = read(tmp_path / "in.ndjson", '{"a": 1}\n{"b": 2}\n')
    assert found == [(1, {"a": "1", "b": ""}), (2, {"a": "", "b": "2"})]


def test_a_long_array_is_read_piece_by_piece(tmp_path: Path) -> None:
    rows = [{"id": number, "name": "x" * (number % 3000)} for number in range(500)]
    found = read(tmp_path / "in.json", "[" + ",\n".join(map(json.dumps, rows)) + "]")
    assert [(line, int(one["id"]), len(one["name"])) for line, one in found] == [
        (number + 1, number, number % 3000) for number in range(500)
    ]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"", "it is empty"),
        ("a.csv", b"\n\n", "no header"),
        ("a.csv", b'id,name\n1,"never closed\n2,x\n', "line 2: a quote is opened and never closed"),
        ("a.csv", b'id,name\n1,"' + b"x" * 1_100_000, "line 2: a cell has more than 1,000,000 characters"),
        ("a.csv", b"\x89PNG\r\n", "an image"),
        ("a.csv", b"\x00\x01\x02" * 100, "binary"),
        ("a.csv", b"\xef\xbb\xbfid\n\xff\xff\n", "begins as utf-8 and then is not"),
        ("a.json", b'[{"id": 1},\n {"id": 2', "line 2: it is not JSON, or cut short"),
        ("a.json", b'[{"id": 1}\n {"id": 2}]', "line 2: ',' should stand here"),
        ("a.json", b'[{"id": 1}]]', "something follows the end"),
        ("a.json", b'[{"id": NaN}]', "not JSON"),
        ("a.json", b'{"id": 1, ', "a key in quotes should stand here"),
        ("a.json", b'{"id" 1}', "':' should stand here"),
        ("a.json", b"[" * 100_000, "nested too deep|too long|not JSON"),
        ("a.json", b"[1, 2]", "none of its rows has a column"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        read(tmp_path / name, content)


def test_a_folder_and_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "no.csv", "No such file")):
        with pytest.raises(UnreadableFile, match=why), opened(str(path)):
            pass


def test_a_line_that_is_no_json_is_a_row_with_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_text('{"id": 1}\n{"id": \n[1]\n')
    with opened(str(path)) as source:
        faults = [row.fault for row in table_of(source).rows()]
    assert faults[0] == ""
    assert faults[1].startswith("the line is not JSON")
    assert "not an object" in faults[2]
