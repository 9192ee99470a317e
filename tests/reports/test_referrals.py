"""What is passed on to people who read it here: sealed for them, answered, taken back, gone when the report closes."""

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.desk_keys import desk_of_kind, give_seat, set_up_desk
from portal.accounts.reminders import Due, Reminded
from portal.accounts.users import Desk, DeskKey, DeskKeyCopy, Member
from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.crypto import new_private_key
from portal.core.db import db
from portal.core.jobs.outbox import OutboundMessage
from portal.core.statuses import NotFound, Refused
from portal.core.web import Portal
from portal.markets.places import Market
from portal.reports import referrals, threads
from portal.reports.notices import desk_counts, dues_of, tell_those_who_have_it, waiting_rows
from portal.reports.referrals import late_threads, unread
from portal.reports.reports import (
    PassedOn,
    Shared,
    Thread,
    is_stranded,
    nobody_reads,
    opened_referral,
    readers_of,
    received,
    received_one,
    stranded_threads,
    unacknowledged_at,
)
from portal.reports.texts import UNREACHED
from portal.reports.triage import READERS, Category, Disposition, Referral, ReferralFinding, TriageState, WhyUnread
from portal.reports.words import ReportWords
from portal.reports.worklist import beside
from tests.conftest import Work
from tests.make import let_in, make_desk, make_market, make_member, make_report, seat
from tests.page import reader_of
from tests.reports.conftest import keys_of

READABLE = "They sell by the fountain, most evenings."
FINDING = ReferralFinding("We walked by three times and saw nobody.", Disposition.NOT_SEEN)


class Town:
    """A desk, those who receive, and a place with people; everybody has keys."""

    def __init__(self, session: Session) -> None:
        self.ana, self.owner = make_member(session), make_member(session, ("organizer",))
        self.liaison, self.joel = make_member(session, ("police_liaison",)), make_member(session, ("services",))
        self.market, self.elsewhere = make_market(session, "Elm Street"), make_market(session, "Oak Street")
        self.market.owner_id = self.owner.id
        let_in(session, self.market, self.liaison)
        self.desk, self.team = make_desk(session, [self.ana]), make_desk(session, [self.owner], "team")
        self.police = make_desk(session, [self.liaison], "police")
        self.outreach = make_desk(session, [self.joel], "outreach")
        make_desk(session, kind="oversight")

    def file(self, category: Category = Category.SELLING, **given: object) -> Thread:
        place = {"market_id": self.market.id} | given
        thread = make_report("Ed Smith sells by the fountain", category=category, **place).thread
        thread.category = category
        return thread

    def share(self, to: Referral = Referral.TEAM, **given: object) -> PassedOn:
        category = Category.SERVICES if to is Referral.OUTREACH else Category.SELLING
        row = threads.pass_on(self.file(category, **given), to, "", self.ana.id, READABLE)
        assert row
        return row


@pytest.fixture
def town(session: Session) -> Town:
    return Town(session)


def seen(session: Session, member: Member, desk: Desk) -> list[str | None]:
    """What a member reads of what came to a desk that they can open."""
    rows, _more = received(member.id, [desk.id], 1)
    return [opened_referral(row, keys_of(session, desk)).words for row in rows]


def by_sender(session: Session, row: PassedOn, desk: Desk) -> Shared:
    return opened_referral(row, keys_of(session, desk), as_sender=True)


@pytest.mark.both_databases
def test_those_at_the_place_read_what_is_shared(session: Session, town: Town) -> None:
    row = town.share()
    assert seen(session, town.owner, town.team) == [READABLE]
    assert by_sender(session, row, town.desk).words == READABLE
    assert (row.passed_on, row.answer_by) == (today(), today() + timedelta(days=7))
    thread = session.get_one(Thread, row.thread_id)
    assert (thread.state, thread.passed_to) == (TriageState.PASSED, Referral.TEAM)
    # No other desk's key opens it, and nothing of it is stored in clear.
    for other in (town.police, town.outreach):
        assert opened_referral(row, keys_of(session, other)).words is None
        assert by_sender(session, row, other).words is None
    db.commit()
    stored = [value for one in session.execute(text("SELECT * FROM reports_referral")).all() for value in one]
    assert not [
        one
        for one in stored
        if b"fountain" in (bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode())
    ]


