"""Every page that everybody may read, in both languages, with something on it."""

import re
from itertools import product

import pytest
from flask.testing import FlaskClient

from portal.core.i18n import LANGUAGES
from portal.core.web import HEADERS, Portal
from portal.indicators.charts import PanelDrawing
from portal.reports.attachments import WITH_MICROPHONE
from tests.conftest import Once, Work
from tests.house.test_surfaces import PUBLIC, WHO
from tests.make import make_member, sign_in
from tests.page import SAME_ORIGIN, Page, Reader
from tests.reading_grade import FEWEST_WORDS, HIGHEST_GRADE, LEAST_EASE, ease, grade, plain_text
from tests.wall.city import City
from tests.wall.walk import public_pages

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


@pytest.fixture
def pages(app: Portal, client: FlaskClient, work: Work, once: Once) -> dict[str, str]:
    """Every public page of a city that has everything, with drawings."""
    city = once(City)
    with work() as session:
        for lang, slug, form in product(LANGUAGES, ("", "elm-street"), ("wide", "narrow")):
            (known,) = city.holes["digest"]
            drawn = {"digest": known, "slug": slug, "measure": "drug_calls", "lang": lang}
            session.add(PanelDrawing(form=form, content=DRAWN, **drawn))
    return public_pages(app, client, city, STATUS)


def test_every_public_page_is_what_a_page_must_be(pages: dict[str, str], page: Reader) -> None:
    hard = {}
    for endpoint, address in pages.items():
        bodies = []
        for lang in LANGUAGES:
            url, status = address.format(lang=lang), STATUS.get(endpoint, 200)
            answer = page.client.get(url, headers=SAME_ORIGIN)
            assert answer.status_code == status, url
            assert "Set-Cookie" not in answer.headers, url
            may_keep = ("no-store",) if endpoint.startswith(KEPT_BY_NOBODY) else ("no-store", "public, no-cache")
            assert answer.headers["Cache-Control"] in may_keep, url
            headers = {name: value for name, value in HEADERS.items() if name != "Cache-Control"}
            headers |= OTHER_HEADERS.get(endpoint, {})
            assert {name: answer.headers.get(name) for name in headers} == headers, url
            bodies.append(answer.data)
            if answer.mimetype == "text/html" and status != 302:
                found = page.read(answer, status)
                if status == 200 and (measured := too_hard(found, lang)):
                    hard[url] = measured
        assert endpoint in (*NOT_A_PAGE, *STATUS) or bodies[0] != bodies[1], endpoint
    assert hard == {}
    for lang in LANGUAGES:
        page(f"/{lang}/nothing", 404)
        page(f"/{lang}/report/", 403, method="POST", headers={"Sec-Fetch-Site": "cross-site"})
        page(f"/{lang}/", 405, method="POST")


A_DAY = re.compile(r"\b(?:(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day|(?:Jan|Febr)uary|\w+ember|October)\b")


def too_hard(page: Page, lang: str) -> float | None:
    """How hard a page is to read, if that is too much."""
    # Names of days differ in length from one day to the next.
    text = A_DAY.sub("today", plain_text(page.find("main"))) if page.has("main") else ""
    if len(text.split()) < FEWEST_WORDS:
        return None
    measured = grade(text) if lang == "en" else ease(text)
    return measured if (measured > HIGHEST_GRADE if lang == "en" else measured < LEAST_EASE) else None


def test_public_page_looks_not_who_is_signed_in(app: Portal, work: Work, pages: dict[str, str]) -> None:
    with work() as session:
        member = make_member(session, ["organizer"])
    known, unknown = app.test_client(), app.test_client()
    sign_in(known, member)
    for endpoint, address in pages.items():
        if endpoint.startswith(KEPT_BY_NOBODY):
            continue
        url = address.format(lang="es")
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
    "/es/my-part/1/photo": "/es/my-part/1",
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
