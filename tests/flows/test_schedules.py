"""The schedules: one for every flow, in UTC, beginning soon and not all at once; and a server that was left behind."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import server
from flows.names import ORDER
from flows.schedules import deployments
from leadrelay.settings_model import ServeSettings
from leadrelay.store.holder import new_token

pytestmark = [pytest.mark.prefect]


@pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning")  # Prefect's own
def test_every_flow_has_an_interval_in_utc_that_begins_soon(tmp_path: Path):
    now = datetime(2026, 11, 20, 8, 13, tzinfo=UTC)
    found = list(deployments(tmp_path, ServeSettings(nurture=7), now))
    assert [one.flow_name for one in found] == list(ORDER)
    schedules = [one.schedules[0].schedule for one in found if one.schedules]
    assert [one.interval for one in schedules] == [timedelta(minutes=minutes) for minutes in (5, 5, 5, 7, 5)]
    assert {one.timezone for one in schedules} == {"UTC"}
    first = [one.anchor_date + one.interval - now for one in schedules]
    assert first == [timedelta(seconds=seconds) for seconds in (10, 20, 30, 40, 50)]
    assert [one.entrypoint for one in found] == [f"flows.{name}.{name}" for name in ORDER]
    assert {one.parameters["folder"] for one in found} == {str(tmp_path)}


@pytest.mark.parametrize("killed", [True, False])
def test_the_server_of_a_killed_process_is_taken_over_that_of_a_living_one_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: bool
):
    monkeypatch.setattr(server, "healthy", lambda _url: True)
    token = new_token()
    keeper = f"{token.split('|')[0]}|999999999|1|x" if killed else token
    note = tmp_path / "var/prefect/server.json"
    note.parent.mkdir(parents=True)
    note.write_text(json.dumps({"url": "http://127.0.0.1:9/api", "pid": 999999999, "keeper": keeper}))
    found = server.start(tmp_path)
    assert (found.process, found.orphan) == (None, 999999999 if killed else None)
    server.end(tmp_path, found)
    assert note.exists() is not killed
