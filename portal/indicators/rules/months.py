"""Months, each as its first day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date


def month_of(day: date) -> date:
    """The month of a day."""
    return day.replace(day=1)


def plus(month: date, months: int) -> date:
    """The month so many months later; earlier, if the number is negative."""
    year, place = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, place + 1, 1)


def between(first: date, last: date) -> int:
    """How many months after `first` is `last`; negative before it."""
    return (last.year - first.year) * 12 + last.month - first.month


def span(first: date, last: date) -> Iterator[date]:
    """Every month from `first` through `last`, in order."""
    return (plus(first, number) for number in range(between(first, last) + 1))


def written(month: date) -> str:
    """As programs read it: "2026-03" (ISO 8601)."""
    return f"{month:%Y-%m}"


def read(text: str) -> date:
    """The month written as "2026-03". Raises `ValueError` for anything else."""
    year, sign, month = text.partition("-")
    if not (sign and len(year) == 4 and len(month) == 2 and text.isascii() and (year + month).isdigit()):
        raise ValueError("not a month")
    return date(int(year), int(month), 1)
