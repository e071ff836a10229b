"""When: Prefect flows, one file per flow, thin."""
