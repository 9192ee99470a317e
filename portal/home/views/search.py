"""Searching everything that is published. What somebody asked for is in no log and in no cache."""

from __future__ import annotations

from flask import render_template, request

from portal.core.web import PUBLIC, Room
from portal.home.search.results import search
from portal.home.search.rules import page_of, question_of, shown_again

room = Room("search", __name__, audience=PUBLIC)


@room.get("/search/")
def find() -> str:
    """The field, and what was found; any words are an answer, never an error."""
    asked, page = request.args.get("q", ""), page_of(request.args.get("page", ""))
    question = question_of(asked)
    results = search(question, page) if question else None
    return render_template("home/search.html", asked=shown_again(asked), page=page, results=results)
