"""Everybody can read it: axe finds nothing on any page, in light and dark, and nothing leaves a narrow window."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from portal.accounts.users import Member
from portal.commitments.hearings import call_hearing
from portal.commitments.promise_states import PromiseActor
from portal.commitments.promise_steps import plan_milestone
from portal.commitments.promises import Commitment
from portal.core.clock import now, today
from portal.core.web import Portal
from portal.following.announcements import AnnouncementDraft, FollowerAnnouncement, draft_announcement
from portal.following.texts import Subject
from portal.indicators.counts import FigureEntry, found_area, load_standard_measures, measure_named, record
from portal.indicators.evaluation.plans import default_plan
from portal.indicators.evaluation.studies import keep_plan
from portal.indicators.imports.taking import found_source, send_file
from portal.indicators.imports.uploads import keep_upload
from portal.indicators.measures import AreaPart, FileKind
from portal.indicators.snapshots.snapshots import Snapshot, canonical, digest
from portal.indicators.surveys import call_survey
from portal.markets.call_in import CallInText, prepare_call_in
from portal.markets.gate import Noted, note_evidence
from portal.markets.gate_rules import EvidenceItem, EvidenceState
from portal.markets.places import KeyTurned, Market
from portal.markets.watch import open_due_reviews
from portal.meetings.busy import WeeklyHours
from portal.meetings.meeting import Meeting
from portal.meetings.report_back import published_versions
from portal.meetings.series import Series, dates_of
from portal.meetings.venues import Venue, VenueDraft, keep_venue
from portal.news.library import Guide
from portal.news.posts import Post
from portal.organisations.organisations import Office, OrganisationDraft, add_organisation, keep_office, set_people
from portal.organisations.sides import OrganisationKind, TableSide
from portal.partners.callin import call_in as call_ins
from portal.partners.callin.call_in import CallInCard, CallInItem, CallInOffer
from portal.partners.callin.evening_rules import Consent, give
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat
from portal.partners.members import invite
from portal.partners.notes import answer, begin_topic
from portal.partners.polls.deciding import Proposal, ask_guest, choose, propose
from portal.partners.polls.rules import SlotSpan
from portal.partners.reconciliation.planning import keep_guests, suggest, write_note
from portal.partners.reconciliation.rules import QuoteScope, ThemeSource
from portal.partners.reconciliation.sessions import Notice
from portal.partners.reconciliation.telling import (
    AcknowledgementText,
    draft_acknowledgement,
    keep_line,
    publish_acknowledgement,
    write_theme,
)
from portal.reports.holds import HoldScope, ReportHold, place_hold
from portal.reports.referrals import answer_desk
from portal.reports.threads import pass_on
from portal.reports.triage import Category, Channel, Disposition, Referral, ReferralFinding
from tests.conftest import Work
from tests.indicators.published import a_document, a_place, publish
from tests.journeys.axe import problems
from tests.journeys.browsing import give_password
from tests.journeys.conftest import Hire, Visit
from tests.make import (
    PASSWORD,
    add_file,
    both,
    let_in,
    make_call_in,
    make_circle,
    make_commitment,
    make_guide,
    make_hours,
    make_market,
    make_meeting,
    make_office,
    make_post,
    make_report,
    make_report_back,
    make_series,
    sit_in,
)
from tests.partners.sessions import accept_for, make_circle_session, make_public_session, part_of

PUBLIC = """
    / /tonight/ /search/ /search/?q=walnut /search/?q=zzzz
    /places/ /places/walnut-street/ /places/walnut-street/why-here/ /places/walnut-street/call-in/
    /meetings/ /meetings/past/ /meetings/month/{month}/
    /meetings/walnut-evening /meetings/walnut-evening/answer/ /meetings/my-answer
    /meetings/walnut-past /meetings/series/walnut-series/
    /news/ /news/walnut-news /news/tags/light/
    /follow/
    /promises/ /promises/due/ /promises/walnut-lamps /promises/places/walnut-street/ /promises/slip/
    /guides/ /guides/evidence/ /guides/read/walnut-guide /how-it-works/ /other-cities/ /who-can-see/ /who-runs-this/
    /search/code/ /sms
    /listening/ /listening/what-to-say /acknowledgements/ /acknowledgements/stops
    /report/ /report/follow /sign-in /invitation/made-up /nowhere/
    /progress/ /progress/city/ /progress/{digest}/ /places/walnut-street/progress/
    /places/walnut-street/progress/{digest}/ /places/walnut-street/year/2025/ /open-data/ /survey/
    /demo/ /demo/codes /demo/mail /demo/phone/4 /styleguide/
