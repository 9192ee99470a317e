"""Pure rules: what asks for news, what carriers filter, who may agree, and which numbers are shown."""

from portal.following import announcement_rules as rules
from portal.following.announcement_rules import AnnouncementState, AnnouncementStep, FilterTrait
from portal.following.follow_words import Followed, Subject, agrees, read_follow
from portal.sms.keywords import fold

PLACES = {"elm street": 1, "calle elm": 1, "fifth oak": 2, "quinta y roble": 2}
ELM, MEETINGS, SAFETY = Followed(Subject.PLACE, 1), Followed(Subject.MEETINGS), Followed(Subject.SAFETY)

ASKS = {
    "FOLLOW": (None, "en"),
    "News": (None, "en"),
    "NOTICIAS": (None, "es"),
    "noticias porfa": (None, "es"),
    "Follow Elm Street": (ELM, "en"),
    "follow elm st.": (ELM, "en"),
    "news about elm": (ELM, "en"),
    "SEGUIR Calle Elm": (ELM, "es"),
    "noticias de la calle Elm": (ELM, "es"),
    "news meetings": (MEETINGS, "en"),
    "follow all meetings please": (MEETINGS, "en"),
    "noticias de todas las reuniones": (MEETINGS, "es"),
    "NOTICIAS SEGURIDAD": (SAFETY, "es"),
    "News safety": (SAFETY, "en"),
}
ASKS_NOTHING = (
    *("follow the guy in the red car on elm street", "they follow my son to elm street"),
    *("News van parked on Elm and they were selling behind it", "no news from you about elm street"),
    *("seguir vendiendo en la calle elm", "siguen vendiendo en la calle elm"),
    *("noticias: otra vez venden en la calle elm", "stop news", "quiero que quiten las noticias", "i dont want news"),
    *("ya no quiero recibir noticias", "alert 911 he has a gun", "Elm Street", ""),
)


def test_a_text_asks_for_news_or_ends_it() -> None:
    for text, wanted in ASKS.items():
        request = read_follow(fold(text), lambda: PLACES)
        assert (request.asked, request.language) == wanted
    for text in ("news elm", "follow secret street", "seguir la cuadra", "follow my block"):
        request = read_follow(text, lambda: {"elm street": 1, "elm avenue": 2})
        assert (request.is_unknown, request.asked) == (True, None)
    for text in ("folow quinta y robel", "follow quintayroble", "seguir quinta"):
        assert read_follow(text, lambda: PLACES).asked == Followed(Subject.PLACE, 2)
    one, all_of_it = (read_follow(text, lambda: PLACES) for text in ("unfollow elm street", "unfollow"))
    assert (one.leaves, one.asked) == (True, ELM)
    assert (all_of_it.leaves, all_of_it.asked) == (True, None)
    for text in ("stop following me", "stop following my kids home"):
        assert read_follow(text, lambda: PLACES) is None


def test_possible_report_or_opt_out_is_left_alone() -> None:
    assert [text for text in ASKS_NOTHING if read_follow(fold(text), lambda: PLACES) is not None] == []

    def places() -> dict[str, int]:
        raise AssertionError("every text that comes in is read: a report does not even look places up")

    assert read_follow(fold("They are selling on Elm Street again, behind the store"), places) is None


def test_a_plain_yes_and_no_more() -> None:
    plain = ["Yes", "sí", "OK", "si por favor", "yes please", "Claro", "dale"]
    more = ("yes they are selling", "no", "ok but who is this", "si hay una pelea", "")
    assert [text for text in (*plain, *more) if agrees(fold(text))] == plain


FILTERED = {
    "See bit.ly/3xYz now": {FilterTrait.SHORTENER},
    "COME TONIGHT to the library": {FilterTrait.CAPITALS},
    "Free food for all": {FilterTrait.FREE},
    "Comida gratis": {FilterTrait.FREE},
    "The drug market is gone": {FilterTrait.DRUGS},
    "Se acabó la droga": {FilterTrait.DRUGS},
    "Thank you for your reports": {FilterTrait.DRUGS},
    "Win $50 cash": {FilterTrait.MONEY},
    "Tonight!! Come": {FilterTrait.MARKS},
    "The street is closed on Friday from 8 to 12.": set(),
    "La calle cierra el viernes de 8 a 12.": set(),
    "Meet us at the YMCA on Oak Street": set(),
    "https://portal.example.org/en/meetings/porch": set(),
}


def test_what_carriers_hold_back() -> None:
    assert [text for text in FILTERED if set(rules.filtered(text)) != FILTERED[text]] == []


def test_two_people_agree_beyond_fifty_and_recall_is_final() -> None:
    assert [rules.needs_second_person(count) for count in (0, 50, 51)] == [False, False, True]
    # Nobody agrees to their own words or request.
    assert [rules.may_approve(member, 1, 2) for member in (1, 2, 3)] == [False, False, True]
    possible = [(state, step) for step, (before, *_to) in rules.STEPS.items() for state in before]
    assert [step for state, step in possible if state is AnnouncementState.RECALLED] == []
    assert [step for state, step in possible if state is AnnouncementState.DRAFT] == [AnnouncementStep.SUBMIT]


def test_small_numbers_are_not_shown() -> None:
    assert [rules.shown_count(count) for count in (0, 1, 9, 10, 400)] == [None, None, None, 10, 400]
    # Nor do they show through the cost.
    assert rules.cost(0, 2, 0.01) == rules.cost(9, 2, 0.01) == rules.cost(10, 2, 0.01) == 0.2
    assert [rules.shown_share(done, 400) for done in (0, 39, 40, 399, 400)] == [0, 0, 10, 90, 100]
    assert rules.shown_share(0, 0) == 0
