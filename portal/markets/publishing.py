"""What posts, guides, promises and meetings share: a draft, both languages whole, published, changed, withdrawn.

`Publication` and `PublicationAtPlace` are mixins for their rows, `PublishingForm` is the base of their forms, and
`PublishingEditor` answers the two pages on which they are written; a `Shelf` does so for rows that are not published.
Whatever is written is checked for the names of hidden places first, and what is published is shown no earlier than the
place that it is about: that is why all of it stands here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.core import editing
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Versioned, random_id, session
from portal.core.editing import EditorForm, ParityForm, PublicWordsForm, pressed
from portal.core.forms import choices_of
from portal.core.i18n import Bilingual, Translated, language
from portal.core.pii import personal_passages
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint
from portal.markets.gate import deleted_unseen
from portal.markets.gate_rules import is_public, public_since
from portal.markets.map.sheets import names_of_the_city
from portal.markets.places import Market, is_shown, known_markets
from portal.markets.status import missing
from portal.markets.texts import GAPS, names_hidden_place


class Publication(Translated, Versioned):
    """Mixin for rows that are written in both languages and public from `published_at` on."""

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]

    @property
    def is_published(self) -> bool:
        """Whether the public can read it now, or will without any further action."""
        return self.published_at is not None

    @property
    def is_scheduled(self) -> bool:
        return self.published_at is not None and self.published_at > now()


class PublicationAtPlace(Publication):
    """Mixin for publications that may be about a place: the public reads them once that place is released."""

    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"), index=True)

    @declared_attr
    def market(cls) -> Mapped[Market | None]:  # noqa: N805 - SQLAlchemy hands over the class
        return relationship(lazy="joined", viewonly=True)

    @property
    def waits_for_place(self) -> bool:
        """Whether it is published and still hidden, because its place is not released."""
        is_out = self.is_published and not self.is_scheduled
        return is_out and self.market is not None and not is_public(self.market.released_at, now())

    @property
    def public_since(self) -> datetime | None:
        return public_since(self.published_at, self.market.released_at if self.market else None)


def erase_draft(row: Publication, kind: str, editor_id: int) -> None:
    """Delete a draft and record it; the event stays hidden, like the place, although its link to it is gone.

    Raises `Refused` for what is published or scheduled.
    """
    if row.is_published:
        raise Refused("not_draft")
    market_id = row.market_id if isinstance(row, PublicationAtPlace) else None
    record(f"{kind}.deleted" if is_shown(market_id) else deleted_unseen(kind), kind, row.id, editor_id)
    session.delete(row)
    session.flush()


class PlaceField(SelectField):
    """A choice of one of the places that the member knows, or of none; opened with a place, sent as its address."""

    def __init__(self, label: Any = None, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, [*validators, Optional()], choices=self._offered, **kwargs)

    def _offered(self) -> list[SelectChoice]:
        self._markets = {market.slug: market for market in known_markets(current_user.id)}
        return choices_of({slug: market.name[language()] for slug, market in self._markets.items()}, _l("None"))

    def process_data(self, value: Any) -> None:
        super().process_data(value.slug if isinstance(value, Market) else value or "")

    @property
    def market_id(self) -> int | None:
        market = self._markets.get(self.data)
        return market.id if market else None


class PublishingForm(ParityForm):
    """The form of a publication in both languages, perhaps about a place (`market`); a draft may leave fields empty."""

    ROW: ClassVar[type[Publication]]
    market: PlaceField

    def __init__(self, stored: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stored = stored
        self.stale = stored.stale_fields if stored else frozenset()

    def shown(self, row: Any) -> dict[str, Any]:
        return super().shown(row) | ({"market": row.market} if "market" in self else {})

    @property
    def values(self) -> dict[str, Any]:
        return super().values | ({"market_id": self.market_id} if "market" in self else {})

    @property
    def market_id(self) -> int | None:
        return self.market.market_id if "market" in self else None

    def gaps(self, row: Any = None) -> Sequence[str]:
        """Return the names of the fields that block publication: in a stored row, or else as typed here."""
        return missing(row.texts if row else self.values, self.ROW.PARITY)

    def attached(self) -> Mapping[str, str]:
        return {}

    def is_blank(self) -> bool:
        """Return whether nothing was written: an empty draft would be lost in the list."""
        return not self.says_something(self.ROW.PARITY)

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        for name in gaps:
            self.complain(name, GAPS)


def asks_before_public(form: PublicWordsForm, before: Iterable[Bilingual] = ()) -> bool:
    """Return whether the words of a valid form need a second look before everybody can read them.

    The form then shows what looks like a name, a number or an address, and asks for a tick. What stands in the texts
    `before`, which are public already, is not asked again.
    """
    texts = (field for field in form if isinstance(field, StringField) and field.name.endswith(("_en", "_es")))
    said = [field.data or "" for field in texts]
    known = [text for pair in before for text in (pair.en, pair.es)]
    found = personal_passages("\n\n".join(said), names_of_the_city)
    form.passages = tuple(one for one in found if not any(one in text for text in known))
    if not form.passages or form.may_be_public.data:
        return False
    what = "; ".join(form.passages[:MOST_PASSAGES])
    form.complain("may_be_public", _("Is this somebody's name, number or address? %(what)s", what=what))
    return True


Row = TypeVar("Row")
Form = TypeVar("Form", bound=EditorForm)


class Shelf(ABC, Generic[Row, Form]):
    """`new`, `edit` and `delete` of a blueprint, whose `index` lists the rows: a subclass finds, keeps and erases."""

    name: str
    """The row's name in the template; with "_id" that of its id in the URL."""
    template: str
    added: Any = ""
    saved: Any = ""
    deleted: Any = _l("The draft is deleted.")

    def __init__(self, blueprint: AudienceBlueprint) -> None:
        self.endpoint = blueprint.name
        row = f"/<int:{self.name}_id>"
        blueprint.add_url_rule("/new", "new", self.new, methods=["GET", "POST"])
        blueprint.add_url_rule(row, "edit", self.edit, methods=["GET", "POST"])
        blueprint.add_url_rule(f"{row}/delete", "delete", self.delete, methods=["POST"])

    @abstractmethod
    def find(self, row_id: int, *, to_change: bool) -> Row:
        """Return a row that the member may edit, locked `to_change` it. Raises `NotFound`."""

    @abstractmethod
    def form(self, row: Row | None) -> Form:
        """Return the form, with what can be chosen."""

    @abstractmethod
    def keep(self, form: Form, row: Row | None) -> Row:
        """Change the row, or create it, as the form says."""

    @abstractmethod
    def erase(self, row: Row) -> None:
        """Delete the row."""

    def more(self, _form: Form, _row: Row | None) -> Mapping[str, Any]:
        """Return what else the template shows."""
        return {}

    def new(self) -> ResponseReturnValue:
        return self.answer(None)

    def edit(self, **ids: int) -> ResponseReturnValue:
        return self.answer(self.find(ids[f"{self.name}_id"], to_change=request.method == "POST"))

    def delete(self, **ids: int) -> ResponseReturnValue:
        """Delete a row once the member has confirmed it."""
        row = self.find(ids[f"{self.name}_id"], to_change=True)
        if not editing.is_sure():
            return redirect(self.address(row))
        self.erase(row)
        return editing.done(url_for(f"{self.endpoint}.index"), str(self.deleted))

    def answer(self, row: Row | None) -> ResponseReturnValue:
        """Show the form, or keep what was typed."""
        form = self.form(row)
        if not form.validate_row(row) or names_hidden_place(form, current_user.id):
            return self.page(form, row), form.http_status
        self.keep(form, row)
        return editing.done(url_for(f"{self.endpoint}.index"), str(self.added if row is None else self.saved))

    def page(self, form: Form, row: Row | None, **more: Any) -> str:
        return render_template(self.template, form=form, **{self.name: row}, **self.more(form, row), **more)

    def address(self, row: Any, **more: Any) -> str:
        return url_for(f"{self.endpoint}.edit", **{f"{self.name}_id": row.id}, **more)


