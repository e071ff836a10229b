"""Somebody of the invented company is forgotten: no byte of the address is left, and reports say what they said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.__main__ import FOLDER
from leadrelay.cli import main as command
from tests.cli.conftest import Ran

ROOT = Path(__file__).parents[2]
ADDRESS = "jan.brouwer@claesaerospace.example"
LATER = "2026-11-23 10:00"
REPORTS = ("forecast", "bant", "scotsman", "buying_clock")


@pytest.mark.slow
def test_nothing_is_left_of_somebody_in_the_demos_company(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "demo"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    folder = tmp_path / FOLDER
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(ADDRESS.encode() in path.read_bytes() for path in files) > 5
    capsys.readouterr()

    def run(*words: object) -> Ran:
        return Ran(command([str(one) for one in words]), *capsys.readouterr())

    chosen = ("--project", folder, "--now", LATER)
    before = [run(*chosen, "report", name, "--json").json for name in REPORTS]
    assert run(*chosen, "person", "forget", ADDRESS, "--by", "an").code == 0
    left = [path for path in folder.rglob("*") if path.is_file() and ADDRESS.encode() in path.read_bytes().lower()]
    assert left == []
    assert [run(*chosen, "report", name, "--json").json for name in REPORTS] == before
    assert run(*chosen, "audit").code == 0
