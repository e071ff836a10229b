"""`report forecast` on a real pipeline, against a plain computation."""

import csv
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.intake.conftest import shared  # noqa: F401 - a fixture


@pytest.mark.shared
def test_the_pipeline_of_35_sellers(small: Path, run: Run, shared: Path) -> None:  # noqa: F811
    stages = "stages:\n  - {stage: Prospecting, chance: 10}\n  - {stage: Engaging, chance: 35}\n"
    (small / "rules" / "stages.yaml").write_text(stages, encoding="utf-8")
    maps = Path(__file__).parents[2] / "rules" / "maps"
    (small / "rules" / "maps").mkdir()
    folder = shared / "crm_sales_pipeline"
    for file, name in (("sales_teams", "crm_sales_pipeline_teams"), ("sales_pipeline", "crm_sales_pipeline")):
        (small / "rules" / "maps" / f"{name}.yaml").write_text((maps / f"{name}.yaml").read_text("utf-8"), "utf-8")
        copy = small / f"{file}.csv"
        copy.write_bytes((folder / f"{file}.csv").read_bytes())
        assert run("import", copy, "--map", name, "--project", small).code == 0
    with (folder / "products.csv").open(encoding="utf-8") as lines:
        prices = {row["product"].replace(" ", ""): Decimal(row["sales_price"]) for row in csv.DictReader(lines)}
    with (folder / "sales_pipeline.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["deal_stage"] in ("Prospecting", "Engaging")]
    values = small / "values.csv"
    priced = [f"{row['opportunity_id']},{prices[row['product'].replace(' ', '')]}" for row in rows]
    values.write_text("id,expected_value\n" + "\n".join(priced) + "\n", encoding="utf-8")
    assert run("import", values, "--as", "opportunities", "--project", small).code == 0

    found = run("report", "forecast", "--json", "--project", small).json
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for row in rows:
        chance = {"Prospecting": 10, "Engaging": 35}[row["deal_stage"]]
        cents = prices[row["product"].replace(" ", "")] * chance  # a price of euros times percent is cents
        for group in (row["deal_stage"], row["sales_agent"], "total"):
            counts[group] += 1
            sums[group] += int(cents.quantize(Decimal(1), ROUND_HALF_UP))
    total = {"by": "all", "name": "total", **found["totals"]}
    assert total["deals"] == counts["total"] == 2089
    for line in (*found["rows"], total):
        if line["by"] in ("stage", "owner", "all"):
            assert (line["deals"], round(line["weighted"] * 100)) == (counts[line["name"]], sums[line["name"]])
    assert [line["name"] for line in found["rows"] if line["by"] == "stage"] == ["Prospecting", "Engaging"]
    owners = {line["name"] for line in found["rows"] if line["by"] == "owner"}
    assert owners == {row["sales_agent"] for row in rows}


@pytest.mark.slow
@pytest.mark.shared
def test_open_deals_that_are_silent_are_followed_up_then_recycled(shipped: Path, run: Run, shared: Path) -> None:  # noqa: F811
    folder, day = shared / "crm_sales_pipeline", "2017-12-31 09:00"
    for file, name in (("sales_teams", "_teams"), ("accounts", "_accounts"), ("sales_pipeline", "")):
        copy = shipped / f"{file}.csv"
        copy.write_bytes((folder / f"{file}.csv").read_bytes())
        assert run("import", copy, "--map", f"crm_sales_pipeline{name}", "--project", shipped, "--now", day).code == 0
    for now in (day, "2018-01-31 09:00"):
        assert run("run", "--project", shipped, "--now", now).code == 0
        assert run("audit", "--project", shipped, "--now", now).code == 0
    rows = run("export", "opportunities", "--format", "json", "--project", shipped).json
    decided = run("export", "decisions", "--format", "json", "--project", shipped).json
    ripe = [one for one in decided if one["rule"] == "silent-for-sixty-days" and one["at"] < "2018"]
    silent = {one["subject"] for one in ripe}
    old = {f"opportunity/{row['id']}" for row in rows if row["outcome"] == "recycled"}
    assert old == silent
    assert len(old) == 1533
