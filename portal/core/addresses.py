"""Addresses that leave the site: names in addresses, and whole addresses for calendars, feeds and texts."""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Any

from flask import current_app

from portal.core.codes import CODE_LETTERS

TAIL_LENGTH = 6
LONGEST_SLUG = 60


def slug(title: str, tail: str) -> str:
    """`title` in small letters with dashes, then `tail`: "¿Qué sigue?" and "k7f2qd" become "que-sigue-k7f2qd"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > LONGEST_SLUG:
        # At the end of a word, unless the first is longer than all may be.
        words = words[: LONGEST_SLUG + 1].rpartition("-")[0] or words[:LONGEST_SLUG]
    return f"{words}-{tail}" if words else tail


def is_slug(text: str) -> bool:
    """Whether this can be the name of anything; a database must not be asked with a NUL in the question."""
    return re.fullmatch(r"[a-z0-9-]{1,80}", text) is not None


def random_tail() -> str:
    """Makes an address unguessable, so that trying names tells nobody what is being prepared."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(TAIL_LENGTH))


def public_address(endpoint: str, **values: Any) -> str:
    """A whole address, from the configured public one: what a request claims as its host must not end up in a feed.

    A job has no request to ask, so the map of addresses is.
    """
    current_app.inject_url_defaults(endpoint, values)
    base: str = current_app.extensions["settings"].public_url
    return base + current_app.url_map.bind("").build(endpoint, values)
