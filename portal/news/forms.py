"""The form for a post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import Optional

from portal.core.clock import now, zone
from portal.core.editing import both, credit_fields, english, line, lines, spanish
from portal.core.fields import DateField, TimeField
from portal.core.hours import NoSuchHour, moment_in
from portal.markets.forms import place_choices
from portal.markets.models import Market
from portal.news.library.forms import TaggedForm
from portal.news.models import Draft, Post
from portal.news.rules import TEXTS, is_ahead
from portal.news.tags import Tag
from portal.news.texts import HOUR_IS_PAST, MISSING, NO_HOUR, NO_SUCH_HOUR

TITLE, SUMMARY, BODY = _l("Title"), _l("Summary in one or two sentences"), _l("Text")


class PostForm(TaggedForm):
    """A post, English and Spanish side by side. A draft may leave anything empty."""

    title_en, title_es = line(english(TITLE), 120), line(spanish(TITLE), 120)
    summary_en, summary_es = lines(english(SUMMARY), 400), lines(spanish(SUMMARY), 400)
    body_en, body_es = lines(english(BODY), 20_000), lines(spanish(BODY), 20_000)
    market = SelectField(_l("About which of our places"), validators=[Optional()])
    publish_on = DateField(_l("Day on which it goes out"), validators=[Optional()])
    publish_at = TimeField(_l("Time"), validators=[Optional()])

    def __init__(
        self, markets: Sequence[Market], tags: Sequence[Tag], stored: Post | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data=as_typed(stored) if stored else None, **kwargs)
        self._ids = {market.slug: market.id for market in markets}
        self.market.choices = place_choices(markets)
        self.offer(tags)
        self.stale = stored.stale_fields if stored else frozenset()

    def draft(self, added: Sequence[Tag] = ()) -> Draft:
        """What was typed, with tags that were `added` for it."""
        return Draft(
            **{name: self.pair(name) for name in TEXTS},
            market_id=self._ids.get(self.market.data),
            tags=[*self.chosen, *added],
            credit=self.credit,
        )

    @property
    def hour(self) -> datetime | None:
        """The moment at which it is to go out; None unless both fields were filled in. Raises NoSuchHour."""
        if self.publish_on.data is None or self.publish_at.data is None:
            return None
        return moment_in(zone(), self.publish_on.data, self.publish_at.data)

    def has_an_hour_ahead(self) -> bool:
        """Whether it can be set to go out then; says beside the fields why not."""
        try:
            hour = self.hour
        except NoSuchHour:
            self.complain("publish_at", NO_SUCH_HOUR)
            return False
        if hour is None:
            self.complain("publish_on" if self.publish_on.data is None else "publish_at", NO_HOUR)
        elif not is_ahead(hour, now()):
            self.complain("publish_on", HOUR_IS_PAST)
        return is_ahead(hour, now())

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Put what `rules.missing` found beside the fields."""
        for name in gaps:
            self.complain(name, MISSING)


def as_typed(post: Post) -> dict[str, Any]:
    """A post as the fields of the form hold it."""
    values: dict[str, Any] = {"market": post.market.slug if post.market else "", **credit_fields(post.credit)}
    values["tags"] = [tag.slug for tag in post.tags_by_name()]
    hour = post.published_at.astimezone(zone()) if post.published_at and post.is_scheduled else None
    values |= {"publish_on": hour.date() if hour else None, "publish_at": hour.time() if hour else None}
    for name in TEXTS:
        values |= both(name, getattr(post, name))
    return values
