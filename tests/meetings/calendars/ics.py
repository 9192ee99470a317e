"""Writes iCalendar files for tests, good ones and bad ones."""

from __future__ import annotations


def calendar(*parts: str, head: str = "") -> bytes:
    """A file with these parts."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *([head] if head else []), *parts, "END:VCALENDAR"]
    return ("\r\n".join(lines) + "\r\n").encode()


def event(*lines: str, uid: str = "a") -> str:
    """An event with these lines."""
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"])
