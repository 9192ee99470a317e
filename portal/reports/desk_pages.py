"""Pages of the desks that read reports: inbox, one report with its forms, pictures, sorting and referrals.

Every view looks a report up among the desks that the signed-in member can open; all others raise `NotFound`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.validators import ValidationError

from portal.accounts.roles import READS_REPORTS
from portal.accounts.users import desk_private_keys, desks_of, member_names, open_desks
from portal.core.db import db, session
from portal.core.editors import page_asked
from portal.core.forms import ProtectedForm, at_most, strip
from portal.core.i18n import language
from portal.core.names import bare_names
from portal.core.pii import PersonalDetail, giveaways
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members, refusal
from portal.markets.map.sheets import names_of_the_city
from portal.markets.places import Market, public_markets
from portal.reports import threads
from portal.reports.intake_pages import LONGEST_REPORT, _refuse_race_alone
from portal.reports.referrals import masked_words
from portal.reports.reports import (
    Keys,
    Shared,
    Thread,
    answered_threads,
    clock,
    first_words,
    holders_sentence,
    how_many_folded,
    how_many_in_flood,
    how_many_wait,
    inbox,
    is_stranded,
    opened_by_desk,
    opened_by_sender,
    picture,
    readers,
    referral_of,
    referrals_of,
    stranded_threads,
    thread_at_desk,
)
from portal.reports.texts import CHANNELS, DISPOSITIONS, PARTS, REFERRALS, SORTED, STATES, STEPS, VERDICTS
from portal.reports.triage import OVERSIGHT, READERS, Category, Disposition, Referral, desk_for, may_refer
from portal.reports.urgency import speaks_of_police

RACE_PASSED_ON = _l("A part of it names a race and nothing else. That helps nobody: please take it out.")


class DeskForm(ProtectedForm):
    """The form for a reply to the resident and the next step of a report.

    `readers` are the referral targets whose members can read a referral of this report in the portal. `said` returns
    the resident's own words: if they mention the police, the form asks about police conduct even if the desk left those
    words out of the referral. `places` returns names of the city's places, which are not taken for names of persons.
    """

    version = HiddenField()
    what = TextAreaField(_l("Answer to the person"), filters=[strip], validators=[at_most(LONGEST_REPORT)])
    then = SelectField(_l("And then"), default="answer")
    readable = TextAreaField(
        _l("If you pass it on: what they may read"), filters=[strip], validators=[at_most(LONGEST_REPORT)]
    )
    sure = BooleanField(_l("I am sure: they may read it as it stands"))
    not_conduct = BooleanField(_l("I am sure: it is no complaint about how police behaved"))
    names_checked = BooleanField(_l("I looked: it is no person's name, or they may read it"))
    tell_them = BooleanField(_l("I tell them myself, today"))

    def __init__(
        self,
        category: Category,
        readers: Collection[Referral],
        said: Callable[[], str] = str,
        places: Callable[[], Iterable[str]] = list,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.readers, self.said, self.places = readers, said, places
        self.may_be_conduct = self.is_unread = False
        self.found: tuple[PersonalDetail, ...] = ()
        self.perhaps_names: tuple[str, ...] = ()
        referrals = [(f"pass {to.value}", self._label(to)) for to in REFERRALS if may_refer(category, to)]
        endings = [(f"close {end.value}", label) for end, label in DISPOSITIONS.items()]
        self.then.choices = {
            _l("It stays open"): [("answer", _l("Just answer")), ("ask", _l("Ask for more, and wait"))],
            _l("Passed on to"): referrals,
            _l("Closed with"): endings,
        }

    def validate_what(self, field: TextAreaField) -> None:
        if self.then.data in ("answer", "ask") and not field.data:
            raise ValidationError(str(_l("Please write something first.")))

    def validate_readable(self, field: TextAreaField) -> None:
        if self.is_shared and not field.data:
            raise ValidationError(str(_l("Please write what they may read.")))
        # The proposed text holds the answers to several questions, one per paragraph.
        for paragraph in (field.data or "").replace("\r", "").split("\n\n") if self.is_shared else ():
            _refuse_race_alone(paragraph.partition(":")[2] or paragraph, RACE_PASSED_ON)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if not whole:
            return False
        if not self.is_shared:
            self.is_unread = self.is_lost_unless_told
            return bool(self.tell_them.data) or not self.is_unread
        self.found = giveaways(self.readable.data or "")
        self.perhaps_names = bare_names(self.readable.data or "", self.places())
        self.may_be_conduct = speaks_of_police(f"{self.readable.data} {self.said()}")
        return self.is_looked_at

    @property
    def is_looked_at(self) -> bool:
        """Whether the desk has confirmed everything that needs a second look before it is passed on."""
        answers = (
            (self.sure, self.found),
            (self.names_checked, self.perhaps_names),
            (self.not_conduct, self.may_be_conduct),
        )
        return all(answer.data or not asked for answer, asked in answers)

    @property
    def first_question(self) -> str | None:
        """Name of the first field that the desk must answer before the report is passed on, or None."""
        asked = {
            "tell_them": self.is_unread,
            "sure": self.found,
            "names_checked": self.perhaps_names,
            "not_conduct": self.may_be_conduct,
        }
        return next((name for name, why in asked.items() if why), None)

    def _label(self, to: Referral) -> Any:
        if to in self.readers or to is Referral.OVERSIGHT:
            return REFERRALS[to]
        return _l("%(who)s (only noted: nobody reads it here)", who=REFERRALS[to])

    @property
    def is_shared(self) -> bool:
        """Whether the report is passed on to people who then read the referral in the portal."""
        what, which = self.step
        return what == "pass" and which in self.readers

    @property
    def is_lost_unless_told(self) -> bool:
        """Whether the target reads referrals in the portal but has no member who could read this one."""
        what, which = self.step
        return what == "pass" and which in READERS and which not in self.readers

    @property
    def step(self) -> tuple[str, str]:
        """The next step and its target or ending, such as ("pass", "outreach")."""
        what, _space, which = (self.then.data or "").partition(" ")
        return what, which


class SortForm(ProtectedForm):
    """The category and the place of a report."""

    version = HiddenField()
    category = SelectField(_l("About"), choices=[(key.value, label) for key, label in SORTED.items()])
    market = SelectField(_l("Place"))
    sure = BooleanField(_l("I am sure: it is not about the police, and the desk may read all of it"))

    def __init__(self, markets: Sequence[Market], language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.market.choices = [("", _l("Not at a place of ours"))]
        self.market.choices += [(market.slug, market.name[language]) for market in markets]


blueprint = AudienceBlueprint("desk", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk")
VIEWS = ("waiting", "open", "closed", "flood", "danger")
WORDS = {
    "states": STATES,
    "categories": SORTED,
    "channels": CHANNELS,
    "dispositions": DISPOSITIONS,
    "verdicts": VERDICTS,
    "referrals": REFERRALS,
    "steps": STEPS,
    "parts": PARTS,
}


@blueprint.get("/", endpoint="inbox")
def arrivals() -> str:
    """List the reports of the member's desks, the most pressing first."""
    view = request.args.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    page = page_asked()
    keys, desk_ids = _keys(), _desk_ids()
    closed = [desk.id for desk in desks_of(current_user.id, READS_REPORTS) if desk.id not in desk_ids]
    stranded = stranded_threads(desk_ids)
    threads, more = inbox(desk_ids, view, page, also_waiting=stranded)
    return render_template(
        "reports/inbox.html",
        rows=[(thread, clock(thread)) for thread in threads],
        begins=first_words(threads, keys),
        heard=answered_threads(thread.id for thread in threads),
        stranded=stranded,
        flood=how_many_in_flood(desk_ids),
        folded=how_many_folded(desk_ids),
        markets=_market_names(),
        view=view,
        page=page,
        more=more,
        admitted=bool(desk_ids),
        locked=how_many_wait(closed) if closed else None,
        **WORDS,
    )


