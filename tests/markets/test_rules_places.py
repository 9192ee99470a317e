"""Names that tell nothing, seats that lapse, cover, and how a place may be said to stand."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, strategies as st

from portal.accounts.roles import Role
from portal.core.i18n import Bilingual
from portal.markets.gate_rules import (
    MOST_SIGNS,
    STEPS,
    EvidenceItem,
    GateKey,
    exposed,
    is_neutral,
    named_in,
    on_card,
    opens_at,
    still_count,
    telling_word,
)
from portal.markets.places import KeyTurned
from portal.markets.status import (
    LONGEST_TO_REVIEW,
    MAY_KNOW,
    NEXT,
    TEXTS,
    Concern,
    Lapse,
    PlaceSeat,
    Status,
    Turnover,
    Work,
    call_in_is_late,
    concerns,
    gaps,
    has_held,
    holding_since,
    lapse,
    may_be_admitted,
    may_follow,
    offered,
    out_of_order,
    problems,
)

TODAY = date(2026, 11, 24)
SOON = TODAY + timedelta(days=14)


def test_a_name_that_tells_is_refused() -> None:
    for name in (
        *("Drug Corner", "The DRUGS lot", "La esquina de la droga", "Plaza Narco", "Dealer's Row", "Crack Alley"),
        *(
            "Punto de venta",
            "La Venta",
            "Cocaína",
            "Heroin Hill",
            "Callejón del crimen",
            "Gang Street",
            "Las pandillas",
        ),
        *("Dro\u0301ga", "D r u g corner", "The d.r.u.g.s lot", "A D R U G corner", "Dr\u200bugs", "Me\u00adth Row"),
        *("Kokain Park", "Callejón Fentanilo", "Weed Corner", "La Marihuana"),
        *("The Open-Air Market", "El mercado al aire libre"),
    ):
        assert telling_word(name), name
    for name in (
        *("Market Street", "J F K Plaza", "Tumbleweed Park", "Open Market Hall", "P. T. Barnum Square"),
        *("Traffic Circle", "Cracker Barrel Lot", "Plaza de las Heroínas", "Ventana Park", "Canal Steps"),
        *("Las gradas del canal", "Methodist Church", "Ganges Avenue", "Elm & 4th", ""),
    ):
        assert telling_word(name) is None, name


@given(st.text(), st.sampled_from(["drug", "DROGA", "crack", "dealer", "Venta"]))
def test_a_telling_word_is_found_wherever_it_stands(text: str, word: str) -> None:
    assert telling_word(f"{text} {word}")


def test_the_role_wall_stands_before_any_admission() -> None:
    assert {role for role in Role if may_be_admitted({role})} == MAY_KNOW
    outside = "facilitator services triage administrator oversight evaluator".split()
    assert not MAY_KNOW & {Role(name) for name in outside}


def test_a_seat_lapses() -> None:
    for left, roles, inside, found in (
        (True, {"organizer"}, True, Lapse.LEFT),
        (False, {"triage"}, True, Lapse.ROLE),
        (False, set(), True, Lapse.ROLE),
        (False, {"organizer"}, False, Lapse.OUT),
        (False, {"organizer", "triage"}, True, None),
    ):
        assert lapse(has_left=left, roles=roles, is_admitted=inside) is found


def test_a_hidden_place_with_the_only_meetings_is_exposed() -> None:
    for places, public, found in (
        ([7, 7, None], {1, 2}, {7}),
        ([7, 1], {1, 2}, set()),
        ([1, None], {1}, set()),
        ([7, 8], {1}, {7, 8}),
        ([], {1}, set()),
    ):
        assert exposed(places, public) == found


def test_a_key_counts_while_its_holder_holds_it() -> None:
    lead, liaison = (KeyTurned(member_id=number, key=key) for number, key in enumerate(GateKey, 1))
    here = {1: {"community_lead"}, 2: {"police_liaison"}}
    assert still_count([lead, liaison], here) == [lead, liaison]
    assert still_count([lead, liaison], {1: {"community_lead"}}) == [lead]
    assert still_count([lead, liaison], here | {1: {"organizer"}}) == [liaison]
    assert still_count([lead], {1: {"police_liaison"}}) == []
    ten = datetime(2026, 11, 25, 10, tzinfo=UTC)
    for hours, opens in ((-14, ten - timedelta(hours=14)), (14, ten)):
        assert opens_at(ten, ten + timedelta(hours=hours)) == opens, "a place opens when its call-in ends"
    assert opens_at(ten, None) == ten


NOTHING = Bilingual("", "")


def test_what_is_said_is_in_both_languages_or_none() -> None:
    whole = dict.fromkeys(TEXTS, NOTHING) | {"name": Bilingual("a", "b"), "about": Bilingual("c", "d")}
    for said, missing in (
        ({}, []),
        ({"about": Bilingual("c", " ")}, ["about_es"]),
        ({"own_name": Bilingual("", "x")}, ["own_name_en"]),
        ({"own_name": Bilingual("y", "x")}, []),
    ):
        assert gaps(whole | said) == missing


def day(months_ago: int) -> date:
    year, month = divmod(TODAY.year * 12 + TODAY.month - 1 - months_ago, 12)
    return date(year, month + 1, TODAY.day)


def test_holding_is_counted_from_the_last_slip() -> None:
    history = [
        (Status.RECOVERING, day(2)),
        (Status.SLIPPING, day(5)),
        (Status.HOLDING, day(20)),
        (Status.MESSAGE_DELIVERED, day(24)),
    ]
    assert holding_since(history) == day(2)
    assert holding_since(
        [(Status.HELD_12, day(1)), (Status.HOLDING, day(13)), (Status.MESSAGE_DELIVERED, day(15))]
    ) == day(13)
    assert holding_since([(Status.SLIPPING, day(1)), (Status.HOLDING, day(13))]) is None
    assert holding_since([]) is None


def problem(*about: Any) -> str | None:
    return next(iter(problems(*about)), None)


def test_a_place_stands_only_as_it_can() -> None:
    for history, status, since, found in (
        ([], Status.MESSAGE_DELIVERED, TODAY, None),
        ([], Status.HOLDING, TODAY, "status_order"),
        ([(Status.MESSAGE_DELIVERED, day(3))], Status.HOLDING, TODAY, None),
        ([(Status.MESSAGE_DELIVERED, day(3))], Status.HOLDING, day(4), "status_since"),
        ([(Status.MESSAGE_DELIVERED, day(3))], Status.HOLDING, TODAY + timedelta(days=1), "status_since"),
        ([(Status.MESSAGE_DELIVERED, day(3))], Status.HELD_12, TODAY, "status_order"),
        ([(Status.HOLDING, day(11))], Status.HELD_12, TODAY, "status_months"),
        ([(Status.HOLDING, day(12))], Status.HELD_12, TODAY, None),
        (
            [(Status.RECOVERING, day(3)), (Status.SLIPPING, day(4)), (Status.HOLDING, day(30))],
            Status.HELD_12,
            TODAY,
            "status_months",
        ),
        ([(Status.HELD_12, day(12)), (Status.HOLDING, day(24))], Status.HELD_24, TODAY, None),
        ([(Status.HELD_12, day(1)), (Status.HOLDING, day(23))], Status.HELD_24, TODAY, "status_months"),
        ([(Status.HOLDING, day(2))], Status.HOLDING, day(9), None),
    ):
        assert problem(history, status, since, SOON, TODAY) == found


def test_all_that_is_wrong_is_named() -> None:
    history = [(Status.HOLDING, date(2026, 1, 1))]
    wrong = ["status_order", "status_review", "status_since"]
    assert problems(history, Status.HELD_24, date(2025, 1, 1), TODAY, TODAY) == wrong
    assert problems(history, Status.SLIPPING, None, None, TODAY) == []
    for review in (TODAY, TODAY - timedelta(days=1), TODAY + LONGEST_TO_REVIEW + timedelta(days=1)):
        assert problem([], Status.MESSAGE_DELIVERED, TODAY, review, TODAY) == "status_review"


@given(st.lists(st.sampled_from(Status), max_size=12))
def test_nobody_holds_twelve_months_within_a_year(path: list[Status]) -> None:
    """Whatever is tried in a year, nothing that names months is ever said."""
    history: list[tuple[Status, date]] = []
    for number, status in enumerate(path):
        since = day(11) + timedelta(days=number * 20)
        if problem(history, status, since, since + timedelta(days=7), since) is None:
            history.insert(0, (status, since))
    assert not {status for status, _ in history} & {"held_12", "held_24", "held_36", "graduated"}


def test_a_name_is_found_in_a_text() -> None:
    for text, name in (
        ("We meet at Birch Street.", "Birch Street"),
        ("nos vemos en la CALLE  ÁLAMO, a las seis", "Calle Álamo"),
        ("nos vemos en la calle alamo", "Calle Álamo"),
        ("https://example.org/birch-street/map", "Birch Street"),
        ("Bir\u200bch Street", "Birch Street"),
        ("на улице Мира", "Улице мира"),
    ):
        assert named_in(text, ["Elm", name]) == name
    for text in ("", "Birchwood Street", "Birch. A street", "The birches of Streeter"):
        assert named_in(text, ["Birch Street", "", "!"]) is None


# --- What stands on the card of a shared link tells nobody what it is about, in either language ---


def test_a_telling_text_gives_way() -> None:
    for text in (
        *("Drug market closed", "d-r-u-g talk", "They SELL again", "Police walk", "Policías y vecinos"),
        *("Cómo avisar", "Our report", "Venden otra vez", "A raid on Elm", "Sobredosis: qué hacer"),
        *("Send a tip", "Crimen"),
    ):
        assert not is_neutral(text)
        assert on_card(text, "News") == "News"
    for text in ("Lamps on Elm", "Tres compromisos del círculo", "Walk on Thursday", "La tarde del patio"):
        assert on_card(text, "News") == text
    assert on_card(" a\n b ", "x") == "a b"
    assert on_card("  ", "x") == "x"
    long = on_card("word " * 90, "x")
    assert len(long) <= MOST_SIGNS + 2 and long.endswith("word …")


# --- A place moves along one way, and back to slipping from anywhere it holds ---


LINE = [Status.MESSAGE_DELIVERED, Status.HOLDING, Status.HELD_12, Status.HELD_24, Status.HELD_36, Status.GRADUATED]


def test_the_line_is_walked_one_way_and_slips_anywhere() -> None:
    assert [status for status in Status if may_follow(None, status)] == [Status.MESSAGE_DELIVERED]
    assert all(may_follow(before, after) for before, after in pairwise(LINE))
    assert all(may_follow(status, Status.SLIPPING) for status in Status if status is not Status.SLIPPING)
    assert NEXT[Status.SLIPPING] == {Status.RECOVERING}
    back = [status for status in Status if may_follow(status, Status.MESSAGE_DELIVERED)]
    assert back == [Status.MESSAGE_DELIVERED]
    assert not may_follow(Status.MESSAGE_DELIVERED, Status.GRADUATED)


def test_months_are_counted_to_the_day() -> None:
    for since, on, status, enough in (
        (date(2025, 3, 4), date(2026, 3, 3), Status.HELD_12, False),
        (date(2025, 3, 4), date(2026, 3, 4), Status.HELD_12, True),
        (date(2024, 3, 31), date(2026, 3, 30), Status.HELD_24, False),
        (date(2025, 3, 4), date(2025, 3, 5), Status.HOLDING, True),
    ):
        assert has_held(since, on, status) is enough
    history = [(Status.HOLDING, date(2025, 11, 25)), (Status.MESSAGE_DELIVERED, date(2025, 11, 1))]
    assert offered(history, date(2026, 11, 24)) == [Status.HOLDING, Status.SLIPPING]
    assert offered(history, date(2026, 11, 25)) == [Status.HOLDING, Status.SLIPPING, Status.HELD_12]
    assert offered([], date(2026, 11, 24)) == [Status.MESSAGE_DELIVERED]


# --- Early warnings: each cause by itself, and none where the work is whole ---


DAY = timedelta(days=1)
WHOLE = Work(
    begun=set(EvidenceItem),
    done=dict.fromkeys(EvidenceItem, TODAY - 300 * DAY)
    | {step: TODAY - (100 - number) * DAY for number, step in enumerate(STEPS)},
    call_in_held=True,
    missed_in_a_row=0,
)


def without(*items: EvidenceItem, begun: Collection[EvidenceItem] = ()) -> Work:
    done = {item: day for item, day in WHOLE.done.items() if item not in items}
    return replace(WHOLE, begun={*done, *begun}, done=done)


def test_what_is_asked_for_follows_the_work() -> None:
    assert concerns(Work((), {}, False, 0), TODAY) == ()
    early = Work({EvidenceItem.STEP_1}, {}, False, 0)
    assert Concern.NO_SPONSOR in concerns(early, TODAY)
    assert Concern.NO_COORDINATOR not in concerns(early, TODAY), "nobody coordinates help before it is offered"
    assert concerns(Work((), {}, True, 0, is_public=True), TODAY) == (
        Concern.NO_SPONSOR,
        Concern.NO_COMMUNITY_LEAD,
        Concern.NOT_TRAINED,
        Concern.NO_COORDINATOR,
        Concern.NO_ANALYST,
    )


def test_each_cause_is_seen_alone() -> None:
    for work, concern in (
        (without(EvidenceItem.SPONSOR), Concern.NO_SPONSOR),
        (without(EvidenceItem.SPONSOR, begun=[EvidenceItem.SPONSOR]), Concern.NO_SPONSOR),
        (without(EvidenceItem.COMMUNITY_LEAD), Concern.NO_COMMUNITY_LEAD),
        (without(EvidenceItem.TRAINING), Concern.NOT_TRAINED),
        (without(EvidenceItem.COORDINATOR), Concern.NO_COORDINATOR),
        (without(EvidenceItem.ANALYST), Concern.NO_ANALYST),
        (replace(WHOLE, turnovers={PlaceSeat.OWNER: Turnover(2, 0, True)}), Concern.TURNOVER),
        (replace(WHOLE, turnovers={PlaceSeat.SPONSOR: Turnover(0, 60, True)}), Concern.TURNOVER),
        (replace(WHOLE, missed_in_a_row=2), Concern.REVIEWS_MISSED),
        (without(EvidenceItem.STEP_3), Concern.OUT_OF_ORDER),
    ):
        assert concerns(work, TODAY) == (concern,)
    assert concerns(WHOLE, TODAY) == concerns(replace(WHOLE, missed_in_a_row=1), TODAY) == ()
    # What ended the work elsewhere comes first.
    nobody = without(EvidenceItem.ANALYST, EvidenceItem.SPONSOR)
    assert concerns(nobody, TODAY) == (Concern.NO_SPONSOR, Concern.NO_ANALYST)


def test_steps_are_out_of_order_by_their_days() -> None:
    late = replace(WHOLE, done={**WHOLE.done, EvidenceItem.STEP_5: TODAY})
    assert out_of_order(late) == (EvidenceItem.STEP_6, EvidenceItem.STEP_5)
    assert out_of_order(WHOLE) is None


def test_half_a_year_after_the_cases_it_is_late() -> None:
    for days, is_late in ((183, False), (184, True)):
        work = Work((), {EvidenceItem.STEP_4: TODAY - days * DAY}, False, 0)
        assert call_in_is_late(work, TODAY) is is_late
        assert not call_in_is_late(replace(work, call_in_held=True), TODAY)
