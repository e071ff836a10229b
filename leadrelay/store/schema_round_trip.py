"""Tables of the CRM round trip: foreign ids, and changes owed to other systems."""
