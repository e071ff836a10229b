"""The linter: what is wrong with how rules lie to each other, and with what hangs together across files."""
