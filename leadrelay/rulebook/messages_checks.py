"""What is odd about a messages policy as a whole: digests that nobody gets, mutual muting, entries that never count."""

from leadrelay.messages.policy import MERGED, ForSomebody, Match, Names, Policy, entry_for
from leadrelay.messages.readers import names_of
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.nodes import Mapping, Sequence
from leadrelay.rulebook.place import Place


def check_policy(ctx: Context, policy: Policy, document: Mapping) -> None:
    """Reports what no single entry shows. What would go otherwise than meant is an error, what is odd a warning.

    For a policy that was read from the document without faults: their entries are the same, in the same order."""
    _digests(ctx, policy, document)
    _mutual(ctx, policy, document)
    _never_taken(ctx, policy, document)
    _merged(ctx, policy, document)


def _place(document: Mapping, key: str, number: int) -> Place:
    """Where an entry stands."""
    entries = document.get(key)
    assert isinstance(entries, Sequence)
    return entries.items[number].place


def _digests(ctx: Context, policy: Policy, document: Mapping) -> None:
    """Somebody whose messages are put off to a digest that never comes would get them at once."""
    for number, route in enumerate(policy.routes):
        if route.send == "digest":
            _digest(ctx, policy, route.match.to, _place(document, "routes", number))
    for number, quiet in enumerate(policy.quiet):
        if quiet.then == "digest":
            _digest(ctx, policy, quiet.to, _place(document, "quiet_hours", number))


def _digest(ctx: Context, policy: Policy, to: Names, place: Place) -> None:
    for person in ctx.team.active():
        names = names_of(person.id, ctx.team)
        if (not to or not to.isdisjoint(names)) and entry_for(person.id, names, policy.digests) is None:
            message = f"This goes to a digest of {person.id}, who has no moment for one."
            ctx.report(place, "no-digest", message, "Add digests: with at: [08:30] for them, or without to:.")
            return


def _mutual(ctx: Context, policy: Policy, document: Mapping) -> None:
    """What mutes must not be muted: two messages that mute each other would both be gone."""
    muted = {template for one in policy.inhibitions for template in one.mutes}
    for number, inhibition in enumerate(policy.inhibitions):
        for template in sorted(inhibition.by & muted):
            message = f"'{template}' mutes others and is muted itself, so all of them might go unsaid."
            ctx.report(_place(document, "inhibit", number), "mutes-itself", message, "Leave it out on one side.")


def _never_taken(ctx: Context, policy: Policy, document: Mapping) -> None:
    """A route below one that takes everything; an entry that names the same people as one above it."""
    for number, route in enumerate(policy.routes[:-1]):
        if route.match == Match():
            message = f"The route '{route.name}' takes every message, so those below it never get one."
            place = _place(document, "routes", number)
            ctx.report(place, "unreachable-route", message, "Move it to the end.", "warning")
            break
    lists: dict[str, tuple[ForSomebody, ...]] = {
        "quiet_hours": policy.quiet,
        "digests": policy.digests,
        "caps": policy.caps,
    }
    for key, entries in lists.items():
        seen: set[Names] = set()
        for number, entry in enumerate(entries):
            if entry.to in seen:
                who = ", ".join(sorted(entry.to)) or "everybody"
                message = f"There is an entry for {who} above already; only that one counts."
                ctx.report(_place(document, key, number), "entry-twice", message, "Remove one of them.", "warning")
            seen.add(entry.to)


def _merged(ctx: Context, policy: Policy, document: Mapping) -> None:
    merges = policy.digests or policy.caps or any(route.by != ("message",) for route in policy.routes)
    for template in MERGED if merges else ():
        if template not in ctx.templates:
            message = f"Messages can go together, and there is no template '{template}' for such a mail."
            ctx.report(document.place, "no-merge-template", message, "Copy it from a fresh 'leadrelay init'.")