@blueprint.get("/<int:thread_id>")
def thread(thread_id: int) -> str:
    """Show one report with all its messages."""
    found = thread_at_desk(thread_id, _desk_ids())
    return _show(found, _new_form(found))


@blueprint.post("/<int:thread_id>/read")
def mark_read(thread_id: int) -> Response:
    """Mark a report as read."""
    threads.mark_read(thread_at_desk(thread_id, _desk_ids()), current_user.id)
    flash(_("Marked as read."), "success")
    return redirect(url_for("desk.thread", thread_id=thread_id))


@blueprint.post("/<int:thread_id>")
def act(thread_id: int) -> Response | tuple[str, int]:
    """Answer a report, ask the resident for more, pass it on or close it."""
    found = thread_at_desk(thread_id, _desk_ids())
    form = DeskForm(Category(found.category), _readers(found), said=lambda: _said(found), places=names_of_the_city)
    if not form.validate():
        return _show(found, form), 422
    if form.version.data != str(found.version):
        return _show(found, form, changed=True), 409
    try:
        _do(found, form)
        session.flush()
    except (Refused, StaleDataError) as error:
        db.rollback()
        again = thread_at_desk(thread_id, _desk_ids())
        reason = refusal(error.key) if isinstance(error, Refused) else None
        return _show(again, form, changed=reason is None, reason=reason), 409
    flash(_("Done. The person sees it with their code words."), "success")
    if form.step[0] == "pass" and not form.is_shared:
        flash(_("Nobody reads it in the portal: tell them yourselves."), "info")
    return redirect(url_for("desk.inbox") if form.step[0] == "close" else url_for("desk.thread", thread_id=thread_id))


