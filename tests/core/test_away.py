"""While the database is away or a disk is full, what a person wrote comes back, whatever form it stood in."""

import errno
import re
from contextlib import contextmanager
from unittest.mock import Mock

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from portal.core.db import db
from portal.core.web import AudienceBlueprint
from portal.reports import follow_pages, intake_pages
from tests.chaos.network import Line
from tests.make import make_desk, make_market
from tests.page import SAME_ORIGIN

WORDS = "They sell by the fountain every evening.\nThey come in two cars."
LINES = tuple(WORDS.splitlines())
REPORT = {"what": WORDS, "category": "selling", "market": "elm-street", "where": "north corner"}
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def make_city(work):
    with work() as session:
        make_desk(session)
        make_market(session, "Elm Street")


@contextmanager
def line_to(app, work):
    """What leads to the server of a city: cut, it is away."""
    make_city(work)
    url = make_url(app.settings.database)
    db.engine.dispose()
    with Line(f"{url.query['host']}/.s.PGSQL.5432") as line:
        db.open(str(url.set(query={}, host="127.0.0.1", port=line.port)))
        yield line
        db.engine.dispose()


def kept(page, action):
    return {name: value.replace("\r\n", "\n").strip() for name, value in page.form(action).values.items()}


@on_postgresql
def test_form_shows_and_keeps_report_until_it_is_sent(app, work, page):
    with line_to(app, work) as line:
        page("/en/report/")
        line.cut()
        again = page("/es/report/").form("/report/").submit(503, **REPORT, quotes=LINES)
        assert "No pudimos guardarlo" in again.text
        assert REPORT.items() <= kept(again, "/report/").items()
        line.heal()
        receipt = again.form("/report/").submit(quotes=LINES)
        # So is a further message.
        words = " ".join("".join(one.itertext()) for one in receipt.find_all("#code-words li"))
        thread = page("/en/report/follow").form("follow").submit(code=words, quotes=LINES)
        line.cut()
        again = thread.form("/say").submit(503, what=WORDS, quotes=LINES)
        assert kept(again, "/say")["what"] == WORDS
        line.heal()
        assert "They come in two cars." in again.form("/say").submit(quotes=LINES).text


@on_postgresql
def test_every_form_that_cannot_be_saved_comes_back(app, work, client):
    lost, came_back = [], set()
    with line_to(app, work) as line:
        line.cut()
        for rule in app.url_map.iter_rules():
            room = app.blueprints.get(rule.endpoint.partition(".")[0])
            if "POST" not in rule.methods or not isinstance(room, AudienceBlueprint) or room.audience.machine:
                continue
            path = re.sub("<.+?>", "1", re.sub("<lang:lang>|<any.+?>", "en", rule.rule))
            answer = client.post(path, data=REPORT, headers=SAME_ORIGIN)
            if answer.status_code >= 500:
                came_back.add(rule.endpoint)
                is_whole = answer.status_code == 503 and all(said in answer.text for said in LINES)
                lost += [] if is_whole else [rule.endpoint]
    assert {"follow.send", "meetings_rsvp_form.send", "when.by_link"} <= came_back
    assert lost == []


def test_whatever_cannot_be_used_the_words_come_back(work, page, monkeypatch):
    make_city(work)
    form, follow = page("/en/report/").form("/report/"), page("/en/report/follow").form("follow")
    for error in (OperationalError("", {}, Exception("locked")), OSError(errno.ENOSPC, "full")):
        fail = Mock(side_effect=error)
        with monkeypatch.context() as patch:
            # First nothing can be stored; then what can be chosen not be read; then the page that keeps words fails.
            for name in ("keep_report", "public_names", "_choices"):
                patch.setattr(intake_pages, name, fail)
                again = form.submit(503, **REPORT, quotes=LINES)
                assert REPORT.items() <= kept(again, "/report/").items(), (name, error)
    # But no secret stands in a form that comes back.
    monkeypatch.setattr(follow_pages, "_with_code", fail)
    monkeypatch.setattr(follow_pages, "_ask", fail)
    words = "apple river stone cloud lemon tiger candle window"
    assert words not in follow.submit(503, code=words).response.text
