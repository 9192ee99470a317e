"""Floods: nobody is refused because of others, and what comes in a flood stands behind what does not."""

import random
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

import pytest
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.limits import Networks
from portal.core.web import Portal
from portal.reports.intake import MOST_ALIKE, came_in_flood
from portal.reports.notices import desk_counts
from portal.reports.reports import Thread
from portal.reports.threads import add_words, mark_read
from portal.reports.words import ReportWords
from portal.reports.worklist import FIRST_FEW, Selection, Worklist
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_report, sign_in
from tests.page import Reader

HONEST = "2600:1700:aaaa:bb::7"
REPORT = {"what": "Three people sell by the bus stop.", "category": "selling", "market": "elm-street"}
WORDS = ("A gun.", "My neighbor is hurt.", "A lamp is broken.")
START = datetime(2026, 5, 4, 12, tzinfo=UTC)
pytestmark = pytest.mark.time_machine(START, tick=False)


def at_desk(desk_id: int) -> Worklist:
    return Worklist([desk_id], Selection(), {})


def one_customer(number: int) -> str:
    """Another /64 of one /48 each time, so to speak of one rented server."""
    return str(IPv6Address((0x20010DB80001 << 80) + (number << 64) + 1))


def one_provider(number: int) -> str:
    """Another /48 of one /32 each time."""
    return str(IPv6Address((0x20010DB8 << 96) + (number << 80) + 1))


def a_few_providers(number: int) -> str:
    """Another /48 of one of eight /32 each time."""
    return str(IPv6Address((0x2A010DB8 + number % 8 << 96) + (number << 80) + 1))


def one_block_of_ipv4(number: int) -> str:
    """Another address of one /16 each time."""
    return str(IPv4Address((198 << 24) + (18 << 16) + number))


