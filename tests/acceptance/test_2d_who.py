"""Section 2, assign: by load, in turn, by territory; capacity, absence, deputies, fallback, lead: never nobody."""

from __future__ import annotations

from typing import Any

import pytest

NOW = "2026-11-20 09:13"
BOOK = """\
rulebook: book
subject: request
flow: route
hit: all
rules:
  - id: only
    when: {{request.owner: {{known: false}}}}
    then: [{{assign: {who}}}]
"""


def person(name: str, *more: str) -> str:
    return f"  - {{{', '.join([f'id: {name}, name: {name.title()}, email: {name}@example.com', *more])}}}\n"


def team(people: list[str], pools: str) -> str:
    return f"people:\n{''.join(people)}pools:\n  {pools}\n"


def owners(project: Any, people: list[str], pools: str, who: str, rows: list[dict[str, Any]]) -> list[str]:
    project.write("rules/team.yaml", team(people, pools))
    project.rules(BOOK.format(who=who))
    project.sound()
    project.take([{"kind": "other", "received_at": "2026-11-01 10:00", **row} for row in rows])
    project.run()
    given = {str(row["id"]) for row in rows if "owner" not in row}
    return [row["owner"] for row in project.export("requests") if row["id"] in given]


def some(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"n{number}", **fields} for number in range(count)]


A, B, C, LEAD = (person(name) for name in ("anna", "bob", "cleo", "lead"))
POOL = "p: {members: [anna, bob], lead: lead}"
AWAY = "away: [{from: 2026-11-20, until: 2026-11-20}]"
DEPUTY = "away: [{from: 2026-11-20, until: 2026-11-20, deputy: cleo}]"

