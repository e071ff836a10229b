"""`set`, `team`, `quote`, `close`, `give` as people type them, on the shipped rules."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

NOW = "2026-11-20 09:13"
DEALS = """\
id,name,stage,owner,expected_value,account.id,account.name,contact.id,contact.email,contact.name,\
scotsman.solution,scotsman.competition,scotsman.opportunity,scotsman.time,scotsman.money
7,A lathe,qualified,chris,20000,3,Vos BV,9,piet@vos.example,Piet Vos,yes,yes,yes,yes,yes
"""
NOTIFY = """\
rulebook: ours
subject: opportunity
flow: nudge
hit: all
rules:
  - id: decided-on
    when: {opportunity.decider_count: {at_least: 1}, opportunity.deciders: {contains: "9"}}
    then:
      - notify: {to: opportunity.team, template: next_step}
      - set: {stage: negotiation}
"""


WRONG = [
    (("set", "opportunity/7", "owner=bram"), "leadrelay assign opportunity/7"),
    (("set", "opportunity/7", "outcome=won"), "leadrelay close opportunity/7"),
    (("set", "opportunity/7", "quote_status=sent"), "it is computed"),
    (("set", "opportunity/7", "stag=quote"), "Did you mean 'opportunity.stage'?"),
    (("set", "opportunity/7", "stage=quotation"), "There is no stage 'quotation'"),
    (("set", "opportunity/7", "expected_value=much"), "is not an amount of money"),
    (("set", "opportunity/7", "win_chance=130"), "between 0 and 100"),
    (("set", "opportunity/7", "stage"), "is not field=value"),
    (("set", "opportunity/7", "product=x", "--by", "zoe"), "There is nobody called 'zoe'"),
    (("close", "opportunity/7", "archived", "--reason", "x"), "By hand it is won, lost, recycled"),
    (("close", "opportunity/7", "won", "--outcome", "won", "--reason", "x"), "Say it once"),
    (("close", "opportunity/7", "--reason", "x"), "Say it once"),
    (("close", "opportunity/7", "--outcome", "won", "--list", "webinar", "--reason", "x"), "joins no list as won"),
    (("close", "opportunity/8", "won", "--reason", "x"), "There is no opportunity/8"),
    (("assign", "opportunity/7", "--to", "zoe", "--by", "an"), "There is nobody called 'zoe'"),
    (("team", "opportunity/7", "add", "bram"), "In which role?"),
    (("team", "contact/9"), "is not a subject"),
    (("quote", "send", "1", "--by", "an"), "There is no quote 1"),
    (("quote", "new", "opportunity/7", "--line", "x", "--valid-until", "2027-01-01", "--by", "an"), "is no line"),
]


@pytest.fixture
def deal(shipped: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped project with opportunity 7 in it."""
    monkeypatch.chdir(shipped)
    monkeypatch.setenv("LEADRELAY_NOW", NOW)
    Path("deals.csv").write_text(DEALS, encoding="utf-8")
    assert run("import", "deals.csv", "--as", "opportunities").code == 0
    return shipped


