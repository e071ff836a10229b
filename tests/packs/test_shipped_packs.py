"""Every shipped pack, alone and all together: no faults, its own tests pass, and every rule is made to hold by one."""

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


def test_without_any_pack_the_rules_stand_by_themselves() -> None:
    loaded = loaded_with()
    assert loaded.problems == []
    assert [(one.test.name, one.differences) for one in run_tests(loaded) if not one.passed] == []
