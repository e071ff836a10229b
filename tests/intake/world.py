"""A small world to import into: an intake on a fresh database, and the rows that end up in it."""

import shutil
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import text

from leadrelay.clock import parse_time
from leadrelay.intake.importer import Intake
from leadrelay.intake.report import ImportReport
from leadrelay.leads.fields import Field, Fields, Type
from leadrelay.leads.team import Person, Team
from leadrelay.store.database import Database
from leadrelay.zone import zone_of

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
ZONE = zone_of("Europe/Amsterdam")
OWN = Fields(
    (
        Field("request.extra.machine_type", Type.CHOICE, "machine", ("lathe", "mill")),
        Field("request.extra.deadline_at", Type.TIME, "deadline"),
    )
)
TEAM = Team({"an": Person("an", "An Peeters", "an@example.com"), "dirk": Person("dirk", "Dirk Smit")})


@dataclass
class World:
    """An intake with the folder it stands in."""

    intake: Intake
    folder: Path

    def take(
        self, content: str | bytes, kind: str | None = None, map_name: str | None = None, name: str = "in.csv"
    ) -> ImportReport:
        """Imports content as a file of that name."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.intake.take(str(path), kind, map_name)

    def pipe(self, content: str, kind: str | None = None) -> ImportReport:
        """Imports content from standard input."""
        return self.intake.take("-", kind, None, BytesIO(content.encode()))

    def copied(self, name: str, kind: str | None, map_name: str) -> ImportReport:
        """Imports a file of ../shared/data by way of a copy."""
        return self.intake.take(shutil.copy(SHARED / name, self.folder), kind, map_name)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a query finds."""
        with self.intake.database.read() as conn:
            return [dict(row) for row in conn.execute(text(sql)).mappings()]

    def one(self, sql: str) -> dict[str, Any]:
        """The only row that a query finds."""
        (row,) = self.rows(sql)
        return row

    def run_sql(self, sql: str) -> None:
        """Changes something as a rule or a person would."""
        with self.intake.database.begin() as conn:
            conn.execute(text(sql))

    def with_maps(self, **maps: str) -> "World":
        """The same with these maps in rules/maps."""
        files = {f"rules/maps/{name}.yaml": content for name, content in maps.items()}
        return World(replace(self.intake, files=files), self.folder)

    def with_chunk(self, size: int) -> "World":
        """The same with another number of rows per transaction."""
        return World(replace(self.intake, chunk=size), self.folder)


def world_of(database: Database, folder: Path) -> World:
    files = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in ROOT.glob("rules/maps/*.yaml")}
    free = frozenset({"gmail.com", "hotmail.com"})
    now = parse_time("2026-11-20 09:00", ZONE)
    return World(Intake(database, OWN, TEAM, ZONE, now, free, files, folder), folder)