""".split()
TEAM = """
    /desk/ /desk/?view=closed /desk/{web} /desk/{text} /desk/answers/ /desk/examples/ /colleagues/ /colleagues/log
    /account/
    /team/how/
    /team/today/
    /account/password /account/once-more /account/codes /account/reminders/ /second-step/set-up /second-step/set-up/app
    /second-step/set-up/passkey /team/meetings/week/ /team/meetings/around/
    /team/hours/
    /team/meetings/ /team/meetings/new /team/meetings/{meeting} /team/meetings/{meeting}/cancel
    /team/meetings/{meeting}/coming /team/meetings/{meeting}/coming/list /team/meetings/{meeting}/answers/
    /team/meetings/{meeting}/paper/ /team/meetings/{meeting}/paper/phone-tree
    /team/meetings/{meeting}/agenda/ /team/meetings/{tonight}/door/ /team/meetings/{tonight}/door/typed
    /team/meetings/{meeting}/paper/door /team/meetings/{meeting}/paper/evening
    /team/meetings/{past}/report-back/ /team/meetings/{past}/report-back/heads
    /team/meetings/series/ /team/meetings/series/{series} /team/meetings/series/{series}/rhythm
    /team/meetings/series/{series}/end /team/meetings/series/from/{meeting} /team/meetings/{repeated}
    /team/venues/ /team/venues/new /team/venues/{venue}
    /team/announcements/ /team/announcements/new /team/announcements/{announcement}
    /team/announcements/{announcement}/edit /texts-sent/
    /team/news/ /team/news/new /team/news/{post} /team/guides/ /team/guides/new /team/guides/{guide}
""".split()
RECEIVED = "/received/ /received/{passed_on} /colleagues/".split()
PLACES = """
    /team/places/ /team/places/{place}/ /team/places/{place}/steps /team/places/{place}/call-in
    /lead/places/new /lead/places/{place}/edit /lead/places/{place}/people /lead/places/{place}/status
    /lead/places/{place}/steps/step_1 /lead/places/{place}/call-in
""".split()
WATCH = """
    /team/board/ /team/board/{place} /team/board/{place}/scorecard
    /lead/places/{place}/decisions/{decision}
