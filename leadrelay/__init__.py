"""leadrelay: rules decide what happens to sales requests, flows carry it out, people are told, nothing is lost."""

__version__ = "0.1.0"
