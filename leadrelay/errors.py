"""Every failure a person can cause, one class each; the docstring is the message and says what to do."""

from collections.abc import Sequence
from typing import Any, Self


class LeadrelayError(Exception):
    """Something went wrong: {what}."""

    exit_code = 2

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        message = " ".join((type(self).__doc__ or "").split())
        super().__init__(message.format(**facts))


class BadTime(LeadrelayError):
    """'{text}' is not a time. Write it as 2026-11-20 09:13, 2026-11-20 or 2026-11-20T09:13:00+01:00."""


class BadDuration(LeadrelayError):
    """'{text}' is not a duration. Write a number and a unit: 15 minutes, 4 hours, 3 days, 2 weeks, 6 months,
    1 year, 4 working hours, 1 working day."""


class UnknownZone(LeadrelayError):
    """There is no time zone '{zone}'. Use a name of the tz database, such as Europe/Amsterdam."""


class UnknownHolidays(LeadrelayError):
    """No public holidays are known for '{code}'. Use a country such as NL or a country and region such as DE-BY."""


class NeverOpen(LeadrelayError):
    """The calendar '{calendar}' is never open, so working time in it never passes. Give it opening hours."""


class NoProject(LeadrelayError):
    """There is no project in {folder}: leadrelay.toml is missing. Make one with 'leadrelay init {folder}',
    or name another with --project DIR."""


class BadSettings(LeadrelayError):
    """The settings in {file} cannot be used: {what}."""


class FolderNotEmpty(LeadrelayError):
    """{folder} is not empty. 'leadrelay init' only writes to a new or an empty folder."""


class UnreadableFile(LeadrelayError):
    """{file} cannot be read: {why}."""


class NoDatabase(LeadrelayError):
    """The database {url} cannot be used: {why}. Look at [database] in leadrelay.toml, or at LEADRELAY_DATABASE__URL."""


class DatabaseBusy(LeadrelayError):
    """The database {url} is locked by another program. Nothing was changed; try again when that one is done."""


class UnknownSubject(LeadrelayError):
    """There is no {subject} in the database. Subjects are written as request/42, opportunity/7, contact/3 or
    account/1."""


class NotThereYet(UnknownSubject):
    """There was no {subject} yet at {at}: it came at {since}. Ask about a later time."""


class BadSubject(LeadrelayError):
    """'{text}' is not a subject. Write request/42, opportunity/7, contact/3 or account/1."""


class RulesUnusable(LeadrelayError):
    """The rules in {folder} have {count} fault(s) and no earlier version has gone live. The first: {first}.
    'leadrelay check' shows them all with their remedies."""


class RulesFailTests(LeadrelayError):
    """The rules in {folder} fail {count} of their {tests} rule tests and no earlier version has gone live.
    The first: {first}. 'leadrelay test' shows them all."""


class UnknownVersion(LeadrelayError):
    """There is no version {version} of the rules. 'leadrelay rules log' lists those that went live."""


class CannotRollBack(LeadrelayError):
    """Version {version} cannot go live again: {why}."""


class FolderUnsaved(LeadrelayError):
    """The rules folder has changes that are in no version, and writing version {version} would lose them: {files}.
    Keep a copy of them elsewhere, or write over them with --force."""


class DraftUnusable(LeadrelayError):
    """The rules in {folder} have {count} fault(s), so nothing was replayed."""


class UnknownRule(LeadrelayError):
    """There is no rule '{rule}'.{hint}"""


class NoTestOfIt(LeadrelayError):
    """What was decided about {subject} cannot be written as a rule test: {why}."""


class UnknownMap(LeadrelayError):
    """There is no import map '{name}'. Known maps: {known}."""


class BadMap(LeadrelayError):
    """The import map {file}:{line}:{column} cannot be used: {what}. {remedy}"""


class UnknownImportKind(LeadrelayError):
    """It is not clear what {file} holds. Say so with --as requests, accounts, contacts, opportunities, activities
    or team."""


class UnknownTemplate(LeadrelayError):
    """There is no template '{template}' for language '{language}'. Known templates: {known}."""


class BadTemplate(LeadrelayError):
    """The template {file}:{line} cannot be used: {what}. {remedy}"""


class ClockBeforeData(LeadrelayError):
    """The clock stands at {now}, before the last decision ({last}). Running now would decide with facts from the
    future; give --now a later time. If that decision should never have been so late, 'leadrelay repair clock' shows
    what lies in the future and brings it back."""


class ClockFarAway(LeadrelayError):
    """The clock is set to {now}, and the machine's says {wall}. This database has lived in real time since {since}:
    what is decided at another time stays decided, and while the last decision lies ahead nothing else is. Nothing was
    done. Leave the time away, try it on a copy of the project, or do it all the same with --force; 'leadrelay repair
    clock' brings back what then lies in the future."""


class LeaseTaken(LeadrelayError):
    """Another process runs the {flow} flow until {until} at the latest. Nothing was done; try again after that."""


class ForeignPackage(LeadrelayError):
    """The package '{package}' that Python finds in {path} is not leadrelay's. Install leadrelay in a virtual
    environment of its own."""


class NoPrefectServer(LeadrelayError):
    """A Prefect server could not be started: {why}. Its log is {log}. 'leadrelay run' works without one."""


