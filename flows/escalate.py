"""The escalate flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="escalate", log_prints=False)
async def escalate() -> Summary | State[Any]:
    """Escalation: what waits too long is brought to those who can end the waiting.

    One sweep over what is due, in the project that was handed over, else the one that is served."""
    return await carry_out("escalate")
