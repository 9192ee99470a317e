"""A lone administrator leads nobody elsewhere unseen: a change waits for a second person, or a day."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.jobs.outbox import OutboundMessage
from portal.core.portal import Portal
from portal.core.stored_settings import WaitingChange, last_changes, settle_waiting_changes
from portal.home.demands import NONE_CAME, DemandCount, Quarter, demand_words, ended, sum_words
from portal.home.operator import Operator
from portal.reports.holds import ReportHold
from tests.conftest import Work
from tests.make import both, let_in, make_desk, make_market, make_member, make_operator, sign_in
from tests.page import SAME_ORIGIN, Page, Reader, reader_of

SETTINGS, TEAM, PUBLIC = "/en/team/settings/", "/en/team/who-runs-this/", "/en/who-runs-this/"
EVIL = "Text 336-555-0199 or see evil.example"
LURE = {"immigration_note_en": EVIL, "immigration_note_es": "Escriba al 336-555-0199"}


def open_city(work: Work) -> Member:
    """Somebody who can open reports: the city has opened."""
    with work() as session:
        ana = make_member(session, ("triage",), name="Ana Ruiz")
        make_desk(session, [ana])
        return ana


def lure(admin: Reader, group: str = "notes", status: int = 200, **values: str) -> Page:
    """Save a group of settings; where the page asks once more, press again."""
    asked = admin(f"{SETTINGS}{group}/").form().submit(status, **(values or LURE))
    return asked.form().submit() if "Nothing is saved yet." in asked.text else asked


def agree_to_all(app: Portal, ana: Member, work: Work) -> None:
    with work() as session:
        waiting = session.scalars(select(WaitingChange.id)).all()
    for change_id in waiting:
        reader_of(app, ana)("/en/colleagues/").form(f"/{change_id}/agree").submit()


def save(admin: Reader, status: int = 200, **values: str) -> Page:
    """Save the team's form."""
    return admin(TEAM).form().submit(status, **values)


@pytest.mark.parametrize(
    ("group", "values", "seen"),
    [
        ("notes", LURE, "336-555-0199"),
        ("name", {"city_en": "Text 55123", "city_es": "Escriba al 55123"}, "55123"),
        ("telephone", {"sms_number": "336 555 0199"}, "3365550199"),
        ("exit", {"exit_url": "https://evil.example/"}, "evil.example"),
        ("notes", {"emergency_note_en": "Go to the blue van", "emergency_note_es": "Vaya a la van azul"}, "blue van"),
    ],
)
def test_a_lone_administrator_leads_nobody_elsewhere_unseen(
    app: Portal, admin: Reader, group: str, values: dict[str, str], seen: str, work: Work
) -> None:
    ana = open_city(work)
    assert "It waits until somebody at the desk agrees" in lure(admin, group, **values).text
    resident = app.test_client()
    for path in ("", "report/", "who-can-see/", "report/follow/"):
        assert seen not in resident.get(f"/en/{path}").text, path
    with app.app_context():
        assert app.settings is app.given_settings
    colleague = reader_of(app, ana)
    for path, told in (
        ("team/today/", "wants to change what residents read or call"),
        ("colleagues/", seen),
        ("colleagues/log", "Dana Reed: wants to change"),
    ):
        assert told in colleague(f"/en/{path}").text


def test_whoever_reads_complaints_is_told_and_can_refuse(app: Portal, admin: Reader, work: Work) -> None:
    ana = open_city(work)
    with work() as session:
        rosa, outside = (make_member(session, (role,)) for role in ("oversight", "services"))
        make_desk(session, [rosa], kind="oversight")
        make_desk(session, [outside], kind="outreach")
    lure(admin)
    with work() as session:
        told_by_mail = {one.address for one in session.scalars(select(OutboundMessage))}
        assert told_by_mail == {one.email for one in (ana, rosa, outside)}
        change = session.scalars(select(WaitingChange)).one()
    told, other, words = reader_of(app, rosa), reader_of(app, outside), "unless somebody refuses"
    assert words in told("/en/team/today/").text
    assert words not in other("/en/team/today/").text
    token = other("/en/colleagues/", quotes=(EVIL,)).form("sign-out").values["csrf_token"]
    agree = f"/en/colleagues/changes/{change.id}/agree"
    assert other.client.post(agree, data={"csrf_token": token}, headers=SAME_ORIGIN).status_code == 403
    told("/en/colleagues/", quotes=(EVIL, app.given_settings.immigration_note_en)).form("/refuse").submit()
    with work() as session:
        assert session.scalars(select(WaitingChange)).all() == []
        assert last_changes(LURE) == []
    assert words not in told("/en/team/today/").text


