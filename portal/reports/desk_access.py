"""What the signed-in member may open at the desks that read reports, and the list that they came from.

A member who was not admitted to a desk yet learns of no report there, not even its place or category.
"""

from __future__ import annotations

from typing import Any

from flask import g, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.accounts.roles import READS_REPORTS
from portal.accounts.sign_in import current_user
from portal.accounts.users import desk_private_keys, desks_of, open_desks
from portal.core.editing import page_asked
from portal.core.i18n import language
from portal.markets.places import NamedPlace, public_names
from portal.reports.at_work import lookers
from portal.reports.reports import Keys, Thread, stranded_threads, thread_at_desk
from portal.reports.worklist import Selection, Worklist

LARGEST_ID = 2**62
"""The largest number that `random_id` returns; a database takes none that is much larger."""


def my_keys() -> Keys:
    """Return the private keys of the desks that the member can open; they are opened once in a request."""
    if "desk_keys" not in g:
        g.desk_keys = desk_private_keys(current_user.id, current_user.private_key())
    keys: Keys = g.desk_keys
    return keys


def my_desks() -> list[int]:
    """Return the ids of the desks whose reports are shown to the member."""
    if "desk_ids" not in g:
        g.desk_ids = open_desks(current_user.id, my_keys(), READS_REPORTS)
    ids: list[int] = g.desk_ids
    return ids


def my_desk_names() -> dict[str, str]:
    """Return the names of the member's open desks, by id."""
    mine = my_desks()
    return {str(desk.id): desk.name[language()] for desk in desks_of(current_user.id, READS_REPORTS) if desk.id in mine}


def places() -> list[NamedPlace]:
    """Return the places that everybody may see; they are asked for once in a request."""
    if "places_at_desk" not in g:
        g.places_at_desk = public_names()
    found: list[NamedPlace] = g.places_at_desk
    return found


def my_thread(thread_id: int) -> Thread:
    """Return a thread at one of the member's desks. Raises `NotFound`, alike for all others."""
    return thread_at_desk(thread_id, my_desks())


def my_worklist() -> Worklist:
    """Return the reports that match the filters in the URL, among the desks that are open to the member."""
    desk_ids = my_desks()
    ids = {place.slug: place.id for place in places()}
    selection = Selection.asked(request.args, ids, page_asked())
    return Worklist(
        desk_ids,
        selection,
        ids,
        stranded_threads(desk_ids),
        member_id=current_user.id,
        read_by_others=lookers(desk_ids, current_user.id),
    )


def to_thread(thread_id: int) -> Response:
    """Redirect to the page of a report, in the list that the member came from."""
    noted: dict[str, Any] = {"next": noted_next()} if noted_next() else {}
    return redirect(url_for("desk.thread", thread_id=thread_id, **_kept(), **noted))


def noted_next() -> int:
    """Return the id of the report that came next when the page was opened; 0 if the URL names none."""
    return id_in(request.args, "next")


def id_in(given: MultiDict[str, str], name: str) -> int:
    """Return an id from a form or a URL; 0 if there is none, and never one that no database takes."""
    return min(max(given.get(name, 0, int), 0), LARGEST_ID)


def to_list() -> Response:
    """Redirect to the list that the member came from."""
    return redirect(url_for("desk.inbox", **_kept()))


def _kept() -> dict[str, Any]:
    return Selection.asked(request.args, {place.slug for place in places()}, page_asked()).kept


def market_names() -> dict[int, str]:
    """Return the names of the places that everybody may see, by their ids."""
    return {place.id: place.name[language()] for place in places()}
