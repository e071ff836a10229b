"""Where personal data stands: every column of every table says what it holds, once, and no other."""

from leadrelay.leads.fields import CORE
from leadrelay.store.personal import ABOUT, COLUMNS, FIELDS_OF_PERSON, GONE, Holds
from leadrelay.store.tables import metadata


def test_every_column_says_what_it_holds() -> None:
    """A new column is declared in leadrelay/store/personal.py, or this fails."""
    declared = {table: sorted(" ".join(holds.values()).split()) for table, holds in COLUMNS.items()}
    assert declared == {table.name: sorted(table.columns.keys()) for table in metadata.sorted_tables}


def test_rows_are_found_by_columns_that_are_ids() -> None:
    for table, links in ABOUT.items():
        for column, kind in links:
            assert column in COLUMNS[table][Holds.KEY].split(), (table, column)
            assert kind in ("contact", "request", "subject")
    assert set(GONE) <= ABOUT.keys()


def test_every_table_with_a_contacts_or_subjects_id_is_looked_at() -> None:
    """Episodes and the like name a subject; the rest would be forgotten of forgetting."""
    beside = {"agenda", "merges", "given_mails"}  # by id alone, nothing of the person: the sweep sees to made ids
    for table in metadata.sorted_tables:
        if {"contact", "subject"} & set(table.columns.keys()) and table.name not in beside:
            assert table.name in ABOUT, table.name


def test_fields_of_a_person_are_fields() -> None:
    known = {(one.entity, one.name) for one in CORE} | {("request", "unread")}
    for kind, names in FIELDS_OF_PERSON.items():
        for name in names:
            assert (kind, name) in known, (kind, name)