def test_colleague_who_agrees_puts_it_in_force(app: Portal, admin: Reader, work: Work) -> None:
    ana = open_city(work)
    before = app.settings.immigration_note_en
    lure(admin)
    reader_of(app, ana)("/en/colleagues/").form("/agree").submit()
    assert EVIL in Reader(app.test_client())("/en/who-can-see/", quotes=(EVIL,)).text
    with work() as session:
        assert {one.before for one in last_changes(["immigration_note_en"])} == {before}
        assert {one.member_id for one in last_changes(LURE)} == {
            session.scalars(select(Member.id).where(Member.name == "Dana Reed")).one()
        }
    back = admin(f"{SETTINGS}notes/").follow("Put back")
    back.form().submit(**{name: getattr(app.given_settings, name) for name in LURE})
    agree_to_all(app, ana, work)
    with app.app_context():
        assert app.settings.immigration_note_en == before


def test_after_a_day_it_takes_effect_once(app: Portal, admin: Reader, work: Work) -> None:
    open_city(work)
    lure(admin)
    with work() as session:
        # A broken one holds up no other.
        broken = WaitingChange(subject="nothing", fields='{"secret": ["", "x"]}', at=now(), member_id=1)
        session.add(broken)
    for hours, seen in ((23, False), (2, True), (0, True)):
        with work() as session:
            for change in session.scalars(select(WaitingChange)):
                change.at -= timedelta(hours=hours)
        with app.app_context():
            settle_waiting_changes()
        assert (EVIL in app.test_client().get("/en/who-can-see/").text) is seen
    with work() as session:
        assert session.scalars(select(AuditEvent.action)).all().count("change.in_force") == 1


def test_a_later_change_neither_loses_nor_alters_what_waits(app: Portal, admin: Reader, work: Work) -> None:
    ana = open_city(work)
    lure(admin)
    found = lure(admin, status=422, immigration_note_en="Another.")
    assert found.has('[role="alert"] a[href="#immigration_note_en"]')
    lure(admin, samaritan_note_en="The law is on your side.")
    with app.app_context():
        assert app.settings is app.given_settings
    agree_to_all(app, ana, work)
    with app.app_context():
        assert app.settings.samaritan_note_en == "The law is on your side."
        assert app.settings.immigration_note_en == EVIL


def test_who_runs_this_waits_too(app: Portal, admin: Reader, work: Work) -> None:
    ana = open_city(work)
    with work() as session:
        make_operator(session, address="1 Main Street\nAlder Falls")
    save(admin, phone="336-555-0199", name_en="City hall", name_es="La ciudad")
    resident = Reader(app.test_client())
    assert not resident("/en/").has('a[href="tel:+13365550199"]')
    assert "City office" in resident(PUBLIC).text
    save(admin, 422, phone="336-555-0198")
    # The lines of the address come back as a browser ends them; nobody touched them.
    save(admin, hours_en="Mondays", hours_es="Los lunes", address="1 Main Street\r\nAlder Falls")
    shown = reader_of(app, ana)("/en/colleagues/").text
    assert "336-555-0100" in shown and "336-555-0199" in shown
    agree_to_all(app, ana, work)
    assert resident("/en/").has('a[href="tel:+13365550199"]')
    about = resident(PUBLIC).text
    assert "City hall" in about and "Mondays" in about


SECURITY = "/.well-known/security.txt"


def test_without_an_operator_the_page_says_whom_to_reach(page: Reader, work: Work) -> None:
    assert page.client.get(SECURITY).status_code == 404
    with work() as session:
        make_desk(session, [make_member(session)])
    for lang in ("en", "es"):
        found = page(f"/{lang}/who-runs-this/")
        assert found.has(f'main a[href="/{lang}/report/"]')
        assert not any(link.get("href", "").startswith(("tel:+", "mailto:")) for link in found.find_all("a"))
        assert not found.has("#security")
        assert [words for words in ("WCAG 2.2", "CC BY 4.0", "Apache") if words not in found.text] == []
    with work() as session:
        make_operator(session, phone="", email="")
    assert page.client.get(SECURITY).status_code == 404


