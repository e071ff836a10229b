"""`match` shows doubts about deals with their sellers and settles them; `--own` parts what was taken for one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import NOW

ROWS = {
    "accounts": "id,name,relation\nberkhout,Berkhout,customer\n",
    "opportunities": (
        "id,account.id,product,owner,stage,created_at\n"
        "A,berkhout,robot,daan,quote,2026-09-01 09:00\nB,berkhout,saw,els,quote,2026-11-01 09:00\n"
    ),
    "requests": (
        "id,received_at,channel,summary,account.id,contact.email\n"
        "4,2026-11-20 09:12,email,Vraag over de offerte,berkhout,nieuw@berkhout.example\n"
        "5,2026-11-20 09:12,email,Waar kan ik parkeren?,berkhout,jan@berkhout.example\n"
        "6,2026-11-20 09:12,email,waar kan ik parkeren,berkhout,jan@berkhout.example\n"
    ),
}


def test_a_doubt_is_listed_shown_explained_and_settled(shipped: Path, tmp_path: Path, run: Callable[..., Any]) -> None:
    where = ("--project", shipped, "--now", NOW)
    for kind, rows in ROWS.items():
        file = tmp_path / f"{kind}.csv"
        file.write_text(rows)
        run("import", file, "--as", kind, *where)
    run("run", "route", *where)
    assert "opportunity/A (daan), opportunity/B (els)" in run("match", *where).out
    evidence = "opportunity/B, of els (of the asker's company): nothing points at it"
    assert evidence in run("match", "request/4", *where).out and evidence in run("explain", "request/4", *where).out
    said = run("match", "request/4", "--deal", "opportunity/A", "--by", "an", *where).out
    assert said.strip() == "request/4: an says it is about opportunity/A."
    parted = run("match", "request/6", "--own", "--by", "an", *where).out
    assert parted.strip() == "request/6: an says it is no repeat of request/5; it is open again."
    run("run", "route", *where)
    assert run("match", *where).out.strip() == "There are no doubts."
    assert "settled by an" in run("explain", "request/4", *where).out
    assert "4,2026-11-20T09:12:00+01:00" in run("export", "requests", "--format", "csv", *where).out
