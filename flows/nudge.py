"""The nudge flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="nudge", log_prints=False)
async def nudge(folder: str = ".", now: str | None = None) -> Summary | State[Any]:
    """Nudges: people are reminded of what is theirs to do, and of deadlines that come near.

    One sweep over what is due, in the project in `folder`, at the time `now` (else the clock's)."""
    return await carry_out("nudge", folder, now)