MOST_PASSAGES = 6
LETS_OUT = ("publish", "schedule")
"""The buttons that make a row public."""
Published = TypeVar("Published", bound=Publication)
PublishedForm = TypeVar("PublishedForm", bound=PublishingForm)


class PublishingEditor(Shelf[Published, PublishedForm]):
    """The pages on which a publication is written.

    The buttons are "save", "publish", "preview", and "schedule" where there is one. A draft is kept with gaps, whatever
    the button: nobody should lose the rest for one missing answer. What is published must stay complete.
    """

    def erase(self, row: Published) -> None:
        erase_draft(row, self.name, current_user.id)

    @abstractmethod
    def let_out(self, row: Published, form: PublishedForm) -> None:
        """Publish the complete row, and flash what happens now."""

    def afterwards(self, _row: Published) -> str:
        return url_for(f"{self.endpoint}.index")

    def answer(self, row: Published | None) -> ResponseReturnValue:
        """Show the form, or do what its button says. With `?check` the gaps of a draft stand beside the fields."""
        form = self.form(row)
        is_whole = form.validate_row(row)
        if row is not None and not form.is_submitted() and "check" in request.args:
            form.say_what_is_missing(form.gaps(row))
        if is_whole and pressed() == "preview":
            return self.page(form, row, preview=True)
        was_out = row is not None and row.is_published
        if is_whole and (was_out or (form.is_blank() and pressed() != "save")):
            form.say_what_is_missing(form.gaps())
        if form.errors or not is_whole or self._must_not_go_out(form, row):
            return self.page(form, row, preview=False), form.http_status
        return self._go_on(self.keep(form, row), form, was_out=was_out)

    def _must_not_go_out(self, form: PublishedForm, row: Published | None) -> bool:
        """Return whether words that go out name a hidden place or need a second look; the fields say so."""
        is_out = row is not None and row.is_published
        if not (is_out or pressed() in LETS_OUT):
            return False
        if names_hidden_place(form, current_user.id, form.market_id, form.attached):
            return True
        # With gaps it is only kept as a draft.
        before = [getattr(row, name) for name in form.ROW.PARITY] if is_out else []
        return not form.gaps() and asks_before_public(form, before)

    def _go_on(self, row: Published, form: PublishedForm, *, was_out: bool) -> ResponseReturnValue:
        if was_out and not row.is_scheduled:
            flash(_("Saved. The page is up to date."), "success")
        elif not was_out and pressed() not in LETS_OUT:
            return editing.kept_as_draft(self.address(row))
        elif form.gaps(row):
            return editing.not_out_yet(self.address(row, check=1))
        else:
            self.let_out(row, form)
        return editing.on_from(row.stale_fields, self.afterwards(row), self.address(row))


def say_published(market_id: int | None = None) -> None:
    """Flash that everybody can read it now, or from the release of its place on."""
    if is_shown(market_id):
        flash(_("Published in both languages."), "success")
    else:
        flash(_("It is ready. Everybody sees it from the hour in which its place is released."), "success")
