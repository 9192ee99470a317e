"""The threshold of suppression. Whatever is shown about counts of people is shown from here."""

from __future__ import annotations

FEWEST_SHOWN = 10
"""A smaller count than this may point to one person, and is not published."""
