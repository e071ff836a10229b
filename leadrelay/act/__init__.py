"""Carries out what rules decided on the state."""
