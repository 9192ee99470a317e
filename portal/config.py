"""Typed settings from the environment; outside development a missing or weak secret stops the start."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
LEAST_SECRET = 32
POSTGRES = "postgres"
DEVELOPMENT_SECRET = "development-only-not-for-a-real-city"
DEVELOPMENT_CIPHER = "ZGV2ZWxvcG1lbnQtb25seS1ub3QtZm9yLXVzZS0wMDA="


class BadSettings(Exception):
    """A setting is missing or wrong; the text is one sentence for the operator and never contains a value."""


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TEST = "test"


class SmsSender(StrEnum):
    OFF = "off"
    CONSOLE = "console"
    TWILIO = "twilio"


class Palette(StrEnum):
    """The colours of the city: each is readable in light, in the dark and on paper (static/palettes.css)."""

    GREEN = "green"
    LAKE = "lake"
    BLUE = "blue"
    VIOLET = "violet"
    PLUM = "plum"
    SLATE = "slate"


DAY_OFF = r"\s*((20\d\d-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) [^|;]+\|\s*[^|;\s][^|;]*)?\s*"
FERNET_KEY = r"\s*[A-Za-z0-9_-]{43}=\s*"
FORMS = {
    "days_off": (
        f"{DAY_OFF}(;{DAY_OFF})*",
        "must look like 12-24 Christmas Eve|Nochebuena; 2027-04-02 Good Friday|Viernes Santo",
    ),
    "exit_url": (r"https?://\S+", "must begin with http:// or https://"),
    "public_url": (r"https?://\S+", "must begin with http:// or https://"),
    "onion_url": (r"(https?://[a-z2-7]{56}\.onion/?)?", "must be http:// and the address that tor made"),
    "cipher_keys": (
        f"({FERNET_KEY}(,{FERNET_KEY})*)?",
        "must be Fernet keys (32 bytes in base64), separated by commas",
    ),
    "database_url": (r"((sqlite:///|postgresql(\+psycopg)?://).*)?", "must begin with sqlite:/// or postgresql://"),
    "jobs_engine": (r"embedded|postgres", "must be embedded or postgres"),
    "limits_url": (r"(postgres)?", "must be postgres or empty"),
    "sms_number": (r"(\+[1-9][0-9]{6,14})?", "must be + and the number with its country, such as +12025550100"),
    "sms_more_numbers": (
        r"(\+[1-9][0-9]{6,14}( \+[1-9][0-9]{6,14})*)?",
        "must be numbers such as +12025550100, with spaces between them",
    ),
    "metrics_token": (r"([!-~]{32,200})?", "must be 32 random characters or more, without spaces, or be empty"),
    "sms_regions": (r"[A-Z]{2}( [A-Z]{2})*", "must be countries, two capital letters each, such as US PR"),
    "snapshot_from": (r"(20\d\d-(0[1-9]|1[0-2]))?", "must be a month such as 2022-01, or empty"),
}
"""By setting: the pattern that its value must match, and the sentence for the operator if it does not."""


class Settings(BaseSettings):
    """Every `PORTAL_…` variable. The text below each is printed by `flask doctor settings` (docs/settings.md)."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", extra="ignore", hide_input_in_errors=True)

    environment: Environment = Environment.PRODUCTION
    """`production`, unless this is for trying out (`development`)."""
    data_dir: Path = ROOT / "var"
    """The folder of database, queue, compressed static files and compiled Spanish; on an encrypted disk."""
    memory_dir: Path | None = None
    """A folder in memory, never on disk, for data that must not outlive the machine; empty: one is created."""
    database_url: str = ""
    """Empty: SQLite in the data folder; or postgresql://user:password@host/name."""
    erasures_dir: Path | None = None
    """The folder of the ledger of erasures; empty: `erasures` in the data folder."""
    backup_dir: Path | None = None
    """Where `flask backup` writes; empty: `backups` in the data folder."""
    backup_recipients: str = ""
    """The age keys that can open a backup (age1…), separated by spaces; their secret halves are kept elsewhere."""
    public_url: str = "http://localhost:8000"
    """The address that residents and the text provider use; signatures of webhooks are checked against it."""
    onion_url: str = ""
    """The address of the same portal as an onion service; empty: there is none."""
    proxy_hops: int = Field(default=0, ge=0, le=4)
    """How many proxies of ours stand in front. 0 or too few: all residents count as one; too many: anybody can claim
    any address.
    """
    https_on_subdomains: bool = False
    """Tell browsers that every host below that of `public_url` has HTTPS too; the city may have some that have not."""

    secret: str = ""
    """Key material for keyed hashes and signed session cookies. Changing it invalidates every open access code."""
    cipher_keys: str = ""
    """Fernet keys, newest first, separated by commas, for data that the server must be able to read again."""

    site_name: str = "Common Ground"
    """The name of the site."""
    city_en: str = "our city"
    """The name of the city, in English."""
    city_es: str = "nuestra ciudad"
    """The name of the city, in Spanish."""
    palette: Palette = Palette.GREEN
    """The colors: green, lake, blue, violet, plum or slate."""
    timezone: str = "America/New_York"
    """The clock that dates follow. Not to be changed later: stored days would mean other hours."""
    days_off: str = ""
    """Local holidays without meetings: 12-24 Christmas Eve|Nochebuena; 2027-04-02 Good Friday|Viernes Santo"""
    exit_url: str = "https://www.weather.gov/"
    """Where "Leave this page" leads."""
    emergency_note_en: str = ""
    """What else is true here beside "call 911", such as that 911 takes texts; empty: nothing."""
    emergency_note_es: str = ""
    """The same in Spanish."""
    immigration_note_en: str = "We never ask about papers."
    """The truthful local answer on the first screen of the report form; ask a lawyer."""
    immigration_note_es: str = "Nunca preguntamos por papeles."
    """The same in Spanish."""
    samaritan_note_en: str = "The law protects people who call for help in an overdose."
    """What the state's law says to whoever calls for help in an overdose."""
    samaritan_note_es: str = "La ley protege a quien pide ayuda por una sobredosis."
    """The same in Spanish."""

    sms_sender: SmsSender = SmsSender.OFF
    """`off`, `console` (development) or `twilio`."""
    sms_number: str = ""
    """Our number for texts, the one that is shown to people, such as +12025550100."""
    sms_more_numbers: str = ""
    """Further numbers of ours, separated by spaces; each phone is answered from the one that it knows."""
    texts_from: int = Field(default=8, ge=8, le=12)
    """The hour of the city's day from which a phone may ring for what nobody just requested; the law says 8 am."""
    texts_until: int = Field(default=21, ge=18, le=21)
    """The hour from which no phone rings any more; the law says 9 pm. Reminders of the day before go at 5 pm."""
    sms_rate_local: float = Field(default=3.75, gt=0)
    """Segments a second that carriers take from one local number (10DLC), as the registration of the campaign says."""
    sms_rate_toll_free: float = Field(default=3.0, gt=0)
    """The same for a toll-free number."""
    sms_price: float = Field(default=0.012, ge=0, le=1)
    """Dollars for one outgoing segment with the carriers' fees; 0: no sum is shown."""
    sms_regions: str = "US PR VI GU AS MP"
    """Countries, two letters each, whose telephone numbers a form accepts for texts."""
    twilio_account_sid: str = ""
    """The provider's name of our account."""
    twilio_auth_token: str = ""
    """The secret with which we sign in at the provider and check its webhooks."""
    twilio_auth_token_old: str = ""
    """While tokens are rotated: webhooks signed with either are accepted."""
    twilio_api_base: str = ""
    """Only for tests: where the provider's interface is."""

    smtp_url: str = ""
    """How mail leaves: smtps://user:password@host, or smtp://… (STARTTLS is required, except to this very machine)."""
    mail_from: str = ""
    """The sender of mails."""

    jobs_engine: str = "embedded"
    """`embedded` (an SQLite file of its own) or `postgres` (the portal's database, for several machines)."""
    metrics_token: str = ""
    """The bearer token that opens `/metrics`; empty: nothing is counted, and there is no such address."""
    limits_url: str = ""
    """Empty: an SQLite file in this machine's memory; `postgres`: tables there that several machines share."""
    reports_per_address: int = Field(default=30, ge=1)
    """Reports per hour from one network address; a church or a shelter shares one."""
    reports_in_all: int = Field(default=100, ge=1)
    """Reports per hour beyond which intake counts as a flood: all are accepted, and most are read after the others."""
    answers_per_address: int = Field(default=30, ge=1)
    """Answers to meetings per hour and network address; a whole shelter or congregation may share one address."""
    answers_in_all: int = Field(default=1_000, ge=1)
    """Answers per hour beyond which each network only has a share of its own; the same holds for codes."""
    codes_per_address: int = Field(default=20, ge=1)
    """Wrong codes from one network address in a quarter of an hour; beyond it, code words are only slowed down."""
    codes_in_all: int = Field(default=600, ge=1)
    """Wrong codes beyond which each network only has a share of its own."""
    review_weekday: int = Field(default=3, ge=0, le=6)
    """The day of all weekly reviews: 0 is Monday, 3 Thursday."""
    snapshot_day: int = Field(default=15, ge=1, le=28)
    """The day of each month on which the published figures are frozen."""
    snapshot_from: str = ""
    """The first month that snapshots cover, such as 2022-01; empty: four years before the first one."""
    demo: bool = False
    """Shows an invented city and its sign-ins to everybody; refused in production."""

    @field_validator(*FORMS)
    @classmethod
    def _in_its_form(cls, value: str, info: ValidationInfo) -> str:
        pattern, words = FORMS[str(info.field_name)]
        if not re.fullmatch(pattern, value):
            raise ValueError(words)
        return value.rstrip("/") if info.field_name in ("public_url", "onion_url") else value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("is not the name of a time zone, such as America/New_York") from None
        return value

    @field_validator("sms_regions")
    @classmethod
    def _regions(cls, value: str) -> str:
        if unknown := sorted(set(value.split()) - SUPPORTED_REGIONS):
            raise ValueError(f"{unknown[0]} is no country that has telephone numbers")
        return value

    @model_validator(mode="after")
    def _secrets_are_strong(self) -> Self:
        is_production = self.environment is Environment.PRODUCTION
        if not is_production:
            self.secret = self.secret or DEVELOPMENT_SECRET
            self.cipher_keys = self.cipher_keys or DEVELOPMENT_CIPHER
        if len(self.secret) < LEAST_SECRET or len(set(self.secret)) < 10:
            raise ValueError(f"PORTAL_SECRET is missing or weak: give at least {LEAST_SECRET} random characters")
        if not self.cipher_keys:
            raise ValueError("PORTAL_CIPHER_KEYS is missing: make one with `flask doctor new-key`")
        if not is_production:
            return self
        if DEVELOPMENT_SECRET in self.secret or DEVELOPMENT_CIPHER in self.cipher_keys:
            raise ValueError("PORTAL_SECRET and PORTAL_CIPHER_KEYS still hold the development values")
        if not self.public_url.startswith("https://"):
            raise ValueError("PORTAL_PUBLIC_URL must begin with https:// in production")
        if self.demo:
            raise ValueError("PORTAL_DEMO shows sign-ins to everybody and cannot be on in production")
        return self

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for name in ("jobs_engine", "limits_url"):
            if getattr(self, name) == POSTGRES and not self.database.startswith("postgresql"):
                raise ValueError(f"PORTAL_{name.upper()} is postgres, but PORTAL_DATABASE_URL names no PostgreSQL")
        if self.sms_sender is SmsSender.TWILIO:
            needed = ("sms_number", "twilio_account_sid", "twilio_auth_token")
            if missing := [f"PORTAL_{name.upper()}" for name in needed if not getattr(self, name)]:
                raise ValueError(f"PORTAL_SMS_SENDER is twilio but {', '.join(missing)} is missing")
        return self

    @property
    def in_memory(self) -> Path:
        """The folder in memory, created if missing; on systems without /dev/shm it is among the temporary files."""
        if self.memory_dir is not None:
            return self.memory_dir
        digest = hashlib.blake2b(str(self.data_dir.resolve()).encode(), digest_size=6).hexdigest()
        shared = Path("/dev/shm")  # noqa: S108
        base = shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())
        folder = base / f"common-ground-{os.getuid()}-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.lstat().st_uid != os.getuid():
            # Any local user can create folders there, also an attacker in advance under our name.
            raise BadSettings(f"{folder} belongs to somebody else: remove it, or set PORTAL_MEMORY_DIR")
        return folder

    @property
    def sms_numbers(self) -> tuple[str, ...]:
        """All our numbers for texts, the one that is shown to people first."""
        return tuple(dict.fromkeys(filter(None, (self.sms_number, *self.sms_more_numbers.split()))))

    @property
    def database(self) -> str:
        """The database URL; SQLite in the data folder unless another is configured."""
        url = self.database_url or f"sqlite:///{self.data_dir / 'portal.db'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def sqlite_file(self) -> Path | None:
        """The path of the database file, or None if the database is not an SQLite file."""
        kind, _, path = self.database.partition(":///")
        return Path(path) if kind == "sqlite" and path else None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")


