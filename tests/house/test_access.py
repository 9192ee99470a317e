"""Who may reach what: every route as nobody, as every role, and with a form from somewhere else."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal.accounts.roles import Role
from portal.core.web import SAFE_METHODS, Audience, AudienceBlueprint, Portal
from tests.conftest import Work
from tests.make import make_desk, make_member, sign_in
from tests.page import SAME_ORIGIN

pytestmark = pytest.mark.usefixtures("refusals_once")
PUBLIC, MACHINES, HALFWAY, SIGNED_IN = "public", "machines", "password given", "signed in"
DESK, EDITORS, ADMINISTRATOR = "oversight or triage", "community_lead or organizer", "administrator"
RECEIVERS = "community_lead or organizer or police_liaison or property or services"
SEATED = "community_lead or organizer or oversight or police_liaison or property or services or triage"

PLACES = "community_lead or facilitator or faith_partner or organizer or police_liaison"
LEAD = "community_lead"
FIGURES = "community_lead or evaluator"
PROMISES = "community_lead or facilitator or faith_partner or organizer or police_liaison or services"
CALLERS = "community_lead or facilitator or organizer"
CONGREGATIONS = "community_lead or faith_partner or organizer"
BRIDGES = "community_lead or facilitator or faith_partner"
KEEPERS = "community_lead or faith_partner or organizer or police_liaison"

# Every address and who may reach it. A new one needs a line here, and so a decision.
WHO = {
    "about.how_it_works": PUBLIC,
    "about.other_cities": PUBLIC,
    "account.codes": SIGNED_IN,
    "account.drop_app": SIGNED_IN,
    "account.drop_passkey": SIGNED_IN,
    "account.unlock": SIGNED_IN,
    "account.index": SIGNED_IN,
    "account.language": SIGNED_IN,
    "account.leave": SIGNED_IN,
    "account.leave_everywhere": SIGNED_IN,
    "account.once_more": SIGNED_IN,
    "account.password": SIGNED_IN,
    "annual.show": PUBLIC,
    "catalog.data_json": PUBLIC,
    "data.city_table": PUBLIC,
    "data.pooled": PUBLIC,
    "data.pooled_table": PUBLIC,
    "data.latest_document": PUBLIC,
    "data.place_table": PUBLIC,
    "data.places": PUBLIC,
    "data.schema": PUBLIC,
    "data.replication": PUBLIC,
    "data.snapshot_document": PUBLIC,
    "data.snapshots": PUBLIC,
    "offers.index": "community_lead or services",
    "offers.place": "community_lead or services",
    "offers.save": "community_lead or services",
    "offers.save_cost": "community_lead or services",
    "surveys.answer": PUBLIC,
    "surveys.enter": PUBLIC,
    "surveys.find": PUBLIC,
    "surveys_team.index": "community_lead or evaluator or organizer",
    "surveys_team.new": "community_lead or evaluator or organizer",
    "surveys_team.save": "community_lead or evaluator or organizer",
    "surveys_team.show": "community_lead or evaluator or organizer",
    "open_data.feed": PUBLIC,
    "open_data.index": PUBLIC,
    "operator.about": PUBLIC,
    "operator.security_txt": PUBLIC,
    "audit.table": ADMINISTRATOR,
    "settings.index": ADMINISTRATOR,
    "settings.start": ADMINISTRATOR,
    "status.again": ADMINISTRATOR,
    "status.confirm_date": ADMINISTRATOR,
    "status.index": ADMINISTRATOR,
    "settings.group": ADMINISTRATOR,
    "settings.take_back": ADMINISTRATOR,
    "operator_team.edit": ADMINISTRATOR,
    **dict.fromkeys((f"records.{name}" for name in ("index", "quarter", "place", "change", "release")), ADMINISTRATOR),
    "progress.city": PUBLIC,
    "progress.city_then": PUBLIC,
    "progress.picture": PUBLIC,
    "progress.place": PUBLIC,
    "progress.place_then": PUBLIC,
    "acknowledgements.index": PUBLIC,
    "acknowledgements.show": PUBLIC,
    "audit.index": ADMINISTRATOR,
    "call_ins.edit": SIGNED_IN,
    "call_ins.index": SIGNED_IN,
    "call_ins.move_on": SIGNED_IN,
    "call_ins.plan": SIGNED_IN,
    "call_ins.show": SIGNED_IN,
    "call_ins_help.add": SIGNED_IN,
    "call_ins_help.drop": SIGNED_IN,
    "call_ins_help.edit": SIGNED_IN,
    "call_ins_help.index": SIGNED_IN,
    "call_ins_help.step": SIGNED_IN,
    "call_ins_paper.door": SIGNED_IN,
    "call_ins_run.add": SIGNED_IN,
    "call_ins_run.drop": SIGNED_IN,
    "call_ins_run.edit": SIGNED_IN,
    "call_ins_run.fill": SIGNED_IN,
    "call_ins_run.index": SIGNED_IN,
    "call_ins_run.save": SIGNED_IN,
    "call_ins_voices.add": SIGNED_IN,
    "call_ins_voices.consent": SIGNED_IN,
    "call_ins_voices.drop": SIGNED_IN,
    "call_ins_voices.edit": SIGNED_IN,
    "call_ins_voices.end_link": SIGNED_IN,
    "call_ins_voices.index": SIGNED_IN,
    "call_ins_voices.link": SIGNED_IN,
    "call_ins_voices.seen": SIGNED_IN,
    "call_ins_voices.show": SIGNED_IN,
    "commitments.at_place": PUBLIC,
    "commitments.commitment": PUBLIC,
    "commitments.feed": PUBLIC,
    "commitments.file": PUBLIC,
    "commitments.index": PUBLIC,
    "commitments.of_office": PUBLIC,
    "commitments.place_feed": PUBLIC,
    "commitments.place_table": PUBLIC,
    "commitments.standing_so": PUBLIC,
    "commitments.table": PUBLIC,
    "commitments_steps.file": PROMISES,
    "commitments_steps.reach": PROMISES,
    "commitments_steps.take": PROMISES,
    "commitments_steps.take_out": PROMISES,
    "commitments_team.correct_words": PROMISES,
    "commitments_team.delete": PROMISES,
    "commitments_team.edit": PROMISES,
    "commitments_team.index": PROMISES,
    "commitments_team.new": PROMISES,
    "circles.decline": SIGNED_IN,
    "circles_board.index": SIGNED_IN,
    "circles.index": SIGNED_IN,
    "circles.invitation": SIGNED_IN,
    "circles.leave": SIGNED_IN,
    "circles.new_phrase": SIGNED_IN,
    "circles.promise": SIGNED_IN,
    "circles.show": SIGNED_IN,
    "circles.use_phrase": SIGNED_IN,
    "circles_dates.call_off": SIGNED_IN,
    "circles_dates.choose": SIGNED_IN,
    "circles_dates.entry": SIGNED_IN,
    "circles_dates.move": SIGNED_IN,
    "circles_dates.show": SIGNED_IN,
    "circles_founding.found": BRIDGES,
    "circles_handover.accept": SIGNED_IN,
    "circles_handover.index": SIGNED_IN,
    "circles_handover.name": SIGNED_IN,
    "circles_handover.offer": SIGNED_IN,
    "circles_handover.refuse": SIGNED_IN,
    "circles_handover.take_back": SIGNED_IN,
    "circles_lead.admit": SIGNED_IN,
    "circles_lead.close": SIGNED_IN,
    "circles_lead.edit": SIGNED_IN,
    "circles_lead.give_role": SIGNED_IN,
    "circles_lead.invite": SIGNED_IN,
    "circles_lead.remove": SIGNED_IN,
    "circles_lead.restate": SIGNED_IN,
    "circles_lead.withdraw": SIGNED_IN,
    "circles_notes.begin": SIGNED_IN,
    "circles_notes.delete": SIGNED_IN,
    "circles_notes.edit": SIGNED_IN,
    "circles_notes.index": SIGNED_IN,
    "circles_notes.topic": SIGNED_IN,
    "circles_polls.index": SIGNED_IN,
    "circles_polls.last_day": SIGNED_IN,
    "circles_polls.propose": SIGNED_IN,
    "circles_polls.show": SIGNED_IN,
    "circles_polls.stop": SIGNED_IN,
    "circles_polls_guests.ask": SIGNED_IN,
    "circles_polls_guests.withdraw": SIGNED_IN,
    "desk.act": DESK,
    "desk.begin_with": DESK,
    "desk.begin_with_finding": DESK,
    "desk.erase_note": DESK,
    "desk.note": DESK,
    "desk.translate": DESK,
    "desk_same.choose": DESK,
    "desk_same.close": DESK,
    "desk_same.part": DESK,
    "saved_answers.edit": DESK,
    "saved_answers.erase": DESK,
    "saved_answers.index": DESK,
    "saved_answers.new": DESK,
    "taught.erase": DESK,
    "taught.index": DESK,
    "taught.let_go": DESK,
    "desk.give_back": DESK,
    "desk.inbox": DESK,
    "desk.mark_read": DESK,
    "desk.search": DESK,
    "desk.settle_doubt": DESK,
    "desk.play_voice": DESK,
    "desk.show_picture": DESK,
    "desk.sort": DESK,
    "desk.take": DESK,
    "desk.take_back": DESK,
    "desk_cover.cover": DESK,
    "desk_cover.show": DESK,
    "desk.thread": DESK,
    "desks.admit": SEATED,
    "desks.answer_anew": SEATED,
    "desks.ask_anew": SEATED,
    "desks.agree_to_change": SEATED,
    "desks.refuse_change": SEATED,
    "desks.index": SEATED,
    "desks.log": SEATED,
    "desks.new_phrase": SEATED,
    "desks.refuse_anew": SEATED,
    "desks.use_phrase": SEATED,
    **dict.fromkeys(("figures.add", "figures.add_city", "figures.area", "figures.drop", "figures.edit"), FIGURES),
    **dict.fromkeys(("figures_import.drop", "figures_import.index", "figures_import.look"), FIGURES),
    **dict.fromkeys(("figures_import.preview", "figures_import.table", "figures_import.take"), FIGURES),
    **dict.fromkeys(("figures_import.changes", "figures_import.undo", "figures_incidents.changes"), FIGURES),
    "figures_import.ask_undo": FIGURES,
    **dict.fromkeys(("figures_incidents.again", "figures_incidents.choose", "figures_incidents.columns"), FIGURES),
    **dict.fromkeys(("figures_incidents.decide", "figures_incidents.drop", "figures_incidents.index"), FIGURES),
    **dict.fromkeys(("figures_incidents.send", "figures_incidents.show", "figures_incidents.take"), FIGURES),
    **dict.fromkeys(("figures_sources.blocks", "figures_sources.drop", "figures_sources.show"), FIGURES),
    **dict.fromkeys(("figures.index", "figures.place", "figures.series"), FIGURES),
    "figures_snapshots.index": FIGURES,
    **dict.fromkeys(("figures_around.show", "figures_usual.show"), FIGURES),
    **dict.fromkeys(("figures_measures.edit", "figures_measures.index"), FIGURES),
    **dict.fromkeys(("figures_measures.add_set", "figures_measures.weigh_types"), FIGURES),
    **dict.fromkeys(("figures_measures.new", "figures_measures.seed"), FIGURES),
    **dict.fromkeys(("studies.compute_again", "studies.deviate", "studies.edit", "studies.enter_day"), FIGURES),
    **dict.fromkeys(
        ("studies.index", "studies.judge_by", "studies.lock", "studies.plan_text", "studies.show"),
        FIGURES,
    ),
    "flyers.drawing": PUBLIC,
    "flyers.paper": PUBLIC,
    "flyers.picture": PUBLIC,
    "guides.file": PUBLIC,
    "guides.guide": PUBLIC,
    "guides.index": PUBLIC,
    "guides.tagged": PUBLIC,
    "guides_editor.delete": EDITORS,
    "guides_editor.edit": EDITORS,
    "guides_editor.file": EDITORS,
    "guides_editor.index": EDITORS,
    "guides_editor.new": EDITORS,
    "guides_editor.take_back": EDITORS,
    **dict.fromkeys(("announcements.delete", "announcements.edit", "announcements.go"), EDITORS),
    **dict.fromkeys(("announcements.index", "announcements.new", "announcements.show"), EDITORS),
    **dict.fromkeys(("alerts.ask", "alerts.forget", "alerts_leave.leave", "alerts_leave.leave_now"), PUBLIC),
    **dict.fromkeys(("follow.ask", "follow.begin", "follow.confirm", "follow.leave", "follow.leave_all"), PUBLIC),
    **dict.fromkeys(("follow.mine", "follow.send", "follow.speak", "follow.stop"), PUBLIC),
    "health.check": MACHINES,
    "metrics.show": MACHINES,
    "health.no_icon": MACHINES,
    "hearings.hearing": CALLERS,
    "hearings.index": CALLERS,
    "hearings.new": CALLERS,
    "home.choose": PUBLIC,
    "home.front": PUBLIC,
    "home.robots": PUBLIC,
    "home.sitemap": PUBLIC,
    "home.tonight": PUBLIC,
    "home.who_can_see": PUBLIC,
    "listening.ask": PUBLIC,
    "listening.index": PUBLIC,
    "listening.send": PUBLIC,
    "markets.call_in": PUBLIC,
    "markets.place": PUBLIC,
    "markets.places": PUBLIC,
    "markets.why_here": PUBLIC,
    "meetings.calendar": PUBLIC,
    "meetings.entry": PUBLIC,
    "meetings.feed": PUBLIC,
    "meetings.meeting": PUBLIC,
    "meetings.month": PUBLIC,
    "meetings.past": PUBLIC,
    "meetings.place_calendar": PUBLIC,
    "meetings.place_feed": PUBLIC,
    "meetings.upcoming": PUBLIC,
    "meetings_around.index": EDITORS,
    "meetings_agenda.edit": EDITORS,
    "meetings_door.count": EDITORS,
    "meetings_door.send": EDITORS,
    "meetings_door.take_over": EDITORS,
    "meetings_door.token": EDITORS,
    "meetings_door.type_in": EDITORS,
    "meetings_editor.cancel": EDITORS,
    "meetings_editor.copy": EDITORS,
    "meetings_editor.delete": EDITORS,
    "meetings_editor.edit": EDITORS,
    "meetings_editor.index": EDITORS,
    "meetings_editor.new": EDITORS,
    "meetings_host.ask_again": EDITORS,
    "meetings_host.coming": EDITORS,
    "meetings_host.give": EDITORS,
    "meetings_host.names": EDITORS,
    "meetings_host.read": EDITORS,
    "meetings_host.set_reminders": EDITORS,
    "meetings_host.set_seats": EDITORS,
    "meetings_hours.delete": EDITORS,
    "meetings_hours.index": EDITORS,
    "meetings_remind.answer": PUBLIC,
    "meetings_remind.ask": PUBLIC,
    "meetings_rsvp.change": PUBLIC,
    "meetings_rsvp.enter": PUBLIC,
    "meetings_rsvp.find": PUBLIC,
    "meetings_rsvp.go": PUBLIC,
    "meetings_rsvp.mine": PUBLIC,
    "meetings_rsvp_form.ask": PUBLIC,
    "meetings_rsvp_form.send": PUBLIC,
    "meetings_short.short": PUBLIC,
    "meetings_short.short_in": PUBLIC,
    "meetings_answers.index": EDITORS,
    "meetings_answers.take_out": EDITORS,
    "meetings_congregation.index": CONGREGATIONS,
    "meetings_congregation.meeting": CONGREGATIONS,
    "meetings_congregation.phone_tree": CONGREGATIONS,
    "meetings_congregation.phone_tree_file": CONGREGATIONS,
    "meetings_paper.door": EDITORS,
    "meetings_paper.evening": EDITORS,
    "meetings_paper.index": EDITORS,
    "meetings_paper.keep_words": EDITORS,
    "meetings_paper.phone_tree": EDITORS,
    "meetings_paper.sheet_file": EDITORS,
    "meetings_week.index": EDITORS,
    "meetings_report.count": EDITORS,
    "meetings_report.edit": EDITORS,
    "meetings_report.promise": EDITORS,
    "meetings_series.ask_rhythm": EDITORS,
    "meetings_series.begin": EDITORS,
    "meetings_series.change_rhythm": EDITORS,
    "meetings_series.end": EDITORS,
    "meetings_series.index": EDITORS,
    "meetings_series.page": EDITORS,
    "meetings_series.publish": EDITORS,
    "meetings_venues.delete": EDITORS,
    "meetings_venues.edit": EDITORS,
    "meetings_venues.index": EDITORS,
    "meetings_venues.keep": EDITORS,
    "meetings_venues.new": EDITORS,
    "news.feed": PUBLIC,
    "news.post": PUBLIC,
    "news.posts": PUBLIC,
    "news.tag_feed": PUBLIC,
    "news.tagged": PUBLIC,
    "news_editor.delete": EDITORS,
    "news_editor.edit": EDITORS,
    "news_editor.index": EDITORS,
    "news_editor.new": EDITORS,
    "news_editor.take_back": EDITORS,
    "organisations.add": BRIDGES,
    "organisations.add_office": BRIDGES,
    "organisations.belongs": BRIDGES,
    "organisations.index": BRIDGES,
    "organisations.office": BRIDGES,
    "organisations.show": BRIDGES,
    "own_part.ask_by_link": PUBLIC,
    "own_part.by_link": PUBLIC,
    "own_part.give_back_by_link": PUBLIC,
    "own_part_inside.ask": SIGNED_IN,
    "own_part_inside.give_back": SIGNED_IN,
    "own_part_inside.show": SIGNED_IN,
    "people.give_roles": ADMINISTRATOR,
    "people.index": ADMINISTRATOR,
    "people.invite": ADMINISTRATOR,
    "people.member": ADMINISTRATOR,
    "people.bring_back": ADMINISTRATOR,
    "people.remove": ADMINISTRATOR,
    "people.reset": ADMINISTRATOR,
    "people.withdraw": ADMINISTRATOR,
    "places_board.index": KEEPERS,
    "places_board.mark_outreach": KEEPERS,
    "places_board.note_sighting": KEEPERS,
    "places_board.place": KEEPERS,
    "places_board.take_sighting_back": KEEPERS,
    "places_evening.end": LEAD,
    "places_evening.prepare": LEAD,
    "places_lead.admit": LEAD,
    "places_lead.correct_decision": LEAD,
    "places_lead.draw_boundary": LEAD,
    "places_lead.edit": LEAD,
    "places_lead.judge": LEAD,
    "places_lead.new": LEAD,
    "places_lead.note_evidence": LEAD,
    "places_lead.people": LEAD,
    "places_lead.end_admission": LEAD,
    "places_team.call_in_page": PLACES,
    "places_team.index": PLACES,
    "places_team.place": PLACES,
    "places_team.steps": PLACES,
    "places_team.take_key_back": PLACES,
    "places_team.turn_key": PLACES,
    "posters.city": PUBLIC,
    "posters.place": PUBLIC,
    "posters.shared_link": PUBLIC,
    "places_watch.scorecard": LEAD,
    "places_watch.set_baseline": LEAD,
    "places_watch.sign": LEAD,
    "received.acknowledge": RECEIVERS,
    "received.answer": RECEIVERS,
    "received.index": RECEIVERS,
    "received.show": RECEIVERS,
    "reports.intake": PUBLIC,
    "reports.send": PUBLIC,
    "reports_follow.better": PUBLIC,
    "reports_follow.confirm": PUBLIC,
    "reports_follow.enter": PUBLIC,
    "reports_follow.read": PUBLIC,
    "reports_follow.say": PUBLIC,
    "search.code": PUBLIC,
    "search.find": PUBLIC,
    "second_step.app": HALFWAY,
    "second_step.ask": HALFWAY,
    "second_step.choose": HALFWAY,
    "second_step.give_code": HALFWAY,
    "second_step.give_passkey": HALFWAY,
    "second_step.new_passkey_options": HALFWAY,
    "second_step.passkey": HALFWAY,
    "second_step.passkey_options": HALFWAY,
    "second_step.start_again": HALFWAY,
    "series.calendar": PUBLIC,
    "series.feed": PUBLIC,
    "series.page": PUBLIC,
    "session_table.ask": SIGNED_IN,
    "session_table.delete_note": SIGNED_IN,
    "session_table.forget_guests": SIGNED_IN,
    "session_table.forget_names": SIGNED_IN,
    "session_table.guests": SIGNED_IN,
    "session_table.names": SIGNED_IN,
    "session_table.notes": SIGNED_IN,
    "session_table.sort": SIGNED_IN,
    "session_table.stop": SIGNED_IN,
    "session_table.suggestions": SIGNED_IN,
    "session_words.answer": SIGNED_IN,
    "session_words.approve": SIGNED_IN,
    "session_words.delete_theme": SIGNED_IN,
    "session_words.edit_said": SIGNED_IN,
    "session_words.edit_theme": SIGNED_IN,
    "session_words.new_line": SIGNED_IN,
    "session_words.new_said": SIGNED_IN,
    "session_words.new_theme": SIGNED_IN,
    "session_words.share": SIGNED_IN,
    "session_words.withdraw_line": SIGNED_IN,
    "sessions.accept": SIGNED_IN,
    "sessions.heads": SIGNED_IN,
    "sessions.index": SIGNED_IN,
    "sessions.new": SIGNED_IN,
    "sessions.plan": SIGNED_IN,
    "sessions.promise": SIGNED_IN,
    "sessions.reported": SIGNED_IN,
    "sessions.rules": SIGNED_IN,
    "sessions.show": SIGNED_IN,
    "reminders.choose": SIGNED_IN,
    "reminders.index": SIGNED_IN,
    "role_guides.index": SIGNED_IN,
    "today.index": SIGNED_IN,
    "reminders.prove": SIGNED_IN,
    "sign_in.accept": PUBLIC,
    "sign_in.again": PUBLIC,
    "sign_in.enter": PUBLIC,
    "sign_in.give_passkey_alone": PUBLIC,
    "sign_in.options_alone": PUBLIC,
    "slips.answer": PUBLIC,
    "slips.enter": PUBLIC,
    "slips.find": PUBLIC,
    "sms_delivery.index": "administrator or organizer",
    "sms_inbound.inbound": MACHINES,
    "sms_inbound.status": MACHINES,
    "sms_page.about": PUBLIC,
    "tonight.stage": SIGNED_IN,
    "tonight.task": SIGNED_IN,
    "tonight.worker": SIGNED_IN,
    "when.answer_by_link": PUBLIC,
    "when.by_link": PUBLIC,
}
# Machines that need no signature, because they learn and change nothing.
UNSIGNED = {"health.check", "health.no_icon"}
ENDS_THE_SIGN_IN = {"second_step.start_again"}
DOOR, SECOND_STEP = "/en/sign-in", "/en/second-step/"
IDS = (0, 1, 2**62, 10**30)
NAMES = ("nothing", "..", "%00", "a'b\"<c>", "ñandú", "x" * 3000)


def audience_of(app: Portal, rule: Rule) -> Audience:
    room = app.blueprints[rule.endpoint.rpartition(".")[0]]
    assert isinstance(room, AudienceBlueprint), f"{rule.endpoint} is in no room"
    return room.audience


def addresses(rule: Rule, lang: str = "en") -> list[str]:
    """The rule's address, filled with ids and names that nobody gave out."""
    urls = [rule.rule.replace("<lang:lang>", lang)]
    while "<" in urls[0]:
        before, _, rest = urls[0].partition("<")
        hole, _, after = rest.partition(">")
        fillings = IDS if hole.startswith("int") else NAMES
        others = urls[1:]
        urls = [f"{before}{one}{after}" for one in fillings] if "<" not in after else [f"{before}1{after}"]
        assert not others
    return urls


