"""The nudge flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="nudge", log_prints=False)
async def nudge() -> Summary | State[Any]:
    """Nudges: people are reminded of what is theirs to do, and of deadlines that come near.

    One sweep over what is due, in the project that was handed over, else the one that is served."""
    return await carry_out("nudge")
