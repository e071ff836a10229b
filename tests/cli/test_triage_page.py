"""docs/triage.md shows what is printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import NOW

pytestmark = pytest.mark.docs

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_on_triage_shows_what_is_printed(shipped: Path, run: Callable[..., Any]) -> None:
    for kind in ("accounts", "requests"):
        run("import", DOCS / "examples" / f"triage-{kind}.csv", "--as", kind, "--project", shipped, "--now", NOW)
    run("run", "route", "--project", shipped, "--now", NOW)
    rule = ("--rule", "doubt-order-or-something-else")
    told = run("explain", "request/43", *rule, "--project", shipped, "--now", NOW).out
    assert f"```text\n{told.rstrip()}\n```" in (DOCS / "triage.md").read_text(encoding="utf-8")