def requests(app: Portal) -> Iterator[tuple[Rule, str, str]]:
    """Every way to ask: (rule, method, one address)."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, addresses(rule)[0]


def status(client: FlaskClient, method: str, url: str, **headers: str) -> int:
    return client.open(url, method=method, headers=SAME_ORIGIN | headers).status_code


def leads_to(door: str, client: FlaskClient, method: str, url: str) -> bool:
    answer = client.open(url, method=method, headers=SAME_ORIGIN)
    return answer.status_code == 302 and answer.location.split("?")[0] == door


def test_every_address_has_an_audience(app: Portal) -> None:
    found = {rule.endpoint: audience_of(app, rule).name for rule in app.url_map.iter_rules()}
    assert found == WHO


def test_nobody_gets_into_a_room(app: Portal, client: FlaskClient) -> None:
    let_in = [
        (method, url)
        for rule, method, url in requests(app)
        if WHO[rule.endpoint] not in (PUBLIC, MACHINES) and not leads_to(DOOR, client, method, url)
    ]
    assert let_in == []


def test_nobody_is_sent_away_from_public_pages(app: Portal, client: FlaskClient) -> None:
    for rule, method, url in requests(app):
        if WHO[rule.endpoint] == PUBLIC:
            assert status(client, method, url) not in (401, 403, 405), url
            assert not leads_to(DOOR, client, method, url), url


def test_machines_must_sign(app: Portal, client: FlaskClient) -> None:
    unsigned = {
        rule.endpoint
        for rule, method, url in requests(app)
        if WHO[rule.endpoint] == MACHINES and status(client, method, url) < 400
    }
    assert unsigned == UNSIGNED


def test_the_password_alone_opens_only_the_second_step(app: Portal, client: FlaskClient, work: Work) -> None:
    with work() as session:
        member = make_member(session, Role)
    sign_in(client, member, halfway=True)
    for rule, method, url in requests(app):
        if WHO[rule.endpoint] in (PUBLIC, MACHINES) or rule.endpoint in ENDS_THE_SIGN_IN:
            continue
        halfway = WHO[rule.endpoint] == HALFWAY
        if halfway:
            # Too many wrong codes end a sign-in.
            sign_in(client, member, halfway=True)
        assert not leads_to(DOOR, client, method, url), (method, url)
        assert halfway or leads_to(SECOND_STEP, client, method, url), (method, url)


@pytest.mark.parametrize("role", [None, *Role])
def test_a_role_opens_its_rooms_and_no_other(app: Portal, client: FlaskClient, work: Work, role: Role | None) -> None:
    with work() as session:
        member = make_member(session, [role] if role else [])
        make_desk(session, [member], "oversight" if role is Role.OVERSIGHT else "triage")
    sign_in(client, member)
    for rule, method, url in requests(app):
        audience = audience_of(app, rule)
        if method != "GET" or audience.roles is None:
            continue
        answer = client.get(url, headers=SAME_ORIGIN)
        assert answer.status_code < 500, url
        assert (answer.status_code == 403) == (not audience.admits(member.roles)), url
        assert answer.headers["Cache-Control"] == "no-store", url


def unsafe_in_rooms(app: Portal) -> Iterator[tuple[str, str]]:
    for rule, method, url in requests(app):
        if method not in SAFE_METHODS and WHO[rule.endpoint] not in (PUBLIC, MACHINES):
            yield method, url


@pytest.fixture
def everybody(app: Portal, client: FlaskClient, work: Work, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser at which somebody with every role is signed in, which the portal itself lets nobody have."""
    monkeypatch.setattr("portal.accounts.users.in_force", frozenset)
    with work() as session:
        member = make_member(session, Role)
        make_desk(session, [member])
    sign_in(client, member)
    return client


