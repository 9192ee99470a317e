"""What the desk does to a report reaches the place it is about as a count, and is taken back as easily."""

from sqlalchemy import select

from portal.accounts.users import desk_private_keys
from portal.markets.places import Signal
from portal.reports import threads
from portal.reports.triage import CHECKED, SELLS, Category, Disposition, counts_for_place
from tests.make import make_desk, make_market, make_member, make_report, private_key_of


def test_what_a_report_says():
    for category, disposition, counts in (
        *((category, disposition, True) for category in SELLS for disposition in (None, *Disposition)),
        *((category, None, False) for category in Category if category not in SELLS),
        (Category.CONDUCT, Disposition.ACTED, False),
    ):
        is_ours = disposition not in (Disposition.NOT_OURS, Disposition.NOT_REPORT)
        assert counts_for_place(category, disposition) is (counts and is_ours)
    assert {Disposition.ACTED, Disposition.ONGOING} == CHECKED


class Desk:
    """A member at the desk, two public places, and a report of selling at the first."""

    def __init__(self, session) -> None:
        self.session = session
        self.member = make_member(session)
        make_desk(session, [self.member])
        self.overseer = make_member(session, ["oversight"])
        make_desk(session, [self.overseer], "oversight")
        self.here, self.there = make_market(session).id, make_market(session, "Oak Street").id
        self.thread = make_report(category=Category.SELLING, market_id=self.here).thread

    def sort(self, category, market_id) -> None:
        keys = desk_private_keys(self.member.id, private_key_of(self.member))
        threads.sort(self.thread, category, market_id, keys, self.member.id)

    @property
    def signals(self):
        self.session.expire_all()
        return [(row.market_id, row.corroborated) for row in self.session.scalars(select(Signal))]

    @property
    def counted(self):
        return [counts for _place, counts in self.signals]


def test_nothing_is_counted_before_somebody_has_read_it(session):
    desk = Desk(session)
    assert desk.signals == []
    threads.mark_read(desk.thread, desk.member.id)
    assert desk.signals == [(desk.here, False)]
    # Nothing in it is of the report.
    row = desk.session.scalars(select(Signal)).one()
    values = [str(getattr(row, column.name)) for column in Signal.__table__.columns]
    for secret in (desk.thread.id, desk.thread.locator, desk.member.id):
        assert not any(str(secret) in value for value in values)


def test_sorting_counts_and_sorting_anew_moves_it(session):
    desk = Desk(session)
    for category, place, counted in (
        (Category.SELLING, desk.here, [(desk.here, False)]),
        (Category.SELLING, desk.there, [(desk.there, False)]),
        (Category.PROPERTY, desk.there, []),
        (Category.SELLING, None, []),
    ):
        desk.sort(category, place)
        assert desk.signals == counted
    # The place that is named later is where it counts.
    threads.mark_read(desk.thread, desk.member.id)
    threads.set_place(desk.thread, desk.there)
    assert desk.signals == [(desk.there, False)]
    desk.sort(Category.CONDUCT, desk.there)
    assert desk.signals == []
    threads.close(desk.thread, Disposition.ACTED, "", desk.overseer.id)
    assert desk.signals == []


def test_how_it_is_closed_decides(session):
    desk = Desk(session)
    for disposition, left in (
        (Disposition.ACTED, [True]),
        (Disposition.ONGOING, [True]),
        (Disposition.NOT_SEEN, [False]),
        (Disposition.DUPLICATE, [False]),
        (Disposition.NOT_OURS, []),
        (Disposition.NOT_REPORT, []),
    ):
        threads.mark_read(desk.thread, desk.member.id)
        threads.close(desk.thread, disposition, "Because.", desk.member.id)
        assert desk.counted == left
        threads.reopen(desk.thread, desk.member.id)
        assert desk.counted == [False]
    # Two reports make each other count.
    other = make_report(category=Category.SELLING, market_id=desk.here).thread
    threads.mark_read(other, desk.member.id)
    assert desk.counted == [True, True]
    threads.close(other, Disposition.DUPLICATE, "", desk.member.id)
    assert desk.counted == [True, True]
    threads.reopen(other, desk.member.id)
    threads.close(other, Disposition.NOT_OURS, "Because.", desk.member.id)
    assert desk.counted == [False]
