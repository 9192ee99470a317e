"""Pages for saved venues: the list, and a form for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.core.editing import EditorForm, both, english, is_sure, line, lines, spanish
from portal.core.i18n import language, language_here
from portal.core.web import AudienceBlueprint, members
from portal.markets.map.drawing import address_map
from portal.markets.texts import names_hidden_place
from portal.meetings import venues
from portal.meetings.forms import ACCESS, HOST, NO_STREET
from portal.meetings.meeting import editable_meeting
from portal.meetings.readiness import is_street_address
from portal.meetings.venues import COPIED, Venue, VenueDraft
from portal.organisations.organisations import Organisation, organisations
from portal.organisations.sides import OrganisationKind

NAME = _l("Name, as people read it")
NAMES = {"place": NAME, "access": ACCESS, "host": HOST}


class VenueForm(EditorForm):
    """The fields of a venue. Both languages should be there, but one may follow."""

    place_en, place_es = line(english(NAME), 160), line(spanish(NAME), 160)
    access_en, access_es = lines(english(ACCESS), 1_000), lines(spanish(ACCESS), 1_000)
    host_en, host_es = line(english(HOST)), line(spanish(HOST))
    address = line(_l("Street address"), 200)
    organisation = SelectField(_l("Whose house it is"), validators=[Optional()])
    contact = line(_l("Who has the key, and how to reach them"), 200)

    def __init__(self, houses: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        house = [one for one in houses if one.kind != OrganisationKind.POLICE]
        self.organisation.choices = [
            SelectChoice("", _l("None of these")),
            *(SelectChoice(str(one.id), str(one.name)) for one in house),
        ]

    @property
    def first(self) -> str:
        """The language that is written first: the reader's, unless only the other one is there."""
        other = "es" if language() == "en" else "en"
        only_other = self[f"place_{other}"].data and not self[f"place_{language()}"].data
        return other if only_other and not self.is_submitted() else language()

    @property
    def second(self) -> str:
        return "es" if self.first == "en" else "en"

    @property
    def due(self) -> int:
        """How many texts still lack the second language."""
        return sum(
            bool(self[f"{name}_{self.first}"].data) > bool(self[f"{name}_{self.second}"].data) for name in COPIED
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a name in one language, and an address that a map can find."""
        whole: bool = super().validate(extra_validators)
        if self.address.data and not is_street_address(self.address.data):
            self.complain("address", NO_STREET)
        return self.says_something(("place",), self.first) and whole and not self.errors

    @property
    def draft(self) -> VenueDraft:
        return VenueDraft(
            place=self.pair("place"),
            access=self.pair("access"),
            host=self.pair("host"),
            address=self.address.data or "",
            organisation_id=int(self.organisation.data) if self.organisation.data else None,
            contact=self.contact.data or "",
        )

    def name_first_language(self) -> None:
        """Leave the language out of the labels of texts that are written in the reader's language."""
        if self.first == language():
            for name, label in NAMES.items():
                self[f"{name}_{self.first}"].label.text = label


blueprint = AudienceBlueprint(
    "meetings_venues",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/venues",
)


@blueprint.get("/")
def index() -> str:
    """List the saved venues, and places of earlier meetings that can be kept with one tap."""
    return render_template(
        "meetings/venues/index.html",
        venues=venues.venues(current_user.id),
        others=venues.not_kept(current_user.id),
        languages=lambda halves: ", ".join(map(language_here, halves)),
    )


@blueprint.post("/from/<int:meeting_id>")
def keep(meeting_id: int) -> Response:
    """Keep the place of a meeting."""
    meeting = editable_meeting(meeting_id, current_user.id)
    if venues.keep_venue_of(meeting, current_user.id) is None:
        flash(_("The venue was not kept: all organizers would read the name of a hidden place."), "warning")
    else:
        flash(_("The venue is kept. Choose it with one tap when you plan a meeting."), "success")
    return redirect(url_for("meetings_venues.index"))


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Add a venue."""
    form = VenueForm(organisations())
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id):
        return _page(form), form.http_status
    venues.keep_venue(form.draft, current_user.id)
    flash(_("The venue is kept. Choose it with one tap when you plan a meeting."), "success")
    return redirect(url_for("meetings_venues.index"))


@blueprint.route("/<int:venue_id>", methods=["GET", "POST"])
def edit(venue_id: int) -> ResponseReturnValue:
    """Change a venue."""
    found = venues.venue(venue_id, to_change=request.method == "POST")
    form = VenueForm(organisations())
    if not form.validate_over(_as_typed(found), found.version) or names_hidden_place(form, current_user.id):
        return _page(form, found), form.http_status
    venues.change_venue(found, form.draft, current_user.id)
    flash(_("Saved. Meetings that are planned already stay as they are."), "success")
    return redirect(url_for("meetings_venues.index"))


@blueprint.post("/<int:venue_id>/delete")
def delete(venue_id: int) -> Response:
    """Delete a venue once the organizer has confirmed."""
    found = venues.venue(venue_id, to_change=True)
    if not is_sure():
        return redirect(url_for("meetings_venues.edit", venue_id=venue_id))
    venues.forget_venue(found, current_user.id)
    flash(_("The venue is deleted. Meetings stay as they are."), "success")
    return redirect(url_for("meetings_venues.index"))


def _as_typed(found: Venue) -> dict[str, Any]:
    draft = found.draft
    return {
        **{key: text for name in COPIED for key, text in both(name, getattr(draft, name)).items()},
        "address": draft.address,
        "organisation": str(draft.organisation_id or ""),
        "contact": draft.contact,
    }


def _page(form: VenueForm, found: Venue | None = None) -> str:
    form.name_first_language()
    is_drawn = found is not None and bool(found.address) and address_map(found.address, None) is not None
    return render_template("meetings/venues/edit.html", form=form, venue=found, is_drawn=is_drawn)