def sends(app: Portal, address: str, *, urgent: bool = False) -> bool:
    """Whether a report from an address stands among the ordinary ones."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        return not came_in_flood("", is_urgent=urgent)


FLOODS = [(one_customer, 250), (one_provider, 400), (a_few_providers, 400), (one_block_of_ipv4, 250)]


@pytest.mark.parametrize("urgent", [False, True], ids=["ordinary", "urgent"])
@pytest.mark.parametrize(("addresses", "many"), FLOODS, ids=[flood.__name__ for flood, _many in FLOODS])
def test_a_flood_has_its_own_lane_without_honest_reports(app: Portal, addresses, many: int, urgent: bool) -> None:
    order = random.Random(7).sample(range(60_000), many)
    ordinary = sum(sends(app, addresses(number), urgent=urgent) for number in order)
    # A page of the desk has 25: so many can an attacker put before what is honest, in an hour.
    assert ordinary <= (44 if urgent else 180)
    assert sends(app, HONEST, urgent=urgent)
    assert sends(app, "203.0.113.9", urgent=urgent)


def test_day_of_flood_does_not_fill_ordinary_list_either(app: Portal, time_machine) -> None:
    ordinary = 0
    for hour in range(11):
        ordinary += sum(sends(app, one_provider(hour * 100 + number), urgent=True) for number in range(100))
        time_machine.shift(timedelta(hours=1, seconds=1))
    assert ordinary <= 70
    assert sends(app, HONEST, urgent=True)


def test_a_church_and_a_busy_evening_are_no_flood(app: Portal) -> None:
    assert all(sends(app, "203.0.113.7") for _ in range(30))
    assert all(sends(app, f"198.51.{number}.7") for number in range(60))


def test_phone_that_texts_without_end_is_a_flood(app: Portal) -> None:
    def texts(phone: str) -> bool:
        with app.app_context():
            return not came_in_flood("", is_urgent=False, by=Networks(phone, phone, phone))

    assert 50 <= sum(texts("spam") for _ in range(300)) <= 70
    assert texts("honest")


def test_report_from_a_flooding_network_is_taken_and_marked(app: Portal, page: Reader, work: Work) -> None:
    with work() as session:
        make_desk(session)
        make_market(session)
    for number in range(100):
        sends(app, one_customer(number))
    for address, marked in ((one_customer(5_000), True), (HONEST, False)):
        page.client.environ_base["REMOTE_ADDR"] = address
        assert page("/en/report/").form("/report/").submit(**REPORT).has("#code-words")
        with work() as session:
            assert session.scalars(select(Thread.in_flood).where(Thread.in_flood.is_(marked))).all() == [marked]


ROBOT = "The old lady at number {} on Elm Street sells pills from her porch every {} and everybody knows it"
DAYS = ("morning", "noon", "evening", "night", "Monday", "weekend", "payday")
HONEST_ONES = (
    "Two men stand by the laundry from about nine until it is light, cars stop for a minute and go",
    "Se paran en la esquina de la lavandería cada noche y venden a los que pasan en carro",
    "The lamp by the bus stop has been broken for three weeks and it is dark there",
    "My son was offered pills on his way home from the high school by somebody in a red car",
)


def test_near_copies_are_read_after_honest_reports(app: Portal) -> None:
    def is_ordinary(number: int, words: str, *, urgent: bool = False) -> bool:
        with app.test_request_context(environ_base={"REMOTE_ADDR": many_networks(number)}):
            return not came_in_flood(words, is_urgent=urgent)

    copies = [is_ordinary(number, ROBOT.format(number, DAYS[number % 7])) for number in range(90)]
    assert sum(copies) <= 3 * MOST_ALIKE
    assert not any(copies[60:])
    assert all(is_ordinary(200, words) for words in HONEST_ONES)
    # Danger is never held back for being said alike, and a few words are said alike by many.
    assert is_ordinary(201, ROBOT.format(1, "night"), urgent=True)
    assert all(is_ordinary(number, "They sell by the bus stop") for number in range(210, 230))


def many_networks(number: int) -> str:
    """Another IPv4 /16 each time."""
    return str(IPv4Address((20 << 24) + (number << 16) + 7))


def make_triage(work: Work) -> tuple[Member, int]:
    """A member, and the id of the desk at which they sit."""
    with work() as session:
        member = make_member(session, ["triage"])
        return member, make_desk(session, [member]).id


def all_ids(desk_id: int, view: str) -> list[int]:
    found, more, page = [], True, 1
    while more:
        rows, more = Worklist([desk_id], Selection(view, page=page), {}).page()
        found += [row.id for row in rows]
        page += 1
    return found


def make_spam(app: Portal, work: Work) -> list[int]:
    """Ids of reports of a gun from 60 networks, none of which sent more than its share, and honest ones among them."""
    with work():
        flood = [not sends(app, many_networks(number), urgent=True) for number in range(60)]
        assert not any(flood)
        return [make_report(f"gun spam {number}", urgent=True).thread_id for number in range(60)]


def test_danger_from_many_networks_is_folded_others_stay_first(app: Portal, work: Work) -> None:
    (member, desk_id), spam = make_triage(work), make_spam(app, work)
    with work() as session:
        checked, phone = make_report(WORDS[1], urgent=True).thread, make_report(WORDS[1], urgent=True).thread
        checked.code_confirmed = phone.texts_back = True
        again = make_report(WORDS[1], urgent=True).thread
        add_words(again, ReportWords("Please come."), b"n" * 32)
        calm = [make_report(WORDS[2]).thread_id for _ in range(5)]
        session.flush()
        first = all_ids(desk_id, "waiting")[: FIRST_FEW + 8]
        assert {checked.id, phone.id, again.id, *calm} <= set(first)
        assert len(set(first) & set(spam)) == FIRST_FEW
        assert set(all_ids(desk_id, "danger")) == {*spam, checked.id, phone.id, again.id}, "it holds all of them"
        assert (at_desk(desk_id).totals.folded, at_desk(desk_id + 1).totals.folded) == (50, 0)
        assert set(all_ids(desk_id, "open")) == {*spam, *first}, "it holds all of them"
        # What is folded comes forward as the desk reads.
        waiting = [one for one in all_ids(desk_id, "danger") if one in spam]
        for thread_id in waiting[:39]:
            mark_read(session.get(Thread, thread_id), member.id)
        session.flush()
        assert at_desk(desk_id).totals.folded == 60 - 39 - FIRST_FEW == 11
        mark_read(session.get(Thread, waiting[39]), member.id)
        session.flush()
        assert at_desk(desk_id).totals.folded == 0
        assert set(spam) < set(all_ids(desk_id, "open"))


def make_flood(app: Portal, work: Work) -> int:
    """The id of the honest report among very many that speak of a gun."""
    with work():
        for number in range(60):
            make_report(WORDS[0], urgent=True, in_flood=not sends(app, one_customer(number), urgent=True))
        for _report in range(20):
            make_report("Spam", in_flood=True)
        honest = make_report(WORDS[1], urgent=True, in_flood=not sends(app, HONEST, urgent=True))
        make_report(WORDS[2])
        return honest.thread_id


def test_an_honest_urgent_report_stays_on_the_first_page(app: Portal, work: Work) -> None:
    (_member, desk_id), flooded = make_triage(work), make_flood(app, work)
    with work() as session:
        in_flood = set(session.scalars(select(Thread.id).where(Thread.in_flood, Thread.urgent)))
        rows, _more = at_desk(desk_id).page()
        assert flooded in [row.id for row in rows]
        ids = all_ids(desk_id, "waiting")
        assert {*ids[-20 - len(in_flood) : -20]} == in_flood, "too much danger in a flood stands after the others"
        assert in_flood < set(all_ids(desk_id, "danger"))
        assert in_flood < set(all_ids(desk_id, "flood"))


@pytest.mark.both_databases
def test_danger_in_flood_counts_as_danger_and_comes_first(work: Work) -> None:
    _member, desk_id = make_triage(work)
    with work() as session:
        calm, spam = make_report(WORDS[2]).thread_id, make_report("Spam", in_flood=True).thread_id
        few = [make_report(WORDS[0], urgent=True, in_flood=True).thread_id for _ in range(3)]
        honest = make_report(WORDS[1], urgent=True).thread_id
        listed = at_desk(desk_id)
        first = all_ids(desk_id, "waiting")
        assert (first[0], set(first[1:4]), first[4:]) == (honest, set(few), [calm, spam])
        walked = [listed.next_to(session.get_one(Thread, thread_id)) for thread_id in first]
        assert walked == [*first[1:], first[0]]
        assert listed.newest(0, 6)[-1].id == spam
        assert (*(counts := listed.totals)[:4], counts.folded) == (6, 6, 4, 4, 0)
        # So many that they would bury the others stand apart, whatever the day; each is counted and held all the same.
        many = [make_report(WORDS[0], urgent=True, in_flood=True).thread_id for _ in range(50)]
        session.get_one(Thread, many[0]).received_on -= timedelta(days=1)
        session.flush()
        for view in ("waiting", "open"):
            ids = all_ids(desk_id, view)
            assert (ids[:2], set(ids[2:-1]), ids[-1]) == ([honest, calm], {*few, *many}, spam)
        assert set(all_ids(desk_id, "danger")) == {honest, *few, *many}
        assert set(all_ids(desk_id, "flood")) == {*few, *many, spam}
        listed = at_desk(desk_id)
        assert (*(counts := listed.totals)[:4], counts.folded) == (56, 56, 54, 54, 53)
        assert listed.newest(0, 2)[-1].id in (honest, calm)
        walked = [listed.next_to(session.get_one(Thread, thread_id)) for thread_id in ids]
        assert walked == [*ids[1:], honest]
        assert desk_counts([desk_id]) == (0, 54, 0, 56)


def test_the_desk_says_where_the_flood_begins(app: Portal, page: Reader, work: Work) -> None:
    member, _desk_id = make_triage(work)
    make_flood(app, work)
    sign_in(page.client, member)
    told, quotes = "They came with very many others", (*WORDS, "Spam")
    first = page("/en/desk/", quotes=quotes)
    assert WORDS[2] in first.text and told not in first.text
    desk = page("/en/desk/?page=3", quotes=quotes)
    assert desk.text.index(WORDS[0]) < desk.text.index(told)
    behind = desk.follow("In a flood (", quotes=quotes)
    assert WORDS[0] in behind.text and told in behind.text and WORDS[2] not in behind.text
