"""The documented commands work: every `$ leadrelay …` of the README and docs/ runs in a fresh project."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from leadrelay.cli import main
from leadrelay.commands.start import write_project
from tests.cli.conftest import REQUESTS

pytestmark = pytest.mark.docs

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXPECTED_CODE = re.compile(r"# exit (\d)\s*$")


def commands(page: Path) -> list[str]:
    """The commands of a page's console blocks, in order."""
    lines = [line for block in BLOCK.findall(page.read_text(encoding="utf-8")) for line in block.splitlines()]
    found = [line.removeprefix("$ ") for line in lines if line.startswith("$ leadrelay ")]
    return [command for command in found if not command.startswith("leadrelay serve")]  # that one does not end


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_the_commands_of_a_page_run_one_after_the_other(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(tmp_path / "company")
    monkeypatch.chdir(tmp_path / "company")
    monkeypatch.setenv("LEADRELAY_NOW", "2026-11-20 09:13")
    Path("leads.csv").write_text(REQUESTS.replace("\n1,", "\n42,"), encoding="utf-8")
    examples = ROOT / "docs" / "examples"
    if examples.is_dir():
        shutil.copytree(examples, Path("examples"))
    for command in commands(page):
        wanted = EXPECTED_CODE.search(command)
        words = shlex.split(command.partition(" | ")[0].partition(" > ")[0], comments=True)[1:]
        code = main(words)
        said = capsys.readouterr()
        assert code == int(wanted[1] if wanted else 0), f"{command}\n{said.out}{said.err}"
