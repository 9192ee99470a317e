"""The form for a post."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import Optional

from portal.core.editing import EditorForm, both, english, line, lines, spanish
from portal.markets.forms import place_choices
from portal.markets.models import Market
from portal.news.models import Draft, Post
from portal.news.rules import TEXTS
from portal.news.texts import MISSING

TITLE, SUMMARY, BODY = _l("Title"), _l("Summary in one or two sentences"), _l("Text")


class PostForm(EditorForm):
    """A post, English and Spanish side by side. A draft may leave anything empty."""

    title_en, title_es = line(english(TITLE), 120), line(spanish(TITLE), 120)
    summary_en, summary_es = lines(english(SUMMARY), 400), lines(spanish(SUMMARY), 400)
    body_en, body_es = lines(english(BODY), 20_000), lines(spanish(BODY), 20_000)
    market = SelectField(_l("About which of our places"), validators=[Optional()])

    def __init__(self, markets: Sequence[Market], stored: Post | None = None, **kwargs: Any) -> None:
        super().__init__(data=as_typed(stored) if stored else None, **kwargs)
        self._ids = {market.slug: market.id for market in markets}
        self.market.choices = place_choices(markets)

    @property
    def draft(self) -> Draft:
        """What was typed."""
        return Draft(**{name: self.pair(name) for name in TEXTS}, market_id=self._ids.get(self.market.data))

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Put what `rules.missing` found beside the fields."""
        for name in gaps:
            self.complain(name, MISSING)


def as_typed(post: Post) -> dict[str, Any]:
    """A post as the fields of the form hold it."""
    values: dict[str, Any] = {"market": post.market.slug if post.market else ""}
    for name in TEXTS:
        values |= both(name, getattr(post, name))
    return values
