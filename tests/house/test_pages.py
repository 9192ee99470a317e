"""Every page that everybody may read, in both languages, with something on it."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from werkzeug.routing import Rule

from portal.core.clock import now
from portal.core.i18n import LANGUAGES
from portal.core.web import HEADERS, Portal
from portal.indicators.charts import PanelDrawing
from portal.indicators.snapshots.snapshots import canonical, digest
from portal.meetings.rsvp.rsvp import MeetingSeats
from portal.reports.attachments import WITH_MICROPHONE
from tests.conftest import Work
from tests.house.test_surfaces import PUBLIC, WHO
from tests.indicators.published import a_document, publish
from tests.make import (
    add_file,
    both,
    make_call_in,
    make_commitment,
    make_desk,
    make_guide,
    make_market,
    make_meeting,
    make_member,
    make_office,
    make_operator,
    make_post,
    make_series,
    sign_in,
)
from tests.page import SAME_ORIGIN, Page, Reader
from tests.partners.sessions import make_public_session
from tests.reading_grade import FEWEST_WORDS, HIGHEST_GRADE, LEAST_EASE, ease, grade, plain_text

PUBLISHED = digest(canonical(a_document()))
# What stands in the holes of an address, by endpoint.
HOLES = {
    "annual.show": {"slug": "elm-street", "year": "2025"},
    "data.place_table": {"slug": "elm-street"},
    "data.replication": {"digest": PUBLISHED},
    "data.snapshot_document": {"digest": PUBLISHED},
    "progress.city_then": {"digest": PUBLISHED},
    "progress.picture": {"slug": "elm-street", "digest": PUBLISHED, "measure": "drug_calls", "form": "wide"},
    "progress.place": {"slug": "elm-street"},
    "progress.place_then": {"slug": "elm-street", "digest": PUBLISHED},
    "acknowledgements.show": {"slug": "stops"},
    "commitments.at_place": {"slug": "elm-street", "number": "1"},
    "commitments.commitment": {"slug": "two-lamps"},
    "commitments.file": {"slug": "two-lamps", "file_id": "78"},
    "commitments.index": {"number": "1"},
    "commitments.of_office": {"office_id": "77", "number": "1"},
    "commitments.place_feed": {"slug": "elm-street"},
    "commitments.place_table": {"slug": "elm-street"},
    "commitments.standing_so": {"standing": "due", "number": "1"},
    "flyers.drawing": {"slug": "porch-evening", "paper": "letter"},
    "flyers.paper": {"slug": "porch-evening", "paper": "letter"},
    "flyers.picture": {"slug": "porch-evening"},
    "alerts_leave.leave": {"token": "made-up"},
    "follow.confirm": {"token": "made-up"},
    "follow.leave": {"token": "made-up"},
    "follow.mine": {"token": "made-up"},
    "guides.file": {"slug": "k7f2qd", "code": "en"},
    "guides.guide": {"slug": "k7f2qd"},
    "guides.tagged": {"tag": "evidence"},
    "listening.ask": {"slug": "what-to-say"},
    "markets.call_in": {"slug": "elm-street"},
    "markets.place": {"slug": "elm-street"},
    "markets.places": {"number": "1"},
    "markets.why_here": {"slug": "elm-street"},
    "meetings.meeting": {"slug": "porch-evening"},
    "meetings.entry": {"slug": "porch-evening"},
    "meetings.month": {"name": f"{date.today():%Y-%m}"},
    "meetings.past": {"slug": "porch-talk"},
    "meetings.upcoming": {"slug": "porch-evening"},
    "meetings.place_calendar": {"slug": "elm-street"},
    "meetings.place_feed": {"slug": "elm-street"},
    "meetings_remind.ask": {"token": "made-up"},
    "meetings_rsvp.mine": {"token": "made-up"},
    "meetings_rsvp_form.ask": {"slug": "porch-evening"},
    "meetings_short.short": {"typed": "1601"},
    "meetings_short.short_in": {"typed": "1601"},
    "news.post": {"slug": "lamps-are-back"},
    "news.posts": {"slug": "lamps-are-back"},
    "own_part.ask_by_link": {"token": "made-up", "consent": "photo"},
    "own_part.by_link": {"token": "made-up"},
    "posters.city": {"paper": "a4", "form": "pdf"},
    "posters.place": {"slug": "elm-street", "paper": "letter", "form": "svg"},
    "news.tag_feed": {"tag": "light"},
    "news.tagged": {"tag": "light", "slug": "lamps-are-back"},
    "series.calendar": {"slug": "porch-series"},
    "series.feed": {"slug": "porch-series"},
    "series.page": {"slug": "porch-series"},
    "sign_in.accept": {"token": "made-up"},
    "when.by_link": {"token": "made-up"},
}
STATUS = {
    "alerts_leave.leave": 404,
    "follow.confirm": 404,
    "follow.leave": 404,
    "follow.mine": 404,
    "home.choose": 302,
    "meetings_remind.ask": 404,
    "meetings_rsvp.mine": 404,
    "meetings_short.short": 302,
    "meetings_short.short_in": 302,
    "own_part.ask_by_link": 404,
    "own_part.by_link": 404,
    "sign_in.accept": 404,
    "when.by_link": 404,
}
# What a browser or a computer between must never keep.
KEPT_BY_NOBODY = (
    *("alerts", "reports.", "reports_follow.", "listening.ask", "sign_in."),
    *("follow.", "meetings_remind", "meetings_rsvp", "own_part", "slips.", "surveys.", "when."),
)
# Its text is the same everywhere and tells nothing.
NOT_A_PAGE = {
    *("catalog.data_json", "commitments.file", "guides.file", "home.choose", "home.robots", "home.sitemap"),
    "operator.security_txt",
    "progress.picture",
    *("data.city_table", "data.latest_document", "data.place_table", "data.places", "data.schema"),
    *("data.pooled", "data.pooled_table"),
    *("data.replication", "data.snapshot_document", "data.snapshots"),
}
# What somebody uploaded may do even less than a page of our own.
PASSED_ON = {"Cross-Origin-Resource-Policy": "cross-origin", "Referrer-Policy": "no-referrer"}
FOR_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
DRAWN = b'<svg width="633" height="264"/>'
FROM_OUTSIDE = {"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'"}
OTHER_HEADERS = {
    **dict.fromkeys((one for one in NOT_A_PAGE if one.startswith(("catalog.", "data."))), FOR_ALL),
    "open_data.feed": FOR_ALL,
    "reports.intake": {"Permissions-Policy": WITH_MICROPHONE},
    "reports_follow.enter": {"Permissions-Policy": WITH_MICROPHONE},
    "posters.shared_link": PASSED_ON,
    "commitments.file": FROM_OUTSIDE,
    "guides.file": FROM_OUTSIDE,
}


@pytest.fixture(autouse=True)
def city(work: Work) -> None:
    with work() as session:
        member = make_member(session)
        make_desk(session, [member])
        make_operator(session)
        market = make_market(session, "Elm Street")
        market.why_here = both("Neighbors asked for it.", "Los vecinos lo pidieron.")
        session.flush()
        promise = make_commitment(session, make_office(session, id=77), market_id=market.id, slug="two-lamps")
        add_file(session, promise, b"Two lamps.").id = 78
        make_call_in(session, market)
        make_market(session, "Birch Street", released=False)
        make_public_session(session)
        meeting = make_meeting(session, member, slug="porch-evening", market_id=market.id)
        # First, so that no date of the series draws these figures.
        session.add(MeetingSeats(meeting_id=meeting.id, close_hours=0, text_code="1601"))
        session.flush()
        make_series(session, meeting, slug="porch-series")
        make_post(session, member, "light", slug="lamps-are-back", market_id=market.id)
        # A list goes on after its first rows.
        make_post(session, member, "light", published_at=now() - timedelta(days=1))
        for slug, days in (("porch-talk", 2), ("porch-start", 3)):
            make_meeting(session, member, slug=slug, starts_at=now() - timedelta(days=days))
        known = publish(session)
        for lang in LANGUAGES:
            for slug in ("", "elm-street"):
                drawn = {"digest": known, "slug": slug, "measure": "drug_calls", "lang": lang}
                session.add_all([PanelDrawing(form=form, content=DRAWN, **drawn) for form in ("wide", "narrow")])
        make_guide(session, slug="k7f2qd", tag="evidence", files={"en": b"Bring chairs."})


def public_rules(app: Portal) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if WHO[rule.endpoint] == PUBLIC and "GET" in (rule.methods or ()):
            yield rule


def address(rule: Rule, lang: str) -> str:
    url = rule.rule.replace("<lang:lang>", lang)
    for hole in rule.arguments - {"lang"}:
        url = re.sub(rf"<(?:[^<>]*:)?{hole}>", HOLES[rule.endpoint][hole], url)
    while "<" in url:
        before, _, rest = url.partition("<")
        hole, _, after = rest.partition(">")
        url = before + HOLES[rule.endpoint][hole.rpartition(":")[2]] + after
    return url


def test_every_public_page_is_what_a_page_must_be(app: Portal, page: Reader) -> None:
    hard = {}
    for rule in public_rules(app):
        bodies = []
        for lang in LANGUAGES:
            url, status = address(rule, lang), STATUS.get(rule.endpoint, 200)
            answer = page.client.get(url, headers=SAME_ORIGIN)
            assert answer.status_code == status, url
            assert "Set-Cookie" not in answer.headers, url
            may_keep = ("no-store",) if rule.endpoint.startswith(KEPT_BY_NOBODY) else ("no-store", "public, no-cache")
            assert answer.headers["Cache-Control"] in may_keep, url
            headers = {name: value for name, value in HEADERS.items() if name != "Cache-Control"}
            headers |= OTHER_HEADERS.get(rule.endpoint, {})
            assert {name: answer.headers.get(name) for name in headers} == headers, url
            bodies.append(answer.data)
            if answer.mimetype == "text/html" and status != 302:
                found = page.read(answer, status)
                if status == 200 and (measured := too_hard(found, lang)):
                    hard[url] = measured
        assert rule.endpoint in (*NOT_A_PAGE, *STATUS) or bodies[0] != bodies[1], rule
    assert hard == {}
    for lang in LANGUAGES:
        page(f"/{lang}/nothing", 404)
        page(f"/{lang}/report/", 403, method="POST", headers={"Sec-Fetch-Site": "cross-site"})
        page(f"/{lang}/", 405, method="POST")


def too_hard(page: Page, lang: str) -> float | None:
    """How hard a page is to read, if that is too much."""
    text = plain_text(page.find("main")) if page.has("main") else ""
    if len(text.split()) < FEWEST_WORDS:
        return None
    measured = grade(text) if lang == "en" else ease(text)
    return measured if (measured > HIGHEST_GRADE if lang == "en" else measured < LEAST_EASE) else None


def test_public_page_looks_not_who_is_signed_in(app: Portal, work: Work) -> None:
    with work() as session:
        member = make_member(session, ["organizer"])
    known, unknown = app.test_client(), app.test_client()
    sign_in(known, member)
    for rule in public_rules(app):
        if rule.endpoint.startswith(KEPT_BY_NOBODY):
            continue
        url = address(rule, "es")
        ours, theirs = known.get(url), unknown.get(url)
        assert ours.data == theirs.data, url
        assert "Set-Cookie" not in ours.headers, url
        assert "Cookie" not in ours.headers.get("Vary", ""), url


FORMS_ALONE = {
    "/es/report/say": "/es/report/follow",
    "/es/report/better": "/es/report/follow",
    "/es/report/confirm": "/es/report/follow",
    "/es/report/tell": "/es/report/follow",
    "/es/report/tell/forget": "/es/report/follow",
    "/es/promises/slip/answer": "/es/promises/slip",
    "/es/survey/answer": "/es/survey",
    "/es/sign-in/passkey/options": "/es/sign-in/passkey",
    "/es/follow/mine/1/stop/1": "/es/follow/mine/1",
    "/es/follow/mine/1/in/en": "/es/follow/mine/1",
    "/es/meetings/mine/1/leave": "/es/meetings/mine/1",
    "/es/meetings/reminder/1/yes": "/es/meetings/reminder/1",
}
"""Public addresses that only take forms, and where those lead who open them as a page."""


def test_what_only_takes_forms_leads_to_their_page(app: Portal, page: Reader) -> None:
    routes = app.url_map.bind("localhost")
    listed = {routes.match(url, "POST")[0] for url in FORMS_ALONE}
    readable = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    alone = (rule for rule in app.url_map.iter_rules() if rule.rule not in readable)
    public = {rule.endpoint for rule in alone if WHO[rule.endpoint] == PUBLIC}
    assert public == listed
    for url, leads_to in FORMS_ALONE.items():
        answer = page.client.get(url)
        assert (answer.status_code, answer.location) == (303, leads_to), url
    # What was typed is kept nowhere else, so the page says what it needs.
    assert page("/es/report/say").has("textarea[name=code]")
    for url in ("/sms/twilio/inbound", "/es/nothing/here"):
        assert page.client.get(url).status_code in (404, 405), url
