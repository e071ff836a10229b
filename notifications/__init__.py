"""Who: messages planned, kept and delivered."""
