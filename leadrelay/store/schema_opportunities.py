"""Tables of opportunities: deciders, teams, quotes and approvals."""
