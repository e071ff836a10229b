"""What callers of the intake API and webhooks hand in: read with care, taken as files are, answered row by row."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from leadrelay.clock import Instant
from leadrelay.errors import LeadrelayError, UnknownMap, UnreadableFile
from leadrelay.intake.find_map import map_in_project
from leadrelay.intake.importer import Intake, intake_of
from leadrelay.intake.json_reader import table_in
from leadrelay.intake.json_stream import DECODER
from leadrelay.intake.known import derived_id
from leadrelay.intake.report import ImportReport
from leadrelay.intake.rows import Table
from leadrelay.intake.xml_reader import Refused, parse_xml
from leadrelay.project import Project
from leadrelay.rulebook.import_map import ImportMap, Shape
from leadrelay.store import answered
from leadrelay.store.answered import Answered
from leadrelay.web.credentials import Caller, may_hand_in, systems_of

LONGEST_BODY = 2_000_000
"""Bytes."""
MOST_ROWS = 1_000
LONGEST_KEY = 200
_REQUESTS = Shape(each=("requests",))
ACK = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    "</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)
"""What Salesforce wants to hear, or it sends the message again for a day."""


class Reply(NamedTuple):
    """An answer: its status, and JSON or (`ack`) what Salesforce wants to hear."""

    status: int
    body: dict[str, Any]
    ack: bool = False
    again: bool = False
    """The call was answered before."""


class Sorry(Exception):
    """A call that is not taken, with the code that stays the same and a sentence for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.reply = Reply(status, {"error": {"code": code, "message": message}})


TOO_LARGE = Sorry(413, "too_large", f"A call may have {LONGEST_BODY:,} bytes and {MOST_ROWS:,} rows.")
MOST_MAPS = 10
_NO_MAP = Sorry(404, "unknown_map", "This system has no such import map.")
_NOT_YOU = Sorry(401, "unauthorized", "The key or signature is missing or wrong.")
BUSY = Sorry(503, "busy", "That cannot be done at this moment; nothing was taken. Try again in a minute.")


def hand_in(project: Project, caller: Caller) -> Reply:
    """Requests as JSON: one, a list, or `{"requests": […]}`, their columns named as fields. Raises Sorry, NoDatabase,
    DatabaseBusy."""
    if not may_hand_in(caller, project.settings):
        raise _NOT_YOU
    key, digest, now = _key(caller), hashlib.sha256(caller.body).hexdigest(), project.clock()
    if key and (before := _answered_before(project, key, digest, now)):
        return before
    rows = _rows(table_in(_parsed(caller.body), "the call", _REQUESTS)) if not key else _keyed(caller.body, key)
    report = _taken(_by_key(project), "api", rows, "requests", None)
    reply = Reply(422 if report.rows and report.rejected == report.rows else 200, _told([report]))
    if key:
        _keep(project, key, digest, reply, now)
    return reply


def _by_key(project: Project) -> Intake:
    """The intake of whoever has the key, or calls from this machine: it adds, and changes nothing that is there."""
    return replace(intake_of(project), adds_only=True, may_write=project.settings.web.intake_fields)


def _answered_before(project: Project, key: str, digest: str, now: Instant) -> Reply | None:
    """What a call of this key was answered, if it was. Raises Sorry when that was another call."""
    with project.database.read() as conn:
        before = answered.find(conn, key, now)
    if before is None:
        return None
    if before.digest != digest:
        raise Sorry(422, "key_reused", "That Idempotency-Key was used for another call.")
    return Reply(before.status, json.loads(before.answer), again=True)


def _keep(project: Project, key: str, digest: str, reply: Reply, now: Instant) -> None:
    with project.database.begin() as conn:
        answered.keep(conn, key, Answered(digest, reply.status, json.dumps(reply.body)), now)


def hook(project: Project, names: str, caller: Caller) -> Reply:
    """A webhook, read by one map or by several of one system (`hubspot_contacts,hubspot_deals`). Raises Sorry,
    NoDatabase, DatabaseBusy.

    Rows that are not taken are answered with 200 as well, or the vendor would send them again for days."""
    now = project.clock()
    proven = systems_of(caller, project.settings, now)
    if not proven:
        raise _NOT_YOU  # before any map is looked at: nobody learns by asking which there are
    document = _parsed(caller.body)
    intake = intake_of(project)
    maps = _maps(names, intake, proven)
    system = project.settings.systems[maps[0].system]
    if system.organization and _organization(document)[:15] != system.organization[:15]:
        raise _NOT_YOU
    digest = hashlib.sha256(caller.body).hexdigest()
    key = f"hook|{maps[0].system}|{names}|{digest}"
    if not system.repeats and (before := _answered_before(project, key, digest, now)):
        return before._replace(ack=_wants_ack(caller), body=_unchanged(before.body))
    reports = [
        _taken(intake, "webhook", _rows(table_in(document, "the call", one.shape)), one.kind, one) for one in maps
    ]
    reply = Reply(200, _told(reports), ack=_wants_ack(caller))
    _keep(project, key, digest, reply, now)
    return reply


