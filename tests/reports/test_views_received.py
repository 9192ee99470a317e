"""From the desk to those who work at the place and back: passed on, read there, answered, gone."""

import pytest
import time_machine
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.users import DeskKeyCopy, Member
from portal.core.clock import now, today
from portal.core.i18n import speaking
from portal.core.web import Portal
from portal.markets.places import Market
from portal.reports import referrals, threads
from portal.reports.reports import PassedOn, Thread, holders_sentence, referrals_of, who_has_it
from portal.reports.triage import Category, Disposition, Referral
from tests.conftest import Work
from tests.make import let_in, make_desk, make_market, make_member, make_report, seat
from tests.page import SAME_ORIGIN, Reader, reader_of
from tests.reports.test_referrals import Town

WORDS = "Every night by the fountain, and her name is Rosa. Call 336-555-0142."
READABLE = "Every night by the fountain."
FOUND = "We went by on three evenings and saw nobody."


class Hall:
    """Who works here, and one report."""

    def __init__(self, session: Session) -> None:
        town = Town(session)
        self.ana, self.owner, self.liaison, self.joel = town.ana, town.owner, town.liaison, town.joel
        self.colleague, self.other_liaison = (
            make_member(session, ("organizer",)),
            make_member(session, ("police_liaison",)),
        )
        for desk, member in ((town.team, self.colleague), (town.police, self.other_liaison)):
            seat(session, desk, member)
            let_in(session, town.elsewhere, member)
        make_market(session, "Juniper Bend", released=False)
        self.market_id = town.market.id
        self.thread_id = make_report(WORDS, market_id=self.market_id, category=Category.SELLING).thread_id
        self.at_desk = f"/en/desk/{self.thread_id}"


@pytest.fixture
def hall(work: Work) -> Hall:
    with work() as session:
        return Hall(session)


def share(work: Work, hall: Hall, to: Referral = Referral.TEAM, readable: str = READABLE) -> str:
    """The address of what was passed on."""
    with work() as session:
        row = threads.pass_on(session.get_one(Thread, hall.thread_id), to, "", hall.ana.id, readable)
        assert row
        return f"/en/received/{row.id}"


def row_of(work: Work) -> PassedOn:
    with work() as session:
        return session.scalars(select(PassedOn)).one()


def test_desk_begins_with_masked_words_and_passes_its_own(app: Portal, hall: Hall, work: Work) -> None:
    form = reader_of(app, hall.ana)(hall.at_desk).form_with("what")
    assert form.values["readable"] == "Every night by the fountain, and [left out]. Call [left out]."
    page = form.submit(then="pass team", readable=READABLE).reader(hall.at_desk)
    assert READABLE in page.text and "Nobody has it yet" in page.text
    shown = reader_of(app, hall.owner)("/en/received/")
    assert READABLE in shown.text and "Elm Street" in shown.text and "Rosa" not in shown.text
    one = reader_of(app, hall.owner)(f"/en/received/{row_of(work).id}")
    assert READABLE in one.text and "Rosa" not in one.text and str(hall.thread_id) not in one.response.text


def test_whoever_is_gone_when_it_is_sent_gets_nothing(app: Portal, hall: Hall, work: Work) -> None:
    form = reader_of(app, hall.ana)(hall.at_desk).form_with("what")
    with work() as session:
        session.get_one(Market, hall.market_id).owner_id = None
    again = form.submit(422, then="pass team", readable=READABLE, what="Thank you.")
    assert "Nobody there can read it now." in again.text
    assert (again.form_with("what").values["readable"], again.form_with("what").values["what"]) == (
        READABLE,
        "Thank you.",
    )
    with work() as session:
        assert session.get_one(Thread, hall.thread_id).passed_to is None


def open_property(work: Work) -> Member:
    """Somebody who reads for property and cleanup."""
    with work() as session:
        dana = make_member(session, ("property",), name="Dana")
        make_desk(session, [dana], "property")
        return dana


def test_of_selling_property_reads_only_what_desk_wrote_anew(app: Portal, hall: Hall, work: Work) -> None:
    dana = open_property(work)
    again = reader_of(app, hall.ana)(hall.at_desk).form_with("what").submit(422, then="pass property")
    assert "This report is about selling." in again.text
    again.form_with("what").submit(readable="The light by the fountain is out.")
    shown = reader_of(app, dana)(f"/en/received/{row_of(work).id}")
    assert "The light by the fountain is out." in shown.text and "Elm Street" in shown.text
    assert "Selling" not in shown.text and "Every night" not in shown.text
    for other in (hall.owner, hall.liaison, hall.joel):
        reader_of(app, other)(f"/en/received/{row_of(work).id}", 404)