def test_each_reads_only_what_is_theirs(session: Session, town: Town) -> None:
    team, police, outreach = (town.share(to) for to in (Referral.TEAM, Referral.POLICE, Referral.OUTREACH))
    other = make_member(session, ("organizer",))
    deputy = make_member(session, ("organizer",))
    town.market.deputy_id = deputy.id
    at_elsewhere = make_member(session, ("police_liaison",))
    seat(session, town.police, at_elsewhere)
    let_in(session, town.elsewhere, at_elsewhere)
    elsewhere = town.share(Referral.POLICE, market_id=town.elsewhere.id)
    for member, desk, mine in (
        (town.owner, town.team, [team]),
        (deputy, town.team, [team]),
        (other, town.team, []),
        (town.liaison, town.police, [police]),
        (at_elsewhere, town.police, [elsewhere]),
        (town.joel, town.outreach, [outreach]),
        (town.owner, town.police, [police]),
    ):
        assert list(received(member.id, [desk.id], 1)[0]) == mine
        for row in (team, police, outreach, elsewhere):
            if row in mine:
                assert received_one(row.id, member.id, [desk.id]) is row
            else:
                with pytest.raises(NotFound):
                    received_one(row.id, member.id, [desk.id])
    # Whoever has no desk that they can open reads nothing, the owner included.
    assert received(town.owner.id, [], 1) == ([], False)


def test_a_place_named_later_or_hidden_takes_it_away(session: Session, town: Town) -> None:
    row = town.share()
    thread = session.get_one(Thread, row.thread_id)
    threads.set_place(thread, town.market.id)
    assert not row.is_over
    town.market.released_at = now() + timedelta(days=1)
    session.flush()
    assert seen(session, town.owner, town.team) == []
    threads.set_place(thread, town.elsewhere.id)
    assert gone(session, row)


def test_what_may_not_be_read_there_is_refused(session: Session, town: Town) -> None:
    for category, placed, to, why in (
        (Category.SELLING, False, Referral.TEAM, "place_first"),
        (Category.SELLING, True, Referral.OUTREACH, "services_first"),
        (Category.CONDUCT, True, Referral.POLICE, "wrong_referral"),
        (Category.CONDUCT, True, Referral.TEAM, "wrong_referral"),
    ):
        thread = town.file(category, market_id=town.market.id if placed else None)
        with pytest.raises(Refused, match=why):
            threads.pass_on(thread, to, "", town.ana.id, READABLE)
    with pytest.raises(Refused, match="nothing_to_read"):
        threads.pass_on(town.file(), Referral.TEAM, "", town.ana.id)


@pytest.mark.both_databases
def test_the_database_itself_holds_what_may_go_where(session: Session, town: Town) -> None:
    row = town.share()
    for wrong in ("category = 'conduct'", "market_id = NULL", "passed_to = 'outreach'", "passed_to = 'property'"):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"UPDATE reports_referral SET {wrong} WHERE id = {row.id}"))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(f"UPDATE reports_referral SET withdrawn_on = passed_on WHERE id = {row.id}"))


def open_property(session: Session) -> tuple[Member, Desk]:
    """Who reads for property and cleanup."""
    member = make_member(session, ("property",))
    return member, make_desk(session, [member], "property")


def test_property_never_reads_of_selling(session: Session, town: Town) -> None:
    member, desk = open_property(session)
    rows = [town.share(Referral.PROPERTY), town.share(Referral.PROPERTY, market_id=None)]
    town.share(Referral.TEAM), town.share(Referral.OUTREACH)
    assert {row.category for row in rows} == {Category.PROPERTY}
    assert seen(session, member, desk) == [READABLE, READABLE]
    for other, desks in (
        (town.joel, [town.outreach]),
        (town.owner, [town.team]),
        (town.liaison, [town.police, town.team]),
    ):
        with pytest.raises(NotFound):
            received_one(rows[0].id, other.id, [one.id for one in desks])
    assert seen(session, town.liaison, town.police) == []
    row = rows[0]
    thread = session.get_one(Thread, row.thread_id)
    for about in (Category.OTHER, Category.PROPERTY, Category.SELLING):
        threads.sort(thread, about, town.elsewhere.id, {}, town.ana.id)
        assert (row.is_over, row.category, row.market_id) == (False, "property", town.elsewhere.id)
    threads.sort(thread, Category.SERVICES, town.elsewhere.id, {}, town.ana.id)
    assert row.is_over and row.key_for_receiver is None
    with pytest.raises(Refused, match="not_to_property"):
        threads.pass_on(thread, Referral.PROPERTY, "", town.ana.id, READABLE)


