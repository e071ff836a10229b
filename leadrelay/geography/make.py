"""Makes table.py from the two public tables that NOTICE names: `python -m leadrelay.geography.make FOLDER`.

The folder holds `nl_4pp.csv` and `be_region_zip.json`. A postcode that stands in neither belongs to the province of
both its neighbours if that is one and the same, and to none otherwise: new postcodes are made within a province.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

BELGIAN = {
    "BE-BRU": "Brussel",
    "BE-VAN": "Antwerpen",
    "BE-VBR": "Vlaams-Brabant",
    "BE-VLI": "Limburg",
    "BE-VOV": "Oost-Vlaanderen",
    "BE-VWV": "West-Vlaanderen",
    "BE-WBR": "Waals-Brabant",
    "BE-WHT": "Henegouwen",
    "BE-WLG": "Luik",
    "BE-WLX": "Luxemburg",
    "BE-WNA": "Namen",
}
"""Our name of each ISO 3166-2 code: as people write it in Dutch."""
HEAD = '''"""First postcodes, last postcodes and provinces, in order; made by make.py: see NOTICE."""

'''

Stretch = tuple[int, int, str]


def dutch(folder: Path) -> Iterator[tuple[int, str]]:
    """Postcode and province of every Dutch row, PO boxes among them."""
    with (folder / "nl_4pp.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield int(row["postcode"]), row["provincie"]


def belgian(folder: Path) -> Iterator[tuple[int, str]]:
    """Postcode and province (or Brussel) of every Belgian row."""
    regions = json.loads((folder / "be_region_zip.json").read_text(encoding="utf-8"))
    return ((int(postcode), BELGIAN[code]) for code, postcodes in regions.items() for postcode in postcodes)


def stretches(rows: Iterable[tuple[int, str]]) -> list[Stretch]:
    """Neighbours of the same province as one stretch, both its ends included."""
    found: list[Stretch] = []
    for postcode, province in sorted(rows):
        if found and found[-1][2] == province:
            found[-1] = (found[-1][0], postcode, province)
        elif not found or found[-1][1] < postcode:
            found.append((postcode, postcode, province))
    return found


def main(folder: Path) -> None:
    """Writes table.py beside this file."""
    text = HEAD
    for name, rows in (("NL", dutch(folder)), ("BE", belgian(folder))):
        lines = "".join(f'    ({first}, {last}, "{province}"),\n' for first, last, province in stretches(rows))
        text += f"{name}: tuple[tuple[int, int, str], ...] = (\n{lines})\n"
    Path(__file__).with_name("table.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
