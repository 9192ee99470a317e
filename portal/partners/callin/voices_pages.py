"""The roster of a call-in: the form of a speaker, their consents, and the coverage of the points.

The list of speakers is as sensitive as a tip: all but the overview of points requires access to the roster.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectField
from wtforms.validators import Optional

from portal.core.clock import today
from portal.core.editing import EditorForm, is_sure, line, lines
from portal.core.forms import DateField, readable, refuse
from portal.core.i18n import LANGUAGES, language
from portal.core.slugs import public_address
from portal.core.statuses import NotAllowed, NotFound
from portal.partners.callin import call_ins, own_part
from portal.partners.callin.call_ins import CallInCard, page_of
from portal.partners.callin.evening import OpenedCallIn, Voice, enter_evening
from portal.partners.callin.evening_rules import WORDS, Consent, EveningState, VoicePoint, Who
from portal.partners.callin.pages import FILL_IN
from portal.partners.callin.rules import delicate
from portal.partners.callin.texts import NO_NAME_FOR_YOUTH, POINTS, SAFETY, WHO
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, SealedWords, chosen, circle_blueprint, done, seats

ANSWERS = ((_l("Not asked yet"), ""), (_l("Yes"), "yes"), (_l("No"), "no"))


def voice_choices(voices: Sequence[Voice]) -> list[SelectChoice]:
    return [SelectChoice(str(voice.card.id), voice.name or WHO[voice.who]) for voice in voices]


def _safety(question: str) -> RadioField:
    choices = [SelectChoice(value, label) for label, value in ANSWERS]
    return RadioField(SAFETY[question], choices=choices, default="")


class VoiceForm(SealedWords, EditorForm):
    """The form of a speaker and their preparation. Consents are recorded separately, with dates."""

    SEALED = (*WORDS, "notes")
    name = line(_l("What we call them"), 80)
    who = SelectField(_l("As what they speak"), choices=[SelectChoice(who.value, WHO[who]) for who in Who])
    point = RadioField(
        _l("Their one point"),
        choices=[SelectChoice("", _l("Not decided yet")), *(SelectChoice(key, POINTS[key]) for key in VoicePoint)],
        default="",
    )
    asked_by = line(_l("Who asked them"), 80)
    rehearsed = DateField(_l("Rehearsal held on"), validators=[Optional(), readable])
    interpreter = line(_l("Interpreter"), 80)
    support = line(_l("Who sits beside them"), 80)
    block, door, ride = _safety("block"), _safety("door"), _safety("ride")
    safety = lines(_l("More about their safety"), 600)
    alternate = SelectField(_l("Who steps in for them"), coerce=str)
    member = SelectField(_l("Their account here"), coerce=str, default="")
    notes = lines(_l("What they want to say, in a few lines"), 2_000)

    sure = BooleanField(_l("Save it as it is"))
    found: tuple[str, ...] = ()
    """The kinds of personal details and threats that the writer is asked to check."""

    def __init__(self, others: Sequence[Voice], everybody: Sequence[CircleSeat], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alternate.choices = [SelectChoice("", _l("Nobody yet")), *voice_choices(others)]
        named = [SelectChoice(str(seat.member.id), seat.member.name) for seat in everybody if not seat.is_police]
        self.member.choices = [SelectChoice("", _l("None")), *named]
        self.others = others

    def validate_member(self, field: Field) -> None:
        """Refuse an account that belongs to another speaker, and any of somebody who may be under 18."""
        if field.data and self.who.data == Who.YOUTH:
            refuse(NO_NAME_FOR_YOUTH)
        if field.data and any(voice.words["member"] == field.data for voice in self.others):
            refuse(_l("This account belongs to somebody else who speaks."))

    def validate_rehearsed(self, field: Field) -> None:
        if field.data and field.data > today():
            refuse(_l("That day is still to come. Write it down when the rehearsal was held."))

    def validate_name(self, field: Field) -> None:
        """Refuse a name of a speaker who may be under 18; require one of all others, to identify them."""
        if self.who.data == Who.YOUTH and field.data:
            refuse(NO_NAME_FOR_YOUTH)
        if self.who.data != Who.YOUTH and not field.data:
            refuse(FILL_IN)

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for confirmation if the notes contain names, numbers or threats: speakers should use none of them."""
        whole = super().validate(extra_validators)
        self.found = delicate(self.notes.data or "", self.safety.data or "") if whole else ()
        return whole and (bool(self.sure.data) or not self.found)


blueprint = circle_blueprint("call_ins_voices", __name__, "call-ins/<int:call_in_id>/voices")


