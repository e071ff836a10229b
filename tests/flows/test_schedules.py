"""The schedules: one for every flow, in UTC, beginning soon and not all at once; and a server that was left behind."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import server
from flows.environment import runs_environment, server_environment
from flows.names import ORDER
from flows.note import note_file, write_note
from flows.password import own_password, password_file, password_for
from flows.schedules import deployments
from leadrelay.errors import BadSettings
from leadrelay.settings import read_settings
from leadrelay.settings_model import MarketingSettings, ServeSettings, Settings
from leadrelay.store.holder import new_token
from tests.flows.world import make_project, opened

pytestmark = [pytest.mark.prefect]


@pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning")  # Prefect's own
def test_every_flow_has_an_interval_in_utc_that_begins_soon():
    now = datetime(2026, 11, 20, 8, 13, tzinfo=UTC)
    found = list(deployments(ServeSettings(nurture=7), now))
    assert [one.flow_name for one in found] == list(ORDER)
    schedules = [one.schedules[0].schedule for one in found if one.schedules]
    assert [one.interval for one in schedules] == [timedelta(minutes=minutes) for minutes in (5, 5, 5, 7, 5)]
    assert {one.timezone for one in schedules} == {"UTC"}
    first = [one.anchor_date + one.interval - now for one in schedules]
    assert first == [timedelta(seconds=seconds) for seconds in (10, 20, 30, 40, 50)]
    assert [one.entrypoint for one in found] == [f"flows.{name}.{name}" for name in ORDER]
    for one in found:  # whoever may start a run can name neither a folder nor a time
        assert (one.parameters, one._parameter_openapi_schema.properties) == ({}, {})


@pytest.mark.parametrize("killed", [True, False])
def test_the_server_of_a_killed_process_is_taken_over_that_of_a_living_one_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: bool
):
    monkeypatch.setattr(server, "healthy", lambda _url: True)
    token = new_token()
    keeper = f"{token.split('|')[0]}|999999999|1|x" if killed else token
    note = tmp_path / "var/prefect/server.json"
    note.parent.mkdir(parents=True)
    alive = new_token()  # of the server itself
    note.write_text(json.dumps({"url": "http://127.0.0.1:9/api", "pid": 999999999, "keeper": keeper, "server": alive}))
    found = server.start(tmp_path)
    assert (found.process, found.orphan) == (None, 999999999 if killed else None)
    server.end(tmp_path, found)
    assert note.exists() is not killed


def test_whoever_took_the_port_of_a_server_that_ended_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It would be shown the password, and could hand runs of its own choosing to the process of the schedules."""
    monkeypatch.setattr(server, "healthy", lambda _url: True)
    note_file(tmp_path).parent.mkdir(parents=True)
    ended = f"{new_token().split('|')[0]}|999999999|1|x"
    note = {"url": "http://127.0.0.1:9/api", "pid": 999999999, "keeper": ended, "server": ended}
    note_file(tmp_path).write_text(json.dumps(note))
    monkeypatch.setattr("flows.server.sys.executable", "/bin/false")
    monkeypatch.setattr("flows.server._await_health", lambda *_: None)
    found = server.start(tmp_path)
    assert found.process is not None and found.url != note["url"]
    found.process.wait()


def test_the_password_goes_to_our_own_server_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    project = opened(make_project(tmp_path / "project"))
    own = own_password(project.folder)
    write_note(project.folder, "http://127.0.0.1:9/api", os.getpid())
    assert password_for("http://127.0.0.1:9/api", project) == own
    assert password_for("http://prefect.example/api", project) is None
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "somebody:else's password")
    assert password_for("http://prefect.example/api", project) == "somebody:else's password"
    monkeypatch.setenv("LEADRELAY_PREFECT_AUTH", "sales:correct horse battery")
    said = opened(project.folder)
    assert password_for("http://prefect.example/api", said) == "sales:correct horse battery"
    assert own_password(project.folder) == "sales:correct horse battery"


@pytest.mark.parametrize("said", ["secret", "sales:short", ":no user at all here"])
def test_a_password_that_can_be_guessed_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
):
    monkeypatch.setenv("LEADRELAY_PREFECT_AUTH", said)
    with pytest.raises(BadSettings, match=r"LEADRELAY_PREFECT_AUTH.*at least 12 characters") as refused:
        read_settings(make_project(tmp_path / "project"))
    assert said not in str(refused.value)


def test_a_password_that_others_could_read_is_made_anew(tmp_path: Path):
    first = own_password(tmp_path)
    assert own_password(tmp_path) == first and len(first) > 40
    password_file(tmp_path).chmod(0o644)
    assert own_password(tmp_path) != first
    assert password_file(tmp_path).stat().st_mode & 0o777 == 0o600
    password_file(tmp_path).write_text("")
    assert own_password(tmp_path)


def test_the_processes_of_prefect_are_told_what_they_need_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    given = {
        "LEADRELAY_DATABASE__URL": "for runs",
        "LEADRELAY_MAIL__URL": "for runs",
        "LEADRELAY_WEB__SECRET": "for runs",
        "LISTMONK_TOKEN": "for runs",
        "LEADRELAY_WEB__API_KEY": "for neither",
        "LEADRELAY_IMAP_PASSWORD": "for neither",
        "LEADRELAY_SYSTEMS__HUBSPOT__SECRET": "for neither",
        "LEADRELAY_NOW": "for neither",
        "AWS_SECRET_ACCESS_KEY": "for neither",
        "PREFECT_SERVER_LOGGING_LEVEL": "for both",
        "LC_ALL": "for both",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    marketing = MarketingSettings(kind="listmonk", url="https://l.example", secret_env="LISTMONK_TOKEN")
    settings = Settings.model_construct(marketing={"listmonk": marketing})
    told = {
        "for runs": runs_environment(tmp_path, settings, "http://p.example/api", "us:password"),
        "for the server": server_environment(tmp_path, 4200, "us:password"),
    }
    for name, whom in given.items():
        assert (name in told["for runs"]) is (whom in ("for runs", "for both")), name
        assert (name in told["for the server"]) is (whom == "for both"), name
    assert told["for runs"]["LEADRELAY_SERVED"] == str(tmp_path)
    assert told["for the server"]["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:4200"
    assert "PREFECT_API_AUTH_STRING" not in told["for the server"]


HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LINE = "   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  {uid}  0 1 1 0\n"


@pytest.mark.parametrize(
    ("port", "state", "uid", "ours"),
    [(4200, "0A", 0, True), (4200, "0A", 1, False), (4200, "01", 1, True), (4201, "0A", 1, True)],
)
def test_a_port_that_another_account_took_first_is_not_ours(
    tmp_path: Path, port: int, state: str, uid: int, ours: bool
):
    (tmp_path / "tcp").write_text(HEAD + LINE.format(port=port, state=state, uid=os.getuid() + uid))
    assert server.is_ours(4200, tmp_path / "tcp") is ours
    assert server.is_ours(4200, tmp_path / "no such table")