CASES = {
    "least loaded: evenly": ([A, B, LEAD], POOL, "{pool: p, by: least_loaded}", some(4), {"anna": 2, "bob": 2}),
    "round robin: evenly": ([A, B, LEAD], POOL, "{pool: p, by: round_robin}", some(5), {"anna": 3, "bob": 2}),
    "no word on how": ([A, B, LEAD], POOL, "{pool: p}", some(4), {"anna": 2, "bob": 2}),
    "least loaded counts what is open": (
        [A, B, LEAD],
        POOL,
        "{pool: p, by: least_loaded}",
        [*some(3), *({"id": f"x{n}", "owner": "anna"} for n in range(3))],
        {"bob": 3},
    ),
    "what is closed is no load": (
        [A, B, LEAD],
        POOL,
        "{pool: p, by: least_loaded}",
        [
            *some(2),
            *(
                {"id": f"x{n}", "owner": "anna", "status": "closed", "outcome": "order", "reason": "x"}
                for n in range(3)
            ),
        ],
        {"anna": 1, "bob": 1},
    ),
    "capacity": (
        [person("anna", "capacity: 1"), person("bob", "capacity: 2"), LEAD],
        POOL,
        "{pool: p}",
        some(4),
        {"anna": 1, "bob": 2, "lead": 1},
    ),
    "capacity: then the fallback": (
        [person("anna", "capacity: 1"), C, LEAD],
        "p: {members: [anna], lead: lead, fallback: q}\n  q: {members: [cleo]}",
        "{pool: p}",
        some(3),
        {"anna": 1, "cleo": 2},
    ),
    "inactive": ([person("anna", "active: false"), B, LEAD], POOL, "{pool: p}", some(2), {"bob": 2}),
    "away": ([person("anna", AWAY), B, LEAD], POOL, "{pool: p, by: round_robin}", some(2), {"bob": 2}),
    "away: the deputy": (
        [person("anna", DEPUTY), C, LEAD],
        "p: {members: [anna], lead: lead}",
        "{pool: p}",
        some(2),
        {"cleo": 2},
    ),
    "away: the deputy of a named person": (
        [person("anna", DEPUTY), C],
        "p: {members: [cleo]}",
        "anna",
        some(1),
        {"cleo": 1},
    ),
    "away until yesterday": (
        [person("anna", "away: [{from: 2026-11-01, until: 2026-11-19}]"), LEAD],
        "p: {members: [anna], lead: lead}",
        "{pool: p}",
        some(1),
        {"anna": 1},
    ),
    "away from tomorrow": (
        [person("anna", "away: [{from: 2026-11-21, until: 2026-11-30}]"), LEAD],
        "p: {members: [anna], lead: lead}",
        "{pool: p}",
        some(1),
        {"anna": 1},
    ),
    "a deputy's deputy": (
        [
            person("anna", "away: [{from: 2026-11-20, until: 2026-11-20, deputy: bob}]"),
            person("bob", DEPUTY),
            C,
        ],
        "p: {members: [anna]}",
        "{pool: p}",
        some(1),
        {"cleo": 1},
    ),
    "all away: the lead": (
        [person("anna", AWAY), person("bob", AWAY), LEAD],
        POOL,
        "{pool: p}",
        some(2),
        {"lead": 2},
    ),
    "a fallback of a fallback": (
        [person("anna", AWAY), person("bob", AWAY), C],
        "p: {members: [anna], fallback: q}\n  q: {members: [bob], fallback: r}\n  r: {members: [cleo]}",
        "{pool: p}",
        some(1),
        {"cleo": 1},
    ),
    "a fallback that is out too: the pool's lead": (
        [person("anna", AWAY), person("bob", AWAY), LEAD],
        "p: {members: [anna], lead: lead, fallback: q}\n  q: {members: [bob]}",
        "{pool: p}",
        some(1),
        {"lead": 1},
    ),
    "members by the person's own line": (
        [person("anna", "pools: [p]"), B, LEAD],
        "p: {members: [bob], lead: lead}",
        "{pool: p, by: round_robin}",
        some(2),
        {"anna": 1, "bob": 1},
    ),
    "territory": (
        [
            person("anna", "territory: {account.postcode_number: {between: [1000, 1999]}}"),
            person("bob", "territory: {account.postcode_number: {between: [2000, 2999]}}"),
            LEAD,
        ],
        POOL,
        "{pool: p, by: territory}",
        [
            {"id": "n1", "account.id": "a1", "account.name": "x", "account.postcode": "1999 AB"},
            {"id": "n2", "account.id": "a2", "account.name": "y", "account.postcode": "2000 AB"},
            {"id": "n3", "account.id": "a3", "account.name": "z", "account.postcode": "3000 AB"},
        ],
        {"anna": 1, "bob": 1, "lead": 1},
    ),
    "territory: without one is everywhere": (
        [person("anna", "territory: {account.country: NL}"), B, LEAD],
        POOL,
        "{pool: p, by: territory}",
        [{"id": "n1", "account.id": "a1", "account.name": "x", "account.country": "BE"}],
        {"bob": 1},
    ),
    "keep": (
        [A, B, C, LEAD],
        POOL,
        "{pool: p, keep: account.owner}",
        some(3, **{"account.id": "a", "account.name": "x", "account.owner": "bob"}),
        {"bob": 3},
    ),
    "keep: unknown, so the pool": (
        [A, LEAD],
        "p: {members: [anna], lead: lead}",
        "{pool: p, keep: account.owner}",
        some(1, **{"account.id": "a", "account.name": "x"}),
        {"anna": 1},
    ),
    "keep: away, so the deputy": (
        [A, person("bob", DEPUTY), C, LEAD],
        POOL,
        "{pool: p, keep: account.owner}",
        some(1, **{"account.id": "a", "account.name": "x", "account.owner": "bob"}),
        {"cleo": 1},
    ),
    "keep: inactive, so the pool": (
        [A, person("bob", "active: false"), LEAD],
        POOL,
        "{pool: p, keep: account.owner}",
        some(1, **{"account.id": "a", "account.name": "x", "account.owner": "bob"}),
        {"anna": 1},
    ),
    "keep: over capacity, so the pool": (
        [A, person("bob", "capacity: 1"), LEAD],
        POOL,
        "{pool: p, keep: account.owner}",
        some(2, **{"account.id": "a", "account.name": "x", "account.owner": "bob"}),
        {"bob": 1, "anna": 1},
    ),
    "a role: an active person with it": (
        [person("anna", "roles: [boss]", "active: false"), person("bob", "roles: [boss]")],
        "p: {members: [bob]}",
        "boss",
        some(2),
        {"bob": 2},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_who_gets_it(project: Any, name: str) -> None:
    people, pools, who, rows, expected = CASES[name]
    got = owners(project, people, pools, who, rows)
    assert {owner: got.count(owner) for owner in got} == expected


def test_a_field_that_holds_nobody_leaves_nobody_out(project: Any) -> None:
    """`assign: account.owner` of an account without one: never nobody, or the audit says so."""
    got = owners(project, [A], "p: {members: [anna]}", "account.owner", some(1))
    assert got != [None] or project.cli("audit").code == 1


def test_the_lead_is_told_when_the_whole_pool_is_out(project: Any) -> None:
    people = [person("anna", AWAY), person("bob", AWAY), LEAD]
    assert owners(project, people, POOL, "{pool: p}", some(1)) == ["lead"]
    assert "lead" in [to for to, _ in project.messages()]


def test_the_fallback_is_told_when_it_takes_over(project: Any) -> None:
    people = [person("anna", AWAY), C, LEAD]
    pools = "p: {members: [anna], lead: lead, fallback: q}\n  q: {members: [cleo]}"
    assert owners(project, people, pools, "{pool: p}", some(1)) == ["cleo"]
    assert "cleo" in [to for to, _ in project.messages()]


def test_nobody_is_told_when_somebody_is_in(project: Any) -> None:
    assert owners(project, [A, person("bob", AWAY), LEAD], POOL, "{pool: p}", some(1)) == ["anna"]
    assert project.messages() == []


@pytest.mark.parametrize(
    ("now", "owner"),
    [
        ("2026-12-20 23:59", "anna"),
        ("2026-12-21 00:00", "cleo"),
        ("2027-01-04 23:59", "cleo"),
        ("2027-01-05 00:00", "anna"),
    ],
)
def test_both_days_of_an_absence_are_included(project: Any, now: str, owner: str) -> None:
    people = [person("anna", "away: [{from: 2026-12-21, until: 2027-01-04, deputy: cleo}]"), C]
    project.write("rules/team.yaml", team(people, "p: {members: [anna]}"))
    project.rules(BOOK.format(who="{pool: p}"))
    project.expect(f"tests: [{{test: t, now: {now}, given: {{request: {{}}}}, expect: {{request.owner: {owner}}}}}]")


def test_round_robin_goes_on_where_it_was(project: Any) -> None:
    people, pools, who = [A, B, C], "p: {members: [anna, bob, cleo]}", "{pool: p, by: round_robin}"
    project.write("rules/team.yaml", team(people, pools))
    project.rules(BOOK.format(who=who))
    got = []
    for number in range(6):
        now = f"2026-11-20 10:{number:02}"
        project.take([{"id": str(number), "kind": "other"}], now=now)
        project.run(now)
        got.append(project.one("requests", str(number))["owner"])
    assert sorted(got[:3]) == sorted(got[3:]) == ["anna", "bob", "cleo"]
    assert got[:3] == got[3:]


def test_an_unknown_person_is_a_fault(project: Any) -> None:
    project.rules(BOOK.format(who="nobody_here"))
    assert [f["code"] for f in project.check() if f["severity"] == "error"] == ["unknown-who"]
