"""`check --data`: a field that rules test and no subject has is told, from enough subjects on; else nothing is."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from leadrelay.cli import main
from leadrelay.report.empty_fields import ENOUGH

BOOK = """\
rulebook: routing
subject: request
flow: route
hit: all
rules:
  - id: one
    when: {request.product: lathe, request.source: fair, account.postcode_number: {over: 1}}
    then: [{set: {extra.step: a}}]
  - id: two
    when: {request.extra.step: a, contact.lists: {contains: news}}
    then: [{nurture: {list: news}}]
"""


def call(*words: str) -> tuple[int, str]:
    out = StringIO()
    with redirect_stdout(out):
        code = main(list(words))
    return code, out.getvalue()


def make(folder: Path, count: int, **more: str) -> Path:
    (folder / "rules").mkdir()
    (folder / "leadrelay.toml").write_text("")
    (folder / "rules/book.yaml").write_text(BOOK)
    (folder / "rules/fields.yaml").write_text("request:\n  step: {type: text}\n")
    rows = [
        {"id": str(number), "source": "fair", "account.id": f"A-{number}", "account.name": f"A {number}",
         "contact.email": f"c{number}@x.example",
         **(more if number == count - 1 else {})}
        for number in range(count)
    ]  # fmt: skip
    (folder / "in.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert call("import", str(folder / "in.ndjson"), "--as", "requests", "--project", str(folder))[0] == 0
    return folder


def findings(folder: Path) -> list[tuple[str, int]]:
    code, out = call("check", "--data", "--json", "--project", str(folder))
    assert code == 0
    return [(one["message"], one["line"]) for one in json.loads(out)["findings"] if one["code"] == "empty-field"]


def test_what_no_subject_has_is_told_where_it_is_tested(tmp_path: Path) -> None:
    folder = make(tmp_path, ENOUGH, product="lathe")
    assert findings(folder) == [
        ("account.postcode_number: none of 100 accounts has one.", 7),
        ("request.extra.step: none of 100 requests has one.", 10),
        ("contact.lists: none of 100 contacts has one.", 10),
    ]
    assert "empty-field" not in call("check", "--json", "--project", str(folder))[1], "without --data no database"


def test_a_single_value_is_enough(tmp_path: Path) -> None:
    more = {"product": "saw", "extra.step": "b", "account.postcode": "1017 AB"}
    folder = make(tmp_path, ENOUGH, **more)
    assert findings(folder) == [("contact.lists: none of 100 contacts has one.", 10)]


def test_few_subjects_say_little(tmp_path: Path) -> None:
    assert findings(make(tmp_path, ENOUGH - 1)) == []


def test_without_a_database_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/book.yaml").write_text(BOOK.replace("extra.step", "product"))
    assert main(["check", "--data", "--project", str(tmp_path)]) == 2
    assert "leadrelay" in capsys.readouterr().err
