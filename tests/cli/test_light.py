"""What ops use on rule files starts in a blink: it loads neither Prefect, nor a database, nor what sends mail."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("prefect", "sqlalchemy", "alembic", "apprise", "fastapi", "httpx", "babel", "pydantic_settings")


def loaded(words: list[str], project: Path) -> str:
    """The exit code of a command in a process of its own, and which heavy modules it loaded."""
    program = (
        f"import sys; from leadrelay.cli import main; code = main({[*words, '--project', str(project)]!r}); "
        f"print(code, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()[-1]


@pytest.mark.parametrize("words", ["check", "fields", "schema", "test --coverage --junit {}/report.xml"])
def test_no_heavy_module_is_loaded(words: str, shipped: Path) -> None:
    assert loaded(words.format(shipped).split(), shipped) == "0 []"


def test_suggestions_and_a_new_project_need_no_heavy_module(small: Path, tmp_path: Path) -> None:
    assert loaded(["test", "--suggest"], small) == "0 []"
    assert loaded(["init", str(tmp_path / "new")], small) == "0 []"