def test_why_nobody_reads(session: Session, town: Town) -> None:
    place = town.market.id
    assert Referral.TEAM not in unread(place)
    assert unread(town.elsewhere.id)[Referral.TEAM] is WhyUnread.NOT_THERE
    assert unread(place)[Referral.PROPERTY] is WhyUnread.NO_MEMBER
    member = make_member(session, ("property",))
    desk = desk_of_kind("property")
    give_seat(desk, member.id, None)
    assert unread(place)[Referral.PROPERTY] is WhyUnread.NO_KEY
    set_up_desk(desk, member, new_private_key().public_key)
    assert Referral.PROPERTY not in unread(place)
    assert {to: why for to, why in unread(None).items() if to not in unread(place)} == {
        Referral.TEAM: WhyUnread.NO_PLACE,
        Referral.POLICE: WhyUnread.NO_PLACE,
    }


def test_what_is_not_taken_up_within_days_is_late(session: Session, town: Town) -> None:
    row = town.share()
    late = lambda: session.scalars(late_threads()).all()  # noqa: E731
    with time_machine.travel(now() + timedelta(days=3), tick=False):
        assert late() == [] and desk_counts([town.desk.id]).late == 0
    with time_machine.travel(now() + timedelta(days=4), tick=False):
        assert late() == [row.thread_id] and desk_counts([town.desk.id]).late == 1
        assert desk_counts([town.team.id]).late == 0
        referrals.acknowledge(row, town.owner.id)
        assert late() == []
    with time_machine.travel(now() + timedelta(days=8), tick=False):
        assert late() == [row.thread_id]
        referrals.answer_desk(row, FINDING, town.owner.id)
        assert late() == []


def test_they_say_that_they_have_it_and_answer(session: Session, town: Town) -> None:
    row = town.share()
    assert unacknowledged_at(town.market.id, to_all=False).running == 1
    referrals.acknowledge(row, town.owner.id)
    referrals.acknowledge(row, town.joel.id)
    assert (row.acknowledged_on, row.acknowledged_by_id) == (today(), town.owner.id)
    assert unacknowledged_at(town.market.id, to_all=False).running == 0
    thread = session.get_one(Thread, row.thread_id)
    assert (thread.waiting_since, beside([thread], {})[thread.id].is_answered) == (None, False)
    referrals.answer_desk(row, FINDING, town.owner.id)
    assert by_sender(session, row, town.desk).finding == FINDING
    assert opened_referral(row, keys_of(session, town.team)).finding == FINDING
    assert (thread.waiting_since, beside([thread], {})[thread.id].is_answered) == (today(), True)
    again = ReferralFinding("They are there.", Disposition.ACTED)
    referrals.answer_desk(row, again, town.owner.id)
    assert by_sender(session, row, town.desk).finding == again
    events = session.scalars(select(AuditEvent).where(AuditEvent.object_id == str(row.id))).all()
    acts = ["referral.acknowledged", "referral.answered", "referral.answered"]
    assert [event.action for event in events] == acts


def gone(session: Session, row: PassedOn) -> bool:
    """Nobody it was passed on to finds it or could open it; the desk still can."""
    session.flush()
    session.expire_all()
    kept = session.scalars(select(PassedOn).where(PassedOn.id == row.id)).one()
    return kept.is_over and kept.key_for_receiver is None and kept.answer_key_for_receiver is None


def taken_back_by(session: Session, thread: Thread) -> list[int | None]:
    """Who took back what had been passed on, by the audit log."""
    found = select(AuditEvent.actor_id).where(AuditEvent.object_id == str(thread.id))
    return list(session.scalars(found.where(AuditEvent.action == "report.taken_back")))


