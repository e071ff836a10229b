"""`match`: who asks, and about which deal, where that is in doubt; what is one is merged, and merges undone."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import click
from sqlalchemy import Connection

from leadrelay.act.merge import MERGEABLE, merge, undo
from leadrelay.act.person import named
from leadrelay.act.same_question import part
from leadrelay.act.settle_deal import settle as settle_deal
from leadrelay.act.settle_match import settle
from leadrelay.clock import Instant, iso
from leadrelay.commands.common import NUMBERED, Options, as_json, options, print_json, subject_of, table
from leadrelay.errors import CannotMerge, NoDoubt
from leadrelay.intake.importer import free_mail_of
from leadrelay.intake.lookup import duplicates, find
from leadrelay.intake.match import Candidate
from leadrelay.leads.fields import Value
from leadrelay.matching.deals import NONE
from leadrelay.project import Project, open_project
from leadrelay.report import deal_matching
from leadrelay.report.matching import as_dict, as_lines, names_of
from leadrelay.store import deal_matches, match_index, matches, merges

Found = TypeVar("Found")


@click.command("match")
@click.argument("subjects", nargs=-1)
@click.option("--same", metavar="ACCOUNT", help="It is this account: account/7.")
@click.option("--new", is_flag=True, help="It is a new account.")
@click.option("--deal", metavar="OPPORTUNITY", help="It is about this running deal: opportunity/7; or about none.")
@click.option("--own", is_flag=True, help="It is a question of its own, and no repeat of another one.")
@click.option("--merge", "merging", is_flag=True, help="Two are one: the second goes into the first.")
@click.option("--undo", "undoing", type=NUMBERED, metavar="N", help="Undo merge N.")
@click.option("--merges", "listing", is_flag=True, help="List the merges.")
@click.option("--duplicates", "doubles", is_flag=True, help="List known accounts that are probably the same.")
@click.option("--find", "name", metavar="NAME", help="Whom this name would match.")
@click.option("--domain", metavar="DOMAIN", help="With --find: an internet domain.")
@click.option("--email", metavar="ADDRESS", help="With --find: an e-mail address.")
@click.option("--phone", metavar="NUMBER", help="With --find: a telephone number.")
@click.option("--by", "person", metavar="PERSON", help="Who says so: a person's id.")
@as_json
@options
def match_command(
    subjects: tuple[str, ...],
    same: str | None,
    new: bool,
    deal: str | None,
    own: bool,
    merging: bool,
    undoing: int | None,
    listing: bool,
    doubles: bool,
    name: str | None,
    domain: str | None,
    email: str | None,
    phone: str | None,
    person: str | None,
    as_json: bool,
    chosen: Options,
) -> None:
    """Lists the requests of which it is in doubt who asks, or about which running deal; shows and settles them; merges
    accounts and contacts.

    \b
    Example: leadrelay match
             leadrelay match request/42
             leadrelay match request/42 --same account/7 --by an
             leadrelay match request/42 --new --by an
             leadrelay match request/42 --deal opportunity/7 --by an
             leadrelay match request/42 --deal none --by an
             leadrelay match request/42 --own --by an
             leadrelay match --merge account/7 account/9 --by an
             leadrelay match --find "Acme BV" --domain acme.nl
    """
    project = open_project(chosen.project, chosen.now)
    say = _Printer(as_json)
    if any((name, domain, email, phone)):
        say.found(project, {"name": name, "domain": domain, "email": email, "phone": phone})
    elif merging:
        _merge(project, subjects, _somebody(project, person), say)
    elif undoing is not None:
        _undo(project, undoing, _somebody(project, person), say)
    elif listing:
        say.merges(project)
    elif doubles:
        say.duplicates(project)
    elif own:
        _part(project, subjects, _somebody(project, person), say)
    elif deal:
        _settle_deal(project, subjects, deal, _somebody(project, person), say)
    elif same or new:
        _settle(project, subjects, same, _somebody(project, person), say)
    else:
        say.doubts(project, subjects)


def _somebody(project: Project, person: str | None) -> str:
    """Who says so. Raises UnknownPerson, and a usage error when nobody is named."""
    if not person:
        raise click.UsageError("Say who does it: --by PERSON.")
    with project.database.read() as conn:
        return named(conn, project.ruleset.team, person).id


def _merge(project: Project, subjects: tuple[str, ...], person: str, say: "_Printer") -> None:
    if len(subjects) != 2:
        raise click.UsageError("Name the two: --merge account/7 account/9.")
    (kind, kept), (other, gone) = (subject_of(one) for one in subjects)
    if kind != other or kind not in MERGEABLE:
        raise CannotMerge(first=subjects[0], second=subjects[1], why="merge two accounts, or two contacts")
    with project.database.begin() as conn:
        match_index.ensure(conn)
        done = merge(conn, kind, kept, gone, person, project.clock())
    text = f"{kind}/{gone} is merged into {kind}/{kept} (merge {done.id}); {len(done.moved)} links moved."
    say.done({"merge": done.id, "kept": f"{kind}/{kept}", "gone": f"{kind}/{gone}", "moved": len(done.moved)}, text)


def _undo(project: Project, number: int, person: str, say: "_Printer") -> None:
    with project.database.begin() as conn:
        one, back = undo(conn, number, person, project.clock())
    gone = f"{one.kind}/{one.gone}"
    text = f"Merge {number} is undone: {gone} stands by itself again; {back} links went back."
    say.done({"merge": number, "undone": gone, "moved": back}, text)


def _settle(project: Project, subjects: tuple[str, ...], same: str | None, person: str, say: "_Printer") -> None:
    if len(subjects) != 1:
        raise click.UsageError("Name one request: request/42.")
    kind, request = subject_of(subjects[0])
    other, account = subject_of(same) if same else ("account", None)
    if kind != "request" or other != "account":
        raise NoDoubt(subject=subjects[0], why="only requests are matched, with accounts")
    with project.database.begin() as conn:
        settled = settle(conn, request, account, person, project.clock())
    what = f"account/{settled}" if settled else None
    text = f"request/{request}: {person} says it is {what or 'nobody known'}{'' if same else ' (new)'}."
    say.done({"request": request, "match": "same" if same else "new", "account": what, "by": person}, text)


def _part(project: Project, subjects: tuple[str, ...], person: str, say: "_Printer") -> None:
    kind, request = subject_of(subjects[0]) if len(subjects) == 1 else ("", "")
    if kind != "request":
        raise click.UsageError("Name one request: request/42.")
    with project.database.begin() as conn:
        first = part(conn, request, person, project.clock())
    text = f"request/{request}: {person} says it is no repeat of request/{first}; it is open again."
    say.done({"request": request, "was": f"request/{first}", "by": person}, text)


def _settle_deal(project: Project, subjects: tuple[str, ...], deal: str, person: str, say: "_Printer") -> None:
    if len(subjects) != 1:
        raise click.UsageError("Name one request: request/42.")
    kind, request = subject_of(subjects[0])
    other, name = ("opportunity", None) if deal == NONE else subject_of(deal)
    if kind != "request" or other != "opportunity":
        raise NoDoubt(subject=subjects[0], why="only requests are about deals, and deals are opportunities")
    with project.database.begin() as conn:
        settle_deal(conn, request, name, person, project.clock())
    what = f"opportunity/{name}" if name is not None else None
    text = f"request/{request}: {person} says it is about {what or 'no running deal'}."
    say.done({"request": request, "deal": what, "by": person}, text)


class _Printer:
    """Prints facts as text or JSON."""

    def __init__(self, json: bool) -> None:
        self.json = json

    def done(self, document: object, text: str) -> None:
        """What was done."""
        print_json(document) if self.json else click.echo(text)

    def listed(self, document: object, lines: Iterable[str], nothing: str) -> None:
        """A list, or that there is nothing."""
        self.done(document, "\n".join(lines) or nothing)

    def doubts(self, project: Project, subjects: tuple[str, ...]) -> None:
        """All doubts, or how one request was matched."""
        with project.database.read() as conn:
            some = [one for name in subjects if (one := matches.of(conn, subject_of(name)[1]))]
            waiting = some if subjects else matches.doubts(conn)
            deals = deal_matches.of(conn, [subject_of(name)[1] for name in subjects])
            deals_waiting = list(deals.values()) if subjects else deal_matches.doubts(conn)
            if subjects and not some and not deals:
                raise NoDoubt(subject=subjects[0], why="it is not known how it was matched")
            names = names_of(conn, waiting)
        document = [as_dict(one, names, project.zone) for one in waiting]
        about = [deal_matching.as_dict(one, project.zone) for one in deals_waiting]
        if subjects:
            shown = {**(document[0] if document else {}), **({"about": about[0]} if about else {})}
            lines = [line for one in document[:1] for line in as_lines(one)]
            self.done(shown, "\n".join(lines + [line for one in about[:1] for line in deal_matching.as_lines(one)]))
            return
        rows = [
            (
                f"request/{one.request}",
                iso(one.at, project.zone)[:16].replace("T", " "),
                one.given.get("name") or one.given.get("domain") or one.given.get("contact.email"),
                ", ".join(f"account/{it.account} {names.get(it.account, '')}".strip() for it in one.candidates[:3]),
            )
            for one in waiting
        ]
        rows += [
            (f"request/{one.request}", _minute(one.at, project), "about a deal", _told(one)) for one in deals_waiting
        ]
        text = [table(rows, ("request", "since", "says", "may be"))] if rows else []
        self.listed([*document, *({"about": one} for one in about)], text, "There are no doubts.")

    def merges(self, project: Project) -> None:
        """Every merge."""
        with project.database.read() as conn:
            some = merges.every(conn)
        rows = [
            (
                one.id,
                iso(one.at, project.zone)[:16].replace("T", " "),
                one.by,
                f"{one.kind}/{one.gone}",
                f"{one.kind}/{one.kept}",
                f"undone by {one.undone_by}" if one.undone_by else "",
            )
            for one in some
        ]
        heads = ("merge", "at", "by", "gone", "into", "")
        keys = ("merge", "at", "by", "gone", "kept")
        document = [
            {
                **dict(zip(keys, (row[0], iso(one.at, project.zone), *row[2:5]), strict=True)),
                "undone_by": one.undone_by,
            }
            for one, row in zip(some, rows, strict=True)
        ]
        self.listed(document, [table(rows, heads)] if rows else [], "Nothing was merged.")

    def found(self, project: Project, given: dict[str, Value]) -> None:
        """Whom a name would match."""
        rules = project.ruleset
        answer = _asked(project, lambda conn: find(conn, given, rules.matching, free_mail_of(rules)))
        document = {
            "accounts": [_candidate(one) for one in answer.accounts],
            "contacts": [{"contact": f"contact/{one.id}", "name": one.get("name")} for one in answer.contacts],
        }
        lines = [_line(one) for one in answer.accounts]
        lines += [f"contact/{one.id} {one.get('name') or ''}: has that address or number" for one in answer.contacts]
        self.listed(document, lines, "Nobody known is like that.")

    def duplicates(self, project: Project) -> None:
        """Known accounts that are probably the same."""
        rules = project.ruleset
        pairs = _asked(project, lambda conn: duplicates(conn, rules.matching, free_mail_of(rules)))
        document = [{"account": f"account/{one.account.id}", "other": _candidate(one.other)} for one in pairs]
        lines = [f"account/{one.account.id} {one.account.get('name') or ''} = {_line(one.other)}" for one in pairs]
        self.listed(document, lines, "No two known accounts are probably the same.")


def _minute(at: Instant, project: Project) -> str:
    return iso(at, project.zone)[:16].replace("T", " ")


def _told(one: deal_matches.DealMatch) -> str:
    """The deals that a request may be about, with their sellers."""
    shown = [deal for deal in one.weighed if deal.fits] or one.weighed
    return ", ".join(f"opportunity/{deal.deal}" + (f" ({deal.owner})" if deal.owner else "") for deal in shown[:3])


def _asked(project: Project, ask: Callable[[Connection], Found]) -> Found:
    """What a question to the index finds; the index is made first when this database has none."""
    with project.database.read() as conn:
        if match_index.ready(conn):
            return ask(conn)
    with project.database.begin() as conn:
        match_index.ensure(conn)
        return ask(conn)


def _candidate(one: Candidate) -> dict[str, object]:
    return {
        "account": f"account/{one.account.id}",
        "name": one.account.get("name"),
        "answer": one.verdict.answer,
        "score": one.verdict.score,
        "evidence": [item._asdict() for item in one.verdict.evidence],
    }


def _line(one: Candidate) -> str:
    name, verdict = one.account.get("name") or "", one.verdict
    return f"account/{one.account.id} {name}: {verdict.answer} ({verdict.score:.2f}): {verdict.text()}"
