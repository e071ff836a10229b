"""Computed own fields: what each form gives, and that steps follow from steps."""

import pytest

from leadrelay.leads.derived import compute, compute_all
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Field, Fields, Formula, Type, Value

COUNT = Formula("count", ("a", "b", "c"))
SUM = Formula("sum", ("a", "b", "c"))
DIFFERENCE = Formula("difference", ("a", "b"))
PLACE = Formula("place_of", ("a",), among=("Aware", "comparing"))


@pytest.mark.parametrize(
    ("formula", "given", "wanted"),
    [
        (COUNT, [True, False, None], 1),
        (COUNT, ["a text", "", 0], 2),
        (COUNT, [None, None, ()], 0),
        (Formula("count", ("a", "b", "c"), each=12.5), [True, True, None], 25),
        (Formula("count", ("a", "b", "c"), each=12.5), [True, None, None], 12.5),
        (SUM, [1, None, 2.5], 3.5),
        (SUM, [None, None, None], None),
        (SUM, [0, None, None], 0),
        (DIFFERENCE, [5, 3], 2),
        (DIFFERENCE, [5, None], None),
        (PLACE, [" AWARE "], 1),
        (PLACE, ["Comparing"], 2),
        (PLACE, ["bought"], None),
        (PLACE, [None], None),
    ],
)
def test_each_form(formula: Formula, given: list[Value], wanted: Value) -> None:
    found = compute(formula, given)
    assert (found, type(found)) == (wanted, type(wanted))


FIELDS = Fields(
    (
        Field("contact.extra.furthest", Type.NUMBER, ""),
        Field(
            "contact.extra.step",
            Type.NUMBER,
            "",
            derived=True,
            formula=Formula("place_of", ("contact.buying_phase",), among=("aware", "comparing", "bought")),
        ),
        Field(
            "contact.extra.back",
            Type.NUMBER,
            "",
            derived=True,
            formula=Formula("difference", ("contact.extra.furthest", "contact.extra.step")),
        ),
    )
)


def test_slots_have_room_for_what_computed_fields_follow_from_and_fill_them_step_by_step() -> None:
    slots = Slots.of(["contact.id", "contact.extra.back"], FIELDS)
    assert slots.paths[:2] == ("contact.id", "contact.extra.back")
    assert set(slots.paths[2:]) == {"contact.extra.furthest", "contact.extra.step", "contact.buying_phase"}
    row = [{"contact.extra.furthest": 3, "contact.buying_phase": "aware"}.get(path) for path in slots.paths]
    slots.fill(row)
    assert slots.facts(row)["contact.extra.back"] == 2
    assert "contact.buying_phase" in slots.feeds


def test_without_computed_fields_slots_are_what_was_asked_for() -> None:
    assert Slots.of(["contact.id", "contact.extra.furthest"], FIELDS).paths == ("contact.id", "contact.extra.furthest")


def test_in_facts_a_value_that_is_there_stays() -> None:
    facts: dict[str, Value] = {"contact.buying_phase": "bought", "contact.extra.furthest": 3, "contact.extra.step": 1}
    compute_all(FIELDS.formulas.items(), facts)
    assert facts["contact.extra.back"] == 2