def read_settings(**given: object) -> Settings:
    """Return the settings of the environment; raises `BadSettings`, which names the variable but no value."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings("; ".join(_sentence(problem) for problem in error.errors(include_input=False))) from None


def unknown_settings(names: Iterable[str]) -> dict[str, str]:
    """Return the `PORTAL_…` names that are no setting, each with the most similar one or ""."""
    settings = [f"PORTAL_{field.upper()}" for field in Settings.model_fields]
    unknown = sorted({name for name in names if name.upper().startswith("PORTAL_") and name.upper() not in settings})
    return {name: next(iter(get_close_matches(name.upper(), settings, n=1, cutoff=0.8)), "") for name in unknown}


def about_files(error: OSError) -> str | None:
    """Return one sentence of advice about a folder or file that cannot be used, or None for any other error."""
    where = error.filename or "The data folder"
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "The disk is full: make room, then start again."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"{where} cannot be opened or written to: look at PORTAL_DATA_DIR and at whose that is."
        case errno.EEXIST | errno.ENOTDIR | errno.EISDIR:
            return f"{where} is a file where a folder is needed, or the other way round: look at PORTAL_DATA_DIR."
        case errno.EIO:
            return f"{where} cannot be read: the disk has a fault."
    return None


WORDS = {
    "int_parsing": "must be a whole number",
    "bool_parsing": "must be true or false",
    "float_parsing": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "enum": "must be {expected}",
}
"""Sentences for operators by pydantic's error types, whose own messages are written for programmers."""


def _sentence(problem: Any) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] != "value_error":
        words = WORDS.get(problem["type"], "is not what is expected there: see docs/settings.md")
        message = words.format(**problem.get("ctx", {})).replace("'", "")
    return f"PORTAL_{str(problem['loc'][0]).upper()}: {message}" if problem["loc"] else message
