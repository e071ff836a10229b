"""The web pages: what the links in messages open, and whether all is well."""
