"""Forms and views of the desks: seats, admissions, recovery phrases, and requests to restart a desk."""

from __future__ import annotations

from base64 import b64decode, b64encode
from random import SystemRandom
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer
from nacl.public import PublicKey
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import InputRequired

from portal.accounts import desk_keys, users
from portal.accounts.desk_keys import WAIT, plain_word
from portal.accounts.roles import RECEIVES, SEAT_OF
from portal.accounts.sign_in import current_user, key_for, password_first
from portal.accounts.sign_in_pages import FILL_IN
from portal.accounts.texts import DESK_LOCKS, audited, thing_name
from portal.accounts.users import CIRCLE, Desk, desks_touched, log_for_desks
from portal.core import stored_settings
from portal.core.crypto import WrongPhrase, fingerprint, keyed_hash, new_recovery_phrase, recovery_key
from portal.core.db import session
from portal.core.editing import done, page_asked
from portal.core.forms import FormPage, ProtectedForm, at_most, strip, text
from portal.core.i18n import language
from portal.core.limits import DAY, give_back, may_try
from portal.core.statuses import NotAllowed, NotFound, existing
from portal.core.web import AudienceBlueprint, members

CHECK = InputRequired(_l("Please check this box if it is so."))


class LostForm(ProtectedForm):
    sure = BooleanField(
        _l("I looked for the paper and asked everybody who could have it. It is lost."), validators=[CHECK]
    )


class SpokenForm(ProtectedForm):
    sure = BooleanField(
        _l("I spoke with them in person, or on a number that I knew before. It is really them who ask."),
        validators=[CHECK],
    )


