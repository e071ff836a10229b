"""A process of its own that pays a stand-in: python -m tests.round_trip.child DATABASE FOLDER URL NOW."""

import sys
from pathlib import Path

from leadrelay.store.database import Database
from tests.round_trip.world import Trip


def main(path: str, folder: str, url: str, now: str) -> None:
    """Pays what is owed to Salesforce at `url`."""
    from leadrelay.settings_model import SystemSettings

    trip = Trip(Database(f"sqlite:///{path}"), Path(folder), "salesforce_leads")
    trip.payer(salesforce=SystemSettings(url=url)).pay(int(now))


if __name__ == "__main__":
    main(*sys.argv[1:])
