"""Messages to ops about the rules: a changed folder was refused, it is mended, a rule is held. Each once per person.

They are rows of the outbox like all messages, so none is lost. Their words are in templates/LANGUAGE/ like those of
others; a project whose templates have none of that name gets the words that leadrelay is shipped with.
"""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.team import Person, Team
from leadrelay.rulebook.words import spoken
from leadrelay.store.raw import Statement

ROLE = "ops"
"""Who is told: every active person with this role."""
About = Literal["rules_refused", "rules_mended", "rule_held"]
"""What there is to say; the name of its template."""
SUBJECT = "rules"
_TELL = Statement(
    'INSERT INTO messages (key, at, "to", language, template, subject, urgency, reason, decision, not_before)'
    " VALUES (:key, :at, :to, :language, :template, :subject, 'now', :reason, :decision, :at)"
    " ON CONFLICT (key) DO NOTHING RETURNING id"
)
_KNOWN = Statement("SELECT count(*) FROM messages WHERE key >= :start AND key < :end")
REASONS: Mapping[About, Mapping[str, str]] = {
    "rules_refused": {
        "en": "version {version} goes on. {what}",
        "nl": "versie {version} blijft gelden. {what}",
    },
    "rules_mended": {"en": "version {version} is live. {what}", "nl": "versie {version} geldt nu. {what}"},
    "rule_held": {
        "en": "the rule '{rule}' would act on {number} at once",
        "nl": "de regel '{rule}' zou in één keer op {number} werken",
    },
}
"""Why somebody gets it, per language."""


def tell_ops(
    conn: Connection, team: Team, language: str, about: About, which: str, now: Instant, **words: object
) -> int:
    """Puts a message to everybody in ops into the outbox; `which` tells one occasion from another, `words` are those of
    its reason. Who has it already gets none. How many people there are to tell."""
    people = team.with_role(ROLE)
    for person in people:
        spoken_by = _language(person, language)
        _TELL.rows(
            conn,
            key=f"{about}|{which}|{person.id}",
            at=now,
            to=person.id,
            language=spoken_by,
            template=about,
            subject=SUBJECT,
            reason=REASONS[about][spoken(spoken_by)].format(**words),
            decision=f"{about}|{SUBJECT}|1|0",
        )
    return len(people)


def told(conn: Connection, about: About, which: str) -> bool:
    """Whether anybody was told of that occasion."""
    start = f"{about}|{which}|"
    return bool(_KNOWN.rows(conn, start=start, end=f"{start[:-1]}}}")[0][0])


def _language(person: Person, language: str) -> str:
    return person.language or language