class ImportDoubts(LeadrelayError):
    """{file} can be understood in more than one way, and nothing was taken. Say which, by adding what stands behind
    each, or keep it all in a map to be edited, with --write-map NAME:{doubts}"""

    doubts: Sequence[Any] = ()
    understood: Any = None

    def of(self, doubts: Sequence[Any], understood: object) -> Self:
        """The same, with the doubts as values, so that a terminal can ask."""
        self.doubts, self.understood = doubts, understood
        return self


class HistoryOrLive(LeadrelayError):
    """{past} of the {rows} new rows in {file} are older than {old_after} or closed elsewhere. Nothing was taken. Add
    --history-before {day} (older rows are history: known to triage, matching and reports, with no task, message or
    closing), --history (all rows are), or --live (all of it is work to be done now)."""


class UnknownSheet(LeadrelayError):
    """There is no sheet '{sheet}' with rows in it. The workbook has: {known}."""


class MapExists(LeadrelayError):
    """{file} is there already. Give the map another name, or remove the file."""


class UnknownPerson(LeadrelayError):
    """There is nobody called '{person}' in the team. People have their ids in rules/team.yaml."""


class UnknownTask(LeadrelayError):
    """There is no task {number}. 'leadrelay tasks' lists those that are open."""


class UnknownPool(LeadrelayError):
    """There is no pool '{pool}' in the team.{hint} Pools stand in rules/team.yaml."""


class CannotAssign(LeadrelayError):
    """{subject} stays as it is: {why}."""


class UnknownMessage(LeadrelayError):
    """There is no message {number}. 'leadrelay messages' lists those that wait or are in trouble."""


class NotForThisMessage(LeadrelayError):
    """Message {number} is {state}: it cannot {what}."""


class MessageGone(LeadrelayError):
    """Message {number} has just been taken up by a delivery. Look at it again: leadrelay messages show {number}."""


class BadInbox(LeadrelayError):
    """The inbox {source} cannot be read: {why}. Give a maildir, an mbox file, a folder of .eml files, or
    imaps://host/FOLDER with LEADRELAY_IMAP_USER and LEADRELAY_IMAP_PASSWORD in the environment."""


class UnknownField(LeadrelayError):
    """There is no field '{field}' for subjects of kind {kind}.{hint} 'leadrelay fields {kind}' lists them all."""


class UnknownStage(LeadrelayError):
    """There is no stage '{stage}'. rules/stages.yaml has: {known}."""


class NotByHand(LeadrelayError):
    """{field} is not set by hand: {remedy}"""


class BadValue(LeadrelayError):
    """{field} cannot have that value: {why}."""


class NotSo(LeadrelayError):
    """{subject} {what}. {remedy}"""


class UnknownQuote(LeadrelayError):
    """There is no quote {number}. 'leadrelay quote show opportunity/7' lists those of an opportunity."""


class BadLine(LeadrelayError):
    """'{text}' is no line of a quote. Write it as {wanted}."""


class UnknownPack(LeadrelayError):
    """There is no pack '{pack}' in packs/. Known: {known}."""


class PacksByHand(LeadrelayError):
    """{file} is written in a way that cannot be changed safely by a program. {word} '{pack}' by hand, in the list
    under 'packs:'."""


class UnknownReport(LeadrelayError):
    """There is no report '{report}'. Known: {known}. More are in packs that are off: 'leadrelay packs' lists them."""


class NotForReport(LeadrelayError):
    """The report '{report}' is about {kind}, not about {subject}."""


class CannotWrite(LeadrelayError):
    """{file} cannot be written: {why}. Nothing is lost: what should have stood in it is still owed."""


class CannotWriteFile(LeadrelayError):
    """{file} cannot be written: {why}. Name a folder that is there and that you may write to."""


class UnknownSystem(LeadrelayError):
    """No import map writes back to a system '{name}'. Known systems: {known}."""


class NoDoubt(LeadrelayError):
    """There is nothing to settle about {subject}: {why}. 'leadrelay match' lists the doubts."""


class CannotMerge(LeadrelayError):
    """{first} and {second} cannot be merged: {why}."""


class CannotUndo(LeadrelayError):
    """Merge {number} cannot be undone: {why}. 'leadrelay match --merges' lists them."""


class BadContact(LeadrelayError):
    """'{text}' is not a contact. Write contact/3."""


class ListMoveUnclear(LeadrelayError):
    """To put a contact on a list or take it off, name the list, one contact, who does it and why:
    leadrelay lists webinar --add contact/3 --by ines --reason "signed up at the fair"."""


class UnknownMarketingSystem(LeadrelayError):
    """There is no marketing system '{name}' in leadrelay.toml. Known: {known}."""


class NoAddress(LeadrelayError):
    """'{text}' is no e-mail address. Write it as name@example.com."""


class NotTold(LeadrelayError):
    """Nothing was erased: {what}. Mail to the address has stopped. Try again when the system answers, or say --anyway
    and tell it yourself."""


class NotForgotten(LeadrelayError):
    """Nobody with the address {address} was forgotten."""


class Forgotten(LeadrelayError):
    """Whoever has this address asked to be forgotten, and no consent can be recorded. If they ask for it themselves:
    leadrelay person remember ADDRESS --by PERSON."""
