"""Messages to ops that no rule has written: rows of the outbox like all others, each once per person, so none is lost.

They are planned like all others: what rules/messages.yaml says of quiet hours and caps holds for them too.
"""

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.team import Team
from leadrelay.messages.to_ops import ABOUT, ROLE, SUBJECTS, About, Reason
from leadrelay.rulebook.filters import clean
from leadrelay.rulebook.words import spoken
from leadrelay.store.raw import Statement

_TELL = Statement(
    'INSERT INTO messages (key, at, "to", language, template, subject, urgency, reason, decision, not_before)'
    " VALUES (:key, :at, :to, :language, :template, :subject, 'now', :reason, :decision, :at)"
    " ON CONFLICT (key) DO NOTHING RETURNING id"
)
_KNOWN = Statement("SELECT count(*) FROM messages WHERE key >= :start AND key < :end")
_LAST = Statement("SELECT max(at) FROM messages WHERE key >= :start AND key < :end")
_ABOUT = "', '".join(ABOUT)
TOLD = f"template IN ('{_ABOUT}')"
"""Which rows of the outbox these are, in SQL."""


def tell_ops(
    conn: Connection, team: Team, language: str, about: About, which: str, reason: Reason, now: Instant
) -> int:
    """Puts a message to everybody in ops into the outbox; `which` tells one occasion from another. Who has it already
    gets none. How many people are told."""
    subject = SUBJECTS[about]
    people = [(person.id, person.language or language) for person in team.with_role(ROLE)]
    return sum(
        len(
            _TELL.rows(
                conn,
                key=f"{about}|{which}|{person}",
                at=now,
                to=person,
                language=spoken_by,
                template=about,
                subject=subject,
                reason=clean(reason[spoken(spoken_by)]),
                decision=f"{about}|{subject}|1|0",
            )
        )
        for person, spoken_by in people
    )


def told(conn: Connection, about: About, which: str) -> bool:
    """Whether anybody was told of that occasion."""
    return bool(_KNOWN.rows(conn, **_range(f"{about}|{which}|"))[0][0])


def last_told(conn: Connection, about: About) -> Instant | None:
    """When anybody was last told of such a thing."""
    at: Instant | None = _LAST.rows(conn, **_range(f"{about}|"))[0][0]
    return at


def _range(start: str) -> dict[str, str]:
    """Keys that begin so: `start` ends with '|', and '}' is the character after it."""
    return {"start": start, "end": f"{start[:-1]}}}"}
