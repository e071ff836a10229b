"""A whole folder to a ruleset: rulebooks' heads, names over all files, what is read and what never raises."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.errors import UnreadableFile
from leadrelay.rulebook.load import load, read_files
from leadrelay.rulebook.meaning import digest_of
from leadrelay.rulebook.model import Pick
from tests.rulebook.projects import FILES, book_of, codes, head, load_with, one_rule

CONTRACT = """\
rulebook: routing
about: Where every new request goes, within the working day.
subject: request              # request | opportunity | contact | account
flow: route
order: 20
hit: first
scope:
  request.status: open
  request.desk: {known: false}

rules:
  - id: key-account-renegotiates
    about: A top customer wants to renegotiate; the account manager acts at once.
    when:
      account.tier: key
      request.kind: [renewal, renegotiation]
    then:
      - route: account_manager
      - assign: account.owner
      - notify: {to: [account.owner, general_management], template: key_account, urgency: now}

  - id: large-company
    when:
      any:
        - account.employees: {at_least: 250}
        - account.name: {in_list: target-accounts}
      none:
        - request.kind: information
    then: [{route: sales}, {assign: {pool: field_sales, by: territory}}]

otherwise:
  - route: inside_sales
  - assign: {pool: inside_sales, by: least_loaded}
"""


def test_the_rulebook_of_the_contract() -> None:
    loaded = load_with({"rules/routing.yaml": CONTRACT, "templates/en/key_account.j2": ""})
    assert [one for one in loaded.problems if not one.code.startswith("template-")] == []
    (book,) = loaded.ruleset.rulebooks
    assert (book.name, book.subject, book.flow, book.order, book.hit) == ("routing", "request", "route", 20, "first")
    assert [rule.key for rule in book.every_rule()] == [
        "key-account-renegotiates",
        "large-company",
        "routing/otherwise",
    ]
    assert [action.name for action in book.rules[0].then] == ["route", "assign", "notify"]
    assert book.rules[1].then[1].who == Pick("field_sales", "territory")  # type: ignore[union-attr]
    assert (book.rules[1].place.line, book.rules[1].place.column) == (22, 9)
    assert [line.path for line in book.scope.lines()] == ["request.status", "request.desk"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("subject: request\nflow: route\nrules: []\n", ["1:1 missing-key"]),
        (head(subject="request", flow="walk") + "rules: []\n", ["3:7 unknown-choice"]),
        (head(subject="lead") + "rules: []\n", ["2:10 unknown-choice"]),
        (head(hit="once") + "rules: []\n", ["4:6 unknown-choice", "5:8 no-rules"]),
        (head() + "order: first\nrules: []\n", ["5:8 not-a-number", "6:8 no-rules"]),
        (head() + "calendar: belgium\nrules: []\n", ["5:11 unknown-choice", "6:8 no-rules"]),
        (head(name="two words") + "rules: []\n", ["1:11 bad-name"]),
        (head(name="otherwise") + "rules: []\n", ["1:11 bad-name"]),
        (head(), ["1:1 rules-or-table"]),
        (head() + "rules: []\ntable: {}\n", ["5:8 no-rules", "6:1 rules-or-table"]),
        (head() + "rules: [x]\n", ["5:9 not-a-mapping"]),
        (head() + "rules: [{then: [{assign: an}]}]\n", ["5:9 missing-key"]),
        (head() + "rules: [{id: nothing, then: [{assign: an}]}]\n", ["5:14 bad-name"]),
        (head() + "rules: [{id: x}]\n", ["5:9 missing-key"]),
        (one_rule(hit="first"), ["5:1 no-otherwise"]),
        (one_rule() + "otherwise: [{assign: an}]\n", ["9:1 otherwise-with-all"]),
        (one_rule(then="[{stop: true}]", hit="first") + "otherwise: [{assign: an}]\n", ["8:13 needless-stop"]),
        (one_rule(hit="first") + "otherwise: []\n", ["9:12 no-actions"]),
        ("- 1\n", ["1:1 not-a-mapping"]),
        ("", ["1:1 empty-file"]),
    ],
)
def test_faults_of_a_rulebook(text: str, found: list[str]) -> None:
    assert codes(text) == found


def test_names_are_unique_over_all_files() -> None:
    files = {
        "rules/a.yaml": one_rule(name="a"),
        "rules/b.yaml": one_rule(name="b"),
        "rules/c.yaml": head("a") + "rules: []\n",
    }
    problems = load_with(files).problems
    assert [(str(one.place), one.code) for one in problems] == [
        ("rules/b.yaml:6:9", "duplicate-rule"),
        ("rules/c.yaml:1:11", "duplicate-rulebook"),
        ("rules/c.yaml:5:8", "no-rules"),
    ]
    assert "rules/a.yaml:6:9" in problems[0].message


def test_a_mode_for_the_whole_rulebook() -> None:
    text = head(hit="first") + (
        "mode: shadow\nrules:\n  - {id: a, when: {account.tier: key}, then: [{assign: an}]}\n"
        "  - {id: b, when: {account.tier: important}, then: [{assign: an}], mode: live}\notherwise: [{assign: an}]\n"
    )
    assert [rule.mode for rule in book_of(text).every_rule()] == ["shadow", "live", "shadow"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{account.tier: key, account.flagged: true}", "{account.flagged: true, account.tier: KEY}", True),
        ("{account.tier: [key, important]}", "{account.tier: [important, key]}", True),
        ("{all: [{account.tier: key}]}", "{account.tier: key}", True),
        ("{any: [{any: [{account.tier: key}]}, {account.flagged: true}]}",
         "{any: [{account.flagged: true}, {account.tier: key}]}", True),
        ("{account.tier: key}", "{account.tier: important}", False),
        ("{account.flagged: {not: true}}", "{account.flagged: {not: true, known: any}}", True),
        ("{any: [{account.tier: key}, {account.flagged: true}]}", "{account.tier: key, account.flagged: true}", False),
        ("{none: [{account.tier: key}]}", "{account.tier: key}", False),
        ("{account.employees: {over: 5}}", "{account.employees: {at_least: 5}}", False),
        ("{request.received_at: {older_than: 1 day}}", "{request.received_at: {newer_than: 1 day}}", False),
        ("{account.name: {not: {contains: x}}}", "{account.name: {contains: x}}", False),
    ],
)  # fmt: skip
def test_a_digest_is_of_the_meaning(one: str, other: str, same: bool) -> None:
    first, second = (book_of(one_rule(when)).rules[0] for when in (one, other))
    assert (first.digest == second.digest) is same
    assert digest_of(first.when) == digest_of(first.when)


def test_a_digest_covers_the_scope_and_not_the_actions() -> None:
    plain = book_of(one_rule()).rules[0].digest
    assert book_of(one_rule(then="[{assign: bram}]")).rules[0].digest == plain
    assert book_of(one_rule().replace("rules:", "scope: {request.status: open}\nrules:")).rules[0].digest != plain


def test_a_version_is_told_by_its_files() -> None:
    one, same, other = (load_with({"rules/a.yaml": text}).ruleset.digest for text in (one_rule(), one_rule(), head()))
    assert one == same != other


def test_no_rulebooks_is_said() -> None:
    assert [one.code for one in load(FILES).problems] == ["no-rulebooks"]
    assert [one.code for one in load({}).problems] == ["no-rulebooks"]
    assert not load({}).usable


def test_files_that_nothing_reads_are_said() -> None:
    files = {
        "rules/a.yaml": one_rule(),
        "rules/b.yml": "",
        "rules/old/c.yaml": "",
        "rules/README.md": "",
        "rules/d.py": "",
    }
    problems = load_with(files).problems
    assert [(one.place.file, one.severity) for one in problems if one.code == "unread-file"] == [
        ("rules/b.yml", "warning"),
        ("rules/d.py", "warning"),
        ("rules/old/c.yaml", "warning"),
    ]


def test_reading_a_folder(tmp_path: Path) -> None:
    for name, raw in {
        "rules/routing.yaml": b"rulebook: caf\xe9\r\n",
        "rules/.hidden.yaml": b"x",
        "rules/routing.yaml~": b"x",
        "rules/lists/a.csv": b"\xef\xbb\xbfname\n",
        "rules/lists/a.xlsx": b"\x50\x4b\x03\x04\xff",
        "templates/en/hello.j2": b"hi",
        "elsewhere/x.yaml": b"x",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(raw)
    files = read_files(tmp_path)
    assert files == {
        "rules/lists/a.csv": "\ufeffname\n",
        "rules/lists/a.xlsx": "",
        "rules/routing.yaml": "rulebook: caf\udce9\r\n",
        "templates/en/hello.j2": "hi",
    }
    loaded = load(files)
    assert ("not-utf-8", 14) in [(one.code, one.place.column) for one in loaded.problems]
    assert loaded.files["rules/routing.yaml"] == "rulebook: caf\ufffd\r\n"


def test_an_unreadable_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.yaml").write_text("x")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UnreadableFile, match="Permission denied"):
        read_files(tmp_path)


WORDS = st.sampled_from([*CONTRACT.split(), "\n", "{", "}", "[", "]", "- ", "*a", "&a", "null", "9"])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(CONTRACT)), st.integers(0, 60), st.lists(WORDS, max_size=4))
def test_nothing_that_is_written_makes_loading_raise(at: int, gone: int, words: list[str]) -> None:
    text = CONTRACT[:at] + " ".join(words) + CONTRACT[at + gone :]
    loaded = load_with({"rules/routing.yaml": text, "rules/team.yaml": text, "rules/fields.yaml": text[::2]})
    assert loaded.problems
    assert all(one.message and one.remedy for one in loaded.problems)


def test_a_rulebook_that_cannot_be_read_is_one_fault_and_not_one_for_each_test():
    tests = "tests:\n  - {test: a, now: 2026-11-20 09:13, given: {request: {}}, expect: {routing: nothing}}\n"

    def codes(routing: str) -> set[str]:
        found = load({"rules/routing.yaml": routing, "rules/tests/a.yaml": tests}).problems
        return {one.code for one in found if one.place.file == "rules/tests/a.yaml"}

    assert codes("rulebook: routing\nrules: [a") == set()
    assert "unknown-rulebook" in codes("rulebook: other\nsubject: request\nflow: route\nhit: all\nrules: []\n")
