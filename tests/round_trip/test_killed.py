"""Killed between sending and writing it down: it goes once more, under the same key; a file is the same again."""

import subprocess
import sys
from pathlib import Path

import pytest

from leadrelay.store.database import Database
from notifications.write_back import run
from notifications.write_back.run import Payer
from tests.intake.world import ROOT
from tests.round_trip.stand_in import HANG, StandIn
from tests.round_trip.test_interfaces import LEAD, in_trip


def test_killed_between_sending_and_marking(sqlite_database: Database, tmp_path: Path) -> None:
    trip, _ = in_trip(sqlite_database, tmp_path)
    for key in (LEAD, "00Q000000000002AAA"):
        trip.change("request", key, owner="an")
    with StandIn(200, HANG) as crm:
        arguments = [str(tmp_path / "leads.db"), str(tmp_path), crm.url, str(trip.now)]
        crm.before = lambda: child.kill() if len(crm.calls) == 2 else None
        child = subprocess.Popen([sys.executable, "-m", "tests.round_trip.child", *arguments], cwd=ROOT)
        assert child.wait(60) == -9
        assert [one.attempts for one in trip.left()] == [1]
        paid = trip.payer(salesforce=crm.settings()).pay(trip.now)
        assert (paid.calls, paid.outcomes["sent"], paid.owed) == (1, 1, 0)
        keys = [call.headers["idempotency-key"] for call in crm.calls]
        assert len(keys) == 3
        assert keys[1] == keys[2] != keys[0]
        assert crm.calls[1].body == crm.calls[2].body
    assert trip.left() == []


def test_a_file_that_was_not_marked_is_written_again_the_same(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip, _ = in_trip(sqlite_database, tmp_path)
    trip.change("request", LEAD, owner="an")
    settle = Payer._settle

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Payer, "_settle", killed)
    with pytest.raises(KeyboardInterrupt):
        trip.payer().pay(trip.now)
    (first,) = (tmp_path / run.FOLDER).glob("*.csv")
    content = first.read_text()
    trip.change("request", "00Q000000000002AAA", owner="an")
    monkeypatch.setattr(Payer, "_settle", settle)
    paid = trip.payer().pay(trip.now)
    assert [Path(one).name for one in paid.files] == ["salesforce_leads-000001.csv", "salesforce_leads-000002.csv"]
    assert first.read_text() == content == "Id,OwnerId,Status\n00Q000000000001AAA,an,Open - Not Contacted\n"
    assert sorted(path.name for path in first.parent.iterdir()) == [Path(one).name for one in paid.files]


def test_only_one_process_pays(sqlite_database: Database, tmp_path: Path) -> None:
    trip, _ = in_trip(sqlite_database, tmp_path)
    trip.change("request", LEAD, owner="an")
    with StandIn() as crm:
        payer = trip.payer(salesforce=crm.settings())
        busy: list[bool] = []
        crm.before = lambda: busy.append(payer.pay(trip.now).busy)
        payer.pay(trip.now)
    assert busy == [True]
    assert len(crm.calls) == 1