def test_no_form_is_taken_without_its_token(app: Portal, everybody: FlaskClient) -> None:
    taken = [(method, url) for method, url in unsafe_in_rooms(app) if status(everybody, method, url) != 400]
    assert taken == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
    ids=str,
)
def test_no_form_of_another_site_is_taken(app: Portal, everybody: FlaskClient, headers: dict[str, str]) -> None:
    taken = [(method, url) for method, url in unsafe_in_rooms(app) if status(everybody, method, url, **headers) != 403]
    assert taken == []


def test_old_browsers_are_judged_by_origin(app: Portal, everybody: FlaskClient) -> None:
    for method, url in unsafe_in_rooms(app):
        assert everybody.open(url, method=method, headers={"Origin": "https://evil.example"}).status_code == 403, url
        assert everybody.open(url, method=method, headers={"Origin": "null"}).status_code == 403, url


def test_made_up_ids_and_names_are_of_nothing(app: Portal, everybody: FlaskClient) -> None:
    found = [
        (url, answer)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and len(rule.arguments - {"lang"}) > 0
        for url in addresses(rule)
        if (answer := status(everybody, "GET", url)) not in (404, 308)
    ]
    # The first page of a list may be empty, and a form that was left goes back to its page.
    wrong = [(url, answer) for url, answer in found if answer != 302 and not (answer == 200 and url.endswith("/1/"))]
    assert wrong == []


@pytest.mark.parametrize("page", ["0", "-1", "1", "9" * 40, "x", "", "%00"])
def test_made_up_pages_of_lists_break_nothing(app: Portal, everybody: FlaskClient, page: str) -> None:
    lists = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments <= {"lang"}]
    broken = [
        (rule.rule, page) for rule in lists if status(everybody, "GET", f"{addresses(rule)[0]}?page={page}") >= 500
    ]
    assert broken == []