@blueprint.post("/<int:thread_id>/doubt")
def settle_doubt(thread_id: int) -> Response:
    """Record whether the texter wants no more texts."""
    stop = request.form.get("stop") == "yes"
    threads.settle_doubt(thread_at_desk(thread_id, _desk_ids()), stop, current_user.id)
    flash(
        _("They get no more texts.")
        if stop
        else _("Answers go to the phone again. What was answered in between goes out now."),
        "success",
    )
    return redirect(url_for("desk.thread", thread_id=thread_id))


@blueprint.post("/<int:thread_id>/passed/<int:referral_id>/take-back")
def take_back(thread_id: int, referral_id: int) -> Response:
    """Withdraw a referral, so that its receivers can no longer read it."""
    found = thread_at_desk(thread_id, _desk_ids())
    threads.take_back(found, referral_of(found.id, referral_id), current_user.id)
    flash(_("Taken back. They cannot read it any more; what they have read they know."), "success")
    return redirect(url_for("desk.thread", thread_id=thread_id))


@blueprint.get("/<int:thread_id>/picture/<int:message_id>")
def show_picture(thread_id: int, message_id: int) -> Response:
    """Return a picture of a report as JPEG."""
    jpeg = picture(thread_at_desk(thread_id, _desk_ids()), message_id, _keys())
    return Response(jpeg, mimetype="image/jpeg")


@blueprint.post("/<int:thread_id>/sort")
def sort(thread_id: int) -> Response | tuple[str, int]:
    """Set the category and the place of a report."""
    found = thread_at_desk(thread_id, _desk_ids())
    markets = public_markets()
    form = SortForm(markets, language())
    reply = _new_form(found)
    if not form.validate():
        return _show(found, reply, sorting=form), 422
    if form.version.data != str(found.version):
        return _show(found, reply, sorting=form, changed=True), 409
    market = next((market for market in markets if market.slug == form.market.data), None)
    before = found.desk_id
    try:
        _sort(found, form, market)
        session.flush()
    except (Refused, StaleDataError) as error:
        db.rollback()
        again = thread_at_desk(thread_id, _desk_ids())
        reply = _new_form(again)
        reason = refusal(error.key) if isinstance(error, Refused) else None
        return _show(again, reply, sorting=form, changed=reason is None, reason=reason), 409
    if found.desk_id == before:
        flash(_("Sorted."), "success")
        return redirect(url_for("desk.thread", thread_id=thread_id))
    flash(
        _("It went to the oversight contact. This desk cannot open it any more.")
        if found.category == Category.CONDUCT
        else _("It went to the desk. The people there can read it now, and you cannot open it any more."),
        "success",
    )
    return redirect(url_for("desk.inbox"))


