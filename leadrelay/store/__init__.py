"""The state: tables, one unit of work, history and agenda."""
