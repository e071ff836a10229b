"""The shipped maps on the real files of ../shared/data: what goes in is taken, and importing again changes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.intake.world import World

pytestmark = [pytest.mark.shared, pytest.mark.usefixtures("shared")]

CRM = ("Users", "Accounts", "Contacts", "Leads", "Potentials", "Quotes", "Calls", "Events")
ROWS = {
    "crm_export/Users.csv": (11, "crm_export.users"),
    "crm_export/Accounts.csv": (2229, "crm_export.accounts"),
    "crm_export/Contacts.csv": (1265, "crm_export.contacts"),
    "crm_export/Leads.csv": (3900, "crm_export.leads"),
    "crm_export/Potentials.csv": (3632, "crm_export.potentials"),
    "crm_export/Quotes.csv": (3000, "crm_export.quotes"),
    "crm_export/Calls.csv": (4100, "crm_export.calls"),
    "crm_export/Events.csv": (2978, "crm_export.events"),
    "crm_sales_pipeline/sales_teams.csv": (35, "crm_sales_pipeline_teams"),
    "crm_sales_pipeline/accounts.csv": (85, "crm_sales_pipeline_accounts"),
    "crm_sales_pipeline/sales_pipeline.csv": (8800, "crm_sales_pipeline"),
    "crm_formats/salesforce_lead_data.csv": (1, "salesforce_leads"),
    "crm_formats/salesforce_lead_import.csv": (11, "salesforce_leads"),
    "crm_formats/salesforce_contact_data.csv": (4, "salesforce_contacts"),
    "crm_formats/salesforce_contact_import.csv": (12, "salesforce_contacts"),
    "crm_formats/hubspot_contact_data.csv": (22, "hubspot_contacts"),
    "crm_formats/hubspot_company_data.csv": (24, "hubspot_companies"),
    "crm_formats/hubspot_deal_data.csv": (44, "hubspot_deals"),
    "crm_formats/hubspot_owner_data.csv": (100, "hubspot_owners"),
    "crm_formats/atomic_crm_contacts.csv": (500, "atomic_crm_contacts"),
}


def imported(world: World, files: list[str]) -> None:
    for name in files:
        count, map_name = ROWS[name]
        report = world.copied(name, None, map_name)
        assert (name, report.rows, report.taken, report.rejected) == (name, count, count, 0)
        assert report.unknown_columns == []


def test_crm_export(world: World, instant: Callable[[str], int]) -> None:
    files = [f"crm_export/{name}.csv" for name in CRM]
    imported(world, files)
    lead = world.one("SELECT * FROM requests WHERE id = '4563'")
    assert (lead["received_at"], lead["owner"]) == (instant("2021-04-15T00:03"), "1007")
    assert (lead["status"], lead["outcome"], lead["source"]) == ("closed", "sales", "Employee Referral")
    deal = world.one("SELECT * FROM opportunities WHERE id = '1832'")
    assert (deal["expected_value"], deal["win_chance"], deal["request"]) == (2_270_000, 100, "1832")
    assert None not in (deal["contact"], deal["account"])
    counts = {one["outcome"]: one["n"] for one in world.rows("SELECT outcome, count(*) AS n FROM requests GROUP BY 1")}
    assert counts == {"sales": 3632, "archived": 43, None: 225}
    won = "SELECT count(*) AS n FROM opportunities WHERE outcome = 'won' AND request IS NOT NULL"
    assert world.one(won) == {"n": 1425}
    for name in files:
        report = world.copied(name, None, ROWS[name][1])
        assert (name, report.taken, report.unchanged) == (name, 0, ROWS[name][0])


def test_crm_export_leads_alone(world: World) -> None:
    imported(world, ["crm_export/Leads.csv"])
    assert world.one("SELECT owner FROM requests WHERE id = '4563'") == {"owner": "David Love"}


def test_crm_sales_pipeline(world: World, instant: Callable[[str], int]) -> None:
    files = [name for name in ROWS if name.startswith("crm_sales_pipeline/")]
    imported(world, files)
    products = {one["product"] for one in world.rows("SELECT DISTINCT product FROM opportunities")}
    assert "GTX Pro" in products
    assert "GTXPro" not in products
    deal = world.one(
        "SELECT o.*, a.name FROM opportunities o JOIN accounts a ON a.id = account WHERE o.id = '1C1I7A6R'"
    )
    assert (deal["name"], deal["outcome"], deal["owner"]) == ("Cancity", "won", "Moses Frase")
    assert (deal["closed_at"], deal["expected_value"]) == (instant("2017-03-01"), 105_400)
    assert len(world.rows("SELECT id FROM accounts")) == 85
    assert world.one("SELECT count(*) AS n FROM opportunities WHERE closed_at IS NULL") == {"n": 2089}
    assert world.one("SELECT count(*) AS n FROM accounts WHERE parent IN (SELECT id FROM accounts)") == {"n": 15}
    assert world.one("SELECT country, industry FROM accounts WHERE name = 'Acme Corporation'") == {
        "country": "US",
        "industry": "technology",
    }
    assert world.copied(files[2], None, "crm_sales_pipeline").unchanged == 8800


def test_municipal_requests(world: World, instant: Callable[[str], int]) -> None:
    name = "municipal_requests/receipt.csv"
    report = world.copied(name, "requests", "municipal_requests")
    assert (report.rows, report.taken, report.rejected, report.unknown_columns) == (8577, 8577, 0, [])
    assert world.one("SELECT count(*) AS n FROM requests") == {"n": 1434}
    assert world.one("SELECT count(*) AS n FROM requests WHERE status = 'open'") == {"n": 105}
    assert world.one("SELECT count(*) AS n FROM activities") == {"n": 8577}
    case = world.one("SELECT * FROM requests WHERE id = 'case-10011'")
    assert case["received_at"] == instant("2011-10-11T13:42:22.688+02:00")
    assert case["last_touched_at"] == instant("2011-11-24T15:37:16.553+01:00")
    assert '"deadline_at"' in case["extra"]
    again = world.copied(name, "requests", "municipal_requests")
    assert (again.taken, again.unchanged) == (0, 8577)


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("crm_formats/")])
def test_formats(world: World, name: str) -> None:
    imported(world, [name])
    assert world.copied(name, None, ROWS[name][1]).unchanged == ROWS[name][0]


@pytest.mark.parametrize(("kind", "taken"), [("account", 1), ("opportunity", 0)])
def test_what_is_deleted_in_salesforce_is_rejected(world: World, kind: str, taken: int) -> None:
    plural = {"account": "accounts", "opportunity": "opportunities"}[kind]
    report = world.copied(f"crm_formats/salesforce_{kind}_data.csv", None, f"salesforce_{plural}")
    assert (report.rows, report.taken) == (10, taken)
    assert all(one.reason.startswith("deleted in Salesforce") for one in report.rejections)


def test_382_columns_are_no_hindrance(world: World, shared: Path) -> None:
    wide = (shared / "crm_formats/salesforce_lead_data.csv").read_text()
    assert wide.partition("\n")[0].count(",") == 381
    assert world.copied("crm_formats/salesforce_lead_data.csv", None, "salesforce_leads").taken == 1
    found = world.one("SELECT status, outcome, reason FROM requests")
    assert found == {"status": "closed", "outcome": "sales", "reason": "converted in Salesforce"}
