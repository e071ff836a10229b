"""docs/exporting.md names exactly the columns that exports have, in their order."""

import re
from pathlib import Path

import pytest

from leadrelay.leads.fields import CORE
from leadrelay.store.exports import HISTORY, LISTINGS, NAMES, SUBJECTS

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "exporting.md").read_text(encoding="utf-8")
PARTS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("name", NAMES)
def test_the_page_lists_the_columns(name: str) -> None:
    if name in SUBJECTS:
        expected = [
            (one.name, str(one.type), one.about) for one in CORE if one.entity == SUBJECTS[name] and not one.elsewhere
        ]
        assert [tuple(row) for row in re.findall(r"^\| (\S+) \| (\w+) \| (.*) \|$", PARTS[name], re.MULTILINE)][
            1:
        ] == expected
    else:
        columns = HISTORY if name == "history" else LISTINGS[name].columns
        assert tuple(re.findall(r"`(\w+)`", PARTS[name])) == tuple(columns)
