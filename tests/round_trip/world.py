"""What the tests of the round trip share: samples of every map, a world with the shipped maps, and a payer for it."""

import csv
import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from leadrelay.clock import HOUR, Clock
from leadrelay.intake.report import ImportReport
from leadrelay.leads.effects import Change
from leadrelay.leads.team import Person, Team
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.rulebook.maps import load_maps
from leadrelay.settings_model import SystemSettings
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import record_changes, stored_of
from leadrelay.store.write_backs import WriteBack, in_states
from notifications.write_back.run import Payer
from tests.intake.world import OWN, ROOT, SHARED, ZONE, World, world_of

SAMPLES = Path(__file__).parent / "samples"
TEAM = Team({"an": Person("an", "An Peeters", "an@example.com"), "bram": Person("bram", "Bram Visser")})
NAMES = sorted(path.stem for path in ROOT.glob("rules/maps/*.yaml"))
FILES = {f"rules/maps/{name}.yaml": (ROOT / f"rules/maps/{name}.yaml").read_text("utf-8") for name in NAMES}
PUBLIC = {
    **{f"crm_export_{one.lower()}": f"crm_export/{one}.csv"
       for one in ("Users", "Accounts", "Contacts", "Leads", "Potentials", "Quotes", "Calls", "Events")},
    "crm_sales_pipeline": "crm_sales_pipeline/sales_pipeline.csv",
    "crm_sales_pipeline_accounts": "crm_sales_pipeline/accounts.csv",
    "crm_sales_pipeline_teams": "crm_sales_pipeline/sales_teams.csv",
    "municipal_requests": "municipal_requests/receipt.csv",
    "atomic_crm_contacts": "crm_formats/atomic_crm_contacts.csv",
}  # fmt: skip
"""Maps whose samples are the first rows of public files."""
ROWS = 120


class Trip:
    """A database into which one map's sample goes, and out of which changes go back."""

    def __init__(self, database: Database, folder: Path, name: str) -> None:
        self.world: World = world_of(database, folder)
        self.world.intake = replace(self.world.intake, files=FILES, team=TEAM)
        self.database, self.folder, self.name = database, folder, name
        file = f"rules/maps/{name}.yaml"
        self.maps: Mapping[str, ImportMap] = load_maps(Context({file: FILES[file]}, fields=OWN))
        self.map = self.maps[name]
        self.now = self.world.intake.now

    def take(self, path: Path) -> ImportReport:
        """Imports a file by the map."""
        self.world.intake = replace(self.world.intake, now=self.now)
        return self.world.intake.take(str(path), None, self.name)

    def payer(self, clock: Clock | None = None, **systems: SystemSettings) -> Payer:
        """What pays, with these settings of systems."""
        return Payer(self.database, self.maps, TEAM, systems, self.folder, ZONE, clock or (lambda: self.now))

    def change(self, kind: str, key: str, cause: str = "person an", **values: Any) -> None:
        """Changes a subject as a rule or a person would."""
        self.now += HOUR
        with self.database.begin() as conn:
            before = stored_of(conn, kind, {key})[key]
            changes = [Change(kind, key, name, before.get(name), value, cause) for name, value in values.items()]
            record_changes(conn, changes, self.now)

    def left(self, *states: str) -> list[WriteBack]:
        """Write-backs in these states; default: what is still owed, or was given up."""
        with self.database.read() as conn:
            return in_states(conn, states or ("owed", "failed", "dead"))


def sample_of(name: str, folder: Path) -> Path | None:
    """A copy of the sample of a map; None when it is public data that is not here. KeyError: it has none."""
    if name in PUBLIC:
        source = SHARED / PUBLIC[name]
        if not source.exists():
            return None
        target = folder / source.name
        with source.open(encoding="utf-8-sig", newline="") as file:
            lines = [line for _, line in zip(range(ROWS + 1), file, strict=False)]
        target.write_text("".join(lines), "utf-8")
        return target
    found = sorted(SAMPLES.glob(f"{name}.*"))
    if not found:
        raise KeyError(f"the map {name} has no sample in tests/round_trip/samples")
    return Path(shutil.copy(found[0], folder))


def merged(sample: Path, written: Path, map_: ImportMap) -> None:
    """What the system holds after it has taken `written`: the columns of the sample, with those values."""
    back = map_.write_back
    assert back is not None
    news = {row[back.id]: row for row in csv.DictReader(io.StringIO(written.read_text("utf-8")))}
    if sample.suffix == ".csv":
        _merge_csv(sample, news, map_)
    elif sample.suffix == ".json":
        document = json.loads(sample.read_text("utf-8"))
        for name, columns in {one.name: one.columns for one in back.fields}.items():
            for row in _records(document):
                key = next((str(found) for one in back.id_columns if (found := _get(row, one)) is not None), None)
                if key in news and news[key][name]:
                    column = next((one for one in columns if _get(row, one) is not None), columns[0])
                    _set(row, column, news[key][name])
        sample.write_text(json.dumps(document), "utf-8")
    else:
        text = sample.read_text("utf-8")
        for key, row in news.items():
            head, tail = text.split(f"<sf:Id>{key}</sf:Id>", 1)
            for one in back.fields:
                before = tail.split(f"<sf:{one.name}>", 1)[1].split("<", 1)[0]
                tail = tail.replace(f"<sf:{one.name}>{before}<", f"<sf:{one.name}>{row[one.name]}<", 1)
            text = f"{head}<sf:Id>{key}</sf:Id>{tail}"
        sample.write_text(text, "utf-8")


def _merge_csv(sample: Path, news: Mapping[str, Mapping[str, str]], map_: ImportMap) -> None:
    back = map_.write_back
    assert back is not None
    text = sample.read_text("utf-8")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    names = list(rows[0])
    key = next(name for name in names if name.casefold() in {one.casefold() for one in back.id_columns})
    for row in rows:
        for one in back.fields:
            column = next((name for name in names if name in one.columns), None)
            if column and row[key] in news and news[row[key]][one.name]:
                row[column] = news[row[key]][one.name]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    sample.write_text(out.getvalue(), "utf-8")


def _records(value: Any) -> list[dict[str, Any]]:
    """Every object in a document, key/value lists as objects too."""
    found = []
    if isinstance(value, dict):
        found.append(value)
        for one in value.values():
            found += _records(one)
    elif isinstance(value, list):
        for one in value:
            found += _records(one)
    return found


def _get(row: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(row, list):
            row = next((one.get("value") for one in row if isinstance(one, dict) and one.get("key") == part), None)
        else:
            row = row.get(part) if isinstance(row, dict) else None
    return None if isinstance(row, dict) else row


def _set(row: Any, path: str, value: str) -> None:
    *outer, last = path.split(".")
    for part in outer:
        if isinstance(row, list):
            row = next(one["value"] for one in row if one["key"] == part)
        else:
            row = row.setdefault(part, {})
    if isinstance(row, list):
        for one in row:
            if one["key"] == last:
                one["value"] = value
                return
        row.append({"key": last, "value": value})
    else:
        row[last] = value
