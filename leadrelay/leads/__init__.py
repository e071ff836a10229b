"""The words of the business as values: fields, people, requests."""
