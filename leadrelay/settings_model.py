"""What leadrelay.toml may say, as Pydantic models; not in settings.py, which has to import fast."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from leadrelay.duration import elapsed
from leadrelay.errors import BadDuration
from leadrelay.rulebook.hours import default_zone

_SQLITE = "sqlite:///"
_MAILDIR = "maildir:"
_SHORTEST_PASSWORD = 12


def _duration(text: str) -> str:
    """Whether it is a duration such as '15 minutes' or '1 day'. Raises ValueError."""
    try:
        elapsed(text)
    except BadDuration as error:
        raise ValueError("write it as 15 minutes, 4 hours, 1 day or 2 weeks") from error
    return text


def _no_slash(url: str) -> str:
    return url.rstrip("/")


SHORTEST_SECRET = 16
FEWEST_CHARACTERS = 8
"""So many different ones a secret must have."""
_PLACEHOLDERS = ("changeme", "change-me", "change_me", "your-secret", "your_secret", "yoursecret", "example-secret",
                 "placeholder", "password", "letmein", "qwerty", "12345678")  # fmt: skip


def _strong(secret: SecretStr) -> SecretStr:
    """A secret that nobody guesses. Raises ValueError, which does not repeat it."""
    text = secret.get_secret_value()
    if not text:
        return secret  # none is set: whatever it would open is closed
    remedy = "make one with 'openssl rand -hex 32'"
    if len(text) < SHORTEST_SECRET:
        raise ValueError(f"it is shorter than {SHORTEST_SECRET} characters; {remedy}")
    if _is_guessable(text):
        raise ValueError(f"it is easily guessed; {remedy}")
    return secret


def _is_guessable(text: str) -> bool:
    return len(set(text)) < FEWEST_CHARACTERS or text.lower().startswith(_PLACEHOLDERS)


Secret = Annotated[SecretStr, AfterValidator(_strong)]
"""What others must show or know to get in."""
INTAKE_FIELDS = (
    *(f"request.{name}" for name in ("id", "summary", "kind", "product", "language", "channel", "source", "referrer",
                                     "prompted", "expected_value", "received_at", "extra.*")),
    *(f"contact.{name}" for name in ("name", "email", "phone", "job_title", "language", "consent", "extra.*")),
    *(f"account.{name}" for name in ("name", "domain", "industry", "employees", "country", "postcode", "region",
                                     "extra.*")),
)  # fmt: skip
"""What a web form asks and knows."""


def _user_and_password(both: SecretStr | None) -> SecretStr | None:
    """Whether it is written as user:password, with one that cannot be guessed. Raises ValueError."""
    if both is not None:
        user, colon, password = both.get_secret_value().partition(":")
        if not user or not colon or len(password) < _SHORTEST_PASSWORD:
            raise ValueError(f"write it as user:password, the password of at least {_SHORTEST_PASSWORD} characters")
    return both


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class DatabaseSettings(_Section):
    """`[database]`."""

    url: SecretStr = SecretStr("sqlite:///var/leadrelay.db")
    """Where everything is kept. A SQLite path without a leading slash is relative to the project."""


class MailSettings(_Section):
    """`[mail]`."""

    url: SecretStr = SecretStr("maildir:var/mail")
    """How mail leaves: a folder for .eml files, smtp://… (docs/delivery.md) or any address of Apprise."""
    sender: Annotated[str, Field(alias="from", min_length=3)] = "leadrelay@localhost"
    """The address messages come from: 'sales@example.com' or 'Sales <sales@example.com>'."""


class CompanySettings(_Section):
    """`[company]`."""

    name: str = "Our company"
    language: Literal["en", "nl"] = "en"
    """The language of people and contacts whose own is not known."""
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "NL"
    """Where a telephone number or postcode without country is from."""


class RegistrationSettings(_Section):
    """`[registration]`: what is believed of what comes in."""

    repeat_within: Annotated[str, AfterValidator(_duration)] = "1 day"
    """A row without an id that says the same again within this time is the same request; later it is a new one."""
    ahead: Annotated[str, AfterValidator(_duration)] = "1 day"
    """A time of what has happened that lies further ahead is not believed: the request came in now."""
    old_after: Annotated[str, AfterValidator(_duration)] = "90 days"
    """A file of which most rows are older than this, or closed, is asked about: is it history?"""
    since: date = date(1950, 1, 1)
    """When the company began; what is said to have happened before is not believed."""


class WebSettings(_Section):
    """`[web]`."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8400
    api_key: Secret | None = None
    """What callers of the intake API must show; without it only programs on this machine may call."""
    intake_fields: tuple[Annotated[str, Field(pattern="^(request|contact|account)[.][a-z0-9_.*]+$")], ...] = (
        INTAKE_FIELDS
    )
    """The fields that callers of the intake API may give; `*` stands for any letters. They add, and change nothing."""
    secret: Secret | None = None
    """What links in messages are signed with."""


class SystemSettings(_Section):
    """`[systems.NAME]`: a CRM that import maps name with `system: NAME` (docs/crm.md)."""

    way: Literal["", "csv", "salesforce", "hubspot", "dynamics", "pipedrive", "sugarcrm", "zoho", "webhook"] = ""
    """How changes go back. Default: the interface of that name when there is a url (or any webhook), CSV without."""
    url: Annotated[str, Field(pattern="^(https?://.*)?$"), AfterValidator(_no_slash)] = ""
    """Where its interface is: https://company.my.salesforce.com."""
    token: SecretStr | None = None
    """What it wants to see from us. In the environment: LEADRELAY_SYSTEMS__SALESFORCE__TOKEN."""
    version: str = ""
    """Of its interface: v61.0 for Salesforce, v9.2 for Dynamics, v11_20 for SugarCRM, v6 for Zoho."""
    secret: Secret | None = None
    """What its webhooks show or are signed with: LEADRELAY_SYSTEMS__HUBSPOT__SECRET."""
    repeats: bool = False
    """Whether a webhook whose body came before is news: for workflows that send neither a time nor a number. Without
    it a body that was taken in the past 30 days is known, and changes nothing."""
    organization: str = ""
    """Salesforce: the organisation whose outbound messages are taken."""


