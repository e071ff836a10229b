"""The nurture flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="nurture", log_prints=False)
async def nurture() -> Summary | State[Any]:
    """Nurture: who cannot buy now goes on the lists of marketing, and nobody is lost.

    One sweep over what is due, in the project that was handed over, else the one that is served."""
    return await carry_out("nurture")