def test_taken_back_nobody_there_can_read_it(session: Session, town: Town) -> None:
    row = town.share()
    referrals.answer_desk(row, FINDING, town.owner.id)
    thread = session.get_one(Thread, row.thread_id)
    threads.take_back(thread, row, town.ana.id)
    assert gone(session, row)
    assert taken_back_by(session, thread) == [town.ana.id]
    assert seen(session, town.owner, town.team) == []
    assert (thread.state, thread.passed_to, thread.passed_on) == (TriageState.READ, None, None)
    shared = by_sender(session, row, town.desk)
    assert (shared.words, shared.finding, shared.row.running) == (READABLE, FINDING, None)
    with pytest.raises(Refused, match="already_there"):
        threads.take_back(thread, row, town.ana.id)
    again = threads.pass_on(thread, Referral.POLICE, "", town.ana.id, READABLE)
    assert seen(session, town.liaison, town.police) == [READABLE]
    # Closed it is gone for them as well, and comes back for nobody.
    threads.close(thread, Disposition.NOT_SEEN, "", town.ana.id)
    assert gone(session, again) and again.closed_on == today()
    assert by_sender(session, again, town.desk).words == READABLE
    threads.add_words(thread, ReportWords("Again!"))
    assert seen(session, town.liaison, town.police) == []


def test_complaints_about_police_leave_everybody_at_once(session: Session, town: Town) -> None:
    row = town.share(Referral.POLICE)
    referrals.answer_desk(row, FINDING, town.liaison.id)
    thread = session.get_one(Thread, row.thread_id)
    with pytest.raises(Refused, match="cannot_open"), session.begin_nested():
        threads.sort(thread, Category.CONDUCT, town.market.id, {}, town.ana.id)
    threads.sort(thread, Category.CONDUCT, town.market.id, keys_of(session, town.desk), town.ana.id)
    assert gone(session, row)
    assert seen(session, town.liaison, town.police) == []
    # Those who read the complaint now see what the police were given to read of it; the desk no longer does.
    oversight = session.scalars(select(Desk).where(Desk.kind == "oversight")).one()
    shared = by_sender(session, row, oversight)
    assert (shared.words, shared.finding) == (READABLE, FINDING)
    assert by_sender(session, row, town.desk).words is None
    assert thread.passed_to is None


def test_sorted_otherwise_who_may_not_read_it_cannot(session: Session, town: Town) -> None:
    for to in (Referral.TEAM, Referral.POLICE, Referral.OUTREACH):
        row = town.share(to)
        thread = session.get_one(Thread, row.thread_id)
        kept = Category.SERVICES if to is Referral.OUTREACH else Category.PROPERTY
        threads.sort(thread, kept, town.market.id, {}, town.ana.id)
        assert not row.is_over and row.category == kept
        other = Category.SELLING if to is Referral.OUTREACH else kept
        threads.sort(thread, other, town.elsewhere.id, {}, town.ana.id)
        assert gone(session, row)
        assert taken_back_by(session, thread) == [town.ana.id]
        assert (thread.state, thread.passed_to) == (TriageState.READ, None)


def told(work: Work) -> tuple[list[tuple[int, str]], int]:
    """Who was told which word, and in how many letters."""
    with work() as session:
        rows = sorted((row.member_id, str(row.nearness)) for row in session.scalars(select(Reminded)))
        return rows, len(session.scalars(select(OutboundMessage)).all())


def test_whose_turn_it_is_hears_once_and_when_late(app: Portal, work: Work) -> None:
    with work() as session:
        town = Town(session)
        # Neither the deputy, who cannot open the desk yet, nor a colleague while the owner can.
        town.market.deputy_id = make_member(session, ("organizer",)).id
        colleague = make_member(session, ("organizer",))
        seat(session, town.team, colleague)
        let_in(session, town.market, colleague)
        town.share()
        town.share(Referral.POLICE)
        referrals.acknowledge(town.share(Referral.OUTREACH), town.joel.id)
        owner_id, liaison_id = town.owner.id, town.liaison.id
    noon = now().replace(hour=17, minute=0, second=0, microsecond=0)
    with app.app_context(), time_machine.travel(noon, tick=False):
        tell_those_who_have_it()
        tell_those_who_have_it()
        assert told(work) == (sorted([(owner_id, "week"), (liaison_id, "week")]), 2)
    with app.app_context(), time_machine.travel(noon + timedelta(days=5), tick=False):
        tell_those_who_have_it()
        # The first word had not left yet: it is taken back.
        assert told(work)[0] == sorted([(owner_id, "late"), (liaison_id, "late")])
    with work(), time_machine.travel(noon + timedelta(days=60), tick=False):
        assert all_dues() == []


