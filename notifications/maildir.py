"""Mails as files in a folder: one .eml each, named after the message, so that writing one twice leaves one."""

import os
from email.mime.multipart import MIMEMultipart
from pathlib import Path


class Maildir:
    """A folder of .eml files. Delivering again overwrites: killed or not, every message is there once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, mail: MIMEMultipart, name: str) -> None:
        """Writes a mail whole or not at all. Raises OSError when the folder cannot be written to."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".{name}.{os.getpid()}"
        unfinished.write_bytes(mail.as_bytes())
        unfinished.replace(self.folder / name)

    def __str__(self) -> str:
        return str(self.folder)
