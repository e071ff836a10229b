"""Section 5, import: every format, matching, idempotence, rejections and maps."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

NOW = "2026-11-20 09:13"
RULES = """\
rulebook: r
subject: request
flow: route
hit: all
rules: [{id: r, when: {request.kind: renewal}, then: [{assign: an}]}]
"""
HEADER = "id,received_at,kind,summary,expected_value,prompted,contact.email,contact.name,account.name,account.employees"
CSV = f"""{HEADER}
1,2026-11-20 09:00,new_project,A lathe,1000.50,yes,jo@acme.example,Jo,Acme,250
2,2026-11-20T09:01:00+01:00,renewal,"Two, ""mills""
and a saw",,no,jo@acme.example,Jo,Acme,250
"""
ROWS = [
    {
        "id": "1",
        "received_at": "2026-11-20 09:00",
        "kind": "new_project",
        "summary": "A lathe",
        "expected_value": 1000.5,
        "prompted": True,
        "contact.email": "jo@acme.example",
        "contact.name": "Jo",
        "account.name": "Acme",
        "account.employees": 250,
    },
    {
        "id": "2",
        "received_at": "2026-11-20T09:01:00+01:00",
        "kind": "renewal",
        "summary": 'Two, "mills"\nand a saw',
        "prompted": False,
        "contact.email": "jo@acme.example",
        "contact.name": "Jo",
        "account.name": "Acme",
        "account.employees": 250,
    },
]
KEYS = ["file", "as", "rows", "taken", "rejected", "unchanged", "rejections", "unknown_columns"]


@pytest.fixture
def ruled(project: Any) -> Any:
    project.rules(RULES)
    return project


def put(project: Any, name: str, text: str | bytes, *more: object) -> Any:
    file = project.write(name, "")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return project.cli("import", file, "--json", "--now", NOW, *more)


FORMATS: dict[str, tuple[str, str | bytes]] = {
    "csv": ("x.csv", CSV),
    "semicolons": ("x.csv", CSV.replace(",", ";").replace('"Two; ', '"Two, ')),
    "tabs": ("x.csv", CSV.replace(",", "\t").replace('"Two\t ', '"Two, ')),
    "a byte order mark and CRLF": ("x.csv", b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()),
    "empty columns at the end": ("x.csv", CSV.replace("employees\n", "employees,,\n").replace(",250\n", ",250,,\n")),
    "json": ("x.json", json.dumps(ROWS)),
    "ndjson": ("x.ndjson", "\n".join(json.dumps(row) for row in ROWS)),
    "ndjson with empty lines": ("x.ndjson", "\n\n".join(json.dumps(row) for row in ROWS) + "\n\n"),
    "nested json": (
        "x.json",
        json.dumps(
            [
                {
                    **{key: value for key, value in row.items() if "." not in key},
                    "contact": {"email": row["contact.email"], "name": row["contact.name"]},
                    "account": {"name": row["account.name"], "employees": row["account.employees"]},
                }
                for row in ROWS
            ]
        ),
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_brings_the_same(ruled: Any, name: str) -> None:
    file, text = FORMATS[name]
    result = put(ruled, file, text, "--as", "requests")
    assert result.code == 0, result
    assert list(result.json) == KEYS
    assert {key: result.json[key] for key in KEYS[1:]} == {
        "as": "requests",
        "rows": 2,
        "taken": 2,
        "rejected": 0,
        "unchanged": 0,
        "rejections": [],
        "unknown_columns": [],
    } or name == "empty columns at the end"
    first, second = ruled.export("requests")
    assert (first["received_at"], second["received_at"]) == ("2026-11-20T09:00:00+01:00", "2026-11-20T09:01:00+01:00")
    assert (first["expected_value"], first["prompted"], second["prompted"]) == (1000.5, True, False)
    assert second["summary"].split() == ["Two,", '"mills"', "and", "a", "saw"]
    assert first["contact"] == second["contact"] and first["account"] == second["account"]
    (contact,) = ruled.export("contacts")
    (account,) = ruled.export("accounts")
    assert (contact["id"], contact["name"], contact["email"]) == (first["contact"], "Jo", "jo@acme.example")
    assert (account["id"], account["name"], account["employees"]) == (first["account"], "Acme", 250)
    assert contact["account"] == account["id"]


def test_standard_input(ruled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (CSV, json.dumps(ROWS), "\n".join(json.dumps(row) for row in ROWS)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))
        result = ruled.cli("import", "-", "--as", "requests", "--json", "--now", NOW)
        assert (result.code, result.json["rows"]) == (0, 2)
    assert len(ruled.export("requests")) == 2


def test_the_same_again_changes_nothing(ruled: Any) -> None:
    put(ruled, "x.csv", CSV)
    before = [ruled.export(what) for what in ("requests", "contacts", "accounts", "history")]
    again = put(ruled, "x.csv", CSV)
    assert (again.code, again.json["taken"], again.json["unchanged"]) == (0, 0, 2)
    assert [ruled.export(what) for what in ("requests", "contacts", "accounts", "history")] == before
    changed = put(ruled, "y.csv", CSV.replace("A lathe", "A big lathe"))
    assert (changed.json["taken"], changed.json["unchanged"]) == (1, 1)
    assert ruled.one("requests", "1")["summary"] == "A big lathe"
    assert ruled.export("history")[-1]["old"] == "A lathe"


BAD = f"""{HEADER}
1,2026-11-20 09:00,new_project,A lathe,1000.50,yes,jo@acme.example,Jo,Acme,250
2,tomorrow,new_project,A lathe,,,,,,
3,2026-11-20 09:00,a_wish,A lathe,,,,,,
4,2026-11-20 09:00,other,A lathe,lots,,,,,
5,2026-11-20 09:00,other,A lathe,,perhaps,,,,
6,2026-11-20 09:00,other,A lathe,,,,,Acme,many
7,2026-02-30 09:00,other,A lathe,,,,,,
8,2026-11-20 09:00,other,fine,,,,,,
"""


def test_bad_rows_are_rejected_with_line_and_reason_and_the_good_ones_taken(ruled: Any) -> None:
    result = put(ruled, "x.csv", BAD)
    assert result.code == 1
    report = result.json
    assert (report["rows"], report["taken"], report["rejected"], report["unchanged"]) == (8, 2, 6, 0)
    found = [(r["line"], r["column"], r["value"]) for r in report["rejections"]]
    assert found == [
        (3, "received_at", "tomorrow"),
        (4, "kind", "a_wish"),
        (5, "expected_value", "lots"),
        (6, "prompted", "perhaps"),
        (7, "account.employees", "many"),
        (8, "received_at", "2026-02-30 09:00"),
    ]
    assert all(rejection["reason"] for rejection in report["rejections"])
    assert [row["id"] for row in ruled.export("requests")] == ["1", "8"]
    assert len(ruled.export("accounts")) == 1  # nothing of a rejected row


def test_the_rejected_file_can_be_mended_and_imported(ruled: Any) -> None:
    put(ruled, "x.csv", BAD)
    rejected = ruled.folder / "x.csv.rejected.csv"
    rows = list(csv.DictReader(rejected.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["line"] for row in rows] == ["3", "4", "5", "6", "7", "8"]
    assert [row["id"] for row in rows] == ["2", "3", "4", "5", "6", "7"]
    assert all(row["reason"] for row in rows)
    text = rejected.read_text(encoding="utf-8-sig")
    for wrong, right in (
        ("tomorrow", "2026-11-20"),
        ("a_wish", "other"),
        ("lots", "1"),
        ("perhaps", "no"),
        ("many", "1"),
        ("2026-02-30", "2026-02-28"),
    ):
        text = text.replace(f",{wrong}", f",{right}")
    again = put(ruled, "mended.csv", text, "--as", "requests")
    assert (again.code, again.json["taken"], again.json["rejected"]) == (0, 6, 0), again
    assert len(ruled.export("requests")) == 8


def test_an_unknown_column_is_named_once(ruled: Any) -> None:
    result = put(ruled, "x.csv", "id,kind,summary,colour\n1,other,a,red\n2,other,b,blue\n")
    assert (result.json["taken"], result.json["unknown_columns"]) == (2, ["colour"])


@pytest.mark.parametrize(
    ("kind", "row", "table", "expected"),
    [
        ("accounts", {"id": "a", "name": "Acme", "tier": "key", "postcode": "1234 AB"}, "accounts", {"tier": "key"}),
        (
            "contacts",
            {"id": "c", "name": "Jo", "email": "jo@x.example", "account.name": "Acme"},
            "contacts",
            {"name": "Jo"},
        ),
        (
            "opportunities",
            {"id": "o", "stage": "quote", "expected_value": 100, "win_chance": 25, "decision_on": "2026-12-01"},
            "opportunities",
            {"decision_on": "2026-12-01", "weighted_value": 25},
        ),
    ],
)
def test_other_kinds(ruled: Any, kind: str, row: dict[str, Any], table: str, expected: dict[str, Any]) -> None:
    assert ruled.take([row], kind)["taken"] == 1
    found = ruled.one(table, str(row["id"]))
    assert {key: found[key] for key in expected} == expected
    assert ruled.take([row], kind)["unchanged"] == 1


def test_activities(ruled: Any) -> None:
    ruled.take(ROWS)
    contact = ruled.export("contacts")[0]["id"]
    rows = [
        {"id": f"v{n}", "at": f"2026-11-{n:02} 10:00", "kind": "site_visit", "contact": contact} for n in (1, 10, 19)
    ]
    result = ruled.cli("import", ruled.write("a.json", json.dumps(rows)), "--as", "activities", "--json", "--now", NOW)
    assert result.code == 0, result
    assert ruled.export("contacts")[0]["site_visits_3w"] == 3
    later = ruled.cli("export", "contacts", "--format", "json", "--now", "2026-11-22 10:00").json
    assert later[0]["site_visits_3w"] in (2, 3)


MAP = """\
map: ours
kind: requests
dates: ['%d %b, %Y %H:%M:%S', '%d/%m/%Y']
constants: {request.channel: crm, request.kind: other}
columns:
  Lead Id: request.id
  Last Name: contact.name
  Mail: contact.email
  Created: request.received_at
  "Lead Source": {to: request.source, values: {Trade Show: fair, Web: site}}
  Amount: {to: request.expected_value, as: money}
