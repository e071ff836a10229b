"""Reads rules/messages.yaml: routes, quiet hours, digests, caps, silences and inhibitions; without it, none of them."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, cast, get_args

from leadrelay.hours import DAY_MINUTES
from leadrelay.messages.policy import (
    ROLL_UP,
    Again,
    By,
    Cap,
    Digest,
    Inhibition,
    Policy,
    Quiet,
    Route,
    Silence,
    Unheard,
)
from leadrelay.messages.times import always_quiet, parse_quiet
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.expectations import instant
from leadrelay.rulebook.message_words import CONSENT, URGENCIES, MessageWords
from leadrelay.rulebook.messages_checks import check_policy
from leadrelay.rulebook.model import Rulebook
from leadrelay.rulebook.nodes import Mapping
from leadrelay.rulebook.place import Place

FILE = "rules/messages.yaml"
KEYS = ("routes", "quiet_hours", "digests", "caps", "silences", "inhibit", "consent")
ROUTE_KEYS = ("route", "match", "send", "group", "repeat", "escalate")
GROUP_KEYS = ("by", "wait", "interval")
QUIET_KEYS = ("to", "hours", "days_off", "then", "bypass")
CAP_KEYS = ("to", "at_most", "per", "roll_up", "bypass")
SILENCE_KEYS = ("match", "from", "until", "why")
INHIBIT_KEYS = ("by", "mutes", "same", "for")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def load_messages(ctx: Context, rulebooks: Iterable[Rulebook]) -> Policy:
    """How messages are planned. What is wrong is reported and left out.

    Needs everything that it may name: people, calendars, templates, rulebooks and rules."""
    document = ctx.document(FILE)
    if document is None:
        return Policy()
    ctx.keys(document, KEYS, "this file")
    reader = _Reader(ctx, tuple(rulebooks))
    before = len(ctx.problems)
    policy = Policy(
        routes=tuple(reader.routes(document)),
        quiet=tuple(reader.each(document, "quiet_hours", QUIET_KEYS, reader.quiet)),
        digests=tuple(reader.each(document, "digests", ("to", "at"), reader.digest)),
        caps=tuple(reader.each(document, "caps", CAP_KEYS, reader.cap)),
        silences=tuple(reader.each(document, "silences", SILENCE_KEYS, reader.silence)),
        inhibitions=tuple(reader.each(document, "inhibit", INHIBIT_KEYS, reader.inhibition)),
        consent_required=ctx.choice(document.get("consent"), "consent", CONSENT) == "required",
    )
    if len(ctx.problems) == before:
        check_policy(ctx, policy, document)
    return policy


class _Reader(MessageWords):
    """Reads the parts of the file; what it may name is in the context."""

    def each(self, document: Mapping, key: str, keys: Collection[str], read: Any) -> Iterator[Any]:
        """What `read` makes of each entry under a key; an entry that cannot be used is left out."""
        for item in self.ctx.sequence(document.get(key), f"'{key}'") or ():
            entry = self.ctx.mapping(item, f"An entry of '{key}'")
            if entry is not None:
                self.ctx.keys(entry, keys, f"an entry of '{key}'")
                if (made := read(entry)) is not None:
                    yield made

    def routes(self, document: Mapping) -> Iterator[Route]:
        """The routes, each with a name of its own."""
        names: dict[str, Place] = {}
        for route, place in self.each(document, "routes", ROUTE_KEYS, lambda entry: (self.route(entry), entry.place)):
            if route.name in names:
                message = f"There is a route '{route.name}' already, in line {names[route.name].line}."
                self.ctx.report(place, "duplicate-route", message, "Give one of them another name.")
            names.setdefault(route.name, place)
            yield route

    def route(self, entry: Mapping) -> Route:
        """One route."""
        ctx = self.ctx
        name = ctx.text(self.needed(entry, "route", "Add route: NAME, a word that says what it is for."), "'route'")
        group = ctx.mapping(entry.get("group"), "'group'")
        if group is not None:
            ctx.keys(group, GROUP_KEYS, "'group'")
        send = ctx.choice(entry.get("send"), "send", URGENCIES) if "send" in entry else "rule"
        return Route(
            name=name or "",
            match=self.match(entry.get("match")),
            send=cast(Any, send or "rule"),
            by=self.by(group),
            wait=self.span(group, "wait"),
            interval=self.span(group, "interval"),
            repeat=self.again(entry),
            escalate=self.unheard(entry),
        )

    def by(self, group: Mapping | None) -> tuple[By, ...]:
        """What messages of a group have in common besides their reader."""
        if group is None:
            return ("message",)
        known, found = get_args(By), []
        for item in self.ctx.texts(group.get("by"), "'by'"):
            if item.text not in known:
                self.ctx.unknown("unknown-choice", "value for 'by'", item, known)
            else:
                found.append(item.text)
        return tuple(cast(list[By], found))

    def again(self, entry: Mapping) -> Again | None:
        """`repeat: {every, at_most}`."""
        node = self.ctx.mapping(entry.get("repeat"), "'repeat'")
        if node is None:
            return None
        self.ctx.keys(node, ("every", "at_most"), "'repeat'")
        every = self.needed_span(node, "every", "Add every: 1 working day.")
        most = self.ctx.whole(self.needed(node, "at_most", "Add at_most: 3."), "'at_most'", 1)
        return Again(every, most) if every and most else None

    def unheard(self, entry: Mapping) -> Unheard | None:
        """`escalate: {after, to, template}`."""
        node = self.ctx.mapping(entry.get("escalate"), "'escalate'")
        if node is None:
            return None
        self.ctx.keys(node, ("after", "to", "template"), "'escalate'")
        after = self.needed_span(node, "after", "Add after: 1 working hour.")
        to = self.people(self.needed(node, "to", "Add to: a person or a role."))
        template = self.templates(self.needed(node, "template", "Add template: escalated."))
        return Unheard(after, tuple(sorted(to)), next(iter(template))) if after and to and template else None

    def quiet(self, entry: Mapping) -> Quiet | None:
        """One entry of quiet hours."""
        ctx = self.ctx
        days_off = ctx.yes_no(entry.get("days_off"), "'days_off'") or False
        hours: dict[str, str] = {}
        for key, node in (ctx.mapping(entry.get("hours"), "'hours'") or Mapping({}, entry.place)).items():
            hours[key.text] = ctx.text(node, f"The hours of {key.text}") or ""
        if not hours and not days_off and "hours" not in entry:
            ctx.report(
                entry.place, "missing-key", "Nothing says when it is quiet.", "Add hours: {monday-sunday: 18:30-08:00}."
            )
        try:
            week = parse_quiet(hours)
        except ValueError as error:
            ctx.report(entry.key("hours"), "bad-hours", f"{error}.", "Write monday-sunday: 18:30-08:00.")
            return None
        if always_quiet(week):
            message = "These hours leave no moment of the week, so nothing would ever be told."
            ctx.report(entry.key("hours"), "always-quiet", message, "Leave some of the week out.")
        then = ctx.choice(entry.get("then"), "then", ("hold", "digest")) if "then" in entry else "hold"
        bypass = self.templates(entry.get("bypass"))
        return Quiet(self.people(entry.get("to")), week, days_off, cast(Any, then or "hold"), bypass)

    def digest(self, entry: Mapping) -> Digest | None:
        """One entry of digests."""
        minutes = []
        for item in self.ctx.texts(self.needed(entry, "at", "Add at: [08:30, 16:00]."), "'at'"):
            match = _TIME.fullmatch(item.text.strip())
            if match is None:
                message = f"'{item.text}' is no time of the day."
                self.ctx.report(item.place, "bad-time", message, "Write it as 08:30.")
            else:
                minutes.append(int(match[1]) * 60 + int(match[2]))
        if not minutes and "at" in entry:
            self.ctx.report(entry.key("at"), "no-value", "This digest has no moment.", "Write at: [08:30, 16:00].")
        assert all(minute < DAY_MINUTES for minute in minutes)
        return Digest(self.people(entry.get("to")), tuple(sorted(set(minutes)))) if minutes else None

    def cap(self, entry: Mapping) -> Cap | None:
        """One cap."""
        ctx = self.ctx
        most = ctx.whole(self.needed(entry, "at_most", "Add at_most: 6."), "'at_most'", 1)
        per = self.needed_span(entry, "per", "Add per: 1 hour.")
        roll_up = ctx.whole(entry.get("roll_up"), "'roll_up'", 1)
        to, bypass = self.people(entry.get("to")), self.templates(entry.get("bypass"))
        return Cap(to, most, per, roll_up or ROLL_UP, bypass) if most and per else None

    def silence(self, entry: Mapping) -> Silence | None:
        """One silence: it says until when, and why."""
        ctx = self.ctx
        until = instant(self.needed(entry, "until", "Add until: 2026-12-24 12:00; silences end."), "until", ctx)
        why = ctx.text(self.needed(entry, "why", "Add why: a few words for whoever misses the messages."), "'why'")
        since = instant(entry.get("from"), "from", ctx)
        match = self.match(self.needed(entry, "match", "Add match: {template: nudge}, or {to: PERSON}."))
        if until is None or why is None:
            return None
        if since is not None and since >= until:
            ctx.report(entry.key("until"), "ends-before", "This ends before it begins.", "Turn the two moments round.")
        return Silence(match, until, why, since)

    def inhibition(self, entry: Mapping) -> Inhibition | None:
        """One inhibition."""
        ctx = self.ctx
        by = self.templates(self.needed(entry, "by", "Add by: escalated, the template that mutes others."))
        mutes = self.templates(self.needed(entry, "mutes", "Add mutes: nudge, the template that is muted."))
        same = ctx.choice(entry.get("same"), "same", ("subject", "account")) if "same" in entry else "subject"
        lasts = self.span(entry, "for")
        return Inhibition(by, mutes, cast(Any, same or "subject"), lasts) if by and mutes else None
