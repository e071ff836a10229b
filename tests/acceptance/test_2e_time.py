"""Section 2, time: ladders, repeats and episodes over several runs; catching up, edits, modes, the first-run limit."""

from __future__ import annotations

from typing import Any

import pytest

START = "2026-11-20 09:00"  # a Friday; working hours 09:00-17:00, Monday 09:00-12:30 and 13:00-17:30

LADDER = """\
rulebook: waiting
subject: request
flow: nudge
hit: all
scope: {{request.status: open}}
rules:
  - id: waits
    about: It waits
    when: {when}
    then: [{{notify: {{to: an, template: news}}}}]
    later:
      - after: 2 working hours
        then: [{{notify: {{to: bram, template: overdue}}}}]
      - after: 1 working day
        then: [{{notify: {{to: dirk, template: overdue}}}}]
{more}"""


def ladder(when: str = "{request.first_response_at: {known: false}}", more: str = "") -> str:
    return LADDER.format(when=when, more=more)


def take(project: Any, now: str = START, **fields: Any) -> None:
    project.take([{"id": "1", "received_at": START, "kind": "other", **fields}], now=now)


def steps(project: Any) -> list[tuple[int, str]]:
    return [(episode, step) for _, _, episode, step in project.steps()]


def times(project: Any) -> list[tuple[str, str]]:
    return [(row["step"], row["at"][:16]) for row in project.export("decisions")]


def test_each_rung_at_its_instant_and_once(project: Any) -> None:
    project.rules(ladder())
    take(project)
    seen = []
    for now in (
        START,
        START,
        "2026-11-20 10:59:59",
        "2026-11-20 11:00",
        "2026-11-20 11:00",
        "2026-11-20 16:00",
        "2026-11-22 12:00",
        "2026-11-23 08:59:59",
        "2026-11-23 09:00",
        "2026-11-24 09:00",
    ):
        project.run(now)
        seen.append(len(project.messages()))
    assert seen == [1, 1, 1, 2, 2, 2, 2, 2, 3, 3]
    assert project.messages() == [("an", "news"), ("bram", "overdue"), ("dirk", "overdue")]
    assert project.steps() == [("waits", "request/1", 1, step) for step in "012"]


def test_it_stops_when_the_rule_no_longer_holds(project: Any) -> None:
    project.rules(ladder())
    take(project)
    project.run(START)
    take(project, "2026-11-20 10:00", first_response_at="2026-11-20 09:59")
    for now in ("2026-11-20 10:00", "2026-11-20 12:00", "2026-11-24 12:00"):
        project.run(now)
    assert steps(project) == [(1, "0")]


def test_it_stops_when_the_scope_no_longer_holds(project: Any) -> None:
    project.rules(ladder())
    take(project)
    project.run(START)
    take(project, "2026-11-20 10:00", status="closed", outcome="order", reason="x", closed_at="2026-11-20 10:00")
    project.run("2026-11-24 12:00")
    assert steps(project) == [(1, "0")]


def test_it_is_armed_again_after_leaving(project: Any) -> None:
    project.rules(ladder("{request.product: lathe}"))
    take(project, product="lathe")
    project.run(START)
    take(project, "2026-11-20 09:30", product="mill")
    project.run("2026-11-20 09:30")
    take(project, "2026-11-20 10:00", product="lathe")
    project.run("2026-11-20 10:00")
    assert steps(project) == [(1, "0"), (2, "0")]
    project.run("2026-11-20 11:59:59")  # two hours from the second beginning, not from the first
    assert steps(project) == [(1, "0"), (2, "0")]
    project.run("2026-11-20 12:00")
    assert steps(project) == [(1, "0"), (2, "0"), (2, "1")]
    assert len({row["key"] for row in project.export("notifications")}) == 3


def test_catching_up_fires_each_overdue_step_at_most_once(project: Any) -> None:
    project.rules(ladder())
    take(project)
    project.run(START)
    project.run("2026-12-10 12:00")
    found = [step for _, step in steps(project)]
    assert found[0] == "0" and "2" in found and len(found) == len(set(found))
    assert [to for to, _ in project.messages()].count("dirk") == 1
    before = project.messages()
    project.run("2026-12-10 12:01")
    assert project.messages() == before


REPEAT = """\
rulebook: waiting
subject: request
flow: nudge
hit: all
rules:
  - id: waits
    when: {request.status: open}
    then: [{notify: {to: an, template: news}}]
    repeat: {every: 1 working day, at_most: 3}
"""


def test_repeat_stops_after_its_number(project: Any) -> None:
    project.rules(REPEAT)
    take(project)
    project.run(START, "nudge")
    for day in (23, 24, 25, 26):
        for hour in ("08:59:59", "09:00", "12:00"):
            project.run(f"2026-11-{day} {hour}", "nudge")
    assert times(project) == [
        ("0", "2026-11-20T09:00"),
        ("repeat-1", "2026-11-23T09:00"),
        ("repeat-2", "2026-11-24T09:00"),
        ("repeat-3", "2026-11-25T09:00"),
    ]


