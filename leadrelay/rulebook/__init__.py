"""Rules as values: text in, decision out, with no database and no network."""
