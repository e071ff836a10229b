"""Tables of assignment: what fairness has to remember."""
