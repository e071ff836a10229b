"""Rules that were held, stopped and let go act in a replay when they did, and not before."""

from pathlib import Path

from tests.backtest.conftest import LADDER
from tests.backtest.test_command import backtest
from tests.cli.conftest import Run


def here(run: Run, company: Path, now: str, *words: str) -> None:
    ran = run(*words, "--project", company, "--now", now)
    assert ran.code in (0, 1), ran


def agreed(run: Run, company: Path) -> int:
    found = backtest(run, company, "--json").json["agreement"]
    assert found == {"taken": found["taken"], "same": found["taken"], "others": 0}
    taken: int = found["taken"]
    return taken


def test_a_rule_that_was_stopped_and_started(company: Path, run: Run) -> None:
    before = agreed(run, company)
    (company / "more.csv").write_text("id,received_at,kind\n7,2026-11-26 09:00,other\n", "utf-8")
    here(run, company, "2026-11-26 12:30", "rules", "stop", "waits", "--reason", "too many")
    here(run, company, "2026-11-26 12:31", "import", str(company / "more.csv"), "--as", "requests")
    here(run, company, "2026-11-26 16:00", "run", "route", "nudge")
    stopped = agreed(run, company)
    assert stopped == before + 1  # it was routed, and nobody was told
    here(run, company, "2026-11-26 16:30", "rules", "start", "waits")
    here(run, company, "2026-11-26 17:00", "run", "route", "nudge")
    assert agreed(run, company) == stopped + 1


def test_a_rule_that_was_held_at_its_first_run_and_released(company: Path, run: Run) -> None:
    toml = company / "leadrelay.toml"
    toml.write_text("first_run_limit = 1\n", "utf-8")
    before = agreed(run, company)
    second = LADDER.replace("rulebook: waiting", "rulebook: again").replace("id: waits", "id: waits-too")
    second = second.replace(", request.first_response_at: {known: false}", "")
    (company / "rules/again.yaml").write_text(second, "utf-8")
    rows = "".join(f"{name},2026-11-26 08:00,other\n" for name in (7, 8))
    (company / "more.csv").write_text(f"id,received_at,kind\n{rows}", "utf-8")
    here(run, company, "2026-11-26 12:31", "import", str(company / "more.csv"), "--as", "requests")
    here(run, company, "2026-11-26 16:00", "run", "route", "nudge")
    held = agreed(run, company)
    assert held == before + 4  # both were routed, and both wait by the first rule
    here(run, company, "2026-11-26 16:30", "rules", "release", "waits-too")
    here(run, company, "2026-11-26 17:00", "run", "nudge")
    assert agreed(run, company) == held + 4  # everybody who is open