def test_what_is_stated_stands_on_its_page_and_everywhere(page: Reader, work: Work) -> None:
    words = {"hours": both("Mondays", "Los lunes"), "notices": both("Call the clerk.", "Llame a la secretaria.")}
    with work() as session:
        make_market(session, "Elm Street")
        make_desk(session, [make_member(session)])
        make_operator(session, address="1 Main Street\nAlder Falls", **words)
    reach = {"tel:+13365550100", "mailto:office@x.test"}
    for lang, name in (("en", "City office"), ("es", "Oficina municipal")):
        found = page(f"/{lang}/who-runs-this/", quotes=("City office", "1 Main Street Alder Falls"))
        assert all(text in found.text for text in (name, "1 Main Street", *(said[lang] for said in words.values())))
        assert reach <= {link.get("href") for link in found.find_all("main a")}
        assert all(found.has(f"#{part}") for part in ("records", "accessibility", "data", "security"))
        for path in ("", "places/", "places/elm-street/", "report/", "who-can-see/"):
            footer = {link.get("href") for link in page(f"/{lang}/{path}").find_all("footer a")}
            assert reach | {f"/{lang}/who-runs-this/"} <= footer, path
        assert page(f"/{lang}/nothing", 404).has('footer a[href="tel:+13365550100"]')


@pytest.mark.parametrize(("given", "contact"), [({}, "mailto:office@x.test"), ({"email": ""}, "tel:+13365550100")])
def test_security_txt_has_what_the_standard_wants(
    client: FlaskClient, work: Work, given: dict[str, str], contact: str
) -> None:
    with work() as session:
        make_operator(session, **given)
    answer = client.get(SECURITY)
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.endswith("\n")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert list(fields) == ["Contact", "Expires", "Preferred-Languages", "Canonical", "Policy"]
    assert (fields["Contact"], fields["Canonical"]) == (contact, f"http://localhost{SECURITY}")
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
    assert client.get(fields["Policy"].removeprefix("http://localhost")).status_code == 200


def count_of(**given) -> DemandCount:
    return DemandCount(**(NONE_CAME | given))


def test_quarter_says_what_came_and_what_became_of_it(app: Portal) -> None:
    handed = both("Minutes.", "Actas.")
    public = "Under the public records law: 1. Handed out: Minutes."
    for counted, said in (
        (count_of(), "None came."),
        (count_of(by_court=2, refused=1), "From a court: 2. Refused or contested: 1. Nothing was handed out."),
        (
            count_of(by_agency=1, by_public=1, answered=1, handed=handed),
            f"From police or another office, without a court: 1. {public}",
        ),
    ):
        with app.test_request_context("/en/"):
            assert demand_words(counted) == said


def test_the_sum_says_only_what_its_figures_say(app: Portal) -> None:
    for counted, said, unsaid in (
        ([], "There is no count yet.", "nobody demanded"),
        ([count_of(), count_of()], "From January 1, 2026 to June 30, 2026, nobody demanded records", "court"),
        ([count_of(by_public=1, answered=1)], "No court order, warrant or subpoena was among them.", "Nothing was"),
        (
            [count_of(by_court=1), count_of()],
            "1 demand for records came. Nothing was handed out.",
            "No court order",
        ),
        ([count_of(by_court=3, answered=2)], "After 2 of them something was handed out.", "Nothing was handed"),
    ):
        quarters = dict(zip((Quarter(2026, 1), Quarter(2026, 2)), counted, strict=False))
        with app.test_request_context("/en/"):
            words = " ".join(sum_words(quarters))
        assert said in words
        assert unsaid not in words


def test_an_administrator_states_who_runs_the_site(admin: Reader, work: Work) -> None:
    assert "Nobody can reach you yet" in admin(TEAM).text
    done = save(admin, name_en="City office", name_es="Oficina municipal", phone="336-555-0100 ext. 4").text
    assert "It stands on the public page now." in done and "Nobody can reach you yet" not in done
    assert admin("/es/").has('footer a[href="tel:+13365550100;ext=4"]')
    with work() as session:
        assert session.scalars(select(Operator)).one().name == both("City office", "Oficina municipal")
        assert session.scalars(select(AuditEvent.action)).all().count("setting.words_changed") == 1
    assert "who runs this site" in admin("/en/audit/").text


