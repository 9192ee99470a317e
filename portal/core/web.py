"""The path of every request: admission by audience, one commit at the edge, headers, and error pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import PurePosixPath
from typing import Any, ParamSpec
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from jinja2 import StrictUndefined
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    ServiceUnavailable,
    TooManyRequests,
)
from werkzeug.routing import RequestRedirect
from werkzeug.sansio.response import Response as SomeResponse
from werkzeug.wrappers import Response as BaseResponse

from portal.config import Settings
from portal.core.assets import COMPILED
from portal.core.contact import contact, dial
from portal.core.db import db
from portal.core.engines import LazyRule, Number, Words
from portal.core.forms import Typed, kept_form, typed, unsaved_form, where_they_were
from portal.core.hosts import is_encrypted_by_browser, on_onion, site_address
from portal.core.i18n import can_be_read, language
from portal.core.logs import LogEvent, log_error
from portal.core.portal import Hook, Portal, current_portal
from portal.core.statuses import UNSAVED, NotAllowed, Refused, status_of
from portal.core.suppression import FEWEST_SHOWN

P = ParamSpec("P")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MOST_BYTES = 256 * 1024
NO_ROOM = LogEvent("request.no_room", logging.WARNING, "a form was not waited for: too many are being sent")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: Chromium would then send "Origin: null" and our own forms would look foreign.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def secure_headers(settings: Settings) -> dict[str, str]:
    others = "; includeSubDomains" if settings.https_on_subdomains else ""
    return {**HEADERS, "Strict-Transport-Security": f"max-age=63072000{others}"}


@dataclass(frozen=True)
class Audience:
    """Who may reach a blueprint. `roles` None: anyone; empty: any signed-in member; else one of them is required."""

    name: str
    roles: frozenset[str] | None = None
    machine: bool = False
    halfway: bool = False
    """Admits members who have given the password but not yet the second factor."""

    def admits(self, roles: frozenset[str]) -> bool:
        return not self.roles or bool(self.roles & roles)


PUBLIC = Audience("public")
MACHINES = Audience("machines", machine=True)
SIGNED_IN = Audience("signed in", frozenset())
HALFWAY = Audience("password given", frozenset(), halfway=True)


def members(*roles: str) -> Audience:
    return Audience(" or ".join(sorted(roles)), frozenset(roles))


class AudienceBlueprint(Blueprint):
    """A blueprint with an audience; one per module of views. `largest` is the limit in bytes for its forms.

    `pages_read` says that its pages write nothing, as public ones never do, so that nobody who writes waits for them.
    `sent_from` is the endpoint of the page that sends its forms, where that is no page above them.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        audience: Audience,
        url_prefix: str = "/<lang:lang>",
        largest: int = MOST_BYTES,
        pages_read: bool = False,
        sent_from: str = "",
        template_folder: str | None = None,
    ) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix, template_folder=template_folder)
        self.audience = audience
        self.pages_read = pages_read
        self.largest = largest
        self.sent_from = sent_from
        self.before_request(self._admit)
        if largest > MOST_BYTES:
            # The temporary files of large uploads: nothing of them stays on the disk.
            self.teardown_request(lambda _error: request.close())

    def _admit(self) -> BaseResponse | None:
        if self.audience.machine:
            return None
        if request.method not in SAFE_METHODS:
            # A page cannot forge what its browser declares. Old browsers that send neither header are let through
            # here: the form's own signed token must still be valid.
            if came_from_us() is False:
                raise NotAllowed
            request.environ["portal.people"] = True
        is_open = self.audience.roles is None
        if request.method in SAFE_METHODS and (is_open or self.pages_read):
            db.read_only()
        if is_open:
            request.environ["portal.open"] = True
            return None
        if not (current_user.has_given_password if self.audience.halfway else current_user.is_authenticated):
            return ask_to_sign_in()
        if not self.audience.admits(current_user.roles):
            raise NotAllowed
        # Only now: callers who are not admitted cannot send much.
        request.max_content_length = self.largest
        if self.largest > MOST_BYTES and request.method not in SAFE_METHODS:
            # The form is read next. A large one takes as long as the sender's line does; no other writer should wait
            # for it.
            db.commit()
        current_portal.csrf.protect()
        return None

    def keep_words(self, show: Callable[[], str]) -> Callable[[], str]:
        """Answer with `show`, a page that keeps what was typed, and 503 when it cannot be saved, whatever is down.

        Without it, and where it fails, the error page keeps the form.
        """

        def answer(error: Exception) -> tuple[str, int]:
            log_error(error)
            db.close()
            # Reading may still work.
            db.read_only()
            return show(), 503

        for kind in UNSAVED:
            self.register_error_handler(kind, answer)
        return show