skip: [Age Tier]
"""


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        ("$1,234.00", 1234),
        ("€ 1.234,56", 1234.56),
        ("1234", 1234),
        ("1.234.567,89", 1234567.89),
        ("", None),
        ("12,5", 12.5),
    ],
)
def test_a_map_reads_money(ruled: Any, amount: str, value: float | None) -> None:
    ruled.write("rules/maps/ours.yaml", MAP)
    text = f'Lead Id,Last Name,Created,Amount\n7,Jo,20/11/2026,"{amount}"\n'
    result = put(ruled, "x.csv", text, "--map", "ours")
    assert result.code == 0, result
    assert ruled.one("requests", "7")["expected_value"] == value


def test_a_map(ruled: Any) -> None:
    ruled.write("rules/maps/ours.yaml", MAP)
    assert ruled.check() == []
    text = (
        "Lead Id,Last Name,Mail,Created,Lead Source,Amount,Age Tier,Colour\n"
        '7,Jo,jo@x.example,"15 Apr, 2021 00:03:00",Trade Show,"$1,234.00",old,red\n'
        "8,Al,al@x.example,20/11/2026,Web,5,new,blue\n"
        "9,Bo,bo@x.example,11/20/2026,Web,5,new,blue\n"
        "10,Cy,cy@x.example,20/11/2026,Phone,5,new,blue\n"
    )
    result = put(ruled, "x.csv", text, "--map", "ours")
    assert result.json["unknown_columns"] == ["Colour"] and result.json["as"] == "requests"
    assert {rejection["line"] for rejection in result.json["rejections"]} <= {4}
    row = ruled.one("requests", "7")
    assert (row["received_at"], row["source"], row["channel"], row["kind"], row["expected_value"]) == (
        "2021-04-15T00:03:00+02:00",
        "fair",
        "crm",
        "other",
        1234,
    )
    assert ruled.one("requests", "8")["received_at"] == "2026-11-20T00:00:00+01:00"


def test_a_date_in_none_of_the_formats_of_the_map_is_rejected(ruled: Any) -> None:
    ruled.write("rules/maps/ours.yaml", MAP)
    result = put(ruled, "x.csv", "Lead Id,Last Name,Created\n7,Jo,11/20/2026\n", "--map", "ours")
    assert [(rejection["line"], rejection["column"]) for rejection in result.json["rejections"]] == [(2, "Created")]


@pytest.mark.parametrize("text", ["12", "null", '"x"'])
def test_json_without_rows_is_no_success(ruled: Any, text: str) -> None:
    assert put(ruled, "x.json", text, "--as", "requests").code == 2


def test_half_a_character_is_rejected(ruled: Any) -> None:
    result = put(
        ruled, "x.json", '[{"id": "1", "summary": "\\ud800"}, {"id": "2", "summary": "x"}]', "--as", "requests"
    )
    assert (result.code, result.json["taken"], result.json["rejected"]) == (1, 1, 1)


def test_a_map_by_its_path(ruled: Any, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(MAP.replace("map: ours", "map: own"))
    text = "Lead Id,Last Name,Created\n7,Jo,20/11/2026\n"
    assert put(ruled, "x.csv", text, "--map", tmp_path / "own.yaml").code == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("contact.name", "contact.nme"),
        ("as: money", "as: mony"),
        ("columns:", "colums:"),
        ("request.channel: crm", "request.channel: fax"),
    ],
)
def test_a_fault_in_a_map_is_found_by_check(ruled: Any, old: str, new: str) -> None:
    ruled.write("rules/maps/ours.yaml", MAP.replace(old, new))
    errors = [finding for finding in ruled.check() if finding["severity"] == "error"]
    assert {finding["file"] for finding in errors} == {"rules/maps/ours.yaml"}
    assert put(ruled, "x.csv", "Lead Id,Last Name\n1,Jo\n", "--map", "ours").code in (1, 2)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("none.csv", None),
        ("x.json", "[{]"),
        ("x.json", '{"id": 1'),
        ("x.csv", b"\x00\x01\x02\x00" * 50),
        ("x.csv", ""),
        ("x.ndjson", '{"id": "1", "kind": "other", "summary": "a"}\n{"id": \n'),
        ("x.csv", 'id,kind,summary\n1,other,"never closed\n2,other,x\n'),
    ],
)
def test_what_cannot_be_read_is_said(ruled: Any, name: str, text: str | bytes | None) -> None:
    if text is None:
        result = ruled.cli("import", ruled.folder / name, "--as", "requests")
    else:
        result = put(ruled, name, text, "--as", "requests")
    assert result.code in (1, 2) and (result.err or result.out)


def test_several_files(ruled: Any) -> None:
    one = ruled.write("one.csv", "id,kind,summary\n1,other,a\n")
    two = ruled.write("two.csv", "id,kind,summary\n2,other,a\n")
    ruled.cli("import", one, two, "--as", "requests", "--now", NOW).ok()
    assert [row["id"] for row in ruled.export("requests")] == ["1", "2"]


def test_a_closed_request_is_never_opened_again(ruled: Any) -> None:
    ruled.take([{"id": "1", "kind": "other", "status": "closed", "outcome": "order", "reason": "x"}])
    ruled.take([{"id": "2", "kind": "other"}])
    file = ruled.write("x.json", json.dumps([{"id": "1", "kind": "other", "status": "open"}]))
    ruled.cli("import", file, "--as", "requests", "--now", NOW)
    assert ruled.one("requests", "1")["status"] == "closed"
