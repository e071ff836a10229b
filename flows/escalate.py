"""The escalate flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="escalate", log_prints=False)
async def escalate(folder: str = ".", now: str | None = None) -> Summary | State[Any]:
    """Escalation: what waits too long is brought to those who can end the waiting.

    One sweep over what is due, in the project in `folder`, at the time `now` (else the clock's)."""
    return await carry_out("escalate", folder, now)
