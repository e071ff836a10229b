"""The page on testing rules shows what is printed, and its tests pass."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.docs

PAGE = (Path(__file__).parents[2] / "docs" / "testing-rules.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_shows_what_is_printed(shipped: Path, run: Run) -> None:
    coverage, suggested = SHOWN
    assert run("test", "--coverage", "--project", shipped).out.endswith(coverage)
    assert run("test", "--suggest", "large-project", "--project", shipped).out.endswith(suggested)


def test_the_tests_of_the_page_pass(shipped: Path, run: Run) -> None:
    (tests,) = re.findall(r"```yaml\n(tests:.*?)```", PAGE, re.DOTALL)
    (shipped / "rules/tests/page.yaml").write_text(tests, encoding="utf-8")
    assert run("test", "rules/tests/page.yaml", "--project", shipped).out == "2 passed, 0 failed\n"
