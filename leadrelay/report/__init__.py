"""Read-only views on the state: audit, export, reports."""
