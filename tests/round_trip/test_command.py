"""`leadrelay write-back` and the deliver flow: what is owed is listed, handed over, and tried again."""

import json
import shutil
from pathlib import Path

import pytest

from leadrelay.cli import main
from leadrelay.commands.start import write_project
from tests.intake.world import ROOT
from tests.round_trip.stand_in import StandIn

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path / "company")
    monkeypatch.chdir(tmp_path / "company")
    monkeypatch.setenv("LEADRELAY_NOW", "2026-11-20 09:13")
    shutil.copy(ROOT / "docs/examples/zoho_leads.json", ".")
    assert main(["import", "zoho_leads.json", "--map", "zoho_leads"]) == 0
    assert main(["run", "route"]) == 0
    return tmp_path / "company"


def printed(capsys: Capture, *arguments: str, code: int = 0) -> dict[str, object]:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == code
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_listed_and_written(project: Path, capsys: Capture) -> None:
    for _ in range(2):
        found = printed(capsys, "write-back", "--dry-run")
        assert found["systems"] == {"zoho": {"way": "csv", "owed": 1}}
    assert not (project / "var/write_back").exists()
    assert main(["write-back", "--system", "zoh"]) == 2
    assert "Known systems" in capsys.readouterr().err
    assert printed(capsys, "write-back", "--system", "hubspot")["files"] == []
    found = printed(capsys, "write-back", "--system", "zoho")
    assert (found["sent"], found["left"]) == (1, [])
    assert [path.name for path in (project / "var/write_back").iterdir()] == ["zoho_leads-000001.csv"]
    assert main(["write-back"]) == 0
    assert "nothing is owed" in capsys.readouterr().out


def test_the_deliver_flow_pays_and_says_what_failed(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StandIn(422) as crm:
        monkeypatch.setenv("LEADRELAY_SYSTEMS__ZOHO__URL", crm.url)
        assert main(["run", "deliver"]) == 1
        assert "written back: 1 dead" in capsys.readouterr().out
        found = printed(capsys, "write-back", code=1)
        assert [(one["state"], one["error"]) for one in found["left"]] == [("dead", "HTTP 422: {}")]  # type: ignore[attr-defined]
        assert len(crm.calls) == 1
        found = printed(capsys, "write-back", "--again")
        assert (found["sent"], found["calls"], found["left"]) == (1, 1, [])
        assert crm.records == {"554023000000001": {"Owner.id": "fleur"}}
