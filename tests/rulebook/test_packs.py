"""Method packs: what is on counts as if it stood in rules/, what is off has no influence; switching edits the text."""

from pathlib import Path

import pytest

from leadrelay.errors import PacksByHand
from leadrelay.rulebook.load import digest_of, load, read_files
from leadrelay.rulebook.packs import switched_on
from leadrelay.rulebook.place import home, pack_of
from leadrelay.rulebook.switch import NEW, switch
from tests.rulebook.projects import FILES, one_rule

PACK = {
    "packs/size/pack.yaml": "pack: size\nabout: How large they are.\n",
    "packs/size/fields.yaml": "account:\n  seats: {type: number}\n",
    "packs/size/lists/big.csv": "name\nAcme\n",
    "packs/size/book.yaml": one_rule("{account.name: {in_list: big}, account.extra.seats: {over: 3}}", name="size"),
    "packs/size/rows.yaml": "rulebook: rows\nsubject: account\nflow: nudge\nhit: all\ntable: {file: rows.csv}\n",
    "packs/size/rows.csv": "account.tier,> assign\nkey,an\n",
    "packs/size/tests/size.yaml": (
        "tests:\n  - test: it\n    now: 2026-11-20 10:00\n"
        "    given: {request: {}, account: {name: Acme, extra: {seats: 4}}}\n    expect: {size: one}\n"
    ),
    "packs/size/reports/size.yaml": "report: size\nof: account\ncolumns: [account.name, account.extra.seats]\n",
}
ON = {"rules/packs.yaml": "packs: [size]\n"}
RULES = {"rules/book.yaml": one_rule().replace("id: one", "id: other")}


def test_a_pack_that_is_on_counts_as_if_it_stood_in_rules() -> None:
    loaded = load(FILES | RULES | PACK | ON)
    ruleset = loaded.ruleset
    assert loaded.problems == []
    assert {book.name for book in ruleset.rulebooks} == {"routing", "size", "rows"}
    assert ruleset.fields.get("account.extra.seats") is not None
    assert ruleset.lists["big"] == {"acme"}
    assert [report.name for report in ruleset.reports] == ["size"]
    assert [test.name for test in loaded.tests] == ["it"]
    assert [(pack.name, pack.about) for pack in ruleset.packs] == [("size", "How large they are.")]


def test_a_pack_that_is_off_has_no_influence_whatever_stands_in_it() -> None:
    without = load(FILES | RULES)
    off = load(FILES | RULES | PACK | {"packs/size/broken.yaml": "rulebook: [", "packs/other/x.txt": "?"})
    assert off.problems == []
    assert off.ruleset.digest == without.ruleset.digest
    assert off.ruleset.rulebooks == without.ruleset.rulebooks
    assert off.files == without.files


def test_files_are_read_of_packs_that_are_on_only(tmp_path: Path) -> None:
    for file, text in (FILES | RULES | PACK).items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    off = read_files(tmp_path)
    assert set(off) == {*FILES, *RULES}
    (tmp_path / "rules/packs.yaml").write_text("packs: [size]\n", encoding="utf-8")
    assert set(read_files(tmp_path)) == {*FILES, *RULES, *PACK, *ON}
    assert digest_of(read_files(tmp_path)) != digest_of(off)
    assert set(read_files(tmp_path, packs=())) == {*FILES, *RULES, *ON}


def test_faults_name_the_file_of_the_pack() -> None:
    broken = {"packs/size/book.yaml": one_rule("{account.extra.seats: many}", name="size")}
    (problem,) = load(FILES | RULES | PACK | ON | broken).problems
    assert (problem.place.file, problem.code) == ("packs/size/book.yaml", "wrong-type")


def test_of_a_rule_that_clashes_the_one_in_the_pack_is_the_one_to_change() -> None:
    clash = {"rules/zzz.yaml": one_rule(name="zzz")}
    (problem,) = load(FILES | RULES | clash | PACK | ON).problems
    assert (problem.place.file, problem.code) == ("packs/size/book.yaml", "duplicate-rule")
    assert "rules/zzz.yaml" in problem.message


@pytest.mark.parametrize(
    ("file", "at_home", "pack"),
    [
        ("rules/team.yaml", "rules/team.yaml", None),
        ("packs/bant/bant.yaml", "rules/bant.yaml", "bant"),
        ("packs/bant/lists/a.csv", "rules/lists/a.csv", "bant"),
        ("packs/bant/templates/nl/a.j2", "templates/nl/a.j2", "bant"),
        ("packs/README.md", "rules/", None),
    ],
)
def test_the_home_of_a_file(file: str, at_home: str, pack: str | None) -> None:
    assert (home(file), pack_of(file)) == (at_home, pack)


COMMENTED = "# Ours.\npacks:\n  - bant      # asked for first\n  - spin\n# The end.\n"


@pytest.mark.parametrize(
    ("text", "name", "on", "wanted"),
    [
        (None, "bant", True, NEW.replace("[]", "[bant]")),
        ("packs: []\n", "bant", True, "packs: [bant]\n"),
        ("packs: [bant]   # ours\n", "spin", True, "packs: [bant, spin]   # ours\n"),
        ("packs: [bant, spin]\n", "bant", False, "packs: [spin]\n"),
        (COMMENTED, "scotsman", True, COMMENTED.replace("- spin\n", "- spin\n  - scotsman\n")),
        (COMMENTED, "bant", False, COMMENTED.replace("  - bant      # asked for first\n", "")),
        (COMMENTED, "bant", True, COMMENTED),
        (COMMENTED, "scotsman", False, COMMENTED),
        ("packs:\n- bant\n", "bant", False, "packs: []\n"),
        ('packs:\n- "bant"\n- spin\n', "bant", False, "packs:\n- spin\n"),
    ],
)
def test_switching_leaves_comments_where_they_are(text: str | None, name: str, on: bool, wanted: str) -> None:
    assert switch(text, name, on) == wanted
    assert (name in switched_on(wanted)) == on


@pytest.mark.parametrize("text", ["packs: [bant, # first\n  spin]\n", "{packs: [bant]}\n", "- bant\n"])
def test_what_a_program_cannot_change_well_a_person_is_asked_to(text: str) -> None:
    with pytest.raises(PacksByHand, match="'scotsman' by hand"):
        switch(text, "scotsman", True)