def test_repeat_after_an_outage_fires_once(project: Any) -> None:
    project.rules(REPEAT)
    take(project)
    project.run(START)
    project.run("2026-11-24 12:00")  # two are overdue
    assert len(project.messages()) == 2
    project.run("2026-11-24 12:01")
    assert len(project.messages()) == 2


def test_repeat_and_ladder_together_in_a_rule_test(project: Any) -> None:
    project.rules(ladder(more="    repeat: {every: 2 working hours, at_most: 2}\n"))
    project.expect("""\
tests:
  - test: both
    now: 2026-11-20 09:00
    given: {request: {}}
    after: 3 days
    expect:
      waiting: waits
      notify:
        - {to: an, template: news}
        - {to: bram, template: overdue}
        - {to: an, template: news}
        - {to: an, template: news}
        - {to: dirk, template: overdue}
""")


def test_edits_of_other_rules_and_of_the_words_change_nothing(project: Any) -> None:
    project.rules(ladder())
    take(project)
    project.run(START)
    project.rules(ladder().replace("It waits", "It waits too long, far too long"))
    project.rules(ladder().replace("waits", "other").replace("rulebook: waiting", "rulebook: second"), "second")
    project.write("rules/team.yaml", (project.folder / "rules/team.yaml").read_text().replace("An Peeters", "An P"))
    project.run("2026-11-20 10:00")
    project.run("2026-11-20 11:00")
    assert [step for rule, _, _, step in project.steps() if rule == "waits"] == ["0", "1"]


def test_an_edit_of_the_same_rule_keeps_the_episode(project: Any) -> None:
    project.rules(ladder())
    take(project)
    project.run(START)
    project.rules(ladder("{request.first_response_at: {known: false}, request.status: open}"))
    project.run("2026-11-20 10:00")
    project.run("2026-11-20 11:00")
    assert steps(project) == [(1, "0"), (1, "1")]


def test_an_edit_that_no_longer_holds_ends_the_episode(project: Any) -> None:
    project.rules(ladder())
    take(project)
    project.run(START)
    project.rules(ladder("{request.product: never}"))
    project.run("2026-11-24 12:00")
    assert steps(project) == [(1, "0")]


def test_hit_first_has_episodes_too(project: Any) -> None:
    project.rules("""\
rulebook: tiers
subject: account
flow: route
hit: first
rules:
  - {id: big, when: {account.employees: {at_least: 250}}, then: [{set: {account.tier: key}}]}
otherwise: [{set: {account.tier: standard}}]
""")
    for now, employees in (("2026-11-20 09:00", 300), ("2026-11-20 10:00", 200), ("2026-11-20 11:00", 300)):
        project.take([{"id": "a", "name": "Acme", "employees": employees}], "accounts", now)
        project.run(now)
        project.run(now)
    assert [(rule, episode) for rule, _, episode, _ in project.steps()] == [("big", 1), ("otherwise", 1), ("big", 2)]


def test_a_rule_that_time_alone_makes_hold(project: Any) -> None:
    project.rules("""\
rulebook: waiting
subject: request
flow: escalate
hit: all
rules:
  - {id: old, when: {request.received_at: {older_than: 4 working hours}}, then: [{notify: {to: an, template: news}}]}
""")
    take(project, received_at="2026-11-20 16:40")
    for now, count in (("20 17:00", 0), ("23 13:09:59", 0), ("23 13:10", 1), ("24 09:00", 1)):
        project.run(f"2026-11-{now}")
        assert len(project.messages()) == count


# modes


def test_shadow_records_and_does_nothing(project: Any) -> None:
    project.rules(ladder(more="    mode: shadow\n"))
    take(project)
    project.run(START)
    project.run("2026-11-20 11:00")
    rows = project.export("decisions")
    assert rows and {row["mode"] for row in rows} == {"shadow"}
    assert rows[0]["actions"]
    assert project.messages() == []


def test_shadow_changes_no_field(project: Any) -> None:
    project.rules("""\
rulebook: book
subject: request
flow: route
hit: all
rules:
  - id: only
    when: {request.status: open}
    then: [{route: sales}, {assign: an}, {task: {for: an, what: x, due: 1 day}}, {nurture: {list: news}}]
    mode: shadow
""")
    take(project, **{"contact.email": "jo@x.example"})
    before = project.export("requests")
    project.run(START)
    assert project.export("requests") == before
    assert project.export("tasks") == project.export("lists") == []
    assert [row["mode"] for row in project.export("decisions")] == ["shadow"]


