"""Which drawings there are."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.indicators.charts.models import FORMS, Drawing

Key = tuple[str, str, str, str]
Sizes = dict[str, tuple[int, int]]
"""By form: width and height in CSS pixels."""
START = 400
"""Bytes in which a drawing says how large it is."""
SIZE = re.compile(rb'<svg [^>]*width="(\d{1,4})[.\d]*" height="(\d{1,4})')


def drawn(digest: str) -> set[Key]:
    """What of a snapshot is drawn: place, measure, language and form."""
    asked = select(Drawing.slug, Drawing.measure, Drawing.lang, Drawing.form).where(Drawing.digest == digest)
    return {(row.slug, row.measure, row.lang, row.form) for row in session.execute(asked)}


def drawings_of(digest: str, slug: str, lang: str) -> dict[str, Sizes]:
    """The measures of a place that can be shown as drawings, and how large each is: a page leaves room for it."""
    begins = func.substr(Drawing.content, 1, START).label("begins")
    asked = select(Drawing.measure, Drawing.form, begins).where(
        Drawing.digest == digest, Drawing.slug == slug, Drawing.lang == lang, Drawing.form != "paper"
    )
    found: dict[str, Sizes] = {}
    for row in session.execute(asked):
        if size := SIZE.search(bytes(row.begins)):
            found.setdefault(row.measure, {})[row.form] = (int(size[1]), int(size[2]))
    return {measure: sizes for measure, sizes in found.items() if len(sizes) == len(FORMS) - 1}


def drawing(digest: str, slug: str, measure: str, lang: str, form: str) -> bytes:
    """One drawing. Raises `NotFound`."""
    found = find_drawing(digest, slug, measure, lang, form)
    if found is None:
        raise NotFound
    return found


def find_drawing(digest: str, slug: str, measure: str, lang: str, form: str) -> bytes | None:
    """One drawing, if it was made."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not re.fullmatch(r"[a-z0-9_]{1,40}", measure):
        return None
    asked = select(Drawing.content).filter_by(digest=digest, slug=slug, measure=measure, lang=lang, form=form)
    return session.scalar(asked)
