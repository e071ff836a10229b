"""rules/team.yaml: who is in the team, and what is reported about it."""

from datetime import date

import pytest

from leadrelay.calendar import default_calendar
from leadrelay.clock import day_of
from leadrelay.leads.team import Away, Person, Pool, Team
from leadrelay.rulebook.condition import Equals, Line, Range
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.people import load_team

TEAM = """\
people:
  - id: an
    name: An Peeters
    email: an@example.com
    roles: [account_manager]
    pools: [field_sales, hunters]
    territory: {account.postcode_number: {between: [1000, 1999]}}
    language: nl
    calendar: belgium
    capacity: 20
    away: [{from: 2026-12-21, until: 2027-01-04, deputy: bram}]
    manager: dirk
  - {id: bram, language: fr}
  - {id: dirk, name: Dirk, roles: sales_director}
pools:
  field_sales: {members: [bram], lead: dirk, fallback: sales_director}
"""


def load(text: str, **files: str) -> tuple[Team, list[str]]:
    """The team, and the problems as 'line code'."""
    ctx = Context({"rules/team.yaml": text, **files})
    ctx.calendars = {"default": default_calendar(), "belgium": default_calendar()}
    team = load_team(ctx)
    return team, [f"{one.place.line} {one.code}" for one in ctx.problems]


def test_the_whole_team() -> None:
    team, problems = load(TEAM)
    assert problems == []
    an = team.people["an"]
    assert isinstance(an.territory, Line)
    assert an.territory.test == Range(1000, 1999)
    first, last = day_of(date(2026, 12, 21)), day_of(date(2027, 1, 4))
    assert an == Person(
        "an",
        "An Peeters",
        "an@example.com",
        ("account_manager",),
        ("field_sales", "hunters"),
        an.territory,
        "nl",
        "belgium",
        20,
        (Away(first, last, "bram"),),
        "dirk",
    )
    assert team.people["bram"] == Person("bram", "bram", pools=("field_sales",), language="fr")
    assert team.people["dirk"].roles == ("sales_director",)
    assert list(team.people) == ["an", "bram", "dirk"]
    assert team.pools == {
        "field_sales": Pool("field_sales", ("bram", "an"), "dirk", "sales_director"),
        "hunters": Pool("hunters", ("an",)),
    }
    assert team.zone == "Europe/Amsterdam"


def test_how_a_pool_spreads_its_work() -> None:
    team, problems = load("""\
people: [{id: an, weight: 0.5}, {id: bram}]
pools:
  inside: {members: [an, bram], by: territory, then: weighted, present: true, weights: {bram: 2}}
""")
    assert problems == []
    assert team.people["an"].weight == 0.5
    found = Pool("inside", ("an", "bram"), by="territory", then="weighted", present=True, weights=(("bram", 2.0),))
    assert team.pools == {"inside": found}


def test_a_region_stands_for_its_provinces() -> None:
    team, problems = load("people: [{id: an, territory: {account.province: [vlaanderen, Fryslân, Brussel]}}]")
    assert problems == []
    territory = team.people["an"].territory
    assert isinstance(territory, Line)
    assert territory.test == Equals(
        frozenset(
            {
                *("antwerpen", "limburg", "oost-vlaanderen", "vlaams-brabant", "west-vlaanderen"),
                *("friesland", "brussel"),
            }
        )
    )


def test_channels_by_urgency() -> None:
    team, problems = load("people: [{id: an, channels: {now: slack, digest: mail}}, {id: bo, channels: {now: A B}}]")
    assert team.people["an"].channels == (("now", "slack"), ("digest", "mail"))
    assert (team.people["bo"].channels, problems) == ((), ["1 bad-name"])


