"""Searching everything that is published. What somebody asked for is in no log and in no cache."""

from __future__ import annotations

from flask import render_template, request

from portal.core.limits import Share, attempt
from portal.core.web import PUBLIC, Room
from portal.home.search.results import search
from portal.home.search.rules import page_of, question_of, shown_again

room = Room("search", __name__, audience=PUBLIC)


MINUTE = 60
WAIT = {"Retry-After": str(MINUTE)}
QUESTIONS = Share(near=60, wide=240, everybody=1_200, reserved=30, seconds=MINUTE)
"""In a minute. An answer costs a hundred times as much as a page that is kept ready."""


@room.get("/search/")
def find() -> str | tuple[str, int, dict[str, str]]:
    """The field, and what was found; any words are an answer, never an error."""
    asked, page = request.args.get("q", ""), page_of(request.args.get("page", ""))
    question = question_of(asked)
    given = {"asked": shown_again(asked), "page": page}
    if question and not attempt("search", QUESTIONS).passed:
        return render_template("home/search.html", **given, results=None, is_too_often=True), 429, WAIT
    results = search(question, page) if question else None
    return render_template("home/search.html", **given, results=results, is_too_often=False)
