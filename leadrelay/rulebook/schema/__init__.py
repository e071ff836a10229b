"""The JSON Schema of rule files, for editors: one module per kind of file."""