def _sort(found: Thread, form: SortForm, market: Market | None) -> None:
    category, place = Category(form.category.data), market.id if market else None
    threads.sort(found, category, place, _keys(), current_user.id, sure=bool(form.sure.data))


def _do(found: Thread, form: DeskForm) -> None:
    text, member_id = form.what.data or "", current_user.id
    match form.step:
        case "ask", _:
            threads.ask_more(found, text, member_id)
        case "pass", to:
            threads.pass_on(found, Referral(to), text, member_id, form.readable.data or "" if form.is_shared else "")
        case "close", ending:
            threads.close(found, Disposition(ending), text, member_id)
        case _:
            threads.answer(found, text, member_id)


def _show(
    found: Thread,
    form: DeskForm,
    *,
    changed: bool = False,
    reason: str | None = None,
    sorting: SortForm | None = None,
) -> str:
    sorting = sorting or _sorting(found)
    form.version.data = sorting.version.data = str(found.version)
    messages, passed = opened_by_desk(found, _keys()), _passed_on(found)
    people = [said.member_id for said in messages] + [one.row.acknowledged_by_id for one in passed]
    return render_template(
        "reports/desk_thread.html",
        thread=found,
        messages=messages,
        passed=passed,
        stranded=[one.row.id for one in passed if is_stranded(one.row)],
        who_has_it=holders_sentence(found),
        names=member_names({one for one in people if one}),
        form=form,
        sorting=sorting,
        at_oversight=desk_for(Category(found.category)) == OVERSIGHT,
        running=clock(found),
        markets=_market_names(),
        by_text=found.texts_back and not found.doubt,
        changed=changed,
        reason=reason,
        **WORDS,
    )


def _new_form(found: Thread) -> DeskForm:
    """Return an empty form with a masked draft of the referral and the ending that a receiver proposed."""
    endings = [one.finding.ending for one in _passed_on(found) if one.finding and not one.row.is_over]
    readers = _readers(found)
    words = masked_words(opened_by_desk(found, _keys()), found.language, LONGEST_REPORT) if readers else ""
    then = f"close {endings[0]}" if endings else "answer"
    return DeskForm(Category(found.category), readers, formdata=None, readable=words, then=then)


def _said(found: Thread) -> str:
    """Return everything that the resident wrote, decrypted with the keys of the signed-in member."""
    return "\n".join(
        said.words.all_text for said in opened_by_desk(found, _keys()) if said.author == "resident" and said.words
    )


def _readers(found: Thread) -> list[Referral]:
    """Return the targets with members who can read this report here; none for a complaint about the police."""
    if found.category == Category.CONDUCT:
        return []
    return [to for to in READERS if readers(to, found.market_id)]


def _passed_on(found: Thread) -> list[Shared]:
    keys = _keys()
    return [opened_by_sender(row, keys) for row in referrals_of(found.id)]


def _sorting(found: Thread) -> SortForm:
    form = SortForm(public_markets(), language(), formdata=None)
    form.category.data = found.category
    form.market.data = next((m.slug for m in public_markets() if m.id == found.market_id), "")
    return form


def _keys() -> Keys:
    return desk_private_keys(current_user.id, current_user.private_key())


def _desk_ids() -> list[int]:
    """Return the ids of the desks whose reports are shown.

    A member who was not admitted yet learns of no report, not even its place or category.
    """
    return open_desks(current_user.id, _keys(), READS_REPORTS)


def _market_names() -> dict[int, str]:
    return {market.id: market.name[language()] for market in public_markets()}
