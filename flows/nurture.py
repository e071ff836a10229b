"""The nurture flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="nurture", log_prints=False)
async def nurture(folder: str = ".", now: str | None = None) -> Summary | State[Any]:
    """Nurture: who cannot buy now goes on the lists of marketing, and nobody is lost.

    One sweep over what is due, in the project in `folder`, at the time `now` (else the clock's)."""
    return await carry_out("nurture", folder, now)
