"""Tables of matching: keys to find accounts and contacts by, doubts, merges."""
