"""Tables of watching rules at work: limits and stops."""
