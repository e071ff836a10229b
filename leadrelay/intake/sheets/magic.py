"""How workbooks begin; apart from their reader, which is only loaded when there is one."""

MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""Zips (.xlsx, .ods) and old Excel files."""


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins like this may be a workbook."""
    return head.startswith(MAGIC)
