"""Where data about people stands: what every column of every table holds, and by what a row is about somebody.

One definition for showing and forgetting; a test holds it against the tables, so that a new column must say
what it is."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import Table

from leadrelay.store.tables import metadata


class Holds(StrEnum):
    """What a column holds about people outside the company."""

    NOTHING = "nothing"
    """Figures, times, and words of the rules: they stay, so that reports say the same."""
    KEY = "key"
    """The id of somebody or something: it stays, in other letters where it is made of an address."""
    PERSON = "person"
    """Who somebody is, or their own words: erased."""
    WORDS = "words"
    """Our words, which may name them: the names, addresses and numbers are taken out."""
    FIELDS = "fields"
    """JSON of values by field: each goes by its field."""
    OURS = "ours"
    """About our own people, whom this is not about."""
    HASH = "hash"
    """The keyed hash of a mailbox: it stays, so that an objection holds."""
    RULES = "rules"
    """What ops wrote: shown if it names somebody, and left to them."""


Columns = Mapping[str, str]
COLUMNS: Mapping[str, Mapping[Holds, str]] = MappingProxyType(
    {
        "accounts": {
            Holds.NOTHING: "domain relation tier flagged industry employees revenue country postcode region"
            " open_complaints overdue_invoices last_order_at postcode_number asleep_since",
            Holds.KEY: "id parent",
            Holds.OURS: "owner",
            Holds.WORDS: "name",
            Holds.FIELDS: "extra",
        },
        "activities": {
            Holds.NOTHING: "at kind direction recorded_at",
            Holds.KEY: "id contact account request opportunity",
            Holds.PERSON: "summary",
            Holds.OURS: "person",
        },
        "acts": {Holds.NOTHING: "id at act", Holds.KEY: "key person subject"},
        "address_keys": {Holds.NOTHING: "name key"},
        "agenda": {Holds.NOTHING: "flow kind due_at", Holds.KEY: "id"},
        "answered_calls": {Holds.NOTHING: "at digest status", Holds.KEY: "key", Holds.WORDS: "answer"},
        "contacts": {
            Holds.NOTHING: "role language buying_phase consent consent_at objected_at unsubscribed_at bounced_at"
            " asleep_since",
            Holds.KEY: "id account",
            Holds.PERSON: "name email phone job_title consent_source",
            Holds.FIELDS: "extra",
            Holds.HASH: "mailbox",
        },
        "cursors": {Holds.NOTHING: "name position"},
        "deal_matches": {
            Holds.NOTHING: "at answer settled_at settled_as",
            Holds.KEY: "request deal",
            Holds.OURS: "settled_by",
            Holds.WORDS: "weighed",
        },
        "decisions": {
            Holds.NOTHING: "id at flow rulebook rule rule_key episode step ruleset mode history_id identity",
            Holds.KEY: "key subject",
            Holds.WORDS: "actions",
        },
        "episodes": {
            Holds.NOTHING: "rule_key number began_at ended_at acknowledged_at steps repeats became way",
            Holds.KEY: "subject",
            Holds.OURS: "acknowledged_by",
        },
        "foreign_ids": {
            Holds.NOTHING: "map system at",
            Holds.KEY: "subject foreign_id",
            Holds.PERSON: "holds",
        },
        "said_ages": {Holds.NOTHING: "source ages", Holds.KEY: "subject"},
        "given_mails": {Holds.NOTHING: "at", Holds.KEY: "mail message", Holds.HASH: "mailbox"},
        "history": {
            Holds.NOTHING: "id at field",
            Holds.KEY: "subject",
            Holds.FIELDS: "old new",
            Holds.WORDS: "cause",
        },
        "leases": {Holds.NOTHING: "name token until"},
        "list_changes": {
            Holds.NOTHING: "id at list what",
            Holds.KEY: "contact cause",
            Holds.PERSON: "reason",
        },
        "looks": {Holds.NOTHING: "id flow kind at seen first_due"},
        "machine_clock": {Holds.NOTHING: "id first_at last_at wall_at"},
        "match_index": {Holds.NOTHING: "name version"},
        "match_keys": {Holds.KEY: "subject", Holds.PERSON: "key"},
        "matches": {
            Holds.NOTHING: "at answer settled_at settled_as",
            Holds.KEY: "request account",
            Holds.OURS: "settled_by",
            Holds.PERSON: "given",
            Holds.WORDS: "candidates",
        },
        "memberships": {
            Holds.NOTHING: "list joined_at left_at",
            Holds.KEY: "contact cause",
            Holds.PERSON: "reason left_reason",
        },
        "merges": {Holds.NOTHING: "id at kind undone_at", Holds.KEY: "kept gone moved", Holds.OURS: "by undone_by"},
        "messages": {
            Holds.NOTHING: "id at channel language template urgency state attempts not_before sent_at lease"
            " lease_until doubts settled_at told_at watch_at repeats carries capped",
            Holds.KEY: "key to subject decision mail group_key follows",
            Holds.PERSON: "address",
            Holds.WORDS: "reason error planned",
        },
        "opportunities": {
            Holds.NOTHING: "created_at stage expected_value decision_on start_on purchase_kind win_chance"
            " project_chance product last_touched_at next_step_at quote_sent_at quote_valid_until stage_since outcome"
            " closed_at scotsman_solution scotsman_competition scotsman_opportunity scotsman_time scotsman_support"
            " scotsman_money scotsman_authority scotsman_necessity bant_budget bant_authority bant_need bant_timeline"
            " asleep_since",
            Holds.KEY: "id contact account request",
            Holds.OURS: "owner",
            Holds.WORDS: "name reason",
            Holds.FIELDS: "extra",
        },
        "opportunity_people": {
            Holds.NOTHING: "kind role phase added_at",
            Holds.KEY: "opportunity member cause",
        },
        "people": {Holds.OURS: "id name email roles pools manager language active"},
        "pushes": {
            Holds.NOTHING: "id at system list what state attempts not_before settled_at",
            Holds.KEY: "key contact",
            Holds.PERSON: "reason",
            Holds.WORDS: "error",
        },
        "quote_lines": {Holds.NOTHING: "quote position product quantity unit_price discount total"},
        "quotes": {
            Holds.NOTHING: "id status total discount valid_until created_at approval_due_at decided_at sent_at"
            " answered_at",
            Holds.KEY: "opportunity",
            Holds.OURS: "created_by approver approval_manager decided_by",
            Holds.WORDS: "document reason",
        },
        "refused_rules": {Holds.NOTHING: "id digest at version mended_at", Holds.RULES: "faults"},
        "requests": {
            Holds.NOTHING: "received_at channel source prompted kind product language expected_value status desk"
            " outcome routed_at first_response_at last_touched_at closed_at triage match own_question"
            " deal_match asleep_since",
            Holds.KEY: "id contact account deal deals same_as",
            Holds.OURS: "received_by owner deal_owner deal_sellers",
            Holds.PERSON: "summary referrer unread",
            Holds.WORDS: "reason",
            Holds.FIELDS: "extra",
        },
        "rule_halts": {Holds.NOTHING: "id rule_key what at number ended_at", Holds.OURS: "reason"},
        "rule_minutes": {Holds.NOTHING: "rule_key minute acts"},
        "rule_states": {Holds.NOTHING: "rule_key digest state would_begin changed_at"},
        "ruleset_origins": {
            Holds.NOTHING: "version revision dirty passed_over",
            Holds.OURS: "person",
            Holds.RULES: "about changes",
        },
        "rulesets": {Holds.NOTHING: "version digest live_at", Holds.RULES: "files cause"},
        "second_addresses": {
            Holds.NOTHING: "state offered_at settled_at",
            Holds.KEY: "contact cause",
            Holds.PERSON: "address",
            Holds.HASH: "mailbox",
        },
        "snoozes": {Holds.NOTHING: "until", Holds.KEY: "person subject"},
        "stage_moves": {
            Holds.NOTHING: "id at from to move overridden",
            Holds.KEY: "opportunity cause",
            Holds.WORDS: "reason",
        },
        "suppressions": {
            Holds.NOTHING: "objected_at unsubscribed_at refused_at bounced_at forgotten_at",
            Holds.HASH: "mailbox",
        },
        "sweeps": {Holds.NOTHING: "flow at", Holds.WORDS: "summary"},
        "tasks": {
            Holds.NOTHING: "id due_at created_at done_at",
            Holds.KEY: "subject cause key",
            Holds.OURS: "owner",
            Holds.WORDS: "what",
        },
        "turns": {Holds.NOTHING: "pool credit here easing", Holds.OURS: "person"},
        "watches": {Holds.NOTHING: "flow kind paths closed_paths"},
        "write_backs": {
            Holds.NOTHING: "id at map system field state batch attempts not_before sent_at",
            Holds.KEY: "key subject foreign_id",
            Holds.WORDS: "value error",
        },
    }
)
"""What each column of each table holds."""

ABOUT: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "activities": (("contact", "contact"), ("request", "request")),
        "acts": (("person", "subject"), ("subject", "subject")),
        "contacts": (("id", "contact"),),
        "deal_matches": (("request", "request"),),
        "decisions": (("subject", "subject"),),
        "episodes": (("subject", "subject"),),
        "foreign_ids": (("subject", "subject"),),
        "history": (("subject", "subject"),),
        "said_ages": (("subject", "subject"),),
        "list_changes": (("contact", "contact"),),
        "match_keys": (("subject", "subject"),),
        "matches": (("request", "request"),),
        "memberships": (("contact", "contact"),),
        "messages": (("to", "subject"), ("subject", "subject")),
        "opportunities": (("contact", "contact"), ("request", "request")),
        "opportunity_people": (("member", "contact"),),
        "pushes": (("contact", "contact"),),
        "requests": (("id", "request"),),
        "second_addresses": (("contact", "contact"),),
        "snoozes": (("person", "subject"), ("subject", "subject")),
        "tasks": (("subject", "subject"),),
        "write_backs": (("subject", "subject"),),
    }
)
"""By which columns a row is about somebody: the id of a contact or a request, or a subject ('contact/3')."""

GONE = ("match_keys", "second_addresses")
"""Tables whose rows about somebody go altogether."""
FIELDS_OF_PERSON: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        kind: frozenset(COLUMNS[table][Holds.PERSON].split())
        for kind, table in {"contact": "contacts", "request": "requests"}.items()
    }
)
"""Fields that say who somebody is, by kind of subject: the columns of the same names."""


def columns(holds: Holds) -> Iterator[tuple[Table, str]]:
    """Every column that holds this."""
    for name, declared in COLUMNS.items():
        for column in declared.get(holds, "").split():
            yield metadata.tables[name], column


def held_by(table: str, column: str) -> Holds:
    """What a column holds. KeyError: nobody has said."""
    return next(holds for holds, names in COLUMNS[table].items() if column in names.split())
