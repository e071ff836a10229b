"""Carries effects into the database: decisions, state, history, messages, tasks and episodes, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.effects import Change, Creation, Decided, Effects, NewMessage, NewTask
from leadrelay.leads.fields import Value
from leadrelay.store import episodes, history, stage_moves, tasks, turns
from leadrelay.store.acts import hold_snoozed
from leadrelay.store.changes import touched, write_changes, write_new
from leadrelay.store.history import EVERYTHING, Entry
from leadrelay.store.intake_writes import keep_to_addresses
from leadrelay.store.lists import move
from leadrelay.store.raw import Statement, insert, listed
from leadrelay.store.schema import TABLES, decisions, messages
from leadrelay.store.wake import wake, wake_owned
from leadrelay.store.watches import Touched

_KNOWN = Statement("SELECT key FROM decisions WHERE key IN LISTED(:keys)")
_EXISTING = {kind: Statement(f"SELECT id FROM {table.name} WHERE id IN LISTED(:ids)") for kind, table in TABLES.items()}
_DECISION = insert(
    decisions,
    (
        *("key", "at", "flow", "rulebook", "rule", "rule_key", "subject", "episode", "step"),
        *("ruleset", "mode", "actions", "history_id", "identity"),
    ),
    conflict="(key) DO NOTHING",
)
_MESSAGE = insert(
    messages,
    ("key", "at", "to", "language", "template", "subject", "urgency", "reason", "decision"),
    conflict="(key) DO NOTHING",
)


class Applied(NamedTuple):
    """How many of each were written; what had been written before does not count."""

    decided: int = 0
    changed: int = 0
    created: int = 0
    joined: int = 0
    tasks: int = 0
    messages: int = 0


def apply(conn: Connection, effects: Effects, now: Instant, ruleset_version: int) -> Applied:
    """Writes everything that a batch led to, once and for all: what belongs to a decision that is already there is
    left out. Wakes whom it concerns; the subject itself not in the flow that decided (`agenda.schedule` it before)."""
    decided, effects = _new_only(conn, effects)
    created = _create(conn, effects.created)
    changed = [change for change in effects.changes if change.old != change.new]
    write_changes(conn, changed)
    keep_to_addresses(conn, (), changed, now)
    joined = move(conn, effects.joined, now)
    entries = [
        *(Entry(f"{one.kind}/{one.id}", EVERYTHING, None, _first_values(one), one.cause) for one in created),
        *(Entry(f"{kind}/{subject}", name, old, new, cause) for kind, subject, name, old, new, cause in changed),
        *(Entry(f"contact/{one.id}", one.field, one.old, one.new, one.cause) for one in joined),
    ]
    seen = _append(conn, now, decided, entries)
    _write_decisions(conn, decided, seen, now, ruleset_version)
    stage_moves.record(conn, effects.stage_moves, now)
    followed = tasks.follow(conn, changed, now)
    tasks.add(conn, effects.tasks, now)
    add_messages(conn, effects.messages, now)
    episodes.begin(conn, effects.begun)
    episodes.move(conn, effects.moved)
    turns.save(conn, effects.turns)
    _wake(conn, decided.values(), created, [*changed, *joined], now)
    _wake_tasks(conn, decided, effects.tasks, followed, now)
    return Applied(
        len(decided),
        len(changed),
        len(created),
        len(joined),
        len(effects.tasks),
        len({one.key for one in effects.messages}),
    )


def add_messages(conn: Connection, owed: Sequence[NewMessage], now: Instant) -> None:
    """Puts messages into the outbox; what is there already stays as it is, and snoozed subjects wait."""
    _MESSAGE.many(conn, [{**one._asdict(), "at": now} for one in owed])
    if owed:
        hold_snoozed(conn, (one.key for one in owed), now)


def _new_only(conn: Connection, effects: Effects) -> tuple[dict[str, Decided], Effects]:
    """The decisions that are not there yet, by key, and the effects without what belongs to the others."""
    decided = {one.key: one for one in effects.decided}
    known = {row[0] for row in _KNOWN.rows(conn, keys=listed(decided))} if decided else set()
    if not known:
        return decided, effects
    kept = Effects(
        changes=[one for one in effects.changes if one.cause not in known],
        created=[one for one in effects.created if one.cause not in known],
        joined=[one for one in effects.joined if one.cause not in known],
        stage_moves=[one for one in effects.stage_moves if one.cause not in known],
        tasks=[one for one in effects.tasks if one.cause not in known],
        messages=[one for one in effects.messages if one.decision not in known],
        begun=effects.begun,
        moved=effects.moved,
        turns=effects.turns,
    )
    return {key: one for key, one in decided.items() if key not in known}, kept


def _create(conn: Connection, created: Iterable[Creation]) -> list[Creation]:
    """Inserts new subjects; those that exist already are left alone and not returned."""
    fresh: list[Creation] = []
    by_kind: dict[str, dict[str, Creation]] = {}
    for one in created:
        by_kind.setdefault(one.kind, {})[one.id] = one
    for kind, group in by_kind.items():
        existing = {row[0] for row in _EXISTING[kind].rows(conn, ids=listed(group))}
        new = [one for subject, one in group.items() if subject not in existing]
        write_new(conn, kind, [{**one.values, "id": one.id} for one in new])
        fresh += new
    return fresh


def _first_values(one: Creation) -> dict[str, Value]:
    return {name: value for name, value in {**one.values, "id": one.id}.items() if value is not None}


def _append(conn: Connection, now: Instant, decided: Mapping[str, Decided], entries: list[Entry]) -> dict[str, int]:
    """Appends history in the order of the decisions; returns by decision the last id of history that it saw."""
    order = {key: place for place, key in enumerate(decided)}
    entries.sort(key=lambda entry: order.get(entry.cause, -1))
    last, ids = history.append(conn, now, entries)
    seen: dict[str, int] = {}
    position = 0
    for key, place in order.items():
        while position < len(entries) and order.get(entries[position].cause, -1) < place:
            last = ids[position]
            position += 1
        seen[key] = last
    return seen


def _write_decisions(
    conn: Connection, decided: Mapping[str, Decided], seen: Mapping[str, int], now: Instant, ruleset_version: int
) -> None:
    _DECISION.many(
        conn,
        [
            {
                **one._asdict(),
                "key": key,
                "at": now,
                "ruleset": ruleset_version,
                "actions": orjson.dumps(one.actions).decode(),
                "history_id": seen[key],
            }
            for key, one in decided.items()
        ],
    )


def _wake(
    conn: Connection, decided: Iterable[Decided], created: Iterable[Creation], changes: Iterable[Change], now: Instant
) -> None:
    settled = {one.key: (one.flow, one.subject) for one in decided}
    concerned, owners = touched(changes, settled)
    wake(conn, [*(Touched(one.kind, one.id) for one in created), *concerned], now)
    wake_owned(conn, owners, now, ["owner.open_count"])


def _wake_tasks(
    conn: Connection,
    decided: Mapping[str, Decided],
    made: Iterable[NewTask],
    followed: Iterable[Touched],
    now: Instant,
) -> None:
    """New tasks, and those that ended or moved, change what rules read of their subjects; the flow that made a task
    for its own subject knows of it."""
    new: dict[Touched, None] = {}
    for task in made:
        kind, _, name = task.subject.partition("/")
        by = decided.get(task.cause)
        new[Touched(kind, name, tasks.FIELDS, by.flow if by and by.subject == task.subject else "")] = None
    wake(conn, [*new, *followed], now)