def ask_to_sign_in() -> BaseResponse:
    """Redirect a signed-out caller to the sign-in page, and afterwards back here if this was a page.

    A member who was signed out while writing is shown the typed text instead, to send it once they are back.
    """
    if (kept := typed()) is not None:
        return words_kept(kept, "sign_in.enter")
    here = request.path if request.method == "GET" else None
    if current_user.has_given_password:
        return redirect(url_for("second_step.ask", next=here))
    if "entered" in request.args:
        return redirect(url_for("sign_in.enter", next=request.args.get("next"), stopped="cookies"))
    # What is left in the cookie tells that somebody was signed in here, and so does a form of ours, even a file alone.
    ended = session.get("_user_id") or (request.method == "POST" and came_from_us())
    return redirect(url_for("sign_in.enter", next=here, stopped="ended" if ended else None))


def words_kept(kept: list[Typed], door: str, *, is_locked: bool = False) -> BaseResponse:
    """Return the page with the typed form; `door` is the endpoint to go to first, in another tab."""
    shown = {"typed": kept, "kept": kept_form(), "door": door, "is_locked": is_locked}
    return current_app.make_response((render_template("errors/signed_out.html", **shown), 403))


def came_from_us() -> bool | None:
    """Return whether the browser declares that this form stood on a page of ours; None if it says nothing of it."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return None if site == "none" else site == "same-origin"
    return None if origin is None else urlsplit(origin).netloc == request.host


def keep_out_robots(response: Response) -> Response:
    """Ask search engines to list no page of a blueprint, as its `after_request`."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


class EdgePortal(Portal):
    """The portal with one commit at the edge: a status below 400 commits, any other and any error rolls back."""

    jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    url_rule_class = LazyRule

    def dispatch_request(self) -> Any:
        if isinstance(request.routing_exception, RequestRedirect):
            # Only the path, with the slash corrected: the host comes from the request.
            meant = urlsplit(request.routing_exception.new_url)
            path = "/" + meant.path.lstrip("/")
            return redirect(f"{path}?{meant.query}" if meant.query else path, request.routing_exception.code)
        if isinstance(request.routing_exception, MethodNotAllowed) and (page := _page_of_form()):
            return redirect(page, 303)
        response = self.make_response(super().dispatch_request())
        if response.status_code < 400:
            db.commit()
        else:
            db.rollback()
        return response

    def log_exception(self, exc_info: Any) -> None:
        """Do nothing: Flask would log the URL and the error's text; `log_error()` logs only safe parts."""


