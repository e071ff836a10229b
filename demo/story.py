"""What came of the three weeks, printed: per flow, per desk, per person, three decisions explained, and what to try."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from leadrelay.commands.common import table
from leadrelay.project import Project
from leadrelay.report.explanation import Inquiry
from leadrelay.rulebook.explain_words import render
from leadrelay.store.audit import audit
from leadrelay.store.exports import Exporter

WORTH_EXPLAINING = ("key-account-renegotiates", "important-prospect-asks", "reorder-is-an-order")


def tell(project: Project, summaries: Sequence[dict[str, Any]], pages: str) -> None:
    """Prints the whole story of a project that has lived through its weeks."""
    with project.database.read() as connection:
        ruleset = project.ruleset
        exporter = Exporter(connection, project.clock(), project.zone, ruleset.fields, ruleset.team)
        requests, decisions = list(exporter.rows("requests")), list(exporter.rows("decisions"))
        notifications, tasks = list(exporter.rows("notifications")), list(exporter.rows("tasks"))
        lists, opportunities = list(exporter.rows("lists")), list(exporter.rows("opportunities"))
        violations = list(audit(connection, project.clock()))
        print(f"\n{len(requests)} requests in three weeks, {len(decisions)} decisions, {len(notifications)} messages\n")
        print(_per_flow(summaries), "\n")
        print(_per_desk(requests), "\n")
        print(_per_person(requests, opportunities, notifications, tasks), "\n")
        print(table(sorted(Counter(str(one["list"]) for one in lists).items()), ("NURTURE LIST", "CONTACTS")), "\n")
        _explain(project, connection, decisions)
        print("audit:", "nothing is lost" if not violations else f"{len(violations)} violations: {violations[:3]}")
    _what_next(project, pages, str(decisions[-1]["subject"]) if decisions else "request/R-001")


def _per_flow(summaries: Sequence[dict[str, Any]]) -> str:
    totals: dict[str, Counter[str]] = {}
    for summary in summaries:
        for flow, figures in summary["flows"].items():
            counted = {
                name: value for name, value in figures.items() if name in ("looked_at", "decided", "messages", "acted")
            }
            totals.setdefault(flow, Counter({"runs": 0})).update({**counted, "runs": 1})
    via = Counter(summary["via"] for summary in summaries)
    rows = [
        (flow, one["runs"], one["looked_at"], one["decided"], one["acted"], one["messages"])
        for flow, one in totals.items()
    ]
    head = ("FLOW", "RUNS", "LOOKED AT", "DECIDED", "ACTED", "MESSAGES")
    return f"{table(rows, head)}\n(runs through {', '.join(f'{name}: {number}' for name, number in via.items())})"


def _per_desk(requests: Iterable[dict[str, Any]]) -> str:
    desks = Counter((one["desk"] or "none: settled in triage", one["status"], one["outcome"] or "") for one in requests)
    return table([(*desk, number) for desk, number in sorted(desks.items())], ("DESK", "STATUS", "OUTCOME", "REQUESTS"))


def _per_person(
    requests: Sequence[dict[str, Any]],
    opportunities: Sequence[dict[str, Any]],
    notifications: Sequence[dict[str, Any]],
    tasks: Sequence[dict[str, Any]],
) -> str:
    people = sorted(
        {str(one["owner"]) for one in (*requests, *opportunities, *tasks)} | {str(one["to"]) for one in notifications}
    )
    columns = (
        Counter(one["owner"] for one in requests),
        Counter(one["owner"] for one in requests if one["status"] == "open"),
        Counter(one["owner"] for one in opportunities),
        Counter(one["owner"] for one in tasks),
        Counter(one["to"] for one in notifications),
    )
    rows = [(person, *(column[person] for column in columns)) for person in people if person != "None"]
    return table(rows, ("PERSON", "REQUESTS", "STILL OPEN", "OPPORTUNITIES", "TASKS", "MESSAGES"))


def _explain(project: Project, connection: Any, decisions: Sequence[dict[str, Any]]) -> None:
    for rule in WORTH_EXPLAINING:
        made = next((one for one in decisions if one["rule"] == rule), None)
        if made is None:
            continue
        inquiry = Inquiry(connection, project.ruleset, str(made["subject"]), project.clock(), lambda _version: None)
        book = next(one for one in inquiry.answer()["rulebooks"] if one["rulebook"] == made["rulebook"])
        deciding = [one for one in book["rules"] if one["id"] == rule]
        print(f"Why {made['subject']} ({made['at']}):\n{render(book | {'rules': deciding})}\n")


def _what_next(project: Project, pages: str, subject: str) -> None:
    mails = sorted((project.folder / "var" / "mail").glob("*.eml"))
    print(f"""
{len(mails)} messages lie in {project.folder}/var/mail, such as {mails[0].name if mails else "none"}
The flow runs were real; with a server running you see them at {pages}.

Try next:
  . .venv/bin/activate; cd {project.folder}
  leadrelay explain {subject}
  leadrelay export decisions --format json | head
  leadrelay audit
  edit rules/routing.yaml, then: leadrelay check; leadrelay test""")