def _unchanged(body: dict[str, Any]) -> dict[str, Any]:
    """What is said of a webhook that came again: nothing of it is taken."""
    results = [{**one, "result": "unchanged"} if one["result"] == "taken" else one for one in body["results"]]
    return {**body, "taken": 0, "unchanged": body["unchanged"] + body["taken"], "results": results}


def _wants_ack(caller: Caller) -> bool:
    return caller.body.lstrip().startswith(b"<")


def _maps(names: str, intake: Intake, proven: Sequence[str]) -> list[ImportMap]:
    """The maps of these names, all of one system that the caller has proved to be. Raises Sorry."""
    wanted = names.split(",")[:MOST_MAPS]
    try:
        maps = [map_in_project(name, intake.files or {}, intake.fields) for name in wanted]
    except UnknownMap as error:
        raise _NO_MAP from error
    systems = {one.system for one in maps}
    if len(systems) != 1 or not systems <= set(proven):
        raise _NO_MAP
    return maps


def _organization(document: Any) -> str:
    found: Any = document
    for part in ("Envelope", "Body", "notifications", "OrganizationId"):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _key(caller: Caller) -> str:
    key = caller.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Sorry(400, "bad_key", f"An Idempotency-Key has at most {LONGEST_KEY} printable characters.")
    return key


def _parsed(body: bytes) -> Any:
    """JSON or XML as nested data; numbers stay text. Raises Sorry."""
    try:
        text = body.decode("utf-8-sig").strip()
        document = parse_xml(text) if text.startswith("<") else DECODER.decode(text)
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair cannot be stored
    except (Refused, ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, Refused) else "it is not UTF-8, not JSON, or nested too deep"
        raise Sorry(400, "unreadable", f"The body cannot be read: {why}.") from error
    return document


def _keyed(body: bytes, key: str) -> Table:
    """Rows without an id get one of the call's key: said again they are the same, in another call they are others."""
    document = _parsed(body)
    inner = document.get("requests") if isinstance(document, dict) else None
    items: list[Any] = inner if isinstance(inner, list) else document if isinstance(document, list) else [document]
    named = [
        {"id": derived_id("r-", (key, number)), **one} if isinstance(one, dict) and not _has_id(one) else one
        for number, one in enumerate(items)
    ]
    return _rows(table_in(named, "the call"))


def _has_id(row: dict[str, Any]) -> bool:
    inner = row.get("request")
    return any(row.get(name) for name in ("id", "request.id")) or bool(isinstance(inner, dict) and inner.get("id"))


def _rows(table: Table) -> Table:
    if table.count > MOST_ROWS:
        raise TOO_LARGE
    return table


def _taken(intake: Intake, name: str, table: Table, kind: str, map_: ImportMap | None) -> ImportReport:
    return intake.take_table(name, table, kind, map_)


def _told(reports: Sequence[ImportReport]) -> dict[str, Any]:
    """What became of every row, in their order."""
    results: list[dict[str, Any]] = []
    for report in reports:
        why = {one.line: one for one in report.rejections}
        for row in range(1, report.rows + 1):
            if row in why:
                results.append({"row": row, "result": "rejected", "field": why[row].column, "reason": why[row].reason})
            else:
                results.append({"row": row, "result": "taken" if row in report.taken_lines else "unchanged"})
    return {
        "rows": sum(one.rows for one in reports),
        "taken": sum(one.taken for one in reports),
        "unchanged": sum(one.unchanged for one in reports),
        "rejected": sum(one.rejected for one in reports),
        "results": results,
        "refused_fields": sorted({name for one in reports for name in one.refused_columns})[:50],
        "unknown_fields": sorted({name for one in reports for name in one.unknown_columns})[:50],
    }


def sorry_for(error: LeadrelayError) -> Reply:
    """The answer to a call that failed for a reason that is not the caller's, or that lies in its data."""
    if isinstance(error, UnreadableFile):
        return Sorry(400, "unreadable", str(error)).reply
    return BUSY.reply
