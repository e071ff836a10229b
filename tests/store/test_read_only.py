"""Databases that may be read, not written: a SQLite file on a read-only disk, a PostgreSQL role with SELECT alone."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.flows.world import NOW, ROOT, make_project, opened

COMMANDS = {
    "audit": ("audit", "--json"),
    "export": ("export", "requests", "--format", "json"),
    "history": ("export", "history", "--format", "json"),
    "explain": ("explain", "request/1", "--json"),
    "report": ("report", "forecast", "--json"),
    "status": ("status", "--json"),
    "due": ("due", "request/1"),
    "messages": ("messages", "list", "--json"),
    "tasks": ("tasks",),
    "rules log": ("rules", "log"),
}
WRITES = (("run",), ("acknowledge", "request/1", "--by", "an"))


def without_rights() -> list[str]:
    """What makes root an owner like any other, whom rights can keep out."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("AS ROOT, WITHOUT setpriv: nothing is read-only for root; install util-linux")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]


PROGRAM = """
import contextlib, io, json, sys
from leadrelay.cli import main
folder, now, commands = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
found = []
for words in commands:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["--project", folder, "--now", now, *words])
    found.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(found))
"""
Ran = tuple[int, str, str]


def calls(folder: Path, *commands: tuple[str, ...], owner: bool = True, **environment: str) -> list[Ran]:
    """Commands in a process of their own; as an `owner` it may only do what the rights of files say."""
    rights = without_rights() if owner else []
    command = [*rights, sys.executable, "-c", PROGRAM, str(folder), NOW, json.dumps(commands)]
    known = {**os.environ, "PYTHONPATH": str(ROOT), "LEADRELAY_CACHE": "", "PREFECT_API_URL": "", **environment}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=known)
    assert ran.returncode == 0, ran.stderr
    return [(code, out, said) for code, out, said in json.loads(ran.stdout)]


def call(folder: Path, *words: str) -> Ran:
    """One command."""
    return calls(folder, words)[0]


def lived(folder: Path) -> Path:
    """A project in which something was decided."""
    project = opened(make_project(folder), "1", "2")
    from flows.work import WORK

    for work in WORK.values():
        work(project, project.clock(), lambda: True)
    project.database.close()
    return folder


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lived(tmp_path_factory.mktemp("read-only") / "project")


@pytest.fixture
def copy(company: Path, tmp_path: Path) -> Iterator[Path]:
    found = Path(shutil.copytree(company, tmp_path / "project"))
    yield found
    for path in (found / "var", found / "var/leadrelay.db"):
        path.chmod(0o700)


def make_read_only(folder: Path) -> None:
    for path in (folder / "var").iterdir():
        if path.is_file():
            path.chmod(0o400)
    (folder / "var").chmod(0o500)


def test_what_only_looks_works_on_a_read_only_file_in_a_read_only_folder(company: Path, copy: Path):
    expected = calls(company, *COMMANDS.values())
    make_read_only(copy)
    for words, before, now in zip(COMMANDS, expected, calls(copy, *COMMANDS.values()), strict=True):
        assert now == before and now[0] in (0, 1), words


def test_what_writes_says_that_it_cannot_and_nothing_changes(copy: Path):
    make_read_only(copy)
    before = (copy / "var/leadrelay.db").read_bytes()
    for code, _, said in calls(copy, *WRITES):
        assert code == 2 and "readonly" in said
    assert (copy / "var/leadrelay.db").read_bytes() == before


@pytest.mark.parametrize("alone", ["the file", "the folder"])
def test_a_file_or_a_folder_alone_that_can_only_be_read(copy: Path, alone: str):
    if alone == "the file":
        (copy / "var/leadrelay.db").chmod(0o400)
    else:
        (copy / "var").chmod(0o500)
    code, out, said = call(copy, "export", "requests", "--format", "json")
    assert (code, said) == (0, "") and len(json.loads(out)) == 2


def test_changes_that_stand_in_the_journal_alone_are_read_too(copy: Path):
    """As it is while another account serves the project."""
    with sqlite3.connect(copy / "var/leadrelay.db") as serving:
        serving.execute("PRAGMA wal_autocheckpoint=0")
        serving.execute("UPDATE requests SET summary = 'just changed' WHERE id = '1'")
        serving.commit()
        make_read_only(copy)
        code, out, said = call(copy, "export", "requests", "--format", "json")
        assert (code, said) == (0, "")
        assert [one["summary"] for one in json.loads(out)] == ["just changed", "Terms 2"]
        (copy / "var").chmod(0o700)
    serving.close()


@pytest.mark.postgres
def test_a_role_of_postgresql_that_may_only_select(postgres_url: str, company: Path, tmp_path: Path):
    name = f"read_{uuid.uuid4().hex[:8]}"
    plain = postgres_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
    url = postgres_url.replace("/postgres?", f"/{name}?")
    folder = make_project(tmp_path / "project")
    os.environ["LEADRELAY_DATABASE__URL"] = url
    try:
        project = opened(folder, "1", "2")
        project.database.close()
    finally:
        del os.environ["LEADRELAY_DATABASE__URL"]
    with psycopg.connect(plain.replace("/postgres?", f"/{name}?"), autocommit=True) as conn:
        conn.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'reads'")
        conn.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    reads = make_url(url).set(username=name, password="reads").render_as_string(hide_password=False)
    expected = calls(folder, *COMMANDS.values(), owner=False, LEADRELAY_DATABASE__URL=url)
    found = calls(folder, *COMMANDS.values(), ("run",), owner=False, LEADRELAY_DATABASE__URL=reads)
    assert found[:-1] == expected and {code for code, _, _ in expected} <= {0, 1}
    code, _, said = found[-1]
    assert code == 2 and "permission denied" in said
