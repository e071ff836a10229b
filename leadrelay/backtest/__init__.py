"""The past lived through again, in memory, under other rules: what would have been otherwise."""