@blueprint.get("/")
def index(circle_id: int, call_in_id: int) -> str:
    """Show how often each point is made and, to keepers of the roster, by which speakers."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    return render_template("partners/callin/voices.html", seat=seat, evening=evening)


@blueprint.route("/new", methods=["GET", "POST"])
def add(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    form = VoiceForm(evening.voices, seats(seat.circle))
    if not form.validate_on_submit():
        return _form_page(seat, evening, form)
    card = call_ins.add_line(seat, evening.call_in, CallInCard(), form.words)
    return redirect(_page(evening, card.id))


@blueprint.get("/<int:card_id>/")
def show(circle_id: int, call_in_id: int, card_id: int) -> str:
    seat, evening, voice = _enter(circle_id, call_in_id, card_id)
    last_day, state = own_part.last_day(evening.call_in), evening.call_in.state
    return render_template(
        "partners/callin/voice.html",
        seat=seat,
        evening=evening,
        voice=voice,
        alternate=evening.cards.get(int(voice.words["alternate"] or 0)),
        rehearsed=date.fromisoformat(voice.words["rehearsed"]) if voice.words["rehearsed"] else None,
        account=next((other for other in seats(seat.circle) if str(other.member.id) == voice.words["member"]), None),
        has_link=own_part.link_of(voice.card) is not None,
        until=last_day,
        may_link=state != EveningState.OFF and today() <= last_day,
    )


@blueprint.route("/<int:card_id>/edit", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int, card_id: int) -> ResponseReturnValue:
    seat, evening, voice = _enter(circle_id, call_in_id, card_id)
    form = VoiceForm([other for other in evening.voices if other.card.id != card_id], seats(seat.circle))
    if not form.validate_over(form.opened(voice.words), voice.card.version):
        return _form_page(seat, evening, form, voice)
    call_ins.change_line(seat, evening.call_in, voice.card, {**voice.words, **form.words})
    return done(_("Saved."), _page(evening, card_id))


@blueprint.post("/<int:card_id>/consent/<consent>/<given>")
def consent(circle_id: int, call_in_id: int, card_id: int, consent: str, given: str) -> Response:
    seat, evening, voice = _enter(circle_id, call_in_id, card_id)
    if given not in ("yes", "no"):
        raise NotFound
    call_ins.take_consent(seat, voice.card, voice.words, chosen(Consent, consent), given=given == "yes")
    return done(_("Written down, with today's date."), _page(evening, card_id))


@blueprint.post("/<int:card_id>/seen")
def seen(circle_id: int, call_in_id: int, card_id: int) -> Response:
    seat, evening, voice = _enter(circle_id, call_in_id, card_id)
    call_ins.settle(seat, voice.card, voice.words)
    return redirect(_page(evening, card_id))


@blueprint.post("/<int:card_id>/link")
def link(circle_id: int, call_in_id: int, card_id: int) -> str:
    """Make a private link for a speaker, in place of an earlier one."""
    import segno

    seat, evening, voice = _enter(circle_id, call_in_id, card_id)
    token = own_part.make_link(seat, evening, voice)
    # Shown once, in the response itself: the link must not appear in a URL or a cookie.
    links = {lang: public_address("own_part.by_link", lang=lang, token=token) for lang in LANGUAGES}
    square = segno.make(links[language()], error="m").svg_inline(scale=3, border=4, light="#fff", dark="#000")
    return render_template(
        "partners/callin/link.html",
        seat=seat,
        evening=evening,
        voice=voice,
        links=links,
        square=Markup(square),  # noqa: S704 - an image of our own address
        until=own_part.last_day(evening.call_in),
    )


@blueprint.post("/<int:card_id>/link/end")
def end_link(circle_id: int, call_in_id: int, card_id: int) -> Response:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    own_part.end_link(seat, call_ins.line_of(CallInCard, evening.call_in, card_id))
    return done(_("The link is taken back. It opens nothing any more."), _page(evening, card_id))


@blueprint.post("/<int:card_id>/drop")
def drop(circle_id: int, call_in_id: int, card_id: int) -> Response:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    card = call_ins.line_of(CallInCard, evening.call_in, card_id)
    if is_sure():
        call_ins.drop_line(seat, evening.call_in, card)
        flash(_("Deleted."), "success")
    return redirect(page_of(evening.call_in, "call_ins_voices.index"))


def _enter(circle_id: int, call_in_id: int, card_id: int) -> tuple[CircleSeat, OpenedCallIn, Voice]:
    """Return like `enter_evening`, and a speaker. Raises NotAllowed if the reader's keys do not open their card."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    card = call_ins.line_of(CallInCard, evening.call_in, card_id)
    if card.id not in evening.cards:
        raise NotAllowed
    return seat, evening, evening.cards[card.id]


def _form_page(seat: CircleSeat, evening: OpenedCallIn, form: VoiceForm, voice: Voice | None = None) -> tuple[str, int]:
    page = render_template("partners/callin/voice_edit.html", seat=seat, evening=evening, form=form, voice=voice)
    return page, form.http_status


def _page(evening: OpenedCallIn, card_id: int) -> str:
    return page_of(evening.call_in, "call_ins_voices.show", card_id=card_id)
