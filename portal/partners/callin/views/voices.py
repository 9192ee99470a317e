"""Those who speak: the matrix of points for the circle, and the roster for whoever may know it."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.core.editors import is_sure
from portal.core.errors import NotAllowed, NotFound
from portal.core.web import SIGNED_IN, Room
from portal.partners.callin import actions
from portal.partners.callin.evening import Evening, Voice
from portal.partners.callin.forms import VoiceForm
from portal.partners.callin.models import CallInCard
from portal.partners.callin.queries import line
from portal.partners.callin.rules.voices import Consent
from portal.partners.callin.views.door import enter_evening
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act

room = Room(
    "call_ins_voices",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>/voices",
)


@room.get("/")
def index(circle_id: int, call_in_id: int) -> str:
    """Which point is made how often; for whoever keeps the roster, by whom."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    return render_template("partners/callin/voices.html", seat=seat, evening=evening)


@room.route("/new", methods=["GET", "POST"])
def add(circle_id: int, call_in_id: int) -> Answer:
    """Write down somebody who was asked to speak."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    form = VoiceForm(evening.voices)
    if not form.is_submitted():
        return _form_page(seat, evening, form)
    if not form.validate():
        return _form_page(seat, evening, form), 422
    card = actions.add_line(seat, evening.call_in, CallInCard(), form.words)
    return redirect(_address("show", evening, card))


@room.get("/<int:card_id>/")
def show(circle_id: int, call_in_id: int, card_id: int) -> str:
    """One voice: what is prepared, and what they agree to."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    voice = _voice(evening, card_id)
    alternate = evening.cards.get(int(voice.words.get("alternate") or 0))
    rehearsed = voice.words.get("rehearsed")
    return render_template(
        "partners/callin/voice.html",
        seat=seat,
        evening=evening,
        voice=voice,
        alternate=alternate,
        rehearsed=date.fromisoformat(rehearsed) if rehearsed else None,
    )


@room.route("/<int:card_id>/edit", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int, card_id: int) -> Answer:
    """Change what is prepared; who was slower sees both."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    voice = _voice(evening, card_id)
    form = VoiceForm([one for one in evening.voices if one.card.id != card_id])
    if not form.is_submitted():
        form.process(data={**voice.words, "rehearsed": _day(voice), "version": str(voice.card.version)})
        return _form_page(seat, evening, form, voice)
    if form.is_behind(voice.card.version):
        form.version.data = str(voice.card.version)
        newer = form.differences({name: voice.words.get(name, "") for name in form.TEXTS})
        return _form_page(seat, evening, form, voice, newer), 409
    if not form.validate():
        return _form_page(seat, evening, form, voice), 422
    actions.change_line(seat, evening.call_in, voice.card, {**voice.words, **form.words})
    flash(_("Saved."), "success")
    return redirect(_address("show", evening, voice.card))


@room.post("/<int:card_id>/consent/<consent>/<given>")
def consent(circle_id: int, call_in_id: int, card_id: int, consent: str, given: str) -> Response:
    """Write down that they agree, or that they do not any more: that counts at once, everywhere."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    voice = _voice(evening, card_id)
    if consent not in set(Consent) or given not in ("yes", "no"):
        raise NotFound
    actions.take_consent(seat, voice.card, voice.words, Consent(consent), given=given == "yes")
    flash(_("Written down, with today's date."), "success")
    return redirect(_address("show", evening, voice.card))


@room.post("/<int:card_id>/drop")
def drop(circle_id: int, call_in_id: int, card_id: int) -> Response:
    """Forget somebody: all that is written about them goes."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    card, stored = line(CallInCard, evening.call_in, card_id), evening.call_in
    if is_sure():
        actions.drop_line(seat, stored, card)
        flash(_("Deleted."), "success")
    return redirect(url_for("call_ins_voices.index", circle_id=stored.circle_id, call_in_id=stored.id))


def _voice(evening: Evening, card_id: int) -> Voice:
    line(CallInCard, evening.call_in, card_id)
    voice = evening.cards.get(card_id)
    if voice is None:
        raise NotAllowed
    return voice


def _day(voice: Voice) -> date | None:
    written = voice.words.get("rehearsed")
    return date.fromisoformat(written) if written else None


def _form_page(seat: Seat, evening: Evening, form: VoiceForm, voice: Voice | None = None, newer: object = None) -> str:
    template = "partners/callin/voice_edit.html"
    return render_template(template, seat=seat, evening=evening, form=form, voice=voice, newer=newer)


def _address(page: str, evening: Evening, card: CallInCard) -> str:
    stored = evening.call_in
    return url_for(f"call_ins_voices.{page}", circle_id=stored.circle_id, call_in_id=stored.id, card_id=card.id)
