"""Offers of help: sums by month, what is not known yet is no figure, and nothing about a hidden place."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from portal.core.statuses import Refused
from portal.indicators.offers import COUNTED, adds_up, offers_of, write_offers
from tests.make import make_market, make_member
from tests.page import reader_of

MARCH = date(2026, 3, 1)


def offers(made: int, connected: int | None = None, lasting: int | None = None) -> dict[str, int | None]:
    return dict(zip(COUNTED, (made, connected, lasting), strict=True))


@given(*[st.one_of(st.none(), st.integers(0, 20)) for _ in range(2)], st.integers(0, 20))
def test_no_more_begins_than_was_offered(connected, lasting, made) -> None:
    known = [value for value in (made, connected, lasting) if value is not None]
    assert adds_up(offers(made, connected, lasting)) == (sorted(known, reverse=True) == known)


@pytest.mark.both_databases
def test_what_is_not_known_yet_is_no_figure(session) -> None:
    market, member = make_market(session, "Elm Street"), make_member(session, ("services",))
    market.released_at = datetime(2026, 3, 20, tzinfo=UTC)
    write_offers(market, MARCH, offers(14, 6, 3), member.id)
    write_offers(market, MARCH, offers(15, 7), member.id)
    assert offers_of(market) == {MARCH: {"offers_made": 15, "offers_connected": 7}}
    with pytest.raises(Refused, match="offers_early"):
        write_offers(market, date(2026, 2, 1), offers(3), member.id)


def test_services_write_down_a_month(app, work) -> None:
    with work() as session:
        member = make_member(session, ("services",))
        make_market(session, "Elm Street")
        make_market(session, "Hollow Lane", released=False)
    places = reader_of(app, member)("/es/team/offers/")
    assert "Hollow" not in places.text
    wrong = places.follow("Calle Elm").form().submit(status=422, offers_made="4", offers_connected="5")
    assert wrong.form().values["offers_connected"] == "5"
    kept = wrong.form().submit(offers_made="14", offers_connected="5")
    assert [cell.text for cell in kept.find_all("td")] == ["14", "5", "–"]
