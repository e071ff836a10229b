"""What ops are told about the rules, once: that a changed folder was refused, that it is mended, that a rule is held.

What is to be told follows from the state alone (the folder, what is live, what ops were told of), so that a process
that dies in the middle leaves it to the next.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.messages import to_ops
from leadrelay.store import refusals, rulesets
from leadrelay.store.tell_ops import tell_ops, told

if TYPE_CHECKING:
    from leadrelay.project import Project

NOBODY = f"rules: nobody has the role {to_ops.ROLE} in rules/team.yaml, so nobody gets a message about it"
STILL = "rules: the rules folder is as it was when ops were told of it"


def tell_of_rules(project: "Project") -> list[str]:
    """After the rules folder was looked at: tells ops what has become of it, unless they know. What there is to say
    besides at the terminal, a line each. Raises NoDatabase, DatabaseBusy."""
    with project.database.read() as conn:
        known = refusals.unmended(conn)
    refused = project.refused
    if refused is not None:
        if any(one.digest == refused.digest for one in known):
            return [STILL]
        with project.database.begin() as conn:
            return _refused(conn, project)
    if project.current and known:
        with project.database.begin() as conn:
            return _mended(conn, project)
    return []


def _refused(conn: Connection, project: "Project") -> list[str]:
    refused, version = project.refused, project.ruleset.version
    assert refused is not None
    now = project.clock()
    number = refusals.refuse(conn, refused.digest, now, version, refused.sentence)
    if number is None:  # another process was quicker
        return []
    named = "; ".join(refused.named)
    reason = to_ops.refused(version, refused.faults, refused.failures, refused.tests, named)
    people = _tell(conn, project, "rules_refused", str(number), reason, now)
    return [] if people else [NOBODY]


def _mended(conn: Connection, project: "Project") -> list[str]:
    now = project.clock()
    numbers = refusals.mend(conn, now)
    if not numbers:
        return []
    version = project.ruleset.version
    live = rulesets.version_of(conn, version)
    reason = to_ops.mended(version, (live and live.origin.changes) or "")
    _tell(conn, project, "rules_mended", str(numbers[-1]), reason, now)
    return [f"rules: the rules folder is sound again; version {version} is live"]


def tell_of_held(project: "Project", held: Iterable[str], now: Instant) -> None:
    """Tells ops of rules that are held (by key), once for each time that one was. Raises NoDatabase, DatabaseBusy."""
    seen: set[str] = project.made("rules whose being held was told", set)
    new = [key for key in held if key not in seen]
    if not new:
        return
    with project.database.read() as conn:
        states = rulesets.rule_states(conn)
        which = {key: f"{key}|{states[key].changed_at}" for key in new if key in states}
        untold = [key for key, one in which.items() if not told(conn, "rule_held", one)]
    if untold:
        with project.database.begin() as conn:
            for key in untold:
                reason = to_ops.held(key, states[key].would_begin)
                _tell(conn, project, "rule_held", which[key], reason, now)
    seen.update(new)


def _tell(
    conn: Connection, project: "Project", about: to_ops.About, which: str, reason: to_ops.Reason, now: Instant
) -> int:
    team, language = project.ruleset.team, project.settings.company.language
    return tell_ops(conn, team, language, about, which, reason, now)
