"""The index of matching: every account and contact under its keys, kept by whatever writes them."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import Connection

from leadrelay.leads.effects import Change
from leadrelay.leads.fields import Value
from leadrelay.matching.keys import EQUAL, VERSION, domain_key, name_keys, person_key, phone_key
from leadrelay.store.raw import Statement, listed

MOST = 40
"""Keys that more subjects share than this lead nowhere; those of equal names and domains, to the first of them."""
_ALWAYS = (EQUAL, "@")
_BATCH = 5_000
_INDEX = "keys"

_ADD = Statement("INSERT INTO match_keys (key, subject) VALUES (:key, :subject) ON CONFLICT (key, subject) DO NOTHING")
_DROP = Statement("DELETE FROM match_keys WHERE key = :key AND subject = :subject")
_COUNTS = {
    "sqlite": Statement(
        "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM match_keys WHERE key = value LIMIT :most))"
        " FROM json_each(:keys)"
    ),
    "postgresql": Statement(
        "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM match_keys WHERE key = value LIMIT :most) AS few)"
        " FROM json_array_elements_text(CAST(:keys AS JSON)) AS given(value)"
    ),
}
_FIND = Statement("SELECT key, subject FROM match_keys WHERE key IN LISTED(:keys) ORDER BY key, subject")
_FIRST = Statement("SELECT key, subject FROM match_keys WHERE key = :key ORDER BY subject LIMIT :most")
_VERSION = Statement("SELECT version FROM match_index WHERE name = :name")
_SET_VERSION = Statement(
    "INSERT INTO match_index (name, version) VALUES (:name, :version)"
    " ON CONFLICT (name) DO UPDATE SET version = excluded.version"
)
_EMPTY = Statement("DELETE FROM match_keys")
_SOME = {
    "account": Statement("SELECT id, name, domain FROM accounts WHERE id > :after ORDER BY id LIMIT :batch"),
    "contact": Statement("SELECT id, name, phone FROM contacts WHERE id > :after ORDER BY id LIMIT :batch"),
}
_FIELDS = {"account": ("name", "domain"), "contact": ("name", "phone")}
FILED = frozenset(_FIELDS)
"""The kinds of subjects that are filed."""


def keys_of(kind: str, field: str, value: Value) -> Collection[str]:
    """The keys of an account or contact that follow from one of its fields."""
    if not isinstance(value, str) or not value.strip():
        return ()
    if kind == "account":
        return name_keys(value) if field == "name" else (domain_key(value),)
    found = person_key(value) if field == "name" else phone_key(value)
    return (found,) if found else ()


def file_new(conn: Connection, kind: str, subjects: Iterable[Mapping[str, Value]]) -> None:
    """Files new accounts or contacts, each its values by field name, `id` among them."""
    if kind in FILED:
        _ADD.many(conn, [row for values in subjects for row in _rows(kind, values)])


def file_changes(conn: Connection, changes: Iterable[Change]) -> None:
    """Files accounts and contacts under what they have become; `old` of each change is what they were filed under."""
    spans: dict[tuple[str, str, str], tuple[Value, Value]] = {}
    for one in changes:
        if one.field in _FIELDS.get(one.kind, ()):
            place = one.kind, one.id, one.field
            spans[place] = spans.get(place, (one.old, None))[0], one.new
    if not spans:
        return
    for statement, which in ((_DROP, 0), (_ADD, 1)):
        statement.many(
            conn,
            [
                {"key": key, "subject": f"{kind}/{subject}"}
                for (kind, subject, field), values in spans.items()
                for key in keys_of(kind, field, values[which])
            ],
        )


def find(conn: Connection, keys: Collection[str]) -> dict[str, list[str]]:
    """The subjects ('account/7') filed under each of these keys; none where there are too many."""
    if not keys:
        return {}
    counts = _COUNTS[conn.dialect.name].rows(conn, keys=listed(sorted(keys)), most=MOST + 1)
    few = [key for key, count in counts if 0 < count <= MOST]
    many = [key for key, count in counts if count > MOST and key[0] in _ALWAYS]
    found: dict[str, list[str]] = {}
    for key, subject in _FIND.rows(conn, keys=listed(few)) if few else ():
        found.setdefault(key, []).append(subject)
    for key in many:
        found[key] = [subject for _, subject in _FIRST.rows(conn, key=key, most=MOST)]
    return found


def few(key: str, subjects: list[str]) -> list[str]:
    """The subjects that a key leads to: all, or none where there are too many, or the first of an equal name's."""
    if len(subjects) <= MOST:
        return subjects
    return subjects[:MOST] if key[0] in _ALWAYS else []


def ready(conn: Connection) -> bool:
    """Whether this database was filed by this version of the keys."""
    known = _VERSION.rows(conn, name=_INDEX)
    return bool(known) and known[0][0] == VERSION


def ensure(conn: Connection) -> None:
    """Files everything, unless that was done by this version of the keys."""
    if ready(conn):
        return
    _EMPTY.run(conn)
    for kind in _SOME:
        for batch in _batches(conn, kind):
            _ADD.many(conn, [row for values in batch for row in _rows(kind, values)])
    _SET_VERSION.run(conn, name=_INDEX, version=VERSION)


def _batches(conn: Connection, kind: str) -> Iterator[list[dict[str, Value]]]:
    after = ""
    while rows := _SOME[kind].rows(conn, after=after, batch=_BATCH):
        yield [dict(zip(("id", *_FIELDS[kind]), row, strict=True)) for row in rows]
        after = rows[-1][0]


def _rows(kind: str, values: Mapping[str, Value]) -> list[dict[str, object]]:
    subject = f"{kind}/{values['id']}"
    return [
        {"key": key, "subject": subject} for field in _FIELDS[kind] for key in keys_of(kind, field, values.get(field))
    ]