def all_dues() -> list[Due]:
    return [due for row_id in waiting_rows() for due in dues_of(row_id)]


def test_without_its_owner_all_who_can_read_hear(session: Session, town: Town) -> None:
    others = [make_member(session, (role,)) for role in ("organizer", "community_lead")]
    for one in others:
        seat(session, town.team, one)
        let_in(session, town.market, one)
    town.market.owner_id = None
    town.share()
    assert {due.member_id for due in all_dues()} == {one.id for one in others}


# --- Nothing is passed on to people of whom none can read it without somebody knowing ---


NOBODY = "Nobody there can read it"
ON_BOARD = "Nobody reads what is passed on"
TO_TEAM = "Nobody can read what the desk passes on to the team of this place."
FOUNTAIN = "By the fountain."


def hand_to_clergy(session: Session, town: Town) -> None:
    """The place gets an owner and a deputy of whom neither may open the team's desk."""
    town.market.owner_id, town.market.deputy_id = (make_member(session, ["faith_partner"]).id for _each in range(2))
    session.flush()


def test_readers_are_those_who_find_it_and_open_it(session: Session, town: Town) -> None:
    pastor = make_member(session, ["faith_partner"])
    colleague, without_key = make_member(session, ["organizer"]), make_member(session, ["community_lead"])
    seat(session, town.team, colleague)
    town.market.deputy_id = pastor.id
    let_in(session, town.market, without_key)
    let_in(session, town.elsewhere, colleague)
    at_place, elsewhere, nowhere = (
        {*READERS} - unread(each).keys() for each in (town.market.id, town.elsewhere.id, None)
    )
    assert at_place == {Referral.TEAM, Referral.POLICE, Referral.OUTREACH}
    assert (elsewhere, nowhere) == ({Referral.TEAM, Referral.OUTREACH}, {Referral.OUTREACH})
    row, found = town.share(), set()
    for member in (town.owner, colleague):
        with suppress(NotFound):
            found.add(received_one(row.id, member.id, [town.team.id]) and member.id)
    assert readers_of(row) == found == {town.owner.id}


@pytest.mark.both_databases
def test_what_nobody_can_read_waits_at_the_desk_again(session: Session, town: Town) -> None:
    row, answered, police = town.share(), town.share(), town.share(Referral.POLICE)
    referrals.answer_desk(answered, FINDING, town.owner.id)
    desks = [town.desk.id]
    assert stranded_threads(desks) == set()
    hand_to_clergy(session, town)
    assert stranded_threads(desks) == {row.thread_id}
    assert [is_stranded(one) for one in (row, answered, police)] == [True, False, False]
    # Whoever passed it on hears of it: nobody else can.
    assert {
        due.member_id
        for due in [due for row_id in waiting_rows() for due in dues_of(row_id)]
        if due.about.endswith(f" {row.id}")
    } == {town.ana.id}
    assert stranded_threads([town.team.id]) == set()
    lead = make_member(session, ["community_lead"])
    seat(session, town.team, lead)
    let_in(session, town.market, lead)
    assert stranded_threads(desks) == set()
    threads.take_back(session.get_one(Thread, row.thread_id), row, town.ana.id)
    assert not is_stranded(row)


def test_a_lost_key_strands_what_was_sealed_to_it(session: Session, town: Town) -> None:
    row = town.share()
    # They begin anew without the old phrase: the desk is open again, but what came in before is locked for good.
    lost = select(DeskKey.id).where(DeskKey.desk_id == town.team.id)
    session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.desk_key_id.in_(lost)))
    assert is_stranded(row)
    assert unread(town.market.id)[Referral.TEAM] is WhyUnread.NO_KEY


