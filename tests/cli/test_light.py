"""`check`, `test` and `fields` start in a blink: they load neither Prefect nor a database."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("prefect", "sqlalchemy", "alembic", "apprise", "fastapi", "httpx", "babel", "pydantic_settings")


@pytest.mark.parametrize("verb", ["check", "test", "fields", "schema"])
def test_no_heavy_module_is_loaded(verb: str, shipped: Path) -> None:
    program = (
        "import sys; from leadrelay.cli import main; "
        f"code = main(['{verb}', '--project', {str(shipped)!r}]); "
        f"print(code, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []"
