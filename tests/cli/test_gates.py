"""Gates hold where the thing happens, whatever way a deal came there; what others say past them is shown (M16)."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

NOW = "2026-11-20 09:13"
HEAD = "id,name,stage,owner,expected_value,decision_on,next_step_at,contact.email,contact.name,account.name"
LINE = "A lathe,{stage},chris,20000,2026-12-01,2026-11-27 09:00,piet@vos.example,Piet Vos,Vos BV"
YES = [f"scotsman.{name}=yes" for name in ("solution", "competition", "opportunity", "time", "support")]
ACTS = """\
gates:
  - id: valued-before-accepted
    into: [accepted]
    when: {opportunity.expected_value: {over: 0}}
    override: {roles: [seller], reason: required}
  - id: won-with-a-decider
    into: [won]
    when: {opportunity.decider_count: {at_least: 1}}
    override: {roles: [sales_director], reason: required}
"""


@pytest.fixture
def deal(shipped: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped project, standing in it; SCOTSMAN is on, so a quote wants five of eight."""
    monkeypatch.chdir(shipped)
    monkeypatch.setenv("LEADRELAY_NOW", NOW)
    return shipped


def take(run: Run, *rows: str, head: str = HEAD, now: str = NOW) -> Any:
    Path("deals.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    ran = run("import", "deals.csv", "--as", "opportunities", "--json", "--now", now)
    assert ran.code == 0, ran
    return ran.json


def quoted(run: Run, number: int = 7) -> None:
    line = ("--line", "Lathe x 1 @ 20000")
    ran = run("quote", "new", f"opportunity/{number}", *line, "--valid-until", "2027-01-01", "--by", "chris")
    assert ran.code == 0, ran


def moves(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run("export", "moves", "--format", "json").json
    return found


@pytest.mark.parametrize("stage", ["quote", "negotiation"])
def test_a_quote_is_not_sent_at_0_of_8_when_an_import_set_the_stage(stage: str, deal: Path, run: Run) -> None:
    take(run, f"7,{LINE.format(stage=stage)}")
    quoted(run)
    ran = run("quote", "send", "1", "--by", "chris", "--json")
    assert (ran.code, [one["what"] for one in ran.json["lacks"]]) == (1, ["scotsman-five-of-eight"])
    assert run("quote", "show", "1").out.startswith("Quote 1 of opportunity/7: draft")
    assert run("set", "opportunity/7", *YES, "--by", "chris").code == 0
    assert run("quote", "send", "1", "--by", "chris").code == 0


def test_answers_that_changed_afterwards_count_when_it_is_sent(deal: Path, run: Run) -> None:
    take(run, f"7,{LINE.format(stage='qualified')}")
    assert run("set", "opportunity/7", *YES, "stage=quote", "--by", "chris").code == 0
    quoted(run)
    assert run("set", "opportunity/7", "scotsman.time=no", "scotsman.support=unknown", "--by", "chris").code == 0
    assert run("quote", "send", "1", "--by", "chris").code == 1
    ran = run("quote", "send", "1", "--by", "chris", "--override", "they insist", "--json")
    assert ran.code == 0
    (past,) = [one for one in moves(run) if one["overridden"]]
    assert (past["overridden"], past["reason"], past["to"]) == (["scotsman-five-of-eight"], "they insist", "quote")


def test_gates_before_acceptance_and_winning(deal: Path, run: Run) -> None:
    (deal / "rules" / "acts.yaml").write_text(ACTS, encoding="utf-8")
    assert run("check").code == 0
    take(run, f"7,{LINE.format(stage='qualified').replace('20000', '')}")
    assert run("set", "opportunity/7", *YES, "--by", "chris").code == 0
    quoted(run)
    assert run("quote", "send", "1", "--by", "chris").code == 0
    assert run("quote", "accept", "1", "--by", "chris").code == 1
    assert run("quote", "accept", "1", "--by", "chris", "--override", "a framework contract").code == 0
    assert run("quote", "show", "1").out.startswith("Quote 1 of opportunity/7: accepted")


def test_a_deal_is_not_won_by_hand_past_a_gate(deal: Path, run: Run) -> None:
    (deal / "rules" / "acts.yaml").write_text(ACTS, encoding="utf-8")
    take(run, f"7,{LINE.format(stage='qualified')}")
    words = ("close", "opportunity/7", "won", "--reason", "signed", "--by")
    held = run(*words, "chris")
    assert (held.code, "won-with-a-decider" in held.out + held.err) == (1, True)
    assert run(*words, "chris", "--override", "the owner signs").code == 1  # a seller may not
    (row,) = run("export", "opportunities", "--format", "json").json
    assert row["outcome"] is None
    assert moves(run) == []
    assert run(*words, "dirk", "--override", "the owner signs").code == 0
    assert [(one["to"], one["overridden"]) for one in moves(run)] == [("won", ["won-with-a-decider"]), ("won", [])]
    assert run("close", "opportunity/7", "lost", "--reason", "x", "--by", "chris").code == 2


def test_a_rule_that_would_win_is_held_up_too(deal: Path, run: Run) -> None:
    (deal / "rules" / "acts.yaml").write_text(ACTS, encoding="utf-8")
    (deal / "rules" / "ours.yaml").write_text(
        "rulebook: ours\nsubject: opportunity\nflow: nudge\nhit: all\nrules:\n"
        "  - id: wins\n    when: {opportunity.product: lathe}\n"
        "    then: [{close: {outcome: won, reason: signed}}]\n",
        encoding="utf-8",
    )
    assert run("check").code == 0
    take(run, f"7,{LINE.format(stage='qualified')},lathe", head=f"{HEAD},product")
    assert run("run").code == 0
    (decided,) = [one for one in run("export", "decisions", "--format", "json").json if one["rule"] == "wins"]
    assert decided["actions"] == [{"close": None, "outcome": "won", "lacks": ["gate won-with-a-decider"]}]
    (row,) = run("export", "opportunities", "--format", "json").json
    assert row["outcome"] is None


def test_an_import_past_a_gate_is_taken_recorded_and_shown(deal: Path, run: Run) -> None:
    take(run, f"7,{LINE.format(stage='qualified')}")
    assert moves(run) == []
    found = take(run, f"7,{LINE.format(stage='quote')}", now="2026-11-20 10:00")
    assert found["taken"] == 1
    (move,) = moves(run)
    assert (move["from"], move["to"], move["move"]) == ("qualified", "quote", "forward")
    assert (move["overridden"], move["reason"]) == (["scotsman-five-of-eight"], "as another system says")
    tasks = run("tasks", "--json", "--now", "2026-11-20 10:01").json
    (task,) = [one for one in tasks if "scotsman-five-of-eight" in one["what"]]
    assert (task["owner"], task["subject"]) == ("chris", "opportunity/7")
    take(run, f"7,{LINE.format(stage='quote')}", now="2026-11-20 11:00")
    assert len(moves(run)) == 1  # said again, it is no news


def test_an_import_that_moves_a_closed_deal_is_shown(deal: Path, run: Run) -> None:
    take(run, f"7,{LINE.format(stage='qualified')}")
    assert run("close", "opportunity/7", "lost", "--reason", "too dear", "--by", "chris").code == 0
    take(run, f"7,{LINE.format(stage='negotiation')},won", head=f"{HEAD},outcome", now="2026-11-20 10:00")
    past = moves(run)[-1]
    assert (past["to"], past["reason"]) == ("won", "as another system says")
    tasks = run("tasks", "--json", "--now", "2026-11-20 10:01").json
    assert [one["owner"] for one in tasks if "gesloten" in one["what"]] == ["chris"]


def test_deals_without_number_are_recorded_and_give_no_flood_of_tasks(deal: Path, run: Run) -> None:
    rows = [f"{number},{LINE.format(stage='quote')}" for number in range(100, 160)]
    found = take(run, *rows)
    assert found["taken"] == 60
    assert len([one for one in moves(run) if one["overridden"]]) == 60
    assert run("tasks", "--json").json == []


def test_an_import_does_not_overwrite_a_closed_request_s_words(deal: Path, run: Run) -> None:
    head = "id,received_at,kind,summary,expected_value,source"
    first, then = "1,2026-11-20 09:00,new_project,A lathe,5000,", "1,2026-11-19,other,Else,9,fair"
    for now, row in ((NOW, first), ("2026-11-20 11:00", then)):
        Path("r.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
        assert run("import", "r.csv", "--as", "requests", "--now", now).code == 0
        if now == NOW:
            closing = ("archived", "--reason", "double", "--by", "fleur")
            assert run("close", "request/1", *closing, "--now", "2026-11-20 10:00").code == 0
    (row_now,) = run("export", "requests", "--format", "json").json
    assert (row_now["summary"], row_now["kind"], row_now["expected_value"]) == ("A lathe", "new_project", 5000)
    assert (row_now["received_at"], row_now["source"]) == ("2026-11-20T09:00:00+01:00", "fair")