def shared_page(view: Callable[P, Any]) -> Callable[P, Response]:
    """Mark a public view whose page is the same for every reader, so that the page cache may keep it."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        response = current_app.make_response(view(*args, **kwargs))
        response.headers["Cache-Control"] = "public, no-cache"
        request.environ["portal.shared"] = response.status_code == 200
        return response

    return answer


def start(app: Portal) -> None:
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    app.url_map.converters |= {"int": Number, "default": Words}
    app.after_request(_protect)
    app.register_error_handler(Exception, _answer_error)
    settings = app.settings
    app.jinja_env.bytecode_cache = COMPILED
    app.jinja_env.globals.update(
        settings=settings,
        exit_url=settings.exit_url,
        site_name=settings.site_name,
        emergency_note=lambda: getattr(current_portal.settings, f"emergency_note_{language()}"),
        on_onion=on_onion,
        fewest_shown=FEWEST_SHOWN,
        contact=contact,
        site_address=site_address,
    )
    app.jinja_env.filters["dial"] = dial


def _protect(response: Response) -> Response:
    # Collected once: each lookup in werkzeug's headers scans all of them.
    present = {name.lower() for name, _value in response.headers}
    wanted = secure_headers(current_portal.settings) if is_encrypted_by_browser() else HEADERS
    for name, value in wanted.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    # Where Tor Browser may offer, or go to, the onion address of this page. Never for an answer to a form, which would
    # be lost; nor for errors, which must not repeat their URL.
    is_page = request.method in ("GET", "HEAD") and response.status_code == 200 and response.mimetype == "text/html"
    is_open = "portal.open" in request.environ and "is_private" not in g
    if current_portal.settings.onion_url and is_page and is_open and not on_onion():
        query = request.query_string.decode("latin-1")
        path = quote(request.path) + (f"?{query}" if query else "")
        response.headers.add("Onion-Location", current_portal.settings.onion_url + path)
    return response


ERRORS_FOR_PROGRAMS: Hook[Callable[[str, int], Response | None]] = Hook("errors of data for programs")
"""Return the response with a status for a path that programs request, None for pages that people read."""


def _answer_error(error: Exception) -> SomeResponse:
    # Before what was read about them is forgotten, or it would be read again.
    is_inside()
    db.rollback()
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, Exception):
        # A page that was to keep the words failed itself.
        error = error.original_exception
    if isinstance(error, HTTPException) and (error.response is not None or (error.code or 500) < 400):
        return error.get_response()
    status = status_of(error)
    if isinstance(error, ServiceUnavailable):
        NO_ROOM.log()
    elif status >= 500:
        log_error(error)
    for_programs = (answers(request.path, status) for answers in ERRORS_FOR_PROGRAMS.plugged())
    answer = next(filter(None, for_programs), None)
    if answer is None:
        page = error_page(status, error.key if isinstance(error, Refused) else None)
        answer = current_app.make_response((page, status))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if isinstance(error, (TooManyRequests, ServiceUnavailable)) and error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _page_of_form() -> str | None:
    """Return the page from which a form is sent to this address, for somebody who opens it as if it were a page.

    Without JavaScript it is what a browser shows after sending: people load it again, keep it or come back to it.
    """
    routes = current_app.create_url_adapter(request)
    if routes is None or request.method not in ("GET", "HEAD"):
        return None
    try:
        endpoint, values = routes.match(method="POST")
    except RequestRedirect:
        # A slash too many: such an address stands on no page of ours.
        return None
    room = current_app.blueprints.get(endpoint.rpartition(".")[0])
    # The team's pages say nothing by it: the address could be one of a hidden place.
    if not isinstance(room, AudienceBlueprint) or room.audience != PUBLIC:
        return None
    if room.sent_from:
        return url_for(room.sent_from, lang=values["lang"])
    # Not the front page, which explains nothing.
    above = (str(path) for path in PurePosixPath(request.path).parents[:-2])
    return next(filter(can_be_read, above), None)


def error_page(status: int, reason: str | None = None) -> str:
    """Return the error page in the reader's language, identical for all errors with this status."""
    texts = {
        400: (
            _("That did not work"),
            _("Something in what your browser sent was not right. Please go back and try again."),
        ),
        403: (
            _("You cannot open this"),
            _("This page is for other people on the team, or the form came from another site."),
        ),
        404: (_("There is no page here"), _("The address may be mistyped, or the page may be gone.")),
        409: (_("That cannot be done now"), _("Something changed in the meantime. Please go back and look again.")),
        413: (_("That is too long"), _("What you sent is too large. Please make it shorter and send it again.")),
        429: (_("Please wait a moment"), _("There were too many tries. Please wait a few minutes and try again.")),
        503: (_("We could not save that"), _("Nothing was stored. Please go back and try again in a minute.")),
    }
    broken = (_("Something broke on our side"), _("It is not your fault. Please try again in a minute."))
    title, message = texts.get(status) or (texts[400] if status < 500 else broken)
    # Two URLs that are equally wrong must get the same bytes, so the page does not link to itself.
    g.is_error = True
    shown = {"title": title, "message": refusal(reason) or message, "status": status}
    if status < 500 and is_inside():
        return render_template("errors/refused.html", back=where_they_were(), **shown)
    if status >= 500 and "portal.people" in request.environ and (form := unsaved_form()):
        kept = _("Nothing you wrote is lost: please press the button again in a minute.")
        return render_template("errors/error.html", form=form, typed=typed() or (), **(shown | {"message": kept}))
    return render_template("errors/error.html", **shown)


def is_inside() -> bool:
    """Return whether to show the error inside the team's pages: to a signed-in member in a blueprint of the team.

    A hidden object and one that never existed are requested through the same blueprint, so this does not tell them
    apart. A URL of no blueprint stays public, and so without a cookie.
    """
    room = current_app.blueprints.get(request.blueprint or "")
    if not isinstance(room, AudienceBlueprint) or room.audience.roles is None:
        return False
    with suppress(SQLAlchemyError):
        if "is_inside" not in g:
            g.is_inside = bool(current_user.is_authenticated)
        return bool(g.is_inside)
    return False


def refusal(reason: str | None) -> str | None:
    return str(current_portal.refusals[reason]) if reason in current_portal.refusals else None