def test_whom_nothing_reaches_at_a_place(session: Session, town: Town) -> None:
    team, police = str(UNREACHED[Referral.TEAM]), str(UNREACHED[Referral.POLICE])
    assert (nobody_reads(town.market.id), nobody_reads(town.elsewhere.id)) == ([], [team, police])
    hand_to_clergy(session, town)
    assert nobody_reads(town.market.id) == [team]
    thread = town.file()
    for readable in (READABLE, ""):
        with pytest.raises(Refused, match="nobody_reads"), session.begin_nested():
            threads.pass_on(thread, Referral.TEAM, "", town.ana.id, readable)
    assert (thread.state, thread.passed_to, thread.passed_on) == (TriageState.NEW, None, None)


# --- what people are shown ---


def at_clergy(work: Work) -> tuple[Member, int, int]:
    """Somebody at the desk, with a report at a place of which no team member can read; a liaison can."""
    with work() as session:
        town = Town(session)
        hand_to_clergy(session, town)
        thread = make_report(FOUNTAIN, category=Category.SELLING, market_id=town.market.id).thread
        return town.ana, thread.id, town.market.id


def test_the_desk_cannot_choose_them_and_reads_why(app: Portal, work: Work) -> None:
    ana, thread_id, _place = at_clergy(work)
    page = reader_of(app, ana)(f"/en/desk/{thread_id}", quotes=(FOUNTAIN,))
    ways = {one.get("value", "") for one in page.find_all("select[name=then] option")}
    assert "pass police" in ways and "pass team" not in ways
    assert "Nobody who can open it there works" in page.text
    said = {"readable": READABLE, "what": "Thank you."}
    page.form_with("what").submit(quotes=(FOUNTAIN, *said.values()), then="pass police", **said)
    with work() as session:
        assert session.get_one(Thread, thread_id).passed_to == Referral.POLICE
        assert session.scalars(select(PassedOn)).one()


def test_the_desk_sees_what_nobody_is_left_to_read(app: Portal, work: Work) -> None:
    with work() as session:
        town = Town(session)
        ana, thread_id = town.ana, town.share().thread_id
    quotes = (READABLE, "Ed Smith sells by the fountain")
    assert NOBODY not in reader_of(app, ana)(f"/en/desk/{thread_id}", quotes=quotes).text
    assert not reader_of(app, ana)("/en/desk/").has("main ul.rows li")
    with work() as session:
        place = session.get_one(Market, town.market.id)
        place.owner_id = make_member(session, ["faith_partner"]).id
    assert NOBODY in reader_of(app, ana)("/en/desk/", quotes=quotes).text
    page = reader_of(app, ana)(f"/en/desk/{thread_id}", quotes=quotes)
    assert NOBODY in page.text
    page.form("/take-back").submit(quotes=quotes)
    assert NOBODY not in reader_of(app, ana)(f"/en/desk/{thread_id}", quotes=quotes).text


def test_the_board_and_the_nine_steps_warn(app: Portal, work: Work) -> None:
    _ana, _thread_id, place = at_clergy(work)
    with work() as session:
        lead = make_member(session, ["community_lead"])
        pastor = session.get_one(Member, session.get_one(Market, place).owner_id)
    source, board = "Saunders, Ober, Kilmer, Greathouse (RAND), 2016", f"/en/team/board/{place}"
    steps = f"/en/team/places/{place}/"
    for reader in (reader_of(app, lead), reader_of(app, pastor)):
        assert ON_BOARD in reader("/en/team/board/").text and TO_TEAM in reader(board).text
    assert TO_TEAM in reader_of(app, lead)(steps, quotes=(source,)).text
    with work() as session:
        organizer = next(one for one in session.scalars(select(Member)) if one.roles == {"organizer"})
        session.get_one(Market, place).deputy_id = organizer.id
    assert ON_BOARD not in reader_of(app, organizer)("/en/team/board/").text
    for page in (board, steps):
        assert TO_TEAM not in reader_of(app, lead)(page, quotes=(source,)).text
