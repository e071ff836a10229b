"""Versions compared in meaning: every edit of meaning is named, and no way of writing the same is."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.rulebook.differences import NONE, differences, in_a_line
from leadrelay.rulebook.load import Loaded, load, read_files

ROOT = Path(__file__).parents[2]
ROUTING = """
rulebook: routing
about: Where it goes.
subject: request
flow: route
order: 20
hit: first
scope: {request.status: open}
rules:
  - id: large
    when:
      any:
        - account.employees: {at_least: 250}
        - account.name: {in_list: targets}
      none: [{request.kind: information}]
    then:
      - route: sales
      - assign: {pool: field, by: territory}
      - notify: {to: an, template: hello, urgency: now}
  - id: waits
    when: {request.received_at: {older_than: 4 hours}, request.expected_value: {over: 1000}}
    then: [{route: marketing}]
    later:
      - {after: 1 hour, then: [{notify: {to: bram, template: hello}}]}
    repeat: {every: 1 working day, at_most: 3}
  - id: small
    when: {account.employees: {under: 10}}
    then: [{route: inside_sales}]
otherwise: [{route: archive}]
"""
TABLE = """
rulebook: zones
subject: request
flow: route
order: 30
table:
  when: [account.country, account.employees]
  then: [assign]
  rows:
    - [BE, {at_least: 250}, an]
    - [NL, any, bram]
    - [DE, any, an]
otherwise: [{assign: an}]
"""
TEAM = """
people:
  - {id: an, name: An, email: an@example.com, capacity: 20, away: [{from: 2026-12-21, until: 2027-01-04, deputy: bram}]}
  - {id: bram, name: Bram, email: bram@example.com, roles: [ops], territory: {account.country: BE}}
pools: {field: {members: [an, bram], lead: an}}
"""
CALENDAR = """
calendars:
  default: {zone: Europe/Amsterdam, holidays: NL, hours: {monday-thursday: 09:00-17:30, friday: 09:00-17:00}}
"""
TEST = """
tests:
  - {test: one, now: 2026-11-20 09:13, given: {account: {employees: 250}}, expect: {routing: large}}