def test_off_is_as_if_it_were_not_there(project: Any) -> None:
    project.rules(ladder(more="    mode: 'off'\n"))
    take(project)
    project.run(START)
    assert project.export("decisions") == project.export("notifications") == []


def test_off_needs_no_quotes(project: Any) -> None:
    project.rules(ladder(more="    mode: off\n"))
    assert project.check() == []
    take(project)
    project.run(START)
    assert project.export("decisions") == []


# the first run of a rule

MANY = """\
rulebook: tell
subject: request
flow: nudge
hit: all
rules:
  - id: tell-all
    when: {request.status: open}
    then: [{notify: {to: an, template: news}}]
"""


def many(project: Any, count: int) -> None:
    project.take([{"id": str(number), "received_at": START, "kind": "other"} for number in range(count)], now=START)


@pytest.mark.parametrize(
    ("toml", "count", "held"),
    [
        ("", 50, False),
        ("", 51, True),
        ("first_run_limit = 2\n", 3, True),
        ("first_run_limit = 2\n", 2, False),
    ],
)
def test_a_rule_that_would_begin_too_many_episodes_is_held(project: Any, toml: str, count: int, held: bool) -> None:
    project.write("leadrelay.toml", toml)
    project.rules(MANY)
    many(project, count)
    result = project.cli("run", "--now", START, "--json")
    assert len(project.messages()) == (0 if held else count)
    if held:
        assert "tell-all" in str(result.json["flows"]["nudge"]) and str(count) in str(result.json["flows"]["nudge"])
        text = project.cli("run", "--now", "2026-11-20 09:01")
        assert "tell-all" in text.out + text.err and str(count) in text.out + text.err


def test_release_lets_it_go(project: Any) -> None:
    project.write("leadrelay.toml", "first_run_limit = 2\n")
    project.rules(MANY)
    many(project, 4)
    project.cli("run", "--now", START)
    project.cli("rules", "release", "tell-all", "--now", START).ok()
    assert project.messages() == []
    project.run("2026-11-20 09:01")
    assert len(project.messages()) == 4
    project.run("2026-11-20 09:02")
    assert len(project.messages()) == 4


def test_backfill_lets_it_go(project: Any) -> None:
    project.write("leadrelay.toml", "first_run_limit = 2\n")
    project.rules(MANY + "    backfill: true\n")
    many(project, 4)
    project.run(START)
    assert len(project.messages()) == 4


def test_after_its_first_run_a_rule_may_begin_many(project: Any) -> None:
    project.write("leadrelay.toml", "first_run_limit = 2\n")
    project.rules(MANY)
    many(project, 1)
    project.run(START)
    many(project, 6)
    project.run("2026-11-20 09:01")
    assert len(project.messages()) == 6


def test_an_edited_rule_is_held_again(project: Any) -> None:
    project.write("leadrelay.toml", "first_run_limit = 2\n")
    project.rules(MANY.replace("open}", "open, request.product: lathe}"))
    many(project, 6)
    project.run(START)
    project.rules(MANY)
    result = project.cli("run", "--now", "2026-11-20 09:01", "--json")
    assert project.messages() == []
    assert "tell-all" in str(result.json["flows"]["nudge"])


def test_releasing_what_is_not_held_is_no_success(project: Any) -> None:
    project.rules(MANY)
    many(project, 1)
    project.run(START)
    assert project.cli("rules", "release", "no-such-rule").code in (1, 2)


def test_hit_first_is_held_as_well_when_it_would_tell_too_many(project: Any) -> None:
    project.write("leadrelay.toml", "first_run_limit = 2\n")
    project.rules(MANY.replace("hit: all", "hit: first") + "otherwise: [{assign: an}]\n")
    many(project, 5)
    project.run(START)
    assert (project.messages(), {row["owner"] for row in project.export("requests")}) == ([], {None})
    project.cli("rules", "release", "tell-all", "--now", START).ok()
    project.run(START)
    assert len(project.messages()) == 5


def test_hit_first_that_tells_nobody_is_never_held(project: Any) -> None:
    project.write("leadrelay.toml", "first_run_limit = 2\n")
    quiet = MANY.replace("hit: all", "hit: first").replace("notify: {to: an, template: news}", "assign: an")
    project.rules(quiet + "otherwise: [{assign: an}]\n")
    many(project, 5)
    project.run(START)
    assert {row["owner"] for row in project.export("requests")} == {"an"}


# rules that have faults never go live


def test_a_broken_edit_does_not_replace_the_last_good_rules(project: Any) -> None:
    project.rules(ladder())
    take(project)
    project.run(START)
    project.rules(ladder().replace("request.first_response_at", "request.first_respons_at"))
    result = project.cli("run", "--now", "2026-11-20 11:00", "--json")
    assert result.code == 1
    assert "fault" in result.err
    assert steps(project) == [(1, "0"), (1, "1")]
