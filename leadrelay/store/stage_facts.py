"""What the stages and gates of a company want to know of an opportunity, read for whoever moves it."""

from collections.abc import Iterable

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.facts import Slots
from leadrelay.rulebook.condition import Facts
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.facts import Reader
from leadrelay.store.owners import whole_team

_OWN = ("id", "stage", "owner", "contact", "account", "closed_at")


def stage_facts(conn: Connection, ruleset: Ruleset, names: Iterable[str], now: Instant) -> dict[str, Facts]:
    """By id of the opportunities that exist, what demands and gates look at, by path."""
    slots = Slots.of([*(f"opportunity.{one}" for one in _OWN), *ruleset.stages.paths], ruleset.fields)
    reader = Reader("opportunity", slots, whole_team(conn, ruleset.team))
    found = (slots.facts(row) for row in reader.of(conn, names, now))
    return {str(facts["opportunity.id"]): facts for facts in found}
