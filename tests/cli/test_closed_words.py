"""A text of which an own field gives the place among words has these words alone, wherever it comes in (M19)."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from leadrelay.leads.fields import Field, Fields, Formula, Type
from leadrelay.rulebook.load import load
from leadrelay.store.database import Database
from tests.cli.conftest import Run
from tests.intake.world import World, world_of

PHASES = ("unaware", "aware", "Deciding")


def placed(name: str, of: str, *words: str) -> Field:
    formula = Formula("place_of", (of,), among=words)
    return Field(f"contact.extra.{name}", Type.NUMBER, "", derived=True, formula=formula)


STEP = placed("step", "contact.buying_phase", *PHASES)
MORE = placed("more", "contact.buying_phase", "bought", "aware")
ROLE = placed("rank", "contact.role", "user", "boss")


def test_the_words_of_every_list_count() -> None:
    found = Fields((STEP, MORE, ROLE)).by_path
    assert found["contact.buying_phase"].choices == ("unaware", "aware", "Deciding", "bought")
    assert found["contact.role"].choices == ("user", "boss")
    assert found["contact.job_title"].choices == ()
    assert Fields().by_path["contact.buying_phase"].type is Type.TEXT


@pytest.mark.parametrize("line", ["contact.buying_phase: dreaming", "contact.buying_phase: [aware, dreaming]"])
def test_a_rule_that_names_another_phase_is_refused_with_the_list(line: str) -> None:
    text = (
        "rulebook: phases\nsubject: contact\nflow: nurture\nhit: all\nrules:\n"
        f"  - id: r\n    when: {{{line}}}\n    then: [{{set: {{extra.x: 1}}}}]\n"
    )
    fields = (
        "contact:\n  step: {type: number, about: x, place_of: contact.buying_phase, among: [unaware, aware]}\n"
        "  x: {type: number}\n"
    )
    found = load({"rules/phases.yaml": text, "rules/fields.yaml": fields}, proofread=False)
    told = [one for one in found.problems if one.code == "unknown-choice"]
    assert [(one.place.line, "dreaming" in one.message) for one in told] == [(7, True)]


def test_an_import_refuses_it_and_takes_it_in_any_case(sqlite_database: Database, tmp_path: Path) -> None:
    world = world_of(sqlite_database, tmp_path)
    with_phases = World(replace(world.intake, fields=Fields((STEP,))), tmp_path)
    report = with_phases.take("id,name,buying_phase\n1,Jan,DECIDING\n2,Piet,dreaming\n", "contacts")
    assert [(one.column, one.reason) for one in report.rejections] == [
        ("buying_phase", "'dreaming' is not one of unaware, aware, Deciding")
    ]
    assert world.one("SELECT buying_phase FROM contacts")["buying_phase"] == "Deciding"


def test_set_refuses_it_with_the_list(shipped: Path, run: Run) -> None:
    (shipped / "contacts.csv").write_text("id,name\n1,Jan\n", encoding="utf-8")
    assert run("import", shipped / "contacts.csv", "--as", "contacts", "--project", shipped).code == 0
    wrong = run("set", "contact/1", "buying_phase=dreaming", "--by", "ines", "--project", shipped)
    assert wrong.code == 2
    assert "unaware, aware, interested, comparing, deciding, bought" in wrong.err
    assert run("set", "contact/1", "buying_phase=aware", "--by", "ines", "--project", shipped).code == 0
