"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "accounts activities agenda contacts decisions episodes history leases memberships messages "
    "opportunities people requests rule_states rulesets sweeps tasks turns watches "
)


def upgrade() -> None:
    _accounts()
    _activities()
    _agenda()
    _contacts()
    _decisions()
    _episodes()
    _history()
    _leases()
    _memberships()
    _messages()
    _opportunities()
    _people()
    _requests()
    _rule_states()
    _rulesets()
    _sweeps()
    _tasks()
    _turns()
    _watches()


def downgrade() -> None:
    for table in TABLES.split():
        op.drop_table(table)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT),
        sa.Column("domain", TEXT),
        sa.Column("relation", TEXT),
        sa.Column("tier", TEXT),
        sa.Column("flagged", sa.Boolean()),
        sa.Column("industry", TEXT),
        sa.Column("employees", sa.Float()),
        sa.Column("revenue", sa.BigInteger()),
        sa.Column("country", TEXT),
        sa.Column("postcode", TEXT),
        sa.Column("region", TEXT),
        sa.Column("parent", TEXT),
        sa.Column("owner", TEXT),
        sa.Column("open_complaints", sa.Float()),
        sa.Column("overdue_invoices", sa.Float()),
        sa.Column("last_order_at", sa.BigInteger()),
        sa.Column("extra", TEXT, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("postcode_number", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_index("ix_accounts_domain_lower", "accounts", [sa.text("lower(domain)")])
    op.create_index("ix_accounts_name_lower", "accounts", [sa.text("lower(name)")])
    op.create_index("ix_accounts_owner", "accounts", ["owner"])


def _activities() -> None:
    op.create_table(
        "activities",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("direction", TEXT),
        sa.Column("summary", TEXT),
        sa.Column("person", TEXT),
        sa.Column("contact", TEXT),
        sa.Column("account", TEXT),
        sa.Column("request", TEXT),
        sa.Column("opportunity", TEXT),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index("ix_activities_contact_kind_at", "activities", ["contact", "kind", "at"])
    op.create_index("ix_activities_request", "activities", ["request"])


def _agenda() -> None:
    op.create_table(
        "agenda",
        sa.Column("flow", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("flow", "kind", "id", name=op.f("pk_agenda")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_agenda_due",
        "agenda",
        ["flow", "kind", "due_at", "id"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT),
        sa.Column("email", TEXT),
        sa.Column("phone", TEXT),
        sa.Column("job_title", TEXT),
        sa.Column("role", TEXT),
        sa.Column("language", TEXT),
        sa.Column("buying_phase", TEXT),
        sa.Column("consent", sa.Boolean()),
        sa.Column("unsubscribed_at", sa.BigInteger()),
        sa.Column("bounced_at", sa.BigInteger()),
        sa.Column("account", TEXT),
        sa.Column("extra", TEXT, nullable=False, server_default=sa.text("'{}'")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index("ix_contacts_account", "contacts", ["account"])
    op.create_index("ix_contacts_email_lower", "contacts", [sa.text("lower(email)")])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", COUNTER, nullable=False, autoincrement=True),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("flow", TEXT, nullable=False),
        sa.Column("rulebook", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("rule_key", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("ruleset", sa.Integer(), nullable=False),
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("actions", TEXT, nullable=False),
        sa.Column("history_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("key", name=op.f("uq_decisions_key")),
    )
    op.create_index("ix_decisions_subject", "decisions", ["subject"])


def _episodes() -> None:
    op.create_table(
        "episodes",
        sa.Column("rule_key", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_by", TEXT),
        sa.Column("steps", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("repeats", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("rule_key", "subject", "number", name=op.f("pk_episodes")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_episodes_subject", "episodes", ["subject", "rule_key", "number"])


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("id", COUNTER, nullable=False, autoincrement=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("old", TEXT),
        sa.Column("new", TEXT),
        sa.Column("cause", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(
        "ix_history_moved",
        "history",
        ["field", "old"],
        sqlite_where=sa.text("field IN ('owner', 'contact', 'account') AND old IS NOT NULL"),
        postgresql_where=sa.text("field IN ('owner', 'contact', 'account') AND old IS NOT NULL"),
    )
    op.create_index("ix_history_subject", "history", ["subject", "id"])


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("list", TEXT, nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("left_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("contact", "list", name=op.f("pk_memberships")),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", COUNTER, nullable=False, autoincrement=True),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("to", TEXT, nullable=False),
        sa.Column("address", TEXT),
        sa.Column("channel", TEXT, nullable=False, server_default=sa.text("'mail'")),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("template", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("urgency", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False, server_default=sa.text("'pending'")),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("decision", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("not_before", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("error", TEXT),
        sa.Column("lease", TEXT),
        sa.Column("lease_until", sa.BigInteger()),
        sa.CheckConstraint(
            "state IN ('pending', 'held', 'leased', 'sending', 'sent', 'failed', 'dead', 'suppressed', 'unknown')",
            name=op.f("ck_messages_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    op.create_index(
        "ix_messages_ready",
        "messages",
        ["not_before", "id"],
        sqlite_where=sa.text("state IN ('pending', 'failed', 'leased')"),
        postgresql_where=sa.text("state IN ('pending', 'failed', 'leased')"),
    )
    op.create_index("ix_messages_subject", "messages", ["subject"])


def _opportunities() -> None:
    op.create_table(
        "opportunities",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT),
        sa.Column("created_at", sa.BigInteger()),
        sa.Column("stage", TEXT),
        sa.Column("expected_value", sa.BigInteger()),
        sa.Column("decision_on", sa.Integer()),
        sa.Column("start_on", sa.Integer()),
        sa.Column("purchase_kind", TEXT),
        sa.Column("win_chance", sa.Float()),
        sa.Column("project_chance", sa.Float()),
        sa.Column("product", TEXT),
        sa.Column("owner", TEXT),
        sa.Column("last_touched_at", sa.BigInteger()),
        sa.Column("next_step_at", sa.BigInteger()),
        sa.Column("quote_sent_at", sa.BigInteger()),
        sa.Column("quote_valid_until", sa.Integer()),
        sa.Column("stage_since", sa.BigInteger()),
        sa.Column("outcome", TEXT),
        sa.Column("reason", TEXT),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("contact", TEXT),
        sa.Column("account", TEXT),
        sa.Column("request", TEXT),
        sa.Column("scotsman_solution", sa.Boolean()),
        sa.Column("scotsman_competition", sa.Boolean()),
        sa.Column("scotsman_opportunity", sa.Boolean()),
        sa.Column("scotsman_time", sa.Boolean()),
        sa.Column("scotsman_support", sa.Boolean()),
        sa.Column("scotsman_money", sa.Boolean()),
        sa.Column("scotsman_authority", sa.Boolean()),
        sa.Column("scotsman_necessity", sa.Boolean()),
        sa.Column("bant_budget", sa.Boolean()),
        sa.Column("bant_authority", sa.Boolean()),
        sa.Column("bant_need", sa.Boolean()),
        sa.Column("bant_timeline", sa.Boolean()),
        sa.Column("extra", TEXT, nullable=False, server_default=sa.text("'{}'")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
    )
    op.create_index("ix_opportunities_account", "opportunities", ["account"])
    op.create_index("ix_opportunities_contact", "opportunities", ["contact"])
    op.create_index(
        "ix_opportunities_owner_open",
        "opportunities",
        ["owner"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("email", TEXT),
        sa.Column("roles", TEXT, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("pools", TEXT, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("manager", TEXT),
        sa.Column("language", TEXT),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("received_at", sa.BigInteger()),
        sa.Column("channel", TEXT),
        sa.Column("source", TEXT),
        sa.Column("referrer", TEXT),
        sa.Column("prompted", sa.Boolean()),
        sa.Column("received_by", TEXT),
        sa.Column("kind", TEXT),
        sa.Column("summary", TEXT),
        sa.Column("product", TEXT),
        sa.Column("language", TEXT),
        sa.Column("expected_value", sa.BigInteger()),
        sa.Column("status", TEXT),
        sa.Column("desk", TEXT),
        sa.Column("outcome", TEXT),
        sa.Column("reason", TEXT),
        sa.Column("owner", TEXT),
        sa.Column("routed_at", sa.BigInteger()),
        sa.Column("first_response_at", sa.BigInteger()),
        sa.Column("last_touched_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("triage", TEXT),
        sa.Column("match", TEXT),
        sa.Column("contact", TEXT),
        sa.Column("account", TEXT),
        sa.Column("extra", TEXT, nullable=False, server_default=sa.text("'{}'")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index("ix_requests_account", "requests", ["account"])
    op.create_index("ix_requests_contact_received_at", "requests", ["contact", "received_at"])
    op.create_index(
        "ix_requests_owner_open",
        "requests",
        ["owner"],
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def _rule_states() -> None:
    op.create_table(
        "rule_states",
        sa.Column("rule_key", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("would_begin", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('live', 'held', 'released')", name=op.f("ck_rule_states_state")),
        sa.PrimaryKeyConstraint("rule_key", name=op.f("pk_rule_states")),
    )


def _rulesets() -> None:
    op.create_table(
        "rulesets",
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("live_at", sa.BigInteger(), nullable=False),
        sa.Column("files", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rulesets")),
    )


def _sweeps() -> None:
    op.create_table(
        "sweeps",
        sa.Column("flow", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("summary", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("flow", name=op.f("pk_sweeps")),
    )


def _tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", COUNTER, nullable=False, autoincrement=True),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_tasks_key")),
    )
    op.create_index("ix_tasks_subject", "tasks", ["subject"])


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("pool", TEXT, nullable=False),
        sa.Column("last", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("pool", name=op.f("pk_turns")),
    )


def _watches() -> None:
    op.create_table(
        "watches",
        sa.Column("flow", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("paths", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("flow", "kind", name=op.f("pk_watches")),
    )