class MarketingSettings(_Section):
    """`[marketing.NAME]`: a system that is told who joins and leaves nurture lists."""

    kind: Literal["webhook", "listmonk", "mautic"]
    url: Annotated[str, Field(pattern="^https?://"), AfterValidator(_no_slash)]
    """Where it answers: the base of its API, or of a webhook the whole address."""
    lists: dict[str, int | str] = {}
    """Our lists by name, and the id of each over there. A webhook gets every list if none is named."""
    user: str | None = None
    """Who logs in: an API user of listmonk, a user of Mautic."""
    secret_env: Annotated[str, Field(pattern="^[A-Z][A-Z0-9_]*$")]
    """The environment variable that holds the password, the token, or what webhooks are signed with."""
    oauth2: bool = False
    """Mautic: `user` and the secret are a client's id and secret, not a user's name and password."""
    timeout: Annotated[float, Field(gt=0, le=120)] = 10
    """Seconds to wait for an answer."""


ChannelName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
Minutes = Annotated[int, Field(ge=1, le=1440)]


class ServeSettings(_Section):
    """`[serve]`: the rhythm of `leadrelay serve`. New and changed subjects do not wait for the schedules, which are the
    net under its own look at the agenda; a run of a schedule costs some seconds of processor time."""

    poll: Annotated[float, Field(ge=0.02, le=60)] = 0.2
    """Seconds between two looks at the agenda."""
    route: Minutes = 5
    """Minutes between two scheduled runs of the flow; so for the others."""
    escalate: Minutes = 5
    nudge: Minutes = 5
    nurture: Minutes = 10
    deliver: Minutes = 5
    late: Minutes = 15
    """After so many minutes something that is due is late, and `status` says so."""


class Settings(BaseSettings):
    """Everything that leadrelay.toml and the environment set; the environment wins. Frozen; secrets print as stars."""

    model_config = SettingsConfigDict(
        env_prefix="LEADRELAY_", env_nested_delimiter="__", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    database: DatabaseSettings = DatabaseSettings()
    mail: MailSettings = MailSettings()
    channels: dict[ChannelName, SecretStr] = {}
    """`[channels]`: chat channels by the names that rules/team.yaml uses, each an address of Apprise: slack = "slack://…".
    They hold tokens, so they belong in the environment: LEADRELAY_CHANNELS__SLACK=slack://…"""
    marketing: dict[ChannelName, MarketingSettings] = {}
    """`[marketing.NAME]`: listmonk, Mautic or a webhook that nurture lists are pushed to."""
    company: CompanySettings = CompanySettings()
    registration: RegistrationSettings = RegistrationSettings()
    web: WebSettings = WebSettings()
    systems: dict[ChannelName, SystemSettings] = {}
    serve: ServeSettings = ServeSettings()
    first_run_limit: Annotated[int, Field(ge=0)] = 50
    """How many episodes a new rule may begin at once before it is held."""
    rule_hour_limit: Annotated[int, Field(ge=1)] = 500
    """How many steps that tell somebody a rule of a hit: all rulebook may do within an hour before it is held. Rules
    that say `limit` or `backfill: true` do not go by it; it is never less than first_run_limit."""
    base_url: Annotated[str, Field(pattern="^https?://"), AfterValidator(_no_slash)] = "http://127.0.0.1:8400"
    """Where readers of messages reach the web pages; links in messages start with it."""
    prefect_api_url: str | None = None
    """A Prefect server that runs already; without it `serve` starts one."""
    prefect_auth: Annotated[SecretStr | None, AfterValidator(_user_and_password)] = None
    """`user:password` of Prefect's server: LEADRELAY_PREFECT_AUTH. Without it `serve` makes one for the server that it
    starts, in var/prefect/password."""
    _project: Path = PrivateAttr(default=Path())

    @classmethod
    def of(cls, project: Path, written: Mapping[str, Any]) -> "Settings":
        """The settings of a project: what the file says, under what the environment says.

        Raises ValidationError, SettingsError."""
        settings = cls(**written)
        settings._project = project.absolute()
        return settings

    @property
    def project(self) -> Path:
        """The project folder, absolute."""
        return self._project

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file, whose values come in as init settings."""
        return env_settings, init_settings

    @property
    def database_url(self) -> str:
        """The database's URL with its password, a SQLite path made absolute. Not for printing."""
        url = self.database.url.get_secret_value()
        if not url.startswith(_SQLITE) or url in (_SQLITE, _SQLITE + ":memory:"):
            return url
        return _SQLITE + str(self.project / url.removeprefix(_SQLITE))

    @property
    def mail_url(self) -> str:
        """How mail leaves, with its password, a folder made absolute. Not for printing."""
        url = self.mail.url.get_secret_value()
        return _MAILDIR + str(self.project / url.removeprefix(_MAILDIR)) if url.startswith(_MAILDIR) else url

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's zone: that of the default calendar in rules/calendar.yaml."""
        file = self.project / "rules" / "calendar.yaml"
        return default_zone(file.read_text(encoding="utf-8", errors="replace") if file.is_file() else "")
