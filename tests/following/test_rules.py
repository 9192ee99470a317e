"""Pure rules: what asks for news, what carriers filter, who may agree, and which numbers are shown."""

from portal.following import announcement_rules as rules
from portal.following.announcement_rules import AnnouncementState, AnnouncementStep, FilterTrait
from portal.following.follow_words import Asked, agrees, read_follow
from portal.sms.keywords import fold

PLACES = {"elm street": 1, "calle elm": 1, "fifth oak": 2, "quinta y roble": 2}

ASKS = {
    "FOLLOW": (Asked.NEWS, "en", None),
    "News": (Asked.NEWS, "en", None),
    "NOTICIAS": (Asked.NEWS, "es", None),
    "noticias porfa": (Asked.NEWS, "es", None),
    "Follow Elm Street": (Asked.PLACE, "en", 1),
    "follow elm st.": (Asked.PLACE, "en", 1),
    "news about elm": (Asked.PLACE, "en", 1),
    "SEGUIR Calle Elm": (Asked.PLACE, "es", 1),
    "noticias de la calle Elm": (Asked.PLACE, "es", 1),
    "news meetings": (Asked.MEETINGS, "en", None),
    "follow all meetings please": (Asked.MEETINGS, "en", None),
    "noticias de todas las reuniones": (Asked.MEETINGS, "es", None),
    "NOTICIAS SEGURIDAD": (Asked.SAFETY, "es", None),
    "News safety": (Asked.SAFETY, "en", None),
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
        assert (request.asked, request.language, request.place) == wanted
    for text in ("news elm", "follow secret street", "seguir la cuadra", "follow my block"):
        request = read_follow(text, lambda: {"elm street": 1, "elm avenue": 2})
        assert (request.is_unknown, request.place) == (True, None)
    for text in ("folow quinta y robel", "follow quintayroble", "seguir quinta"):
        assert read_follow(text, lambda: PLACES).place == 2
    one, all_of_it = (read_follow(text, lambda: PLACES) for text in ("unfollow elm street", "unfollow"))
    assert (one.leaves, one.place) == (True, 1)
    assert (all_of_it.leaves, all_of_it.asked) == (True, Asked.NEWS)
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
    assert rules.STEPS[AnnouncementState.RECALLED] == ()
    assert rules.STEPS[AnnouncementState.DRAFT] == (AnnouncementStep.SUBMIT,)


def test_small_numbers_are_not_shown() -> None:
    assert [rules.shown_count(count) for count in (0, 1, 9, 10, 400)] == [None, None, None, 10, 400]
    # Nor do they show through the cost.
    assert rules.cost(0, 2, 0.01) == rules.cost(9, 2, 0.01) == rules.cost(10, 2, 0.01) == 0.2
    assert [rules.shown_share(done, 400) for done in (0, 39, 40, 399, 400)] == [0, 0, 10, 90, 100]
    assert rules.shown_share(0, 0) == 0
