"""Nothing that a stranger wrote steers a terminal: whatever command prints it, in whatever form."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from leadrelay.cli import VERBS, main
from leadrelay.terminal import Guarded, for_data, guarded, visible

STEERING = "".join(map(chr, (*range(9), *range(11, 32), *range(127, 160)))) + (
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\U000e0041"
)
NASTY = "x\x9b31m\u202egnp.exe\u2066\x85y\u200fz"
"""What an import takes: no C0, but all else."""


def test_everything_that_steers_is_shown_and_nothing_else() -> None:
    shown = visible(STEERING)
    assert shown.isascii()
    assert json.loads(f'"{shown}"') == STEERING
    for plain in ("", "Müller & Zn €\t1\n", "日本語 👩‍👩‍👧", "naïve\u00a0word"):
        assert visible(plain) == plain


@pytest.mark.parametrize("half", ["\ud800", "a\udcffb"])
def test_halves_of_characters_can_be_printed(half: str) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    Guarded(out).write(half)
    out.flush()


def test_what_the_encoding_lacks_is_shown() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Guarded(out).write("→ €")
    out.flush()
    assert raw.getvalue() == b"\\u2192 \\u20ac"


def test_streams_are_as_they_were_afterwards() -> None:
    before = sys.stdout, sys.stderr
    with guarded():
        assert isinstance(sys.stdout, Guarded)
        assert for_data() is before[0]
    assert (sys.stdout, sys.stderr) == before


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which everything that can hold a text holds a nasty one."""
    folder = tmp_path_factory.mktemp("nasty") / "company"
    environment = {**os.environ, "LEADRELAY_NOW": "2026-11-20 09:13"}
    subprocess.run([sys.executable, "-m", "leadrelay", "init", str(folder)], check=True, capture_output=True)
    row = {
        "id": "1",
        "summary": NASTY,
        "contact": {"name": NASTY, "email": "a@b.example"},
        "account": {"name": NASTY, "domain": "b.example", "country": NASTY},
        "owner": "nobody" + NASTY,
    }
    (folder / "in.json").write_text(json.dumps([row, {**row, "id": "2", "received_at": NASTY}]), "utf-8")
    (folder / "bad.csv").write_text(f"id,{NASTY},summary\n9,2,3\n", "utf-8")
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "leadrelay",
            "--project",
            str(folder),
            "import",
            str(folder / "in.json"),
            "--as",
            "requests",
        ],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stderr
    subprocess.run(
        [sys.executable, "-m", "leadrelay", "--project", str(folder), "run"],
        env=environment,
        check=True,
        capture_output=True,
    )
    return folder


COMMANDS = (
    ("import", "in.json", "--as", "requests"),
    ("import", "in.json", "--as", "requests", "--json"),
    ("import", "bad.csv", "--as", "requests"),
    ("explain", "request/1"),
    ("explain", "request/1", "--json"),
    ("due",),
    ("tasks",),
    ("messages",),
    ("match",),
    ("lists",),
    ("audit",),
    ("status",),
    ("export", "requests", "--format", "json"),
    ("export", "contacts", "--format", "ndjson"),
    ("export", "history", "--format", "json"),
    ("explain", f"request/{NASTY}"),
    ("set", f"request/{NASTY}", "summary=x", "--by", NASTY),
    ("render", NASTY),
    ("report", NASTY),
    (NASTY,),
    ("check", NASTY),
    ("rules", "rollback", NASTY),
    ("export", NASTY),
    ("due", "request/1"),
    ("run", "--now", NASTY),
)


@pytest.mark.parametrize(
    "arguments", COMMANDS, ids=lambda one: " ".join(part[:9] for part in one).encode("ascii", "replace").decode()
)
def test_no_command_prints_what_steers(
    arguments: tuple[str, ...], nasty: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(nasty)
    monkeypatch.setenv("LEADRELAY_NOW", "2026-11-20 09:13")
    assert main(list(arguments)) in (0, 1, 2)
    out, err = capfd.readouterr()
    assert set(out + err) & set(STEERING) == set()
    if "json" in arguments or "--json" in arguments:
        json.loads(out)


def test_data_is_exact_in_a_file_and_visible_on_a_terminal(nasty: Path) -> None:
    command = [sys.executable, "-m", "leadrelay", "--project", str(nasty), "export", "requests"]
    piped = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert NASTY in piped
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while some := os.read(ours, 65536):
                shown += some
        except OSError:  # Linux says so when the other side is closed
            pass
        assert process.wait(60) == 0
    os.close(ours)
    assert "x\\u009b31m\\u202egnp" in shown.decode()
    assert set(shown.decode().replace("\r\n", "\n")) & set(STEERING) == set()


def test_no_verb_goes_around_the_guard() -> None:
    """Everything is printed by click or through the guarded streams: nobody takes the bytes below them."""
    root = Path(__file__).parents[2]
    assert VERBS
    for folder in ("leadrelay", "flows", "notifications"):
        for file in (root / folder).rglob("*.py"):
            text = file.read_text("utf-8")
            if file.name not in ("judging.py",):  # a child process that speaks with its parent
                assert "stdout.buffer" not in text, file
                assert "sys.__std" not in text, file