"""
MESSAGES = """
quiet_hours: [{hours: {monday-sunday: 19:30-07:30}}]
caps: [{at_most: 12, per: 1 hour}]
"""
HELLO = """\
{% extends layout %}
{% block subject %}Hi{% endblock %}
{% block intro %}You.{% endblock %}
{% block todo %}Go.{% endblock %}
"""
FILES: Mapping[str, str] = {
    "rules/routing.yaml": ROUTING,
    "rules/zones.yaml": TABLE,
    "rules/team.yaml": TEAM,
    "rules/calendar.yaml": CALENDAR,
    "rules/fields.yaml": "account: {fleet: {type: number, about: Cars}}",
    "rules/messages.yaml": MESSAGES,
    "rules/lists/targets.yaml": "[Acme, Bolt]",
    "rules/tests/routing.yaml": TEST,
    "templates/en/hello.j2": HELLO,
    "templates/en/rollup.j2": HELLO,
    "templates/en/digest.j2": HELLO,
    "templates/base.txt.j2": "{% block intro %}{% endblock %}{% block todo %}{% endblock %}",
    "templates/base.html.j2": "{% block intro %}{% endblock %}{% block todo %}{% endblock %}",
}


def loaded(files: Mapping[str, str] = FILES) -> Loaded:
    return load(files, proofread=False)


@cache
def shipped() -> dict[str, str]:
    return read_files(ROOT)


def said(file: str, old: str, new: str) -> list[str]:
    text = FILES[file]
    assert old in text, "the edit must hit something"
    after = loaded({**FILES, file: text.replace(old, new, 1)})
    assert not after.errors, after.errors
    return [str(one) for one in differences(after, loaded())]


R, Z, T, C = "rules/routing.yaml", "rules/zones.yaml", "rules/team.yaml", "rules/calendar.yaml"
EDITS = [
    (R, "at_least: 250", "at_least: 100", "routing / large: any: account.employees at least 250 → 100"),
    (R, "at_least: 250", "over: 100", "routing / large: any: account.employees at least 250 → over 100"),
    (R, "over: 1000", "over: 1500.50", "routing / waits: request.expected_value over 1000 → 1500.50"),
    (R, "older_than: 4 hours", "older_than: 4 working hours",
     "routing / waits: request.received_at older than 4 hours → 4 working hours"),
    (R, "request.kind: information", "request.kind: other",
     "routing / large: none: request.kind is information → other"),
    (R, "        - account.name: {in_list: targets}\n", "",
     "routing / large: any: alternative removed: account.name on the list targets"),
    (R, "under: 10}", "under: 10}, account.country: BE",
     "routing / small: condition added: account.country is be"),
    (R, "status: open", "status: closed", "routing: scope: request.status is open → closed"),
    (R, "urgency: now", "urgency: digest", "routing / large: then: notify: urgency now → digest"),
    (R, "- route: sales\n", "- route: marketing\n", "routing / large: then: route: sales → marketing"),
    (R, "by: territory", "by: round_robin",
     "routing / large: then: assign: {pool: field, by: territory} → {pool: field, by: round_robin}"),
    (R, "after: 1 hour", "after: 2 hours", "routing / waits: later 1: after 1 hour → 2 hours"),
    (R, "to: bram", "to: an", "routing / waits: later 1: notify: to bram → an"),
    (R, "at_most: 3", "at_most: 4", "routing / waits: repeat at_most 3 → 4"),
    (
        R,
        "id: small",
        "id: tiny",
        "routing / tiny: was called small; it begins anew with everybody it holds for, unless it says was: small",
    ),
    (R, "    then: [{route: marketing}]", "    mode: shadow\n    then: [{route: marketing}]",
     "routing / waits: mode live → shadow"),
    (R, "route: archive", "route: sales", "routing / otherwise: then: route: archive → sales"),
    (R, "order: 20", "order: 25", "routing: order 20 → 25"),
    (R, "otherwise:", "  - {id: new, when: {request.kind: renewal}, then: [{route: sales}]}\notherwise:",
     "routing / new: added after small: request.kind is renewal: route: sales"),
    (Z, "    - [NL, any, bram]\n", "    - [NL, any, bram]\n    - [FR, any, bram]\n",
     "zones / row 3: added: account.country is fr: assign: bram"),
    (Z, "    - [BE, {at_least: 250}, an]\n", "",
     "zones / row 1: removed: (account.country is be and account.employees at least 250): assign: an"),
    (Z, "[NL, any, bram]", "[NL, any, an]", "zones / row 2: then: assign: bram → an"),
    (T, "capacity: 20", "capacity: 25", "people / an: capacity 20 → 25"),
    (T, "2027-01-04", "2027-01-05",
     "people / an: away 1 2026-12-21 to 2027-01-04, deputy bram → 2026-12-21 to 2027-01-05, deputy bram"),
    (T, "account.country: BE", "account.country: NL",
     "people / bram: territory account.country is be → account.country is nl"),
    (T, "lead: an", "lead: bram", "pools / field: lead an → bram"),
    (C, "09:00-17:00", "09:00-16:00", "calendars / default: friday 09:00-17:00 → 09:00-16:00"),
    (C, "holidays: NL", "holidays: BE", "calendars / default: holidays NL → BE"),
    ("rules/lists/targets.yaml", "Bolt", "Bolt, Cargo", "lists / targets: added cargo"),
    ("rules/fields.yaml", "Cars", "Vans", "fields / account.extra.fleet: about Cars → Vans"),
    ("rules/messages.yaml", "at_most: 12", "at_most: 10", "messages / caps: 1 at_most 12 → 10"),
    ("templates/en/hello.j2", "You.", "Thou.",
     "templates / en / hello: line 3: '{% block intro %}You.{% endblock %}' → '{% block intro %}Thou.{% endblock %}'"),
    ("rules/tests/routing.yaml", "employees: 250", "employees: 251", "tests: 1 changed"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "what"), EDITS, ids=[one[3][:40] for one in EDITS])
def test_an_edit_of_meaning_is_named(file: str, old: str, new: str, what: str):
    assert said(file, old, new) == [what]


def test_a_rule_that_goes_first_now_is_moved():
    blocks = ROUTING.split("  - id: ")
    small, otherwise = blocks[3].split("otherwise:")
    moved = "  - id: ".join([blocks[0], small, blocks[1], blocks[2]]) + "otherwise:" + otherwise
    found = differences(loaded({**FILES, R: moved}), loaded())
    assert [str(one) for one in found] == ["routing / small: moved at the top, which changes what goes first"]


def test_whole_things_that_come_and_go_are_one_change_each():
    files = {**FILES, "templates/nl/hello.j2": HELLO, "rules/lists/more.csv": "a\nb\n"}
    files[T] = TEAM.replace("pools:", "  - {id: chris, name: Chris, email: c@example.com}\npools:", 1)
    del files[Z], files["rules/tests/routing.yaml"]
    there, back = differences(loaded(files), loaded()), differences(loaded(), loaded(files))
    assert [str(one) for one in there] == [
        "zones: the rulebook is gone, with 3 rules",
        "lists / more: added, with 2 entries",
        "people / chris: added",
        "templates / nl / hello: added",
        "tests: 1 removed",
    ]
    assert [one.where for one in back] == [one.where for one in there]
    assert in_a_line(loaded(files), loaded()) == (
        "zones: the rulebook is gone, with 3 rules; lists / more: added, with 2 entries; and 3 more"
    )
    renamed = {**FILES, Z: TABLE.replace("rulebook: zones", "rulebook: areas")}
    assert [str(one) for one in differences(loaded(renamed), loaded())] == [
        "areas: this rulebook was called zones; it begins anew with everybody it holds for, unless it says was: zones"
    ]
    assert in_a_line(loaded(), None) == "the first version: 8 rules in 2 rulebooks"


def rewritten(text: str, chance: Random) -> str:
    """The same YAML with its keys in another order, in another style, with comments and empty lines."""
    tree = yaml.compose(text, Loader=yaml.BaseLoader)
    for node in walked(tree):
        if isinstance(node, yaml.MappingNode):
            chance.shuffle(node.value)
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = chance.random() < 0.3
        elif node.style in (None, "'", '"') and node.tag.endswith(":str") and " " in node.value:
            node.style = chance.choice((node.style, '"'))
    written = yaml.serialize(tree, Dumper=yaml.BaseDumper, allow_unicode=True, width=chance.choice((60, 4000)))
    return f"# {chance.random()}\n\n{written}\n# the end\n"


def walked(node: yaml.Node) -> list[yaml.Node]:
    found = [node]
    if isinstance(node, yaml.MappingNode):
        found += [one for pair in node.value for inner in pair for one in walked(inner)]
    elif isinstance(node, yaml.SequenceNode):
        found += [one for inner in node.value for one in walked(inner)]
    return found


def reformatted(files: Mapping[str, str], chance: Random) -> dict[str, str]:
    found = {}
    for file, text in files.items():
        if file.endswith(".yaml") and text.strip():
            found[file] = rewritten(text, chance)
        elif file.endswith(".j2"):
            found[file] = f"{{# {chance.random()} #}}" + text.replace("\n", " \r\n") + "\n"
        else:
            found[file] = text
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers())
def test_another_way_to_write_the_same_changes_nothing(seed: int):
    files = reformatted(FILES, Random(seed))
    after = loaded(files)
    assert not after.errors
    assert differences(after, loaded()) == [] and in_a_line(after, loaded()) == NONE


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_the_shipped_rules_written_otherwise_are_the_same(seed: int):
    files = shipped()
    # The order of keys does count where one field is computed from another, or filled from the first of two columns.
    some = {file: text for file, text in files.items() if not file.endswith("fields.yaml") and "/maps/" not in file}
    after = loaded({**files, **reformatted(some, Random(seed))})
    assert differences(after, loaded(files)) == []


@cache
def places() -> list[tuple[str, int, int]]:
    """Where in the shipped rules a number stands that can be another one."""
    number = re.compile(r"(?<![\w.,:/-])\d+(?![\w.,:/-])")
    return [
        (file, one.start(), one.end())
        for file, text in sorted(shipped().items())
        if re.fullmatch(r"rules/[a-z-]+\.yaml", file) and file not in ("rules/process.yaml",)
        for one in number.finditer("\n".join(line.partition("#")[0].ljust(len(line)) for line in text.split("\n")))
    ]


def check_an_edit(place: tuple[str, int, int], by: int) -> None:
    file, start, end = place
    text = shipped()[file]
    files = {**shipped(), file: f"{text[:start]}{int(text[start:end]) + by}{text[end:]}"}
    after, before = loaded(files), base()
    if after.errors:
        return
    there, back = differences(after, before), differences(before, after)
    assert there and back, (place, text[start - 40 : end + 20])
    assert all(one.what and one.where for one in there)
    assert {one.where for one in there} == {one.where for one in back}
    assert all("→" not in one.what or one.what.split(" → ")[0] != one.what.split(" → ")[-1] for one in there)


@cache
def base() -> Loaded:
    return loaded(shipped())


@settings(max_examples=4, deadline=None)
@given(st.data())
def test_every_number_in_the_shipped_rules_means_something(data: st.DataObject):
    check_an_edit(data.draw(st.sampled_from(places())), data.draw(st.integers(1, 3)))


@pytest.mark.slow
def test_each_number_in_the_shipped_rules_means_something():
    for place in places():
        check_an_edit(place, 1)
