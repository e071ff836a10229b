"""rules/fields.yaml: the company's own fields."""

import pytest

from leadrelay.leads.fields import Field, Type
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.own_fields import load_fields

OWN = """\
request:
  machine_type: {type: choice, choices: [Lathe, mill], about: What they ask a price for}
account:
  fleet_size: {type: number}
"""


def load(text: str) -> tuple[tuple[Field, ...], list[str]]:
    """The company's own fields, and the problems as 'line code'."""
    ctx = Context({"rules/fields.yaml": text})
    return load_fields(ctx).extras, [f"{one.place.line} {one.code}" for one in ctx.problems]


def test_own_fields_join_the_core_fields() -> None:
    machine = Field("request.extra.machine_type", Type.CHOICE, "What they ask a price for", ("Lathe", "mill"))
    fleet = Field("account.extra.fleet_size", Type.NUMBER, "")
    assert load(OWN) == ((machine, fleet), [])
    fields = load_fields(Context({"rules/fields.yaml": OWN}))
    assert fields.get("request.extra.machine_type") == machine
    assert fields.get("request.kind") is not None


def test_without_the_file_there_are_only_core_fields() -> None:
    ctx = Context({})
    assert load_fields(ctx).extras == ()
    assert ctx.problems == []


@pytest.mark.parametrize("kind", list(Type))
def test_every_type(kind: Type) -> None:
    choices = ", choices: [a]" if kind is Type.CHOICE else ""
    fields, problems = load(f"contact: {{shoe: {{type: {kind}{choices}}}}}\n")
    assert [one.type for one in fields] == [kind]
    assert problems == []


@pytest.mark.parametrize(
    ("text", "problems", "count"),
    [
        ("requests: {a: {type: text}}\n", ["1 unknown-subject"], 0),
        ("owner: {a: {type: text}}\n", ["1 unknown-subject"], 0),
        ("request: [a]\n", ["1 not-a-mapping"], 0),
        ("request: {a: text}\n", ["1 not-a-mapping"], 0),
        ("request:\n  Machine Type: {type: text}\n", ["2 bad-name"], 0),
        ("request:\n  a.b: {type: text}\n", ["2 bad-name"], 0),
        ("request:\n  a: {about: x}\n", ["2 missing-key"], 0),
        ("request:\n  a: {type: numbr}\n", ["2 unknown-type"], 0),
        ("request:\n  a: {type: text, abot: x}\n", ["2 unknown-key"], 1),
        ("request:\n  a: {type: choice}\n", ["2 choice-without-choices"], 1),
        ("request:\n  a: {type: choice, choices: []}\n", ["2 choice-without-choices"], 1),
        ("request:\n  a: {type: choice, choices: [x, y, X]}\n", ["2 duplicate-choice"], 1),
        ("request:\n  a: {type: number, choices: [1, 2]}\n", ["2 choices-without-choice"], 1),
        ("account:\n  country: {type: text}\n", ["2 own-field-clash"], 1),
        ("account:\n  x: {type: text}\n  x: {type: number}\n", ["3 duplicate-key"], 1),
        ("- a\n", ["1 not-a-mapping"], 0),
    ],
)
def test_what_is_reported(text: str, problems: list[str], count: int) -> None:
    fields, found = load(text)
    assert found == problems
    assert len(fields) == count


def test_what_is_broken_is_remembered_so_that_rules_do_not_call_it_unknown() -> None:
    ctx = Context({"rules/fields.yaml": "request: {machine_type: {type: chioce}}\n"})
    load_fields(ctx)
    assert "field request.extra.machine_type" in ctx.broken
    assert ctx.problems[0].remedy == "Did you mean 'choice'?"