""".split()
CIRCLES = """
    /circles/ /circles/board/ /circles/new/ /circles/{circle}/ /circles/{circle}/promise /circles/{circle}/leave
    /circles/{circle}/notebook/ /circles/{circle}/notebook/new /circles/{circle}/notebook/{topic}/
    /circles/{circle}/notebook/{topic}/edit/{topic} /circles/{circle}/handover/
    /circles/{circle}/lead/people /circles/{circle}/lead/edit
    /circles/{circle}/lead/promise /circles/{circle}/lead/close
    /circles/{circle}/lead/people/{elder}/remove /circles/{invites}/invitation
    /circles/{circle}/call-ins/ /circles/{circle}/call-ins/new /circles/{circle}/call-ins/{call_in}/
    /circles/{circle}/call-ins/{call_in}/edit /circles/{circle}/call-ins/{call_in}/door
    /circles/{circle}/call-ins/{call_in}/run/ /circles/{circle}/call-ins/{call_in}/run/new
    /circles/{circle}/call-ins/{call_in}/run/{item}/ /circles/{circle}/call-ins/{call_in}/voices/
    /circles/{circle}/call-ins/{call_in}/voices/new /circles/{circle}/call-ins/{call_in}/voices/{voice}/
    /circles/{circle}/call-ins/{call_in}/mine/ /circles/{circle}/call-ins/{call_in}/mine/photo
    /circles/{circle}/call-ins/{call_in}/voices/{voice}/edit /circles/{circle}/call-ins/{call_in}/help/
    /circles/{circle}/call-ins/{call_in}/help/new /circles/{circle}/call-ins/{call_in}/help/{offer}/
    /circles/{circle}/call-ins/{call_in}/tonight/host /circles/{circle}/call-ins/{call_in}/tonight/law
    /circles/{circle}/call-ins/{call_in}/tonight/door /circles/{circle}/call-ins/{call_in}/tonight/
    /circles/{circle}/polls/ /circles/{circle}/polls/new /circles/{circle}/polls/{poll}/
    /circles/{circle}/polls/{poll}/last-day
    /circles/{circle}/polls/{poll}/slips/new /circles/{circle}/dates/from/{poll}/{slot}
    /circles/{circle}/dates/{date}/ /circles/{circle}/dates/{date}/move /circles/{circle}/dates/{date}/call-off
    /organizations/ /organizations/new /organizations/{house}/ /organizations/{house}/offices/new
    /organizations/{house}/offices/{office} /organizations/{house}/people
""".split()
PROMISES = """
    /team/promises/ /team/promises/new /team/promises/{promise} /team/promises/{drafted} /team/promises/{promise}/words
    /team/promises/{promise}/move /team/promises/{promise}/plan /team/promises/{promise}/evidence
    /team/promises/{promise}/claim /team/promises/{own}/judge /team/promises/{promise}/files/{file}/take-out
    /team/promises/answers/ /team/promises/answers/new /team/promises/answers/{hearing} /promises/offices/{office}/
""".split()
OF_PROMISES = ("promise", "drafted", "own", "hearing", "office", "file")
SESSIONS = """
    /circles/{circle}/sessions/ /circles/{circle}/sessions/new/listening
    /circles/{circle}/sessions/{held}/ /circles/{circle}/sessions/{held}/plan /circles/{circle}/sessions/{held}/rules
    /circles/{circle}/sessions/{held}/heads /circles/{circle}/sessions/{held}/promise
    /circles/{circle}/sessions/{held}/ask /circles/{circle}/sessions/{held}/suggestions
    /circles/{circle}/sessions/{held}/notes /circles/{circle}/sessions/{held}/names
    /circles/{circle}/sessions/{held}/guests
    /circles/{circle}/sessions/{held}/themes/new/told /circles/{circle}/sessions/{held}/themes/{theme}/edit
    /circles/{circle}/sessions/{held}/lines/new /circles/{circle}/sessions/{held}/acknowledgements/new
    /circles/{circle}/sessions/{held}/acknowledgements/{draft}/edit
    /circles/{circle}/sessions/{held}/acknowledgements/{said}/answer
""".split()
FIGURES = """
    /team/figures/ /team/figures/places/{place} /team/figures/places/{place}/{area} /team/figures/areas/{area}
    /team/figures/areas/{area}/calls
    /team/figures/import/ /team/figures/import/{table} /team/figures/incidents/
    /team/figures/incidents/{incidents} /team/figures/incidents/{incidents}/columns
    /team/measures/ /team/measures/calls /team/measures/new /team/snapshots/
    /team/studies/ /team/studies/{place} /team/studies/{place}/plan
    /team/surveys/ /team/surveys/new /team/surveys/{survey} /team/offers/ /team/offers/{place}
""".split()
OF_FIGURES = ("place", "area", "table", "incidents", "survey")
ANNOUNCED = "/team/announce/ /team/announce/walnut-evening/ /team/announce/walnut-evening/phone-tree".split()
ADMINISTRATION = """
    /people/ /people/invite /people/{member} /people/{member}/remove /audit/
    /team/who-runs-this/ /team/records/ /team/records/2026-1 /team/records/hold /team/records/hold/{hold}
    /team/settings/ /team/settings/start/ /team/settings/name/ /team/settings/notes/ /team/settings/hours/
    /team/settings/telephone/ /team/settings/exit/ /team/settings/days-off/ /team/settings/figures/
    /team/settings/limits/ /team/status/
