"""What is odd about a messages policy as a whole: digests that nobody gets, mutual muting, entries that never count."""

from leadrelay.messages.policy import MERGED, Policy, entry_for
from leadrelay.messages.readers import names_of
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.nodes import Mapping


def check_policy(ctx: Context, policy: Policy, document: Mapping) -> None:
    """Reports what no single entry shows. What would go otherwise than meant is an error, what is odd a warning."""
    _digests(ctx, policy, document)
    _mutual(ctx, policy, document)
    _never_taken(ctx, policy, document)
    _merged(ctx, policy, document)


def _digests(ctx: Context, policy: Policy, document: Mapping) -> None:
    """Somebody whose messages are put off to a digest that never comes would get them at once."""
    wants = [(f"The route '{one.name}'", one.match.to) for one in policy.routes if one.send == "digest"]
    wants += [("These quiet hours", one.to) for one in policy.quiet if one.then == "digest"]
    place = document.key("routes") if "routes" in document else document.key("quiet_hours")
    for what, to in wants:
        for person in ctx.team.active():
            names = names_of(person.id, ctx.team)
            if (not to or not to.isdisjoint(names)) and entry_for(person.id, names, policy.digests) is None:
                message = f"{what}: {person.id} should get a digest, and has no moment for one."
                ctx.report(place, "no-digest", message, "Add digests: with at: [08:30] for them, or without to:.")
                break


def _mutual(ctx: Context, policy: Policy, document: Mapping) -> None:
    """What mutes must not be muted: two messages that mute each other would both be gone."""
    muting = {template for one in policy.inhibitions for template in one.by}
    for template in sorted(muting & {template for one in policy.inhibitions for template in one.mutes}):
        message = f"'{template}' mutes others and is muted itself, so all of them might go unsaid."
        ctx.report(document.key("inhibit"), "mutes-itself", message, "Leave it out on one side.")


def _never_taken(ctx: Context, policy: Policy, document: Mapping) -> None:
    """A route below one that takes everything; an entry that names the same people as one above it."""
    for number, route in enumerate(policy.routes[:-1]):
        match = route.match
        if not (match.to or match.template or match.rulebook or match.rule or match.urgency or match.about):
            following = policy.routes[number + 1].name
            message = f"The route '{route.name}' takes every message, so '{following}' never gets one."
            ctx.report(document.key("routes"), "unreachable-route", message, "Move it to the end.", "warning")
            break
    for key, entries in (("quiet_hours", policy.quiet), ("digests", policy.digests), ("caps", policy.caps)):
        seen = set()
        for entry in entries:
            if entry.to in seen:
                who = ", ".join(sorted(entry.to)) or "everybody"
                message = f"There are two entries of '{key}' for {who}; only the first counts."
                ctx.report(document.key(key), "entry-twice", message, "Remove one of them.", "warning")
            seen.add(entry.to)


def _merged(ctx: Context, policy: Policy, document: Mapping) -> None:
    merges = policy.digests or policy.caps or any(route.by != ("message",) for route in policy.routes)
    for template in MERGED if merges and ctx.templates else ():
        if template not in ctx.templates:
            message = f"Messages can go together, and there is no template '{template}' for such a mail."
            ctx.report(document.place, "no-merge-template", message, "Copy it from a fresh 'leadrelay init'.")
