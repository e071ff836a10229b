"""Mails as files in a folder: one .eml each, named after the message, so that writing one twice leaves one.

Only their owner can read them: they hold links that work."""

import os
from pathlib import Path

from leadrelay.private import make_folder, write_private
from notifications.outcome import ACCEPTED, Outcome, Sending
from notifications.parcel import Parcel


class Maildir:
    """A folder of .eml files. Delivering again overwrites: killed or not, every message is there once."""

    safe = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, parcel: Parcel, sending: Sending) -> Outcome:  # noqa: ARG002 — it is safe without a mark
        """Writes a mail whole or not at all. Raises OSError when the folder cannot be written to."""
        make_folder(self.folder)
        unfinished = self.folder / f".{parcel.name}.{os.getpid()}"
        write_private(unfinished, parcel.mail().as_bytes())
        unfinished.replace(self.folder / parcel.name)
        return ACCEPTED

    def close(self) -> None:
        """Holds nothing."""

    def __str__(self) -> str:
        return str(self.folder)
