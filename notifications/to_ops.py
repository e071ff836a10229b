"""Messages to ops about the rules: a changed folder was refused, it is mended, a rule is held. Each once per person.

They are rows of the outbox like all messages, so none is lost. Their words are in templates/LANGUAGE/ like those of
others; a project whose templates have none of that name gets the words that leadrelay is shipped with.
"""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.team import Team
from leadrelay.rulebook.filters import clean
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
ABOUT: tuple[About, ...] = ("rules_refused", "rules_mended", "rule_held")
Reason = Mapping[str, str]
"""Why somebody gets it, by language; what `check` and `test` found is in their own words."""


def refused(version: int, faults: int, failures: int, tests: int, named: str) -> Reason:
    """Version goes on, because of so many faults or failing rule tests, the first of which are `named`."""
    found = (f"{faults} fault(s)", f"{faults} fout(en)")
    if not faults:
        found = (f"{failures} of {tests} rule tests fail", f"{failures} van {tests} regeltests falen")
    return {
        "en": f"version {version} goes on; {found[0]}: {named}",
        "nl": f"versie {version} blijft gelden; {found[1]}: {named}",
    }


def mended(version: int, changes: str) -> Reason:
    """A version is live with what was refused before; `changes` says in a line what it changes."""
    more = f": {changes}" if changes else ""
    return {"en": f"version {version} is live{more}", "nl": f"versie {version} geldt nu{more}"}


def held(rule: str, number: int) -> Reason:
    """A rule would begin so many episodes at once."""
    return {
        "en": f"the rule '{rule}' would act on {number} at once",
        "nl": f"de regel '{rule}' zou in één keer op {number} werken",
    }


def tell_ops(
    conn: Connection, team: Team, language: str, about: About, which: str, reason: Reason, now: Instant
) -> int:
    """Puts a message to everybody in ops into the outbox; `which` tells one occasion from another. Who has it already
    gets none. How many people there are to tell."""
    people = team.with_role(ROLE)
    for person in people:
        spoken_by = person.language or language
        _TELL.rows(
            conn,
            key=f"{about}|{which}|{person.id}",
            at=now,
            to=person.id,
            language=spoken_by,
            template=about,
            subject=SUBJECT,
            reason=clean(reason[spoken(spoken_by)]),
            decision=f"{about}|{SUBJECT}|1|0",
        )
    return len(people)


def told(conn: Connection, about: About, which: str) -> bool:
    """Whether anybody was told of that occasion."""
    start = f"{about}|{which}|"
    return bool(_KNOWN.rows(conn, start=start, end=f"{start[:-1]}}}")[0][0])
