"""The deliver flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="deliver", log_prints=False)
async def deliver() -> Summary | State[Any]:
    """Delivery: every message that is due in the outbox reaches its reader, or its state says why not.

    One run for the project that was handed over, else the one that is served."""
    return await carry_out("deliver")
