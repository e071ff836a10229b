"""Files and payloads become lead state."""
