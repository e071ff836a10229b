"""What fair spreading remembers of each member of a pool, as plain values."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace


class Turn(Struct):
    """Where a member stands in a pool. `credit` is how many turns they are owed (below zero: had too early), `here`
    whether they were there at the pool's last choice. `easing`: they joined or came back, and the least loaded are
    chosen as if they had no less to do than the others, until that is so."""

    credit: float = 0.0
    here: bool = True
    easing: bool = False


Turns = dict[str, dict[str, Turn]]
"""By pool and person."""


def copied(turns: Mapping[str, Mapping[str, Turn]]) -> Turns:
    """The same turns, going on by themselves."""
    return {pool: {person: replace(turn) for person, turn in group.items()} for pool, group in turns.items()}
