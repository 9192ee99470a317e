"""The pages on which somebody makes, or uses, the recovery phrase of a desk or of a circle."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from typing import Any

from flask import current_app, flash, redirect, render_template, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from nacl.public import PublicKey
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.actions import desk_keys
from portal.accounts.actions.sign_in import secret
from portal.accounts.forms import PhraseForm, WordsForm
from portal.accounts.models import CIRCLE, Desk
from portal.accounts.rules.phrase import places_to_ask, plain_word
from portal.accounts.sessions import person
from portal.accounts.signals import desks_touched
from portal.core.crypto import derive, keyed_hash
from portal.core.errors import NotFound
from portal.core.forms import RoomForm
from portal.core.i18n import language
from portal.core.limits import give_back, may_try
from portal.core.phrases import WrongPhrase, new_recovery_phrase, recovery_key

Answer = Response | str | tuple[str, int]
TOKEN_SECONDS = 3600
PHRASE_TRIES = 20
DAY = 86_400


def make_phrase(desk: Desk, name: str, back: str) -> Answer:
    """Make the recovery phrase: explain, show it once, ask for two of its words, then go `back`.

    Raises `Refused` or `NotAllowed` before anything is written on paper that would open nothing.
    """
    _require_may_make(desk)
    if not RoomForm().is_submitted():
        return _page("accounts/phrase_explained.html", desk, name, is_first=not queries.holders(desk.id))
    if "sealed" not in request.form:
        return _show_phrase(desk, name)
    promised = _promised(desk, request.form["sealed"])
    form = WordsForm(promised["places"])
    if "first" not in request.form:
        return _ask_words(desk, name, WordsForm(promised["places"], formdata=None, sealed=form.sealed.data))
    if not form.validate():
        return _ask_words(desk, name, form), 422
    if _proof(form.first.data or "", form.second.data or "") != promised["proof"]:
        form.second.errors = [_("These are not the two words. Please look at your paper again.")]
        return _ask_words(desk, name, form), 422
    _keep_phrase(desk, PublicKey(b64decode(promised["key"])))
    if desk.kind == CIRCLE:
        flash(_("Done. Lock the paper away: who has it and sits in this circle can open everything."), "success")
    else:
        flash(_("Done. Lock the paper away: who has it and sits at this desk can open everything."), "success")
    return redirect(back)


def use_phrase_of(desk: Desk, name: str, back: str) -> Answer:
    """Open a desk with the printed phrase, when nobody else can, then go `back`."""
    form = PhraseForm()
    if not form.is_submitted():
        return _page("accounts/phrase.html", desk, name, form=form)
    if not form.validate():
        return _page("accounts/phrase.html", desk, name, form=form), 422
    tries = ("recovery phrase", str(person().id), PHRASE_TRIES, DAY)
    if not may_try(*tries):
        form.phrase.errors = [_("There were too many tries. Please wait until tomorrow.")]
        return _page("accounts/phrase.html", desk, name, form=form), 429
    try:
        desk_keys.open_with_phrase(desk, person().member, form.phrase.data or "")
    except WrongPhrase:
        form.phrase.errors = [_("These words do not open this. Please check each one, and that there are 24.")]
        return _page("accounts/phrase.html", desk, name, form=form), 422
    give_back(*tries)
    if desk.kind != CIRCLE:
        desks_touched.send(None)
    flash(_("It is open for you."), "success")
    return redirect(back)


def _require_may_make(desk: Desk) -> None:
    if queries.holders(desk.id):
        desk_keys.require_holder(desk, person().member)
    else:
        desk_keys.require_may_set_up(desk, person().member)


def _page(template: str, desk: Desk, name: str, **given: Any) -> str:
    return render_template(template, name=name, is_circle=desk.kind == CIRCLE, **given)


def _show_phrase(desk: Desk, name: str) -> str:
    """Show the phrase. Only its public key and a keyed hash of two of its words go on, in a signed form field."""
    words = new_recovery_phrase(language()).split()
    places = places_to_ask(secrets.randbelow)
    key = b64encode(bytes(recovery_key(" ".join(words)).public_key)).decode()
    proof = _proof(*(words[place - 1] for place in places))
    sealed = _serializer().dumps({"desk": desk.id, "member": person().id, "key": key, "places": places, "proof": proof})
    return _page("accounts/phrase_shown.html", desk, name, words=words, sealed=sealed)


def _ask_words(desk: Desk, name: str, form: WordsForm) -> str:
    return _page("accounts/phrase_words.html", desk, name, form=form)


def _promised(desk: Desk, sealed: str) -> dict[str, Any]:
    try:
        promised: dict[str, Any] = _serializer().loads(sealed, max_age=TOKEN_SECONDS)
    except BadSignature:
        raise NotFound from None
    if (promised["desk"], promised["member"]) != (desk.id, person().id):
        raise NotFound
    return promised


def _keep_phrase(desk: Desk, recovery: PublicKey) -> None:
    mine = person()
    if queries.holders(desk.id):
        desk_keys.replace_recovery(desk, mine.member, mine.private_key(), recovery)
    else:
        desk_keys.set_up_desk(desk, mine.member, recovery)
    if desk.kind != CIRCLE:
        desks_touched.send(None)


def _proof(first: str, second: str) -> str:
    # A signed field can be read by whoever has the page: without the key, two words are quickly guessed.
    return keyed_hash(derive(secret(), "recovery phrase words"), f"{plain_word(first)} {plain_word(second)}")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="recovery phrase")
