"""The route flow."""

from typing import Any

from prefect import State, flow

from flows.carry import carry_out
from flows.work import Summary


@flow(name="route", log_prints=False)
async def route() -> Summary | State[Any]:
    """Triage and routing: every request that is due gets its desk and its owner.

    One sweep over what is due, in the project that was handed over, else the one that is served."""
    return await carry_out("route")
