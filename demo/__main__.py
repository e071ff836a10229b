"""Runs the invented company's three weeks: imports, all flows, messages, and shows what came of it.

The flows of the last look run through a real Prefect server, which starts meanwhile; those before run directly, which
is the same work without its second of orchestration for each."""

import csv
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from demo import company, story
from flows.environment import API_URL
from flows.run import run_flows
from flows.server import local_server
from leadrelay.clock import fixed_clock, instant_of
from leadrelay.commands.start import write_project
from leadrelay.intake.importer import import_file
from leadrelay.project import Project, open_project

FOLDER = Path("var/demo")
SEED = 20261102
LOOKS = (9, 16)  # the hours of a working day at which the flows run


def write_csv(path: Path, rows: Iterable[company.Row]) -> Path:
    """Writes rows as a CSV file with the union of their columns."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def take_in(project: Project, name: str, rows: list[company.Row], kind: str) -> None:
    """Imports rows the way ops would: from a file."""
    if rows:
        import_file(project, str(write_csv(FOLDER / "inbox" / name, rows)), kind, None)


def looks() -> Iterable[datetime]:
    """The moments at which the flows run: twice on every working day, and once on the Monday after."""
    for day in range(7 * company.WEEKS - 2):
        date = company.FIRST_DAY + timedelta(days=day)
        if date.weekday() < 5:
            yield from (date.replace(hour=hour) for hour in LOOKS)
    yield (company.FIRST_DAY + timedelta(days=7 * company.WEEKS)).replace(hour=9)


def live_through(
    project: Project, requests: list[company.Row], last_through: Callable[[], str]
) -> list[dict[str, object]]:
    """Three weeks: at each look the new requests and people's reactions come in, then all flows run; those of the last
    look on the Prefect server whose address `last_through` gives."""
    summaries = []
    waiting: list[tuple[str, datetime]] = []
    moments = list(looks())
    for number, moment in enumerate(moments):
        if moment == moments[-1]:
            os.environ[API_URL] = last_through()
        project.clock = fixed_clock(instant_of(moment))
        new = [row for row in requests if datetime.fromisoformat(str(row["received_at"])) <= moment]
        requests = requests[len(new) :]
        take_in(project, f"{number:02}-requests.csv", new, "requests")
        answers = company.reactions(waiting, moment)
        take_in(project, f"{number:02}-answers.csv", answers, "requests")
        answered = {str(row["id"]) for row in answers}
        waiting = [one for one in waiting if one[0] not in answered]
        waiting += [(str(row["id"]), datetime.fromisoformat(str(row["received_at"]))) for row in new]
        summaries.append(run_flows((), project, project.clock()))
        if sys.stderr.isatty():
            print(f"\r{moment:%a %d %b %H:%M}  {len(new):3} new, {len(answers):3} answered ", end="", file=sys.stderr)
    return summaries


def main() -> None:
    """Everything, from an empty folder to the printed story."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    write_project(FOLDER)
    dice = random.Random(SEED)
    known = company.companies(dice)
    requests = company.request_rows(dice, known)
    os.environ.pop(API_URL, None)
    with ExitStack() as stack, ThreadPoolExecutor(1) as aside:
        server = aside.submit(lambda: stack.enter_context(local_server(FOLDER)))
        project = open_project(FOLDER, company.FIRST_DAY.isoformat(), rules="take_up")
        take_in(project, "accounts.csv", company.account_rows(known), "accounts")
        take_in(project, "contacts.csv", company.contact_rows(known), "contacts")
        take_in(project, "activities.csv", company.activity_rows(known), "activities")
        summaries = live_through(project, requests, lambda: server.result().url)
        story.tell(project, summaries, server.result().pages)


if __name__ == "__main__":
    main()
