"""The list of a desk that reads reports, and what the signed-in member may open there.

A member who was not admitted to a desk yet learns of no report there, not even its place or category.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.accounts.desk_keys import lock_of
from portal.accounts.roles import READS_REPORTS
from portal.accounts.sign_in import current_user
from portal.accounts.texts import DESK_LOCKS
from portal.accounts.users import desk_private_keys, desks_of, member_names, open_desks
from portal.core.editing import page_asked
from portal.core.i18n import LANGUAGES, language, language_here
from portal.core.limits import events
from portal.core.page_cache import shared
from portal.core.web import AudienceBlueprint, members
from portal.markets.places import NamedPlace, public_names
from portal.reports import at_work, reports, texts, worklist
from portal.reports.reports import Keys, Thread
from portal.reports.worklist import FREE, MINE, NOWHERE, Selection, Worklist

LARGEST_ID = 2**62
"""The largest number that `random_id` returns; a database takes none that is much larger."""
MOST_WORDS = 100
"""Letters that can be looked for."""
MOST_BEGIN = 1_000_000
# Their list is long, and everybody who sends a report or a text would wait for it.
blueprint = AudienceBlueprint(
    "desk", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk", pages_read=True
)
WORDS = {
    "ages": texts.AGES,
    "answer_deliveries": texts.ANSWER_DELIVERIES,
    "states": texts.STATES,
    "categories": texts.DESK_CATEGORIES,
    "channels": texts.CHANNELS,
    "dispositions": texts.DISPOSITIONS,
    "outcomes": texts.OUTCOMES,
    "verdicts": texts.VERDICTS,
    "referrals": texts.REFERRALS,
    "steps": texts.STEPS,
    "why_unread": texts.WHY_UNREAD,
    "parts": texts.PARTS,
}


@blueprint.get("/", endpoint="inbox")
def arrivals() -> str:
    """List the reports of the member's desks that match the chosen filters, the most pressing first."""
    at_work.look_away(current_user.id)
    listed = my_worklist()
    rows, more = listed.page()
    return _list(listed, rows, more=more)


@blueprint.route("/search", methods=["GET", "POST"])
def search() -> ResponseReturnValue:
    """List the reports whose words match; the words that are looked for stand in no URL and are not kept."""
    if request.method != "POST":
        return to_list()
    listed = my_worklist()
    words = " ".join(request.form.get("words", "")[:MOST_WORDS].split())
    begin = min(max(request.form.get("begin", 0, int), 0), MOST_BEGIN)
    results = worklist.search(listed, words, my_keys(), begin)
    return _list(listed, results.threads, found=results, searched=words)


def _list(
    listed: Worklist,
    rows: Sequence[Thread],
    *,
    more: bool = False,
    found: worklist.FoundReports | None = None,
    searched: str = "",
) -> str:
    closed = [desk.id for desk in desks_of(current_user.id, READS_REPORTS) if desk.id not in listed.desk_ids]
    return render_template(
        "reports/inbox.html",
        rows=[(thread, reports.clock(thread)) for thread in rows],
        begins=reports.first_words(rows, my_keys()),
        heard=reports.answered_threads(thread.id for thread in rows),
        stranded=listed.stranded,
        totals=listed.totals,
        most_closed=worklist.MOST_CLOSED,
        turned_away=events(worklist.TURNED_AWAY),
        markets=market_names(),
        choices=_choices(),
        people=people_at(rows, listed),
        me=current_user.id,
        selection=listed.selection,
        more=more,
        found=found,
        searched=searched,
        most_words=MOST_WORDS,
        admitted=bool(listed.desk_ids),
        lock=lock_of(closed[0], current_user.id) if closed else None,
        locked=worklist.how_many_wait(closed) if closed else 0,
        desk_locks=DESK_LOCKS,
        **WORDS,
    )


def _choices() -> dict[str, dict[str, Any]]:
    return {
        "place": {NOWHERE: _("No place of ours")} | {place.slug: place.name[language()] for place in places()},
        "about": {key.value: label for key, label in texts.DESK_CATEGORIES.items()},
        "language": {code: language_here(code).capitalize() for code in LANGUAGES},
        "channel": {key.value: label for key, label in texts.CHANNELS.items()},
        "age": {key.value: label for key, label in texts.AGES.items()},
        "whose": {MINE: _("I have it"), FREE: _("Nobody has it")},
    }


def people_at(rows: Sequence[Thread], listed: Worklist) -> dict[int, at_work.People]:
    """Return who has each of these reports, and who reads it now, by its id."""
    held, reading = at_work.holders_of(thread.id for thread in rows), listed.read_by_others
    names = member_names({holder.member_id for holder in held.values()})
    return {thread.id: at_work.People(held.get(thread.id), names, reading.get(thread.id, [])) for thread in rows}


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
    """Return the names of the member's open desks, by id."""
    ids = my_desks()
    return {str(desk.id): desk.name[language()] for desk in desks_of(current_user.id, READS_REPORTS) if desk.id in ids}


def places() -> list[NamedPlace]:
    """Return the places that everybody may see."""
    return shared(public_names)


def market_names() -> dict[int, str]:
    """Return the names of the places that everybody may see, by their ids."""
    return {place.id: place.name[language()] for place in places()}


def my_thread(thread_id: int) -> Thread:
    """Return a thread at one of the member's desks. Raises `NotFound`, alike for all others."""
    return reports.thread_at_desk(thread_id, my_desks())


# --- the list that they came from ---


def my_worklist() -> Worklist:
    desk_ids, ids = my_desks(), {place.slug: place.id for place in places()}
    stranded, read_by_others = reports.stranded_threads(desk_ids), at_work.lookers(desk_ids, current_user.id)
    return Worklist(desk_ids, _selection(), ids, stranded, current_user.id, read_by_others)


def _selection() -> Selection:
    return Selection.asked(request.args, {place.slug for place in places()}, page_asked())


def to_thread(thread_id: int) -> Response:
    noted = {"next": noted_next()} if noted_next() else {}
    return redirect(url_for("desk.thread", thread_id=thread_id, **{**_selection().kept, **noted}))


def noted_next() -> int:
    """Return the id of the report that came next when the page was opened; 0 if the URL names none."""
    return id_in(request.args, "next")


def id_in(given: MultiDict[str, str], name: str) -> int:
    """Return an id from a form or a URL; 0 if there is none, and never one that no database takes."""
    return min(max(given.get(name, 0, int), 0), LARGEST_ID)


def to_list() -> Response:
    return redirect(url_for("desk.inbox", **_selection().kept))
