"""leadrelay.toml and the environment: what is taken, what wins, and which line is blamed."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from leadrelay.errors import BadSettings, NoProject
from leadrelay.settings import line_of, read_settings

FULL = """\
first_run_limit = 10
base_url = "https://leads.example.com/"

[database]
url = "postgresql+psycopg://ops:hush@db/leads"

[mail]
url = "smtp://ops:whisper@mail.example.com"
from = "Sales <sales@example.com>"

[company]
name = "Example"
language = "nl"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LEADRELAY_DATABASE__URL", "LEADRELAY_NOW"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "leadrelay.toml").write_text("", encoding="utf-8")
    return tmp_path


def write(project: Path, text: str) -> None:
    (project / "leadrelay.toml").write_text(text, encoding="utf-8")


def test_an_empty_file_gives_the_defaults(project: Path) -> None:
    settings = read_settings(project)
    assert settings.database_url == f"sqlite:///{project}/var/leadrelay.db"
    assert settings.mail_url == f"maildir:{project}/var/mail"
    assert (settings.first_run_limit, settings.rule_hour_limit) == (50, 500)
    assert settings.company.language == "en"
    assert settings.zone == ZoneInfo("Europe/Amsterdam")


def test_what_the_file_says(project: Path) -> None:
    write(project, FULL)
    settings = read_settings(project)
    assert settings.database_url == "postgresql+psycopg://ops:hush@db/leads"
    assert settings.mail.sender == "Sales <sales@example.com>"
    assert (settings.company.name, settings.company.language) == ("Example", "nl")
    assert settings.base_url == "https://leads.example.com"
    assert settings.first_run_limit == 10


def test_the_environment_wins_key_by_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, FULL)
    monkeypatch.setenv("LEADRELAY_DATABASE__URL", "sqlite:////data/leads.db")
    monkeypatch.setenv("LEADRELAY_COMPANY__NAME", "Other")
    monkeypatch.setenv("LEADRELAY_FIRST_RUN_LIMIT", "7")
    monkeypatch.setenv("LEADRELAY_MAIL__FROM", "ops@example.com")
    monkeypatch.setenv("LEADRELAY_NOW", "2026-11-20")
    monkeypatch.setenv("LEADRELAY_PROJECT", "/elsewhere")
    settings = read_settings(project)
    assert settings.database_url == "sqlite:////data/leads.db"
    assert (settings.company.name, settings.company.language) == ("Other", "nl")
    assert settings.first_run_limit == 7
    assert settings.mail.sender == "ops@example.com"
    assert settings.project == project


def test_channels_come_from_the_file_and_the_environment_and_are_never_printed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, '[channels]\nteams = "workflows://host/hush/murmur"\nslack = "slack://old/hush"\n')
    monkeypatch.setenv("LEADRELAY_CHANNELS__SLACK", "slack://new/hush")
    settings = read_settings(project)
    assert {name: url.get_secret_value() for name, url in settings.channels.items()} == {
        "teams": "workflows://host/hush/murmur",
        "slack": "slack://new/hush",
    }
    assert "hush" not in f"{settings} {settings!r}"
    write(project, '[channels]\n"a b" = "slack://new/hush"\n')
    with pytest.raises(BadSettings) as caught:
        read_settings(project)
    assert "hush" not in str(caught.value)


def test_the_zone_is_that_of_the_default_calendar(project: Path) -> None:
    (project / "rules").mkdir()
    (project / "rules" / "calendar.yaml").write_text(
        "calendars:\n  default: {zone: America/New_York, hours: {monday: 09:00-17:00}}\n", encoding="utf-8"
    )
    assert read_settings(project).zone == ZoneInfo("America/New_York")


def test_secrets_are_never_printed(project: Path) -> None:
    write(project, FULL)
    settings = read_settings(project)
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hush" not in shown
        assert "whisper" not in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[mail]\nurl = 'x:'\nform = 'a@b.nl'\n", "line 3: there is no setting 'mail.form'; did you mean 'mail.from'?"),
        ("first_run_limt = 3\n", "line 1: there is no setting 'first_run_limt'; did you mean 'first_run_limit'?"),
        ("\nfirst_run_limit = -3\n", "line 2: first_run_limit: input should be greater than or equal to 0"),
        ("rule_hour_limit = 0\n", "line 1: rule_hour_limit: input should be greater than or equal to 1"),
        ("[company]\nlanguage = 'fr'\n", "line 2: company.language: input should be 'en' or 'nl'"),
        ("company.currency = 'euro'\n", "line 1: company.currency: string should match pattern"),
        ("web = {port = 'high'}\n", "line 1: web.port: input should be a valid integer"),
        ("[database]\nurl = 3\n", "line 2: database.url: input should be a valid string"),
        ("[quiet]\n", "line 1: there is no setting 'quiet'; known are"),
        ("a = \n", "it is not readable as TOML: Invalid value (at line 1, column 5)"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(project: Path, text: str, said: str) -> None:
    write(project, text)
    with pytest.raises(BadSettings) as caught:
        read_settings(project)
    assert str(caught.value).startswith("The settings in leadrelay.toml cannot be used: ")
    assert said in str(caught.value)


def test_every_fault_at_once(project: Path) -> None:
    write(project, "first_run_limit = 'x'\n[web]\nport = 0\n")
    with pytest.raises(BadSettings) as caught:
        read_settings(project)
    assert "line 1: first_run_limit" in str(caught.value)
    assert "line 3: web.port" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("LEADRELAY_WEB__PORT", "0", "LEADRELAY_WEB__PORT: web.port: input should be greater than or equal to 1"),
        (
            "LEADRELAY_MAIL__FORM",
            "x",
            "LEADRELAY_MAIL__FORM: there is no setting 'mail.form'; did you mean 'mail.from'?",
        ),
        (
            "LEADRELAY_DATABSE__URL",
            "x",
            "LEADRELAY_DATABSE__URL: there is no section 'databse'; did you mean 'database'?",
        ),
        ("LEADRELAY_MAIL", "{", "the environment cannot be used"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettings) as caught:
        read_settings(project)
    assert said in str(caught.value)


def test_a_secret_is_not_in_the_error_either(project: Path) -> None:
    write(project, "[database]\nurl = ['postgresql://ops:hush@db/leads']\n")
    with pytest.raises(BadSettings) as caught:
        read_settings(project)
    assert "hush" not in str(caught.value)


def test_a_folder_without_settings_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(NoProject):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("keys", "line"),
    [(("database", "url"), 5), (("mail",), 7), (("mail", "other"), 7), (("nothing",), None)],
)
def test_lines_of_settings(keys: tuple[str, ...], line: int | None) -> None:
    assert line_of(FULL, keys) == line
