"""An import does not grow with the length of its file."""

import tracemalloc

import pytest

from tests.intake.world import World

pytestmark = pytest.mark.serve


def content(rows: int, form: str) -> str:
    if form == "csv":
        lines = (f"{number},asks {number},p{number}@acme.nl,Acme {number}\n" for number in range(rows))
        return "id,summary,contact.email,account.name\n" + "".join(lines)
    return "[" + ",\n".join(f'{{"id": {number}, "summary": "asks {number}"}}' for number in range(rows)) + "]"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_memory_does_not_grow_with_the_file(world: World, form: str) -> None:
    peaks = []
    small = world.with_chunk(250)
    for rows in (1_000, 4_000):
        path = world.folder / f"{rows}.{form}"
        path.write_text(content(rows, form))
        tracemalloc.start()
        report = small.intake.take(str(path), "requests", None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.rows == rows
    assert peaks[1] < 2.5 * peaks[0]
