"""What docs/backtest.md prints is what the command prints."""

import re
from pathlib import Path

import pytest

from tests.backtest.test_command import backtest, draft
from tests.cli.conftest import Run

pytestmark = pytest.mark.docs

PAGE = Path(__file__).parents[2] / "docs" / "backtest.md"


def test_the_page_prints_what_the_command_prints(company: Path, run: Run) -> None:
    first, second = re.findall(r"^```text\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    folder = draft(company, "at_least: 250", "at_least: 4")
    assert first == "$ leadrelay backtest --rules draft\n" + backtest(run, company, "--rules", folder).out
    (company / "draft").rename(company.parent / "draft")
    assert second == backtest(run, company).out
