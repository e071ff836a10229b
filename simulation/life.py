"""The life of the simulated company, look by look: what comes in, what people do, all flows, and the audit."""

import csv
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, field

from flows.names import ORDER
from flows.work import WORK
from leadrelay.clock import fixed_clock
from leadrelay.commands.start import write_project
from leadrelay.errors import LeadrelayError
from leadrelay.intake.importer import import_file
from leadrelay.project import Project, open_project
from leadrelay.store.audit import Seen, Violation, audit, seen
from simulation.company import Company, company_of
from simulation.looks import START, Look, looks
from simulation.market import Market, Row, market_of
from simulation.people_act import Staff


class Rejected(LeadrelayError):
    """The simulation made rows that the import refused: {reason}."""


class Life(Struct):
    """A company in a folder of its own, the market it lives in, and the days on which the audit found something."""

    project: Project
    company: Company
    market: Market
    staff: Staff
    violations: dict[int, list[Violation]] = field(default_factory=dict)
    audited: Seen = Seen()

    def look(self, look: Look) -> None:
        """Everything that happens up to and at one look."""
        self.project.clock = fixed_clock(look.now)
        if look.day in self.company.changes and look.moment.hour <= 12:
            self.company.write(self.project.folder / "rules" / "team.yaml", look.day)
            self.project.take_up_rules()
        self.take(self.market.requests(look), "requests")
        self.take(self.market.visits(look), "activities")
        if look.working:
            self._work(look)
        for flow in ORDER:
            WORK[flow](self.project, look.now, lambda: True)
        if look.last:
            self._audit(look)

    def _work(self, look: Look) -> None:
        with self.project.database.begin() as conn:
            self.staff.do_tasks(conn, look)
            acts = self.staff.act(conn, look)
        self.take(acts.requests, "requests")
        self.take(acts.deals, "opportunities")

    def take(self, rows: Iterable[Row], kind: str) -> None:
        """Imports rows the way ops would: from a file."""
        rows = list(rows)
        if not rows:
            return
        path = self.project.folder / "inbox.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            writer.writerows(rows)
        report = import_file(self.project, str(path), kind, None)
        if report.rejected:
            raise Rejected(reason=report.rejections[0].reason)

    def _audit(self, look: Look) -> None:
        with self.project.database.read() as conn:
            found = list(audit(conn, look.now, self.audited))
            self.audited = seen(conn)
        if found:
            self.violations[look.day] = found


def born(folder: Path, days: int, requests: int, seed: int) -> Life:
    """A fresh company with the shipped rules and templates and people of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    write_project(folder)
    shutil.rmtree(folder / "rules" / "tests")  # they speak of the shipped team
    company, market = company_of(seed, days, requests), market_of(seed, requests, days)
    company.write(folder / "rules" / "team.yaml", 0)
    project = open_project(folder, START.isoformat(), rules="take_up")
    life = Life(project, company, market, Staff(company, seed))
    life.take(market.known(), "accounts")
    return life


def live(life: Life, days: int, told: Callable[[Look], None]) -> None:
    """So many days; `told` hears of every look that is over."""
    for look in looks(days, life.project.ruleset.calendars["default"]):
        life.look(look)
        told(look)