class PhraseWordsForm(ProtectedForm):
    sealed = HiddenField()
    first, second = (text(_l("Word"), 40, short=True, autocapitalize="none", spellcheck="false") for _half in range(2))

    def __init__(self, places: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first.label.text = _l("Word %(number)d", number=places[0])
        self.second.label.text = _l("Word %(number)d", number=places[1])


class PhraseForm(ProtectedForm):
    phrase = TextAreaField(
        _l("The 24 words"),
        filters=[strip],
        validators=[FILL_IN, at_most(1_000)],
        description=_l(
            "In their order. Capitals, accents, numbers and line breaks do not matter; the first four letters of each "
            "word are enough."
        ),
        render_kw={"rows": 6, "autocapitalize": "none", "spellcheck": "false"},
    )


TOKEN_SECONDS = 3600
PHRASE_TRIES = 20


def make_phrase(desk: Desk, name: str, back: str) -> ResponseReturnValue:
    """Make a recovery phrase: explain it, show it once, ask for two of its words, then redirect to `back`."""
    # First of all, before the member writes down a phrase that would open nothing.
    is_first = not users.holders(desk.id)
    if is_first:
        desk_keys.require_may_set_up(desk, current_user.member)
    else:
        desk_keys.require_holder(desk, current_user.member)
    # Whoever found the phone could else take the paper's place for good.
    if "sealed" not in request.form and (confirm := password_first(request.path)):
        return confirm
    is_circle = desk.kind == CIRCLE
    if not ProtectedForm().is_submitted():
        return render_template("accounts/phrase_explained.html", name=name, is_circle=is_circle, is_first=is_first)
    if "sealed" not in request.form:
        return _show_phrase(desk, name)
    promised = _promised(desk, request.form["sealed"])
    form, page = PhraseWordsForm(promised["places"]), _words_page(name)
    if "first" not in request.form:
        return page.show(PhraseWordsForm(promised["places"], formdata=None, sealed=form.sealed.data))[0]
    if not form.validate():
        return page.show(form)
    if _proof(form.first.data or "", form.second.data or "") != promised["proof"]:
        form.second.errors = [_("These are not the two words. Please look at your paper again.")]
        return page.show(form)
    recovery = PublicKey(b64decode(promised["key"]))
    if is_first:
        desk_keys.set_up_desk(desk, current_user.member, recovery)
    else:
        desk_keys.replace_recovery(desk, current_user.member, current_user.private_key(), recovery)
    if is_circle:
        return done(back, _("Done. Lock the paper away: who has it and sits in this circle can open everything."))
    desks_touched.send(None)
    return done(back, _("Done. Lock the paper away: who has it and sits at this desk can open everything."))


def _words_page(name: str) -> FormPage:
    return FormPage(
        _("Two of your words"),
        _("Check my words"),
        tab=_("Recovery phrase"),
        lead=_("Look at your paper. Capitals and accents do not matter."),
        eyebrow=name,
        back=(request.path, _("Start over with new words")),
    )


def use_phrase_of(desk: Desk, name: str, back: str) -> ResponseReturnValue:
    """Open a desk with the printed phrase, when no other member can, then redirect to `back`."""
    form, tab = PhraseForm(), _("Recovery phrase")
    lead = _("The use of the phrase is noted in the audit log.")
    opens = _("Open the circle") if desk.kind == CIRCLE else _("Open the desk")
    page = FormPage(_("Open with the recovery phrase"), opens, tab=tab, lead=lead, eyebrow=name)
    if not form.validate_on_submit():
        return page.show(form)
    tries = ("recovery phrase", str(current_user.id), PHRASE_TRIES, DAY)
    if not may_try(*tries):
        form.phrase.errors = [_("There were too many tries. Please wait until tomorrow.")]
        return page.show(form)[0], 429
    try:
        desk_keys.open_with_phrase(desk, current_user.member, form.phrase.data or "")
    except WrongPhrase:
        form.phrase.errors = [_("These words do not open this. Please check each one, and that there are 24.")]
        return page.show(form)
    give_back(*tries)
    if desk.kind != CIRCLE:
        desks_touched.send(None)
    return done(back, _("It is open for you."))


def _show_phrase(desk: Desk, name: str) -> str:
    """Show the phrase once; a signed field carries on its public key, and a keyed hash of two of its words."""
    words = new_recovery_phrase(language()).split()
    # Two are asked for, to see that all were really written down.
    places = sorted(SystemRandom().sample(range(1, len(words) + 1), 2))
    public = bytes(recovery_key(" ".join(words)).public_key)
    key = b64encode(public).decode()
    proof = _proof(*(words[place - 1] for place in places))
    sealed = _serializer().dumps(
        {"desk": desk.id, "member": current_user.id, "key": key, "places": places, "proof": proof}
    )
    return render_template(
        "accounts/phrase_shown.html",
        name=name,
        is_circle=desk.kind == CIRCLE,
        words=words,
        mark=fingerprint(public, language()),
        sealed=sealed,
    )


def _promised(desk: Desk, sealed: str) -> dict[str, Any]:
    try:
        promised: dict[str, Any] = _serializer().loads(sealed, max_age=TOKEN_SECONDS)
    except BadSignature:
        raise NotFound from None
    if (promised["desk"], promised["member"]) != (desk.id, current_user.id):
        raise NotFound
    return promised


def _proof(first: str, second: str) -> str:
    # The signed field can be read by anyone who has the page; without the key, two words are quickly guessed.
    return keyed_hash(key_for("recovery phrase words"), f"{plain_word(first)} {plain_word(second)}")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="recovery phrase")


blueprint = AudienceBlueprint("desks", __name__, audience=members(*SEAT_OF), url_prefix="/<lang:lang>/colleagues")
A_FEW = 8


@blueprint.get("/")
def index() -> str:
    states = desk_keys.desk_states(current_user.id)
    return render_template(
        "accounts/desks.html",
        desks=[(state.desk, state.lock, users.seats(state.desk.id)) for state in states],
        receives=RECEIVES,
        me=current_user.member,
        requests=desk_keys.requests(),
        desk_locks=DESK_LOCKS,
        takes_texts=users.active_key_of,
        mark_of=fingerprint,
        wait=WAIT.days,
        log=log_for_desks(1, A_FEW),
        waiting=(waiting := stored_settings.waiting_changes()),
        names=users.member_names(change.member_id for change in waiting if change.member_id),
        may_decide=bool(waiting) and users.opens_reports(current_user.id),
        thing_name=thing_name,
        **_words(),
    )


