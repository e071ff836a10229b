"""The deliver flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="deliver", log_prints=False)
async def deliver(folder: str = ".", now: str | None = None) -> Summary | State[Any]:
    """Delivery: every message that is due in the outbox reaches its reader, or its state says why not.

    One run for the project in `folder`, at the time `now` (else the clock's)."""
    return await carry_out("deliver", folder, now)