""".split()
ELSEWHERE = """
    circles_dates.entry when.by_link commitments.feed commitments.table commitments.place_feed commitments.place_table
    data.city_table data.latest_document data.place_table data.places data.pooled data.pooled_table
    data.replication data.schema data.snapshot_document data.snapshots  open_data.feed
    progress.picture
    demo.incidents figures_import.table
    figures_import.ask_undo
    studies.plan_text
    catalog.data_json operator.security_txt meetings_short.short meetings_short.short_in
    home.choose home.robots home.sitemap posters.city posters.place health.no_icon health.check metrics.show
    demo_phone.first news.feed news.tag_feed guides.file guides_editor.file
    commitments.file commitments_steps.file
    posters.shared_link flyers.drawing
    meetings_door.token tonight.worker
    meetings.calendar flyers.paper flyers.picture meetings.entry meetings.place_calendar meetings_rsvp.mine
    meetings.feed meetings.place_feed
    meetings_remind.ask
    desk.show_picture desk.play_voice desk_cover.show
    desk.search desk_same.choose saved_answers.edit saved_answers.new
    follow.confirm follow.leave follow.mine series.calendar series.feed
    alerts_leave.leave
    second_step.ask second_step.give_code second_step.give_passkey
    account.unlock sign_in.again sign_in.give_passkey_alone
    meetings_paper.sheet_file meetings_congregation.phone_tree_file
    desks.new_phrase desks.use_phrase desks.ask_anew desks.answer_anew
    circles.new_phrase circles.use_phrase people.give_roles people.reset own_part.by_link own_part.ask_by_link
