"""`rules stop`, `start`, `held`, `shadow` and `stats` as ops use them, and the page that shows what they print."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Ran, Run

PAGE = (Path(__file__).parents[2] / "docs" / "rules-at-work.md").read_text(encoding="utf-8")
ROUTING = """\
rulebook: routing
about: Where every new request goes.
subject: request
flow: route
order: 20
hit: first
scope: {request.status: open, request.desk: {known: false}}
rules:
  - id: smaller-companies-too
    when: {account.employees: {at_least: 100}}
    then:
      - route: sales
      - assign: an
      - notify: {to: an, template: hello}
    mode: shadow
  - id: large-company
    when: {account.employees: {at_least: 250}}
    then:
      - route: sales
      - assign: an
      - notify: {to: an, template: hello}
  - id: trade-fair
    when: {request.channel: event}
    then: [{route: marketing}, {assign: chris}]
otherwise:
  - route: inside_sales
  - assign: bram
  - task: {for: bram, what: Answer, due: 4 hours}
"""
NAGS = """\
rulebook: nags
subject: request
flow: nudge
hit: all
scope: {request.status: open}
limit: {per_hour: 4}
rules:
  - id: nobody-answered
    when: {request.received_at: {older_than: 4 hours}, request.first_response_at: {known: false}}
    then: [{notify: {to: an, template: hello}}]
"""
HEAD = "id,received_at,channel,kind,account.name,account.employees\n"
FIRST = "".join(f"{number},2026-11-20 09:00,phone,other,Firma {number},{90 * number}\n" for number in range(1, 7))
MORE = "".join(f"{number},2026-11-20 09:00,phone,other,Firma {number},500\n" for number in range(7, 10))


@pytest.fixture
def at(small: Path, run: Run) -> Callable[..., Ran]:
    """Runs a command in the project at a time of Friday 20 November."""
    for name, text in (("rules/routing.yaml", ROUTING), ("rules/nags.yaml", NAGS)):
        (small / name).write_text(text, encoding="utf-8")
    (small / "first.csv").write_text(HEAD + FIRST, encoding="utf-8")
    (small / "more.csv").write_text(HEAD + MORE, encoding="utf-8")

    def command(time: str, *words: object) -> Ran:
        return run(*words, "--project", small, "--now", f"2026-11-20 {time}")

    command("09:00", "import", small / "first.csv", "--as", "requests")
    assert command("09:13", "run").code == 0
    return command


@pytest.mark.docs
def test_the_page_shows_what_stop_and_start_print(at: Callable[..., Ran], small: Path) -> None:
    stopped = at("10:00", "rules", "stop", "large-company", "--reason", "An is ill")
    assert shown(stopped, 0)
    at("10:05", "import", small / "more.csv", "--as", "requests")
    assert at("10:05", "run", "route", "--json").json["flows"]["route"]["stopped"] == ["large-company"]
    assert shown(at("10:06", "rules", "held"), 1)
    said = at("10:06", "explain", "request/7").out
    assert "large-company is stopped since 2026-11-20T10:00:00+01:00 and does nothing: An is ill" in said
    assert "stopped: large-company since" in at("10:06", "status").out
    assert shown(at("11:00", "rules", "start", "large-company"), 0)
    assert at("11:00", "run", "route", "--json").json["flows"]["route"]["decided"] == 3


@pytest.mark.docs
def test_the_page_shows_what_a_limit_does(at: Callable[..., Ran]) -> None:
    held = at("13:30", "run", "nudge", "--json")
    assert held.json["flows"]["nudge"]["limited"] == {"nobody-answered": 4}
    assert held.err.splitlines()[-1] in PAGE
    assert shown(at("13:31", "rules", "held"), 1)
    assert shown(at("14:00", "rules", "release", "nobody-answered"), 0)
    assert at("14:00", "run", "nudge", "--json").json["flows"]["nudge"]["decided"] == 2


@pytest.mark.docs
def test_the_page_shows_shadows_and_figures(at: Callable[..., Ran]) -> None:
    assert shown(at("14:00", "rules", "shadow"), 0)
    for number in (1, 2, 3, 4):
        assert at("14:30", "assign", f"request/{number}", "--to", "chris", "--by", "an").code == 0
    at("14:31", "run")
    assert shown(at("15:00", "rules", "stats"), 0)
    rows = at("15:00", "rules", "stats", "--json").json["rules"]
    assert {row["rule"]: row["never_fired"] for row in rows}["trade-fair"]
    assert at("15:00", "rules", "shadow", "large-company", "--json").json == {"since": None, "rules": []}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stop", "large-compny"), "There is no rule 'large-compny'. Did you mean 'large-company'?"),
        (("start", "large-company"), "There is no rule 'large-company'. No rule is stopped."),
        (("shadow", "nope"), "There is no rule 'nope'. Known: "),
        (("stats", "--since", "yesterday"), "yesterday"),
    ],
)
def test_what_cannot_be_done_is_said(at: Callable[..., Ran], words: tuple[str, ...], said: str) -> None:
    ran = at("10:00", "rules", *words)
    assert ran.code == 2 and said in ran.err


def test_due_says_that_a_rule_is_stopped(at: Callable[..., Ran]) -> None:
    assert NOW.startswith("2026-11-20")
    at("10:00", "rules", "stop", "nobody-answered")
    assert "nags/nobody-answered will come to hold (stopped: it acts on nobody" in at("10:00", "due", "request/1").out


def shown(ran: Ran, code: int) -> bool:
    """Whether the page shows what was printed, as it was."""
    assert ran.code == code, ran
    assert f"```text\n{ran.out}```" in PAGE, ran.out
    return True
