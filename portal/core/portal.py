"""The typed application object, and hooks by which a feature asks the features above it.

Every other module may import this one, so it imports none of those that import it: parts that stand above are of type
`Any` here, and have theirs where they are made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import timedelta
from typing import Any, Generic, TypeVar, cast

from flask import Flask, current_app
from flask_babel import LazyString
from flask_wtf import CSRFProtect

from portal.config import Settings
from portal.core.crypto import Cipher
from portal.core.files.uploads import UploadRequest

T = TypeVar("T")


class Portal(Flask):
    """Flask with the portal's own parts as attributes. `create_app` sets them; features add to the collections."""

    request_class = UploadRequest
    given_settings: Settings
    """The settings of the environment."""
    cipher: Cipher
    csrf: CSRFProtect
    engine: Any
    """See `jobs.engine.current_engine`."""
    limits: Any
    page_cache: Any
    transports: dict[Any, Any]
    """A `jobs.delivery.Transport` for each `MessageKind` that can be delivered."""
    telephone: Any = None
    """A `core.telephone.Telephone`; None if no provider account is configured."""
    lease: timedelta
    """How long a worker holds a message that it is sending."""
    wake: Callable[[int, Any], object]
    """Asks a worker to deliver a message, by its id; the most urgent goes first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.features: list[Any] = []
        """What `feature.features` returns."""
        self.refusals: dict[str, LazyString] = {}
        """The sentence for each `Refused` key."""
        self.audited: dict[str, LazyString] = {}
        """Descriptions of actions in the audit log, and of the types of their objects."""
        self.plugs: dict[Hook[Any], list[Any]] = {}
        self.prerendered: dict[Hashable, list[str]] = {}
        """Pages with marks to fill in, see `page_cache.filled`."""
        self.kept_texts: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
        """Texts and words of pages that no row changes, for the search."""
        self.stored_settings: dict[str, str] = {}
        """Values that administrators stored in place of settings of the environment; see `core.stored_settings`."""
        self.settings_looked_at = float("-inf")
        self.settings_version = -1
        """The cache version at which they were read."""

    @property
    def settings(self) -> Settings:
        """The settings in force: those that an administrator stored, and else those of the environment."""
        return self._settings

    @settings.setter
    def settings(self, given: Settings) -> None:
        """Take over the settings of the environment; stored values are read again."""
        self.given_settings = self._settings = given
        self.stored_settings, self.settings_version = {}, -1
        self.settings_looked_at = float("-inf")

    def put_in_force(self, settings: Settings, stored: dict[str, str]) -> None:
        """Use these settings from now on, and drop every page and text that was made with others."""
        self._settings, self.stored_settings = settings, stored
        self.jinja_env.globals.update(settings=settings, exit_url=settings.exit_url, site_name=settings.site_name)
        # Imported macros keep the globals with which they were loaded.
        if self.jinja_env.cache is not None:
            self.jinja_env.cache.clear()
        # New ones: a request that is under way may still put an old page into the ones before.
        self.prerendered, self.kept_texts = {}, {}


current_portal = cast("Portal", current_app)
"""The portal of the current request or job."""


class Hook(Generic[T]):
    """A question that a feature asks of the features above it, which it must not import.

    The lower feature defines it next to where it asks: `WARNINGS: Hook[Warn] = Hook("warnings about a place")`, and
    calls each plugged-in function: `for warn in WARNINGS.plugged(): …`. The upper one answers it in its `FEATURE`:
    `hooks=(WARNINGS.plug(nobody_reads),)`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def plug(self, function: T) -> Plug:
        return self, function

    def plugged(self) -> tuple[T, ...]:
        """Return all functions plugged into this portal, in the order of its features."""
        return tuple(current_portal.plugs.get(self, ()))


Plug = tuple[Hook[Any], Any]
Texts = Mapping[str, LazyString]