def test_no_file_is_nobody() -> None:
    ctx = Context({}, calendars={"default": default_calendar()})
    assert load_team(ctx) == Team()
    assert ctx.problems == []


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("people: {an: 1}\n", ["1 not-a-list"]),
        ("people: [{name: An}]\n", ["1 missing-key"]),
        ("people: [{id: a.n}]\n", ["1 bad-name"]),
        ("people:\n- {id: an}\n- {id: AN}\n", ["3 duplicate-id"]),
        ("people:\n- {id: an, e-mail: x}\n", ["2 unknown-key"]),
        ("people:\n- {id: an, email: an at example}\n", ["2 bad-email"]),
        ("people:\n- {id: an, calendar: belgum}\n", ["2 unknown-calendar"]),
        ("people:\n- {id: an, manager: dirk}\n", ["2 unknown-person"]),
        ("people:\n- {id: an, manager: an}\n", ["2 manager-circle"]),
        ("people:\n- {id: an, manager: bo}\n- {id: bo, manager: an}\n", ["2 manager-circle"]),
        ("people:\n- {id: an, capacity: -1}\n", ["2 not-a-number"]),
        ("people:\n- {id: an, active: maybe}\n", ["2 not-yes-no"]),
        ("people:\n- {id: an, territory: {account.postcod: 1}}\n", ["2 unknown-field"]),
        ("people:\n- {id: an, territory: {opportunity.stage: x}}\n", ["2 unreachable-field"]),
        ("people:\n- {id: an, away: [{from: 2026-13-01, until: 2026-12-01}]}\n", ["2 bad-date"]),
        ("people:\n- {id: an, away: [{from: 2026-12-02, until: 2026-12-01}]}\n", ["2 away-backwards"]),
        ("people:\n- {id: an, away: [{from: 2026-12-02}]}\n", ["2 missing-key"]),
        ("people:\n- {id: an, away: {from: 2026-12-02}}\n", ["2 not-a-list"]),
        ("people:\n- {id: an, away: [{from: 2026-12-02, until: 2026-12-02, deputy: bo}]}\n", ["2 unknown-person"]),
        ("people:\n- {id: an, away: [{from: 2026-12-02, until: 2026-12-02, deputy: an}]}\n", ["2 own-deputy"]),
        ("people: [{id: an, pools: [salles]}]\npools: {sales: {lead: an}}\n", ["1 unknown-pool"]),
        ("people: [{id: an}]\npools: {sales: {members: [bo], lead: an}}\n", ["2 unknown-person"]),
        ("people: [{id: an}]\npools: {sales: {lead: bo, members: [an]}}\n", ["2 unknown-person"]),
        ("people: [{id: an}]\npools: {sales: {fallback: bo, members: [an]}}\n", ["2 unknown-who"]),
        ("people: [{id: an}]\npools: {sales: {}}\n", ["2 empty-pool"]),
        ("people: [{id: an, active: false}]\npools: {sales: {members: [an]}}\n", ["2 empty-pool"]),
        ("people: [{id: an}]\npools: {sales: {member: [an], lead: an}}\n", ["2 unknown-key"]),
        ("people: [{id: an}]\npools: {a b: {members: [an]}}\n", ["2 bad-name"]),
        ("people: [{id: an, pools: [an]}]\n", ["1 double-name"]),
        ("people: [{id: an, roles: [sales], pools: [sales]}]\n", []),
        ("people:\n- {id: an, roles: [sales]}\n- {id: bo, pools: [sales]}\n", ["3 double-name"]),
        (
            "people: [{id: an, pools: [x1, y2]}]\npools:\n  x1: {fallback: y2}\n  y2: {fallback: x1}\n",
            ["3 fallback-circle"],
        ),
        ("people: [{id: an, pools: [x1, y2]}]\npools:\n  x1: {fallback: y2}\n  y2: {fallback: x1, lead: an}\n", []),
    ],
)
def test_what_is_reported(text: str, problems: list[str]) -> None:
    assert load(text)[1] == problems


@pytest.mark.parametrize(
    ("away_of_bo", "problems"),
    [
        ("from: 2026-12-24, until: 2026-12-31, deputy: cy", ["5 deputy-circle"]),
        ("from: 2026-12-25, until: 2026-12-31, deputy: cy", []),
        ("from: 2026-12-24, until: 2026-12-31", []),
    ],
)
def test_deputies_in_a_circle_only_count_on_shared_days(away_of_bo: str, problems: list[str]) -> None:
    text = f"""\
people:
  - {{id: cy, away: [{{from: 2026-12-01, until: 2026-12-24, deputy: an}}]}}
  - {{id: bo, away: [{{{away_of_bo}}}]}}
  - id: an
    away: [{{from: 2026-12-20, until: 2026-12-24, deputy: bo}}]
"""
    assert load(text)[1] == problems


def test_an_inactive_deputy_is_a_warning() -> None:
    text = "people:\n- {id: an, away: [{from: 2026-12-01, until: 2026-12-02, deputy: bo}]}\n- {id: bo, active: false}\n"
    assert load(text)[1] == ["2 inactive-deputy"]


def test_a_language_without_templates_is_a_warning() -> None:
    files = {"templates/nl/overdue.txt": "x", "templates/base.html": "x"}
    assert load("people: [{id: an, language: fr}, {id: bo, language: nl}]\n", **files)[1] == ["1 unknown-language"]


def test_who_is_named_wrongly_is_still_in_the_team() -> None:
    team, problems = load("people: [{id: an, manager: nobody, capacity: few}]\npools: {sales: {members: [an]}}\n")
    assert problems == ["1 not-a-number", "1 unknown-person"]
    assert team.people["an"].pools == ("sales",)
    assert team.people["an"].manager is None