def test_set_says_what_is_missing_where_it_is_asked_and_how_to_give_it(deal: Path, run: Run) -> None:
    ran = run("set", "opportunity/7", "stage=quote", "--by", "chris", "--json")
    assert ran.code == 1
    wants = {one["what"]: one for one in ran.json["lacks"]}
    assert list(wants) == ["opportunity.decision_on", "opportunity.next_step_at", "no-quote-without-a-decision-date"]
    gate = wants["no-quote-without-a-decision-date"]
    lines = (deal / "rules" / "stages.yaml").read_text(encoding="utf-8").splitlines()
    assert "no-quote-without-a-decision-date" in lines[gate["line"] - 1]
    assert (gate["file"], gate["override"]) == ("rules/stages.yaml", ["sales_director"])
    assert gate["give"] == ["leadrelay set opportunity/7 decision_on=2026-12-01"]
    ran = run("set", "opportunity/7", "stage=quote")
    assert "may override" not in ran.out
    assert 'or override it, with --override "why": sales_director (dirk)' in ran.out
    assert "nothing was changed" in ran.out
    assert run("export", "moves", "--format", "json").json == []
    explained = run("explain", "opportunity/7")
    assert "gate no-quote-without-a-decision-date into quote: is closed" in explained.out

    given = (
        "stage=quote",
        "opportunity.decision_on=2026-12-01",
        "next_step_at=2026-11-27 09:00",
        "purchase_kind=Tender",
    )
    ran = run("set", "opportunity/7", *given, "--by", "chris")
    assert (ran.code, "the move is recorded as forward" in ran.out) == (0, True)
    (row,) = run("export", "opportunities", "--format", "json").json
    assert (row["stage"], row["decision_on"], row["purchase_kind"]) == ("quote", "2026-12-01", "tender")
    assert row["next_step_at"] == "2026-11-27T09:00:00+01:00"
    assert run("set", "opportunity/7", "decision_on=", "--json").json["changed"] == [
        {"field": "decision_on", "old": "2026-12-01", "new": None}
    ]


def test_wrong_words_are_explained(deal: Path, run: Run) -> None:
    for words, said in WRONG:
        ran = run(*words)
        assert (ran.code, ran.out) == (2, ""), words
        assert said in " ".join(ran.err.split())


def test_rules_see_deciders_reach_the_team_and_are_stopped_by_gates(deal: Path, run: Run) -> None:
    (deal / "rules" / "ours.yaml").write_text(NOTIFY, encoding="utf-8")
    assert run("check").code == 0
    assert run("run").code == 0
    assert run("team", "opportunity/7", "add", "bram", "--role", "engineer", "--by", "chris").code == 0
    assert run("team", "opportunity/7", "add", "contact/9", "--role", "decider", "--by", "chris").code == 0
    assert run("run").code == 0
    (decided,) = [one for one in run("export", "decisions", "--format", "json").json if one["rule"] == "decided-on"]
    told, moved = decided["actions"]
    assert told == {"notify": ["bram"], "template": "next_step"}
    assert (moved["set"], "gate no-quote-without-a-decision-date" in moved["lacks"]) == (None, True)
    assert run("audit").code == 0


def test_an_approval_climbs_by_itself_and_the_deal_is_handed_over_and_won(deal: Path, run: Run) -> None:
    run("run")
    line = ("--line", "GTX Pro x 20 @ 4821.00 -10%", "--valid-until", "2026-12-31", "--by", "chris")
    assert run("quote", "new", "opportunity/7", *line, "--json").json["approver"] == "dirk"
    run("run")
    run("run", "--now", "2026-11-20 15:00")
    told = run("export", "notifications", "--format", "json").json
    assert [one["to"] for one in told if one["template"] == "approval"] == ["dirk", "helga"]
    approved = run("quote", "approve", "1", "--by", "helga", "--now", "2026-11-20 15:01", "--json").json
    assert (approved["status"], approved["decided_by"], approved["total"]) == ("approved", "helga", 86778)
    given = ("decision_on=2026-12-01", "next_step_at=2026-11-27 09:00")
    assert run("set", "opportunity/7", *given, "--now", "2026-11-20 15:02").code == 0
    assert run("quote", "send", "1", "--by", "chris", "--now", "2026-11-20 15:03").code == 0
    assert "sent" in run("quote", "show", "opportunity/7").out
    assert run("assign", "opportunity/7", "--to", "daan", "--by", "chris", "--now", "2026-11-20 15:04").code == 0
    run("close", "opportunity/7", "won", "--reason", "best offer", "--by", "daan", "--now", "2026-11-20 15:05")
    moves = run("export", "moves", "--format", "json").json
    assert [(one["from"], one["to"], one["move"]) for one in moves] == [
        ("qualified", "quote", "forward"),
        ("quote", "won", "closed"),
    ]
    run("run", "--now", "2026-11-20 15:06")
    assert run("audit").code == 0
