"""Tables of versions of the rules: who put them live."""
