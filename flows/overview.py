"""What is going on, and what to do next: `leadrelay` without a verb."""

from collections.abc import Iterator
from typing import NamedTuple

from flows.status import Status, status
from leadrelay.clock import FOREVER, iso
from leadrelay.project import Project
from leadrelay.store import tasks
from leadrelay.store.raw import Statement

_COUNTS = Statement(
    "SELECT (SELECT count(*) FROM requests),"
    " (SELECT count(*) FROM requests WHERE status = 'open' AND asleep_since IS NULL),"
    " (SELECT count(*) FROM requests WHERE status = 'open' AND (match = 'doubt' OR triage = 'doubt')),"
    " (SELECT count(*) FROM opportunities WHERE closed_at IS NULL AND asleep_since IS NULL)"
)


class Line(NamedTuple):
    """One thing that is so, and the command that goes on from there ('' when nothing is to be done)."""

    what: str
    command: str = ""


def overview(project: Project) -> list[Line]:
    """What is going on in a project, the most urgent first; the first command is what to do next. Raises NoDatabase."""
    now = project.clock()
    found = status(project, now)
    with project.database.read() as conn:
        counted = _COUNTS.rows(conn)[0]
        waiting = tasks.waiting(conn, FOREVER)
        live = project.ruleset.version > 0
        overdue = sum(one.due_at <= now for one in waiting)
    return [*_wrong(project, found), *_work(found, counted, len(waiting), overdue, live)]


def _wrong(project: Project, found: Status) -> Iterator[Line]:
    """What keeps things from going on."""
    if project.refused is not None:
        yield Line("The rules folder has faults; an earlier version is at work.", "leadrelay check")
    for one in found.stuck:
        command = "leadrelay messages" if "message" in one.what else "leadrelay status"
        yield Line(f"Stuck: {one.what}: {one.why}.", command)
    for kept in found.kept:
        verb = "release" if kept.why != "stopped" else "start"
        yield Line(f"The rule '{kept.rule}' acts on nobody: {kept.reason}.", f"leadrelay rules {verb} {kept.rule}")


def _work(found: Status, counted: tuple[int, ...], tasks_open: int, overdue: int, live: bool) -> Iterator[Line]:
    """What there is to do."""
    total, open_requests, doubts, deals = counted
    due = sum(one.due for one in found.flows)
    if not total:
        yield Line("No requests yet.", "leadrelay import FILE --preview")
    elif not live:
        yield Line("The rules have not gone live yet.", "leadrelay run")
    if due:
        yield Line(f"{due} things are due: flows have not looked at them yet.", "leadrelay run")
    if overdue:
        yield Line(f"{overdue} of {tasks_open} open tasks are overdue.", "leadrelay tasks --overdue")
    if doubts:
        yield Line(f"{doubts} open requests are in doubt; a person has to say what they are.", "leadrelay match")
    if total:
        yield Line(f"{total} requests, {open_requests} of them open; {deals} open deals; {tasks_open} open tasks.")


def as_text(project: Project, lines: list[Line]) -> str:
    """The overview for a terminal: what is so, each with what to type, and at last what to do next."""
    name = project.settings.company.name
    now = iso(project.clock(), project.zone)[:16].replace("T", " ")
    shown = [f"{name}, {now}, rules version {project.ruleset.version}"]
    for line in lines:
        shown.append(f"  {line.what}")
        if line.command:
            shown.append(f"      {line.command}")
    following = next((line.command for line in lines if line.command), "leadrelay audit")
    return "\n".join([*shown, f"Next: {following}"])