""".split()
"""No pages, or asked for by the journeys that lead there."""
OF_CIRCLES = (
    *("circle", "topic", "elder", "invites", "house", "office", "call_in", "item", "voice", "offer"),
    *("poll", "slot", "date"),
)
THIS_MONTH = f"{date.today():%Y-%m}"
DOCUMENT = a_document(a_place("walnut-street"), frozen_on=date.today().isoformat())
PUBLISHED = digest(canonical(DOCUMENT))
LONG = f"See https://example.org/{'a' * 90} and what goes on there every night. " * 3


def problems_of(page: Page, paths: list[str]) -> list[str]:
    found: list[str] = []
    for path in paths:
        page.goto(f"/es{path}".replace("{month}", THIS_MONTH).replace("{digest}", PUBLISHED))
        found += problems(page)
    return found


@pytest.fixture
def rows(work: Work, hire: Hire) -> dict[str, int]:
    """Something to see on every page, by what it is called in the addresses above."""
    author = hire("organizer")
    with work() as session:
        market = session.scalar(select(Market).where(Market.slug == "walnut-street"))
        if market is None:
            market = make_market(session, "Walnut Street")
            market.why_here, market.services, market.own_name = (both("Walnut", "Nogal") for _each in range(3))
            make_call_in(session, market)
        meeting = session.scalar(select(Meeting).where(Meeting.slug == "walnut-evening"))
        meeting = meeting or make_meeting(session, author, slug="walnut-evening", market_id=market.id)
        series = session.scalar(select(Series).where(Series.slug == "walnut-series"))
        series = series or make_series(session, make_meeting(session, author), slug="walnut-series", times=5)
        tonight = session.scalar(select(Meeting).where(Meeting.slug == "walnut-tonight"))
        tonight = tonight or make_meeting(session, author, slug="walnut-tonight", starts_at=now())
        past = session.scalar(select(Meeting).where(Meeting.slug == "walnut-past"))
        past = past or make_meeting(session, author, slug="walnut-past", starts_at=now() - timedelta(days=20))
        if not published_versions(past.id):
            make_report_back(session, past)
        post = session.scalar(select(Post).where(Post.slug == "walnut-news"))
        post = post or make_post(session, author, "light", slug="walnut-news", market_id=market.id)
        guide = session.scalar(select(Guide).where(Guide.slug == "walnut-guide"))
        guide = guide or make_guide(
            session, "evidence", slug="walnut-guide", author_id=author.id, files={"en": b"Chairs."}, stale="body_es"
        )
        if session.scalar(select(Commitment).where(Commitment.slug == "walnut-lamps")) is None:
            make_commitment(session, make_office(session), market_id=market.id, slug="walnut-lamps")
        if session.scalar(select(WeeklyHours.id).limit(1)) is None:
            make_hours(session, both("Walnut Chapel", "Capilla del Nogal"), 6)
        if session.scalar(select(Notice.id).where(Notice.slug == "what-to-say")) is None:
            make_public_session(session)
        if session.scalar(select(Snapshot.id).where(Snapshot.digest == PUBLISHED)) is None:
            publish(session, DOCUMENT)
        announcement = session.scalar(select(FollowerAnnouncement).limit(1)) or draft_announcement(
            AnnouncementDraft(
                Subject.SAFETY, both("No water on Oak.", "No hay agua en Oak."), now() + timedelta(days=2)
            ),
            author.id,
        )
        venue = session.scalar(select(Venue).limit(1)) or keep_venue(
            VenueDraft(both("Walnut hall", "Salón Nogal"), both("Ramp.", "Rampa.")), author.id
        )
        web, text = (make_report(LONG, channel=channel).thread for channel in (Channel.WEB, Channel.TEXT))
        made = {
            "meeting": meeting,
            "past": past,
            "series": series,
            "repeated": dates_of(series)[1].meeting,
            "tonight": tonight,
            "post": post,
            "guide": guide,
            "member": author,
            "web": web,
            "text": text,
            "place": market,
            "decision": market.standing,
            "venue": venue,
            "announcement": announcement,
            "hold": session.scalar(select(ReportHold).limit(1)) or _hold(author.id),
        }
        return {name: row.id for name, row in made.items()}


def _hold(member_id: int) -> ReportHold:
    days = today() - timedelta(days=9), today() - timedelta(days=2), today() + timedelta(days=9)
    return place_hold(HoldScope(*days), may_be_told=True, member_id=member_id)


def test_no_page_is_left_out(app: Portal) -> None:
    rows: dict[str, Any] = (
        dict.fromkeys(("web", "text", "meeting", "past", "tonight", "post", "guide", "member", "place", "venue"), 1)
        | {"announcement": 1, "hold": 1, "decision": 1}
        | dict.fromkeys((*OF_CIRCLES, *OF_PROMISES, "series", "repeated"), 1)
        | {"month": THIS_MONTH, "digest": PUBLISHED}
        | dict.fromkeys(OF_FIGURES, 1)
    )
    rows |= dict.fromkeys(("held", "theme", "draft", "said", "passed_on"), 1)
    asked = (
        *PUBLIC,
        *TEAM,
        *RECEIVED,
        *PLACES,
        *WATCH,
        *CIRCLES,
        *PROMISES,
        *SESSIONS,
        *FIGURES,
        *ANNOUNCED,
        *ADMINISTRATION,
    )
    paths = [f"/en{path}".format(**rows).partition("?")[0] for path in asked]
    known = app.url_map.bind("localhost")
    looked_at = {known.match(path)[0] for path in paths if path != "/en/nowhere/"}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - looked_at == set(ELSEWHERE)


def test_axe_sees_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>x</h1><input><p style='color:#ddd; background:#fff'>Pale words</p><p style='width:400px'>x")
    found = " ".join(problems(page))
    page.close()
    for word in ("light: color-contrast", "dark: color-contrast", "label", "html-has-lang", "408 pixels"):
        assert word in found


@pytest.mark.parametrize(
    "look", ["p { color: #ddd }", "main { background: #222 }", "p::before { content: '' } p { color: #aaa }"]
)
def test_what_was_measured_before_hides_nothing_that_looks_otherwise(browser: Browser, look: str) -> None:
    page = browser.new_page()
    for style, found in (("", False), (look, True), (look, True)):
        page.set_content(f"<style>{style}</style><main><h1>A title</h1><p>Dark words</p></main>")
        assert any("color-contrast" in problem for problem in problems(page)) == found
    page.close()


def test_public_pages(visit: Visit, rows: dict[str, int]) -> None:
    assert problems_of(visit("/es/").page, PUBLIC) == []


def test_pages_of_the_team(visit: Visit, hire: Hire, rows: dict[str, int]) -> None:
    member = hire("triage", "organizer", "community_lead", language="es")
    paths = [path.format(**rows) for path in TEAM]
    assert problems_of(visit("/es/account/", member=member).page, paths) == []


def test_pages_of_what_was_passed_on(visit: Visit, hire: Hire, work: Work) -> None:
    member = hire("organizer", receives=True, language="es")
    with work() as session:
        place = make_market(session, "Holly es Street")
        place.owner_id = member.id
        thread = make_report(LONG, market_id=place.id, category=Category.SELLING).thread
        shared = pass_on(thread, Referral.TEAM, "", member.id, LONG)
        assert shared
        answer_desk(shared, ReferralFinding(LONG, Disposition.ACTED), member.id)
        paths = [path.format(passed_on=shared.id) for path in RECEIVED]
        at_desk = [f"/desk/{thread.id}", "/desk/"]
    assert problems_of(visit("/es/account/", member=member).page, paths) == []
    volunteer = hire("triage", language="es")
    assert problems_of(visit("/es/account/", member=volunteer).page, at_desk) == []


def make_evening(circle: Circle, member: Member) -> tuple[int, ...]:
    """A call-in with a voice, and an offer: ids of it, an item, the voice and the offer."""
    seat = my_seat(circle.id, member)
    words = {"begins": "18:30", "where": LONG, "coordinator": LONG[:79], "people": "9", "apart": LONG, "chairs": LONG}
    call_in = call_ins.plan_call_in(seat, today(), words, None)
    call_ins.fill_run(seat, call_in)
    item = call_ins.add_line(
        seat, call_in, CallInItem(room=2, minutes=40), {"part": "other", "about": LONG, "voice": ""}
    )
    spoken = dict.fromkeys(("asked_by", "interpreter", "support", "safety", "notes"), LONG)
    words = {**spoken, "who": "mother", "point": "harm", "name": LONG[:79], "block": "yes", "door": "", "ride": "no"}
    words |= {"member": str(member.id)}
    voice = call_ins.add_line(seat, call_in, CallInCard(), give({**words, "alternate": "7"}, Consent.SPEAK, today()))
    counts = {"made": "3", "delivered": "2"}
    offer = call_ins.add_line(seat, call_in, CallInOffer(), {"what": LONG, "office": LONG, **counts})
    return call_in.id, item.id, voice.id, offer.id


def test_pages_of_circles(visit: Visit, hire: Hire, work: Work) -> None:
    member, elder, other = (hire("community_lead", language="es") for _each in range(3))
    with work() as session:
        circle = make_circle(session, member, elder, with_police=True)
        sit_in(session, circle, other, CircleRole.OBSERVER, with_key=False)
        topic = begin_topic(my_seat(circle.id, member), {"title": LONG[:119], "body": LONG}, today())
        answer(my_seat(circle.id, member), topic, {"body": LONG})
        invites = make_circle(session, elder, with_police=True)
        invite(my_seat(invites.id, elder), member.email, "", "en", CircleRole.MEMBER)
        house = add_organisation(OrganisationDraft(OrganisationKind.POLICE, both("Police", "Policía")), member.id)
        office = keep_office(Office(organisation_id=house.id), both("Chief", "Jefe"), "a@b.test", member.id)
        set_people(house, [elder.id], member.id)
        asked = Proposal(
            {"question_en": LONG[:160]}, [SlotSpan(now() + timedelta(days=9), now() + timedelta(days=10))], today()
        )
        poll, chosen = (propose(my_seat(circle.id, member), asked) for _each in range(2))
        ask_guest(my_seat(circle.id, member), poll, LONG[:80], TableSide.COMMUNITY, is_essential=True)
        date = choose(my_seat(circle.id, member), chosen, chosen.slots[0], {"question_en": LONG[:160]})
        made = (circle.id, topic.id, elder.id, invites.id, house.id, office.id, *make_evening(circle, member))
        made = (*made, poll.id, poll.slots[0].id, date.id)
    paths = [path.format(**dict(zip(OF_CIRCLES, made, strict=True))) for path in CIRCLES]
    assert problems_of(visit("/es/account/", member=member).page, paths) == []


def test_pages_of_promises(visit: Visit, hire: Hire, work: Work) -> None:
    member = hire("community_lead", language="es")
    with work() as session:
        office = make_office(session)
        promise, own = make_commitment(session, office, today() - timedelta(days=3)), make_commitment(session, office)
        drafted = make_commitment(session, office, published=False)
        plan_milestone(promise, both(LONG, LONG), today(), member.id, PromiseActor(frozenset(member.roles)))
        hearing = call_hearing(both("Spring", "Primavera"), [promise], today(), today(), member.id)
        file = add_file(session, promise, b"Two lamps.", what=both(LONG, LONG))
        made = (promise.id, drafted.id, own.id, hearing.id, office.id, file.id)
    paths = [path.format(**dict(zip(OF_PROMISES, made, strict=True))) for path in PROMISES]
    assert problems_of(visit("/es/account/", member=member).page, paths) == []


def test_pages_of_sessions(visit: Visit, hire: Hire, work: Work) -> None:
    member, elder, pastor = (
        hire("facilitator", language="es"),
        hire(language="es"),
        hire("faith_partner", language="es"),
    )
    theme = {f"{name}_{side}": LONG for name in ("title", "body", "few") for side in ("en", "es")}
    with work() as session:
        circle = make_circle(session, member, elder, pastor, kind="reconciliation", with_police=True)
        held = make_circle_session(session, circle, member, days=0)
        part = part_of(circle, held, member)
        made_theme = write_theme(part, ThemeSource.ASKED, theme)
        suggest(held, {"suggestion": LONG, "lang": "en"}, held.id.to_bytes(32, "big"))
        write_note(part, {"note": LONG}, 7)
        keep_line(part, QuoteScope.SIDES, both(LONG, LONG), both("A", "B"), today(), today())
        office = make_office(session)
        said, draft = (
            draft_acknowledgement(part, AcknowledgementText(office.id, both(LONG, LONG), both(LONG, LONG), today()))
            for _each in "ab"
        )
        publish_acknowledgement(part, said)
        accept_for(session, held, elder, pastor)
        keep_guests(part_of(circle, held, pastor), {"names": LONG}, 1)
        ids = {"circle": circle.id, "held": held.id, "theme": made_theme.id, "draft": draft.id, "said": said.id}
    paths = [path.format(**ids) for path in SESSIONS]
    hers = [path for path in paths if path.endswith("answer")]
    assert problems_of(visit("/es/account/", member=elder).page, hers) == []
    his = [path for path in paths if path.endswith("guests")]
    assert problems_of(visit("/es/account/", member=pastor).page, his) == []
    paths = [path for path in paths if path not in (*hers, *his)]
    assert problems_of(visit("/es/account/", member=member).page, paths) == []


def test_pages_about_a_hidden_place(visit: Visit, hire: Hire, work: Work) -> None:
    member = hire("community_lead", language="es")
    liaison = hire("police_liaison")
    words = CallInText(*(both("*Help* is here.", "Hay *ayuda*.") for _text in range(3)))
    with work() as session:
        market = make_market(session, "Hawthorn es Street", released=False)
        let_in(session, market, member, liaison)
        make_meeting(session, market_id=market.id, published=False)
        session.add(
            KeyTurned(market_id=market.id, member_id=liaison.id, key="police_liaison", reason=LONG, turned_at=now())
        )
        prepare_call_in(market, words, member.id)
        for state in EvidenceState:
            item = list(EvidenceItem)[list(EvidenceState).index(state)]
            note_evidence(market, item, Noted(state, LONG, "https://example.org/", today()), member.id)
        place = market.id
    paths = [path.format(place=place) for path in PLACES]
    assert problems_of(visit("/es/account/", member=member).page, paths) == []


def test_pages_of_those_who_look_after_places(app: Portal, visit: Visit, hire: Hire, rows: dict[str, int]) -> None:
    lead = hire("community_lead", language="es")
    with app.app_context():
        open_due_reviews()
    paths = [path.format(**rows) for path in WATCH]
    assert problems_of(visit("/es/account/", member=lead).page, paths) == []


def test_pages_of_the_administration(visit: Visit, hire: Hire, rows: dict[str, int]) -> None:
    member = hire("administrator", language="es")
    paths = [path.format(**rows) for path in ADMINISTRATION]
    assert problems_of(visit("/es/account/", member=member).page, paths) == []


def test_pages_on_the_way_of_a_resident(visit: Visit) -> None:
    page = visit("/es/report/").page
    found = []

    def send() -> None:
        page.locator("main form .button:not(.link)[type=submit]").first.click()
        expect(page.locator("[aria-busy]")).to_have_count(0)
        found.extend(problems(page))

    send()
    page.locator("#what").fill("Call 336-555-0142, they sell again. Somebody is not breathing.")
    page.locator("[name=category]").first.check()
    page.locator("#market").select_option("_elsewhere")
    send()
    page.locator("#sure").check()
    send()
    code = " ".join(page.locator("#code-words li").all_inner_texts())
    page.locator("#code").fill("house one two")
    send()
    page.goto("/es/report/follow")
    page.locator("#code").fill(code)
    send()
    send()
    assert found == []


def test_pages_at_the_door(visit: Visit, hire: Hire) -> None:
    member: Member = hire("organizer", language="es")
    page = visit("/es/sign-in").page
    found = problems(page)
    way = "Con correo y contraseña"
    give_password(page, member.email, "wrong", way)
    found += problems(page)
    give_password(page, member.email, PASSWORD, way)
    page.wait_for_url("**/second-step/**")
    assert [*found, *problems(page)] == []


def test_pages_of_figures(visit: Visit, hire: Hire, work: Work) -> None:
    member = hire("community_lead", language="es")
    with work() as session:
        month = today().replace(day=1) - timedelta(days=1)
        load_standard_measures()
        market = make_market(session, "Hazel es Street")
        area, _other = found_area(market, AreaPart.PLACE), found_area(market, AreaPart.COMPARISON)
        record([FigureEntry(area.id, measure_named("calls").id, month.replace(day=1), 12)])
        keep_plan(market, default_plan(market.slug, ["calls"], [1]), member.id)
        survey = call_survey(market, today(), today(), member.id)
        source = found_source("Police es", member.id)
        rows = f"place,measure,month,value\n{market.slug}/place,calls,{month:%Y-%m},14\n"
        table = keep_upload(BytesIO(rows.encode()), "counts.csv", FileKind.MONTHS, member.id)
        incidents = send_file(BytesIO(b"Date,Offense,Lon,Lat\n"), "police.csv", source, member.id)
        made = (market.id, area.id, table.id, incidents.id, survey.id)
    paths = [path.format(**dict(zip(OF_FIGURES, made, strict=True))) for path in FIGURES]
    assert problems_of(visit("/es/account/", member=member).page, paths) == []


def test_pages_of_congregations(visit: Visit, hire: Hire, rows: dict[str, int]) -> None:
    member = hire("faith_partner", language="es")
    assert problems_of(visit("/es/account/", member=member).page, ANNOUNCED) == []
