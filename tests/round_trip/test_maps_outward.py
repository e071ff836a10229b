"""What maps say about other systems: faults with their place, values the other way round, rows in nested data."""

from typing import Any

import pytest

from leadrelay.leads.team import Person, Team
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.rulebook.maps import load_map
from leadrelay.rulebook.theirs import NoWord, in_their_words
from tests.intake.world import OWN, ZONE, World

HEAD = "system: x\nkind: requests\ncolumns:\n  No: request.id\n"
BACK = "write_back:\n  fields:\n    "


def loaded(text: str) -> tuple[ImportMap, list[tuple[int, str]]]:
    ctx = Context({"rules/maps/x.yaml": text}, fields=OWN)
    found = load_map(ctx, "rules/maps/x.yaml")
    assert found is not None
    return found, [(one.place.line, one.code) for one in ctx.problems]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (HEAD + BACK + "Owner: request.owner\n", []),
        (HEAD + BACK + "Owner: request.boss\n", [(7, "map-unknown-field")]),
        (HEAD + BACK + "Owner: contact.name\n", [(7, "map-unknown-field")]),
        (HEAD + BACK + "Owner: {column: Boss}\n", [(7, "missing-key")]),
        (HEAD + BACK + "Owner: {from: request.owner, perso: id}\n", [(7, "unknown-key")]),
        (HEAD + BACK + "Owner: {from: request.owner, person: nick}\n", [(7, "unknown-choice")]),
        (HEAD + "write_back: {object: Lead}\n", [(5, "missing-key")]),
        (HEAD.removeprefix("system: x\n") + BACK + "Owner: request.owner\n", [(4, "missing-key")]),
        ("system: x\nkind: requests\ncolumns: {A: summary}\n" + BACK + "B: request.owner\n", [(4, "map-no-id")]),
        ("system: x\nkind: team\ncolumns: {A: person.id}\n" + BACK + "B: person.name\n", [(4, "map-no-id")]),
        (
            HEAD + "  Way: {to: request.channel, values: {Web: web_form, Site: web_form}}\n" + BACK
            + "Way: request.channel\n",
            [(8, "map-not-reversible")],
        ),
        (HEAD + "each: {a: b}\npairs: [a]\nonly: x\n", [(5, "not-a-text"), (6, "not-a-mapping"), (7, "not-a-mapping")]),
    ],
)  # fmt: skip
def test_faults(text: str, faults: list[tuple[int, str]]) -> None:
    assert sorted(loaded(text)[1]) == faults


TEAM = Team({"an": Person("an", "An Peeters", "an@example.com"), "bo": Person("bo", "Bo")})
WRITTEN = (
    HEAD
    + "  Way: {to: request.channel, values: {Web Site: web_form, Fair: event}}\n"
    + BACK
    + """Way: request.channel
    Who: {from: request.owner, person: email}
    State: {from: '{request.status} {outcome}', values: {closed sales: Won, closed*: 'Off ({outcome})', open: null}}
    Worth: request.expected_value
    Seen: {from: request.last_touched_at, dates: '%d-%m-%Y %H:%M'}
    At: request.last_touched_at
    Asked: request.prompted
"""
)


@pytest.mark.parametrize(
    ("field", "values", "theirs"),
    [
        ("Way", {"channel": "web_form"}, "Web Site"),
        ("Way", {"channel": None}, None),
        ("Way", {"channel": "phone"}, NoWord),
        ("Who", {"owner": "an"}, "an@example.com"),
        ("Who", {"owner": "somebody"}, "somebody"),
        ("Who", {"owner": "bo"}, NoWord),
        ("State", {"status": "closed", "outcome": "sales"}, "Won"),
        ("State", {"status": "closed", "outcome": "order"}, "Off (order)"),
        ("State", {"status": "open"}, None),
        ("Worth", {"expected_value": -123405}, "-1234.05"),
        ("Seen", {"last_touched_at": 0}, "01-01-1970 01:00"),
        ("At", {"last_touched_at": 0}, "1970-01-01T01:00:00+01:00"),
        ("Asked", {"prompted": True}, "true"),
    ],
)
def test_in_their_words(field: str, values: dict[str, Any], theirs: Any) -> None:
    back = loaded(WRITTEN)[0].write_back
    assert back is not None
    found = next(one for one in back.fields if one.name == field)
    if theirs is NoWord:
        with pytest.raises(NoWord):
            in_their_words(found, values, TEAM, ZONE)
    else:
        assert in_their_words(found, values, TEAM, ZONE) == theirs


NESTED = """
kind: requests
each: [page.items, body.list.item]
pairs: {name: value}
only: {type: lead*}
columns: {id: request.id, who.mail: contact.email, about: request.summary}
skip: ['*']
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", '{"page": {"items": [{"id": 1, "who": {"mail": "a@b.nl"}, "name": "about", "value": "x",'
         ' "type": "Lead"}, {"id": 2, "type": "deal"}]}}'),
        ("x.json", '[{"page": {"items": {"id": 1, "who": [{"key": "mail", "value": "a@b.nl"}], "about": "x"}}}]'),
        ("x.xml", '<?xml version="1.0"?><body xmlns="urn:x"><list><item type="no"><id>1</id>'
         "<who><mail>a@b.nl</mail></who><about>x</about></item></list></body>"),
        ("x.json", '{"id": 1, "who.mail": "a@b.nl", "about": "x"}'),
        ("x.ndjson", '{"page": {"items": [{"id": 1, "who": {"mail": "a@b.nl"}, "about": "x"}]}}\n'),
        ("x.csv", "id,who.mail,about\n1,a@b.nl,x\n"),
    ],
)  # fmt: skip
def test_rows_in_nested_data(world: World, name: str, content: str) -> None:
    report = world.with_maps(n=NESTED).take(content, None, "n", name)
    assert (report.rows, report.taken, report.rejections) == (1, 1, [])
    assert world.one("SELECT r.id, summary, email FROM requests r JOIN contacts c ON c.id = r.contact") == {
        "id": "1", "summary": "x", "email": "a@b.nl"
    }  # fmt: skip


def test_what_stands_among_rows_and_is_none_is_told(world: World) -> None:
    report = world.with_maps(n=NESTED).take(
        '{"page": {"items": [7, {"id": 1, "about": "x"}, null]}}', None, "n", "x.json"
    )
    assert (report.rows, report.taken, report.rejected) == (3, 1, 2)