def test_more_to_know_makes_the_desk_ask(app: Portal, hall: Hall, work: Work) -> None:
    address = share(work, hall)
    empty = reader_of(app, hall.owner)(address).form_with("what").submit(422, ending="more")
    assert "Please write what you need to know." in empty.text
    empty.form_with("what").submit(what="Which side of Elm? Call 336-555-0142.", ending="more")
    page = reader_of(app, hall.ana)(hall.at_desk)
    assert "We need to know more first" in page.text
    assert page.form_with("what").values["then"] == "ask"
    buttons = [one.get("formaction", "") for one in page.find_all("button[formaction]")]
    address = next(one for one in buttons if "begin-with-finding" in one)
    values = page.form_with("what").values
    values["what"] = "Thank you."
    begun = page.reader.read(page.reader.client.post(address, data=values, headers=SAME_ORIGIN))
    assert begun.form_with("what").values["what"] == "Thank you.\n\nWhich side of Elm? Call [left out]."
    assert begun.form_with("what").values["then"] == "ask"


def test_they_answer_and_the_desk_closes_as_they_suggest(app: Portal, hall: Hall, work: Work) -> None:
    address, owner = share(work, hall), reader_of(app, hall.owner)
    shown = owner(address).form("/have").submit(what=FOUND, ending="not_seen")
    assert "The desk sees that you have it." in shown.text
    assert (shown.form_with("what").values["what"], shown.form_with("what").values["ending"]) == (FOUND, "not_seen")
    assert shown.form_with("what").in_other_language(quotes=(FOUND, READABLE)).has("textarea[name=what]")
    shown.form_with("what").submit(what=FOUND, ending="not_seen")
    assert "They answered" in reader_of(app, hall.ana)("/en/desk/").text
    thread = reader_of(app, hall.ana)(hall.at_desk)
    assert FOUND in thread.text and f"{hall.owner.name} has it since" in thread.text
    form = thread.form_with("what")
    assert form.values["then"] == "close not_seen"
    form.submit(what="Thank you. They looked and saw nobody.")
    owner(address, 404)
    assert "Nothing here." in owner("/en/received/").text
    closed = reader_of(app, hall.ana)(hall.at_desk)
    assert READABLE in closed.text and FOUND in closed.text


def test_the_resident_reads_nothing_of_it(app: Portal, hall: Hall, work: Work) -> None:
    with work():
        filed = make_report("Lights are out.", category=Category.SELLING, market_id=hall.market_id)
        row = threads.pass_on(filed.thread, Referral.TEAM, "", hall.ana.id, READABLE)
        assert row
        referrals.acknowledge(row, hall.owner.id)
        code = " ".join(filed.code)
    shown = Reader(app.test_client())("/en/report/follow").form("report/follow").submit(code=code)
    assert "The team that works at this place" in shown.text
    assert READABLE not in shown.text and hall.owner.name not in shown.text


def test_a_late_form_loses_nothing(app: Portal, hall: Hall, work: Work) -> None:
    owner, address = reader_of(app, hall.owner), share(work, hall)
    form = owner(address).form_with("what")
    owner(address).form("/have").submit()
    told = form.submit(409, what=FOUND, ending="acted")
    assert "Somebody was here before you" in told.text
    kept = told.form_with("what")
    assert (kept.values["what"], kept.values["ending"]) == (FOUND, "acted")
    with work() as session:
        threads.close(session.get_one(Thread, hall.thread_id), Disposition.ACTED, "", hall.ana.id)
    closed = kept.submit(404)
    assert FOUND in closed.text and "It was not sent" in closed.text and READABLE not in closed.text
    assert not row_of(work).answered_on


def test_taken_back_it_never_was(app: Portal, hall: Hall, work: Work) -> None:
    address = share(work, hall)
    page = reader_of(app, hall.ana)(hall.at_desk).form("/take-back").submit()
    assert "They cannot read it any more" in page.text and "Taken back" in page.text
    assert not page.has('form[action$="/take-back"]')
    owner = reader_of(app, hall.owner)
    with time_machine.travel(now(), tick=False):
        assert owner(address, 404).response.data == owner("/en/received/123456789", 404).response.data


