"""Every shipped pack, alone and all together: no faults, its own tests pass, and every rule is made to hold by one."""

import re
from pathlib import Path

import pytest

from leadrelay.act.trial import run_tests, uncovered
from leadrelay.rulebook.load import Loaded, load, read_files
from leadrelay.rulebook.packs import FILE
from leadrelay.rulebook.place import pack_of

ROOT = Path(__file__).parents[2]
PACKS = sorted(path.parent.name for path in (ROOT / "packs").glob("*/pack.yaml"))
NEEDS = {"spin": ["bant"], "authority": ["bant"]}


def loaded_with(*packs: str, proofread: bool = False) -> Loaded:
    return load(read_files(ROOT, packs) | {FILE: f"packs: [{', '.join(packs)}]\n"}, proofread)


def test_these_are_the_packs() -> None:
    assert {"bant", "scotsman", "buying_clock", "spin", "authority", "constraints", "blue_sheet"} <= set(PACKS)


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_alone_has_no_faults_and_passes_its_tests(pack: str) -> None:
    loaded = loaded_with(pack, *NEEDS.get(pack, ()), proofread=True)
    assert loaded.problems == []
    own = [one for one in run_tests(loaded) if pack_of(one.test.place.file) == pack]
    assert [one.differences for one in own if not one.passed] == []
    missed = [rule.id for book, rule in uncovered(loaded.ruleset, own) if pack_of(book.place.file) == pack]
    assert missed == []


def test_all_packs_together_get_along_with_each_other_and_the_rules() -> None:
    loaded = loaded_with(*PACKS)
    assert loaded.problems == []
    assert [(one.test.name, one.differences) for one in run_tests(loaded) if not one.passed] == []


TOLD = """\
tests:
  - test: the owner hears before the quote what is missing
    now: 2026-11-20 10:00
    given:
      opportunity:
        {owner: chris, stage: quote, stage_since: 2026-11-19 09:00, next_step_at: 2026-11-25, scotsman: {time: true}}
    expect: {notify: [{to: chris, template: scotsman}]}
  - test: the seller hears that a contact went back, and what to do now
    now: 2026-11-20 10:00
    given:
      opportunity: {owner: chris, stage: lead}
      contact: {buying_phase: interested, extra: {buying_furthest: 5}}
    expect: {notify: [{to: chris, template: phases_back}], tasks: [{for: chris, what: Send a case like theirs}]}
  - test: what BANT still has to find out is a task
    now: 2026-11-20 10:00
    given: {opportunity: {owner: chris, stage: qualified, stage_since: 2026-11-17 10:00, next_step_at: 2026-11-25}}
    expect: {tasks: [{for: chris, due: 2026-11-25 10:00}], notify: []}
"""


def test_what_the_shipped_team_hears_of_the_packs_that_are_on_at_first() -> None:
    loaded = load(read_files(ROOT) | {"rules/tests/told.yaml": TOLD}, proofread=False)
    told = [one for one in run_tests(loaded) if one.test.place.file == "rules/tests/told.yaml"]
    assert [(one.test.name, one.differences) for one in told if not one.passed] == []
    assert len(told) == 3


def test_packs_do_not_depend_on_who_works_here() -> None:
    """A company changes its team first of all; the tests of the packs must not stand in its way."""
    texts = {file: text for file, text in read_files(ROOT, PACKS).items() if pack_of(file) and "/tests/" in file}
    assert len(texts) == len(PACKS)
    assert [file for file, text in texts.items() if re.search(r"\b(owner|to|for): *\w", text)] == []


def test_without_any_pack_the_rules_stand_by_themselves() -> None:
    loaded = loaded_with()
    assert loaded.problems == []
    assert [(one.test.name, one.differences) for one in run_tests(loaded) if not one.passed] == []
