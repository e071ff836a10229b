"""What a file without a map means: its kind, its columns, its dates and amounts, with the evidence and the doubts."""
