"""The lists of a desk that reads reports: all of them, those of the same matter, and what the member may open there.

A member who was not admitted to a desk yet learns of no report there, not even its place or category.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any

from flask import flash, g, get_template_attribute, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import Select, select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.accounts.desk_keys import lock_of
from portal.accounts.roles import READS_REPORTS
from portal.accounts.sign_in import current_user
from portal.accounts.texts import DESK_LOCKS
from portal.accounts.users import desk_private_keys, desks_of, member_names, open_desks
from portal.core.db import db, session
from portal.core.editing import lines, page_asked
from portal.core.forms import ProtectedForm
from portal.core.i18n import LANGUAGES, language, language_here
from portal.core.limits import events
from portal.core.page_cache import shared
from portal.core.statuses import NotFound, Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets.places import NamedPlace, public_names
from portal.reports import notes, notices, reports, texts, threads, worklist
from portal.reports.reports import Keys, Thread
from portal.reports.triage import MUST_EXPLAIN, NOT_ASKED, Disposition, TriageState
from portal.reports.worklist import FREE, MINE, NOWHERE, Selection, Worklist

LARGEST_ID = 2**62
"""The largest number that `random_id` returns; a database takes none that is much larger."""
MOST_WORDS = 100
"""Letters that can be looked for."""
MOST_BEGIN = 1_000_000
MOST_AT_ONCE = 100
"""So many reports are ended together: their way back is kept in a cookie, which has no room for more."""
WITHOUT_WORDS = [Disposition.NOT_REPORT, *(end for end in texts.DISPOSITIONS if end not in {*MUST_EXPLAIN, *NOT_ASKED})]
"""Endings of several reports at once, for which nobody has to write anything."""
# Their list is long, and everybody who sends a report or a text would wait for it.
blueprint = AudienceBlueprint(
    "desk", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk", pages_read=True
)


class ShiftForm(ProtectedForm):
    """A word of one desk for its next shift; left empty, there is none."""

    note = lines(_l("For the next shift"), 500)

    def __init__(self, desk_id: int, **kwargs: Any) -> None:
        super().__init__(prefix=f"shift-{desk_id}-", **kwargs)
        self.desk_id = desk_id


@blueprint.get("/", endpoint="inbox")
def arrivals() -> str:
    notes.look_at(0, current_user.id)
    return _list(my_worklist())


@blueprint.route("/search", methods=["GET", "POST"])
def search() -> ResponseReturnValue:
    """List the reports whose words match; the words that are looked for stand in no URL and are not kept."""
    if request.method != "POST":
        return to_list()
    listed = my_worklist()
    words = " ".join(request.form.get("words", "")[:MOST_WORDS].split())
    begin, before = (min(max(request.form.get(name, 0, int), 0), MOST_BEGIN) for name in ("begin", "before"))
    results = worklist.search(listed, words, my_keys(), begin)
    return _list(listed, results, searched=words, number=before + len(results.threads))


@blueprint.post("/end")
def end() -> Response:
    """End the chosen reports in one way; what changed since the list was made, or cannot end so, stays as it is."""
    how = request.form.get("how", Disposition.NOT_REPORT, Disposition)
    chosen = dict(value.partition("-")[::2] for value in request.form.getlist("chosen")[:MOST_AT_ONCE])
    ended = []
    try:
        for report in session.scalars(_mine(chosen)).all():
            if str(report.version) == chosen.get(str(report.id)):
                with suppress(Refused):
                    threads.close(report, how, "", current_user.id)
                    ended.append(report.id)
        session.flush()
    except StaleDataError:
        db.rollback()
        ended = []
    if ended:
        done = ngettext("%(num)s report is closed.", "%(num)s reports are closed.", len(ended))
        say_ended(done, ended)
    if len(ended) < len(chosen):
        flash(_("Some stay open: they changed meanwhile, or the person needs an answer."), "warning")
    elif not ended:
        flash(_("Choose at least one report that is still open."), "warning")
    return to_list()


@blueprint.post("/reopen")
def reopen() -> Response:
    ended = _mine(request.form.get("chosen", "").split()).where(Thread.state == TriageState.CLOSED)
    back = session.scalars(ended).all()
    for report in back:
        threads.reopen(report, current_user.id)
    flash(ngettext("%(num)s report is open again.", "%(num)s reports are open again.", len(back)), "success")
    return to_thread(back[0].id) if len(back) == 1 else to_list()


def _mine(ids: Iterable[str]) -> Select[Thread]:
    return select(Thread).where(Thread.id.in_(ids_in(ids)), Thread.desk_id.in_(my_desks()))


def say_ended(done: str, thread_ids: Collection[int], *, may_open_again: bool = True) -> None:
    """Say what is done, with one way back for all of these reports, or to the one that stays open."""
    way_back = get_template_attribute("reports/_at_work.html", "way_back")
    flash(way_back(done, thread_ids, _selection().kept, may_open_again), "success")


@blueprint.post("/shift/<int:desk_id>")
def leave_for_shift(desk_id: int) -> ResponseReturnValue:
    if desk_id not in my_desks():
        raise NotFound
    form = ShiftForm(desk_id)
    if not form.validate():
        return _list(my_worklist(), unsaved=form), 422
    notes.leave_for_next_shift(desk_id, form.note.data or "", current_user.id)
    flash(_("It stands above the list.") if form.note.data else _("Erased."), "success")
    return to_list()


def _list(listed: Worklist, found: worklist.FoundReports | None = None, **shown: object) -> str:
    """Show a list; `shown`: the words that were `searched`, the `number` found so far, a word that is `unsaved`."""
    totals, (rows, more) = listed.totals, (found.threads, False) if found else listed.page()
    closed = [desk.id for desk in desks_of(current_user.id, READS_REPORTS) if desk.id not in listed.desk_ids]
    left, beside = notes.for_next_shift(listed.desk_ids, my_keys()), worklist.beside(rows, my_keys())
    holders = [report.holder for report in beside.values() if report.holder]
    names = member_names({*(note.row.member_id for note in left.values()), *(holder.member_id for holder in holders)})
    return render_template(
        "reports/inbox.html",
        listed=listed,
        rows=rows,
        beside=beside,
        totals=totals,
        turned_away=events(worklist.TURNED_AWAY),
        markets=market_names(),
        choices={
            "place": {NOWHERE: _("No place of ours")} | {place.slug: place.name[language()] for place in places()},
            # Each row has some of these words.
            "about": {category: str(label) for category, label in texts.DESK_CATEGORIES.items()},
            "language": {code: language_here(code).capitalize() for code in LANGUAGES},
            "channel": {channel: str(label) for channel, label in texts.CHANNELS.items()},
            "whose": {MINE: _("I have it"), FREE: _("Nobody has it")},
        },
        me=current_user.id,
        more=more,
        found=found,
        left=left,
        names=names,
        shift=[ShiftForm(desk_id, formdata=None) for desk_id in my_desks()],
        desks=my_desk_names(),
        admitted=bool(listed.desk_ids),
        lock=lock_of(closed[0], current_user.id) if closed else None,
        locked=notices.desk_counts(closed).waiting if closed else 0,
        desk_locks=DESK_LOCKS,
        endings=WITHOUT_WORDS,
        most_closed=worklist.MOST_CLOSED,
        most_words=MOST_WORDS,
        texts=texts,
        **{"searched": "", "unsaved": None, **shown},
    )


# --- several reports of one matter ---


@blueprint.get("/<int:thread_id>/same")
def choose_same(thread_id: int) -> ResponseReturnValue:
    report = my_thread(thread_id)
    return _same(report) if threads.may_have_same(report) else to_thread(thread_id)


@blueprint.post("/<int:thread_id>/same")
def close_same(thread_id: int) -> ResponseReturnValue:
    """Ask once whether the chosen reports are the same, then close them."""
    report = my_thread(thread_id)
    chosen = ids_in(request.form.getlist("same"))
    if "sure" not in request.form and chosen:
        return _same(report, chosen)
    closed = threads.close_as_same(report, chosen, current_user.id)
    if not closed:
        flash(_("Choose at least one report that is still open."), "warning")
        return redirect(url_for("desk.choose_same", thread_id=thread_id, **my_worklist().selection.kept))
    session.flush()
    done = ngettext(
        "%(num)s report is closed as the same as this one.",
        "%(num)s reports are closed as the same as this one.",
        len(closed),
    )
    say_ended(done, closed)
    return to_thread(thread_id)


def _same(report: Thread, chosen: Collection[int] = ()) -> str:
    others, begins = worklist.most_alike(report, my_keys())
    others = [other for other in others if not chosen or other.id in chosen]
    return render_template(
        "reports/desk_same.html",
        thread=report,
        others=others,
        begins=begins,
        asked=bool(chosen),
        markets=market_names(),
        selection=my_worklist().selection,
        texts=texts,
    )


# --- what the member may open; asked for once in a request ---


def my_keys() -> Keys:
    if "desk_keys" not in g:
        g.desk_keys = desk_private_keys(current_user.id, current_user.private_key())
    keys: Keys = g.desk_keys
    return keys


def my_desks() -> list[int]:
    if "desk_ids" not in g:
        g.desk_ids = open_desks(current_user.id, my_keys(), READS_REPORTS)
    ids: list[int] = g.desk_ids
    return ids


def my_desk_names() -> dict[str, str]:
    ids = my_desks()
    return {str(desk.id): desk.name[language()] for desk in desks_of(current_user.id, READS_REPORTS) if desk.id in ids}


def places() -> list[NamedPlace]:
    return shared(public_names)


def market_names() -> dict[int, str]:
    return {place.id: place.name[language()] for place in places()}


def my_thread(thread_id: int) -> Thread:
    """Return a thread at one of the member's desks. Raises `NotFound`, alike for all others."""
    return reports.thread_at_desk(thread_id, my_desks())


# --- the list that they came from ---


def my_worklist() -> Worklist:
    desk_ids, ids = my_desks(), {place.slug: place.id for place in places()}
    stranded, read_by_others = reports.stranded_threads(desk_ids), notes.lookers(desk_ids, current_user.id)
    return Worklist(desk_ids, _selection(), ids, stranded, current_user.id, read_by_others)


def _selection() -> Selection:
    return Selection.asked(request.args, {place.slug for place in places()}, page_asked())


def to_thread(thread_id: int) -> Response:
    noted = {"next": next_id} if (next_id := id_in(request.args, "next")) else {}
    return redirect(url_for("desk.thread", thread_id=thread_id, **{**_selection().kept, **noted}))


def ids_in(given: Iterable[str]) -> set[int]:
    return {min(int(value), LARGEST_ID) for value in given if value.isascii() and value.isdecimal()}


def id_in(given: MultiDict[str, str], name: str) -> int:
    """Return an id from a form or a URL; 0 if there is none, and never one that no database takes."""
    return min(max(given.get(name, 0, int), 0), LARGEST_ID)


def to_list() -> Response:
    return redirect(url_for("desk.inbox", **_selection().kept))
