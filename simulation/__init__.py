"""A company for two years under the shipped rules, by moving the clock; `make simulate` runs it."""
