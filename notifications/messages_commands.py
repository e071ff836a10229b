"""`messages`: what the outbox holds, one message in full, trying again, and settling what is not known."""

import click


@click.group("messages", context_settings={"help_option_names": ["-h", "--help"]})
def messages_command() -> None:
    """Shows the outbox, tries messages again, and settles those of which it is not known whether they arrived."""