def test_who_was_not_let_in_reads_no_word(app: Portal, hall: Hall, work: Work) -> None:
    address = share(work, hall)
    with work() as session:
        session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.member_id == hall.owner.id))
    shown = reader_of(app, hall.owner)("/en/received/")
    assert "You cannot open this desk yet" in shown.text and "What waits for you there: 1." in shown.text
    assert READABLE not in shown.text and "Elm Street" not in shown.text
    reader_of(app, hall.owner)(address, 404)
    assert hall.colleague.name in reader_of(app, hall.owner)("/en/colleagues/").text


def test_it_is_all_spanish(app: Portal, hall: Hall, work: Work) -> None:
    address = share(work, hall).replace("/en/", "/es/")
    quotes = (READABLE, WORDS, FOUND, "Every night by the fountain, and [left out]. Call [left out].")
    reader_of(app, hall.owner)(address, quotes=quotes).form("/have").submit(quotes=quotes, what=FOUND, ending="acted")
    for member, page in (
        (hall.owner, "received/"),
        (hall.owner, "colleagues/"),
        (hall.ana, f"desk/{hall.thread_id}"),
        (hall.ana, "desk/"),
    ):
        reader_of(app, member)(f"/es/{page}", quotes=quotes)


# --- what may be a name ---


def test_everything_is_asked_at_once_each_for_itself(app: Portal, hall: Hall, work: Work) -> None:
    form = reader_of(app, hall.ana)(hall.at_desk).form_with("what")
    for part in ("What they looked like: a black man", "Cómo se veían: negros", "two Mexicans"):
        only_race = form.submit(422, then="pass team", readable=f"They sell by the stop.\r\n\r\n{part}")
        assert "names a race and nothing else" in only_race.text
    # A hidden place is asked about as any other name is.
    hidden = form.submit(422, then="pass team", readable="At Juniper Bend.")
    assert "Juniper Bend" in hidden.text and "Is this a person's name?" in hidden.text
    readable = "Rosa Pérez, behind the Dollar General, 336-555-0142, says that the police hit her."
    again = form.submit(422, then="pass team", readable=readable, what="Thank you.")
    for said in ("a phone number", "Is this a person's name?", "Is it about how police behaved?"):
        assert said in again.text
    assert ["".join(one.itertext()) for one in again.find_all("form ul bdi")] == ["Rosa Pérez"]
    kept = again.form_with("what")
    assert (kept.values["readable"], kept.values["what"], kept.values["then"]) == (readable, "Thank you.", "pass team")
    for given in ({"sure": "y", "not_conduct": "y"}, {"sure": "y", "names_checked": "y"}):
        assert "It was not passed on yet" in kept.submit(422, **given).text
    with work() as session:
        assert session.scalars(select(PassedOn)).all() == []
    kept.submit(sure="y", names_checked="y", not_conduct="y")
    assert readable in reader_of(app, hall.owner)(f"/en/received/{row_of(work).id}").text


# --- what may be about the police ---


def test_words_about_police_are_looked_at_first(app: Portal, hall: Hall, work: Work) -> None:
    with work() as session:
        thread = make_report("Un policía me pegó anoche.", market_id=hall.market_id, category=Category.SELLING).thread
        address = f"/en/desk/{thread.id}"
    # What is left out for them says nothing of what it is about.
    again = (
        reader_of(app, hall.ana)(address)
        .form_with("what")
        .submit(422, then="pass police", readable=READABLE, what="Thank you.")
    )
    assert "Is it about how police behaved?" in again.text and "It was not passed on yet" in again.text
    kept = again.form_with("what")
    assert (kept.values["readable"], kept.values["what"]) == (READABLE, "Thank you.")
    with work() as session:
        assert session.scalars(select(PassedOn)).all() == []
    kept.submit(not_conduct="y")
    assert READABLE in reader_of(app, hall.liaison)(f"/en/received/{row_of(work).id}").text


def test_person_is_told_who_has_it_and_had_it(work: Work, hall: Hall) -> None:
    share(work, hall, Referral.POLICE)
    share(work, hall, Referral.TEAM)
    with work() as session:
        thread = session.get_one(Thread, hall.thread_id)
        with speaking("en"):
            assert holders_sentence(thread) == "The police liaison of this place; The team that works at this place"
        police = next(row for row in referrals_of(thread.id) if row.passed_to == Referral.POLICE)
        threads.take_back(thread, police, hall.ana.id)
        has, had = who_has_it(thread)
        assert (has, had) == ([Referral.TEAM], [(Referral.POLICE, today())])
        threads.close(thread, Disposition.ACTED, "Done.", hall.ana.id)
        assert who_has_it(thread) == (has, had)