@blueprint.post("/changes/<int:change_id>/agree", endpoint="agree_to_change", defaults={"agrees": True})
@blueprint.post("/changes/<int:change_id>/refuse", endpoint="refuse_change", defaults={"agrees": False})
def answer_change(change_id: int, *, agrees: bool) -> Response:
    """Agree to a waiting change, or refuse it. Raises `NotAllowed` for who opens no reports."""
    # A role alone is not enough: an administrator can give roles, but only colleagues let somebody in at a desk.
    if not users.opens_reports(current_user.id):
        raise NotAllowed
    change = stored_settings.waiting_change(change_id)
    if agrees:
        stored_settings.agree_to_change(change, current_user.id)
        return done(url_for("desks.index"), _("You agreed. The change is in force."))
    stored_settings.refuse_change(change, current_user.id)
    return done(url_for("desks.index"), _("The change is dropped. What was in force stays."))


@blueprint.get("/log")
def log() -> str:
    page = page_asked()
    shown = log_for_desks(page)
    return render_template(
        "accounts/desk_log.html",
        log=shown,
        newer=url_for("desks.log", page=page - 1) if page > 1 else None,
        older=url_for("desks.log", page=page + 1) if shown.has_older else None,
        **_words(),
    )


@blueprint.post("/<int:desk_id>/admit/<int:member_id>")
def admit(desk_id: int, member_id: int) -> Response:
    newcomer = users.member(member_id)
    desk_keys.admit(_my_desk(desk_id), newcomer, current_user.member, current_user.private_key())
    return done(url_for("desks.index"), _("%(name)s can now open what comes to this desk.", name=newcomer.name))


@blueprint.route("/<int:desk_id>/phrase/new", methods=["GET", "POST"])
def new_phrase(desk_id: int) -> ResponseReturnValue:
    desk = _my_desk(desk_id)
    return make_phrase(desk, str(desk.name), url_for("desks.index"))


@blueprint.route("/<int:desk_id>/phrase", methods=["GET", "POST"])
def use_phrase(desk_id: int) -> ResponseReturnValue:
    desk = _my_desk(desk_id)
    return use_phrase_of(desk, str(desk.name), url_for("desks.index"))


@blueprint.route("/<int:desk_id>/anew", methods=["GET", "POST"])
def ask_anew(desk_id: int) -> ResponseReturnValue:
    desk, form = _my_desk(desk_id), LostForm()
    if users.holders(desk_id):
        return redirect(url_for("desks.index"))
    if form.validate_on_submit():
        desk_keys.ask(desk, current_user.member)
        return done(url_for("desks.index"), _("Everybody with a seat at a desk gets word of it now."))
    return render_template("accounts/anew.html", desk=desk, form=form, wait=WAIT.days), form.http_status


@blueprint.route("/<int:desk_id>/anew/answer", methods=["GET", "POST"])
def answer_anew(desk_id: int) -> ResponseReturnValue:
    anew, form = existing(session.get(desk_keys.BeginAnew, desk_id)), SpokenForm()
    if form.validate_on_submit():
        desk_keys.agree(anew, current_user.member)
        return done(url_for("desks.index"), _("You agreed. It stands here with your name."))
    page = render_template("accounts/anew_answer.html", asked=anew, form=form, me=current_user.member)
    return page, form.http_status


@blueprint.post("/<int:desk_id>/anew/refuse")
def refuse_anew(desk_id: int) -> Response:
    desk_keys.refuse(existing(session.get(desk_keys.BeginAnew, desk_id)), current_user.member)
    return done(url_for("desks.index"), _("The request is over. Everybody with a seat at a desk gets word of it."))


def _my_desk(desk_id: int) -> Desk:
    return existing(next((desk for desk in users.desks_of(current_user.id) if desk.id == desk_id), None))


def _words() -> dict[str, object]:
    return {"audited": audited, "desk_names": {str(desk.id): str(desk.name) for desk in users.desks()}}
