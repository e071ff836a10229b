"""Messages per second over SMTP on this machine: the whole of delivery, against smtplib alone on one connection.

Both send the same mails to the same server (aiosmtpd in a process of its own). Delivery claims, reads facts, renders,
marks `sending` and commits for every message; smtplib sends mails that are ready. The folder is measured beside it.
"""

import argparse
import multiprocessing
import smtplib
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from leadrelay.clock import system_clock
from leadrelay.settings_model import Settings
from leadrelay.store.database import Database
from leadrelay.store.schema import messages
from notifications.delivery import deliver
from tests.notifications.couriers import fill_outbox
from tests.notifications.smtp_server import PostOffice, SmtpServer
from tests.notifications.world import NOW, RULESET, SHIPPED

SENDER = "Verkoop <verkoop@werkplaats.example>"


def serve(pipe: Connection) -> None:
    """The server's process: tells its port, and how many mails it took whenever it is asked."""
    office = PostOffice()
    with SmtpServer(office) as server:
        pipe.send(server.port)
        while pipe.recv():
            pipe.send(len(office.taken))


def delivered(folder: Path, url: str, number: int) -> float:
    """Seconds for one run of delivery over so many messages."""
    database = Database(f"sqlite:///{folder}/leads.db")
    with database.begin() as conn:
        conn.execute(messages.update().values(state="pending", not_before=0, doubts=0))
    settings = Settings.of(folder, {"mail": {"url": url, "from": SENDER}, "company": {"language": "nl"}})
    began = time.perf_counter()
    done = deliver(database, RULESET, SHIPPED, settings, NOW, clock=system_clock)
    took = time.perf_counter() - began
    database.close()
    assert done.as_dict()["sent"] == number
    return took


def bare(mails: list[bytes], port: int) -> float:
    """Seconds for smtplib to send these mails over one connection."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as server:
        for mail in mails:
            server.sendmail("verkoop@werkplaats.example", ["an@example.com"], mail, ["BODY=8BITMIME"])
    return time.perf_counter() - began


def main() -> None:
    """Prints medians of `--repeat` runs, and what share of smtplib's speed delivery reaches."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="Fewer messages, one run.")
    quick = parser.parse_args().quick
    number, repeat = (200, 1) if quick else (1_000, 3)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    port = ours.recv()
    url = f"smtp://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder}/leads.db")
        database.migrate()
        fill_outbox(database, number)
        database.close()
        to_folder = [delivered(folder, f"maildir:{folder}/mail", number) for _ in range(repeat)]
        mails = [path.read_bytes() for path in sorted((folder / "mail").iterdir())]
        over_smtp, alone = [], []
        for _ in range(repeat):  # one after the other, so that a slow moment of the machine hits both
            over_smtp.append(delivered(folder, url, number))
            alone.append(bare(mails, port))
    ours.send(True)
    assert ours.recv() == 2 * number * repeat
    ours.send(False)
    process.join()
    for label, seconds in (("a folder", to_folder), ("SMTP", over_smtp), ("smtplib alone", alone)):
        print(f"{label:>14}: {number / statistics.median(seconds):7.0f} messages a second")
    share = statistics.median(alone) / statistics.median(over_smtp)
    print(f"delivery over SMTP reaches {share:.0%} of smtplib on one connection")


if __name__ == "__main__":
    main()
