"""What comes back: delivery reports, complaints, automatic and real answers to our mail."""