def test_what_cannot_be_published_is_refused_and_kept(admin: Reader, work: Work) -> None:
    mails = ("office", "office@x.test\nContact: mailto:evil@x.test", "a b@x.test")
    for field, typed in (
        ("phone", "call us"),
        *(("email", wrong) for wrong in mails),
        *(("name_en", "City office"), ("hours_es", "Los lunes"), ("address", "x" * 301)),
    ):
        assert save(admin, 422, **{field: typed}).has("[data-errors]")
    with work() as session:
        assert session.scalars(select(Operator)).all() == []


def test_a_hidden_place_the_writer_knows_is_warned_of(page: Reader, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("administrator", "organizer"))
        let_in(session, make_market(session, "Umber Alley", released=False), member)
    sign_in(page.client, member)
    refused = save(page, 422, notices_en="Ask at Umber Alley.", notices_es="Pregunte en Umber Alley.")
    assert refused.has("#notices_en-error")
    counted = NONE | {"by_public": "1", "answered": "1", "handed_en": "Minutes of Umber Alley.", "handed_es": "Actas."}
    assert page(f"{ROOM}2026-1").form().submit(422, **counted).has("#handed_en-error")


# --- Demands for records: what an administrator types for each quarter, and the legal holds on reports ---

ROOM = "/en/team/records/"
NONE = dict.fromkeys(("by_court", "by_agency", "by_public", "refused", "answered"), "0")


def test_quarter_is_counted_and_corrected_both_on_record(admin: Reader, work: Work) -> None:
    with work():
        day = today()
    (last,) = ended(day, 1)
    address = f"{ROOM}{last.year}-{last.number}"
    assert admin(ROOM).has(f'a[href="{address}"]')
    assert "There is no count yet." in admin(PUBLIC).text
    admin(address).form().submit(**NONE)
    assert "None came." in admin(PUBLIC).text and "None came." in admin(ROOM).text
    admin(address).form().submit(by_court="2", refused="1")
    assert "From a court: 2. Refused or contested: 1." in admin(PUBLIC).text
    with work() as session:
        assert session.scalars(select(DemandCount.by_court)).all() == [2]
        assert session.scalars(select(AuditEvent.action)).all().count("demands.counted") == 2


def test_impossible_counts_are_refused_and_kept_in_the_form(admin: Reader, work: Work) -> None:
    form = admin(f"{ROOM}2026-1").form()
    for values, wrong in (
        *(({"by_court": typed}, "by_court") for typed in ("", "-1", "many")),
        ({"refused": "2"}, "refused"),
        ({"answered": "2", "handed_en": "Minutes.", "handed_es": "Actas."}, "answered"),
        ({"answered": "1"}, "handed_en"),
        ({"answered": "1", "handed_en": "Minutes."}, "handed_es"),
    ):
        again = form.submit(422, **(NONE | {"by_court": "1", "by_public": "0"} | values))
        assert again.has(f"#{wrong}-error") and again.form().values["by_public"] == "0", values
    with work() as session:
        assert session.scalars(select(DemandCount)).all() == []


def test_a_hold_is_placed_put_off_and_ended(admin: Reader, work: Work) -> None:
    with work():
        day = today()
    late, until = day + timedelta(days=400), day + timedelta(days=30)
    days = {"from_on": str(day), "to_on": str(day)}
    too_long = admin(f"{ROOM}hold").form().submit(409, **days, until_on=str(late))
    assert "half a year" in too_long.text and too_long.form().values["until_on"] == str(late)
    backwards = too_long.form().submit(409, from_on=str(day + timedelta(days=1)), until_on=str(until))
    assert backwards.has("#to_on-error")
    held = backwards.form().submit(**days, until_on=str(until))
    assert "The hold is in force." in held.text and "Legal hold until" in held.text
    assert "kept longer than we promise" in admin(PUBLIC).text
    with work() as session:
        hold = session.scalars(select(ReportHold)).one()
    path = f"{ROOM}hold/{hold.id}"
    changed = admin(path).form(path).submit(until_on=str(until + timedelta(days=30)), forbidden="y")
    assert "Not public" in changed.text and "kept longer than we promise" not in admin(PUBLIC).text
    assert admin(path).form(path).submit(409, until_on=str(late)).has("#until_on-error")
    admin(path).form("/end/").submit()
    assert "Legal hold until" not in admin(ROOM).text
    assert "placed a legal hold on reports" in admin("/en/audit/").text
    with work() as session:
        assert session.scalars(select(ReportHold)).one().ended_on == day
