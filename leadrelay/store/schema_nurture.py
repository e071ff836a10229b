"""Tables of nurture: sequences, consent, pushed lists."""
