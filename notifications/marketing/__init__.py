"""Nurture lists in other systems: a journal of who joined and left becomes pushes, each done once, none lost."""
