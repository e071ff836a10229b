"""What we write about people is for its owner alone, whatever the umask."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadrelay.cli import main
from leadrelay.private import make_file, make_folder, open_private, write_private
from tests.flows.world import NOW, make_project

UMASKS = (0o000, 0o022, 0o077)


@pytest.fixture(params=UMASKS, ids=oct, autouse=True)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_every_way_to_write(tmp_path: Path):
    folder = tmp_path / "a/b"
    make_folder(folder)
    make_folder(folder)
    make_file(folder / "empty")
    make_file(folder / "empty")
    write_private(folder / "whole", b"x")
    with open_private(folder / "lines", "a", encoding="utf-8") as file:
        file.write("x")
    assert {mode(tmp_path / "a"), mode(folder)} == {0o700}
    assert {path.name: mode(path) for path in folder.iterdir()} == {"empty": 0o600, "whole": 0o600, "lines": 0o600}
    (folder / "whole").chmod(0o666)
    write_private(folder / "whole", b"y")
    assert mode(folder / "whole") == 0o600, "what an earlier version left open is closed"
    (folder / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        make_folder(folder / "file")


def test_everything_that_a_project_writes_about_people(tmp_path: Path):
    folder = make_project(tmp_path / "project")
    made_by_others = set(folder.rglob("*"))
    (tmp_path / "leads.csv").write_text(
        "id,kind,summary,received_at\n1,renewal,Terms,2026-11-20 09:00\n2,renewal,x,soon\n"
    )
    shutil.copytree(folder / "rules", tmp_path / "draft/rules")
    here = ("--project", str(folder), "--now", NOW)
    assert main(["import", str(tmp_path / "leads.csv"), "--as", "requests", *here]) == 1
    assert main(["run", *here]) == 0
    written = ("--html", "--to", str(tmp_path / "shown.html"))
    assert main(["render", "key_account", "--for", "request/1", *written, *here]) == 0
    assert main(["backtest", "--rules", str(tmp_path / "draft"), "--csv", str(tmp_path / "changed.csv"), *here]) in (
        0,
        1,
    )
    ours = set(folder.rglob("*")) - made_by_others
    ours |= {tmp_path / name for name in ("shown.html", "changed.csv", "leads.csv.rejected.csv")}
    assert {path.name for path in ours} >= {"var", "mail", "leadrelay.db"} and sum(
        p.suffix == ".eml" for p in ours
    ) == 2
    assert {path.name: oct(mode(path)) for path in ours if mode(path) & 0o077} == {}
