"""The commands, by what they need: each reads its arguments, calls the core, prints."""
