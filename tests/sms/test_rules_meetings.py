"""What counts as an answer to a meeting and as a need, what nearly does, and what stays a report."""

import re
from collections.abc import Iterator
from itertools import product

from hypothesis import given, strategies as st

from portal.meetings.rsvp.rules import MOST_CHILDREN, OLDEST_CHILD, Ride
from portal.sms import needs, rsvp_rules
from portal.sms.keywords import Keyword, fold, keyword
from portal.sms.needs import Beside, MissingNeed, Needs, Word, read_ages_only, read_beside
from portal.sms.rsvp_rules import COME, STAY, Near, RsvpReading, read_meeting_text, read_near

ANSWERS = {
    "MEET 4821": RsvpReading(True, "en", "4821"),
    "meet4821": RsvpReading(True, "en", "4821"),
    "Coming 4821, 3 people": RsvpReading(True, "en", "4821", 3),
    "I'm coming 4821.": RsvpReading(True, "en", "4821"),
    "REUNIÓN 4821 B 2": RsvpReading(True, "es", "4821", 2, "B"),
    "Voy 4821 para 4 personas": RsvpReading(True, "es", "4821", 4),
    "reunion 4821 2 b": RsvpReading(True, "es", "4821", 2, "B"),
    "MEET 4821 40": RsvpReading(True, "en", "4821", 40),
    "NOT COMING 4821": RsvpReading(False, "en", "4821"),
    "No voy 4821 A": RsvpReading(False, "es", "4821", None, "A"),
    "¡No voy!": RsvpReading(False, "es"),
    "not coming": RsvpReading(False, "en"),
    # The word alone is answered with how to write it.
    "MEET": RsvpReading(True, "en", sure=True),
    "REUNIÓN": RsvpReading(True, "es", sure=True),
    "reunion 2": RsvpReading(True, "es", party=2, sure=True),
}
RIGHT_AFTER = {
    "2": RsvpReading(True, "es", party=2, sure=True),
    "somos 5": RsvpReading(True, "es", party=5, sure=True),
    "We're five": RsvpReading(True, "es", party=5, sure=True),
    "no, somos 3": RsvpReading(True, "es", party=3, sure=True),
    "dos personas": RsvpReading(True, "es", party=2, sure=True),
    "sí": RsvpReading(True, "es", sure=True),
    "Voy": RsvpReading(True, "es", sure=True),
    "coming": RsvpReading(True, "en", sure=True),
    "No voy": RsvpReading(False, "es", sure=True),
    "not coming": RsvpReading(False, "en", sure=True),
    "no": RsvpReading(False, "es", asks=True, sure=True),
    "saltar": RsvpReading(True, "es", asks=True, sure=True),
    "Muchas gracias": RsvpReading(True, "es", is_thanks=True, sure=True),
    "4821": RsvpReading(True, "es", "4821"),
    "4821 3": RsvpReading(True, "es", "4821", 3),
}
"""Short texts after an answer to a meeting, whose language was Spanish."""
OTHERS = (
    *("", "They meet 4821 at the corner", "meet 48210", "meet 482", "Meet me at 4821 Elm, they sell there"),
    *("meet 4821 elm street", "meet 4821 3 4", "voy", "No voy a decir mi nombre, venden en la esquina"),
    *("4821", "STOP 4821", "yes 4821", "cancel 4821", "meet 4821 g"),
)
OTHERS_RIGHT_AFTER = (
    *("", "911", "help me", "2 men with guns", "there are 5 of them at the corner", "they sell again"),
    *("son 5 vendiendo", "no respira", "STOP", "AYUDA", "DELETE", "12345", "4821 Elm Street"),
)


def test_answers_are_read_and_everything_else_is_not() -> None:
    assert {text: read_meeting_text(text) for text in ANSWERS} == ANSWERS
    assert {text for text in OTHERS if read_meeting_text(text)} == set()


def test_right_after_answer_short_words_belong_to_meeting() -> None:
    assert {text: read_meeting_text(text, "es") for text in RIGHT_AFTER} == RIGHT_AFTER
    assert {text for text in OTHERS_RIGHT_AFTER if read_meeting_text(text, "en")} == set()
    # "No voy" alone may be about the one meeting that this phone answered to; all else is then no answer.
    alone = {text for text in RIGHT_AFTER if read_meeting_text(text) is not None}
    assert alone == {"No voy", "not coming"}


NEEDS = {
    "en": {
        "": Beside(),
        "3, and we need a ride please": Beside(3, needs=Needs(ride=Ride.NEEDS)),
        "b 2 ride": Beside(2, "B", Needs(ride=Ride.NEEDS)),
        "no ride": Beside(needs=Needs(ride=Ride.NONE)),
        "drive 3": Beside(needs=Needs(ride=Ride.OFFERS, ride_seats=3)),
        "I can take 2 people": Beside(needs=Needs(ride=Ride.OFFERS, ride_seats=2)),
        "kids 3 and 5 years old, 4 people": Beside(4, needs=Needs(ages=(3, 5))),
        "3 kids 4 7": Beside(3, needs=Needs(ages=(4, 7))),
        "2 kids 4 7": Beside(needs=Needs(ages=(4, 7))),
        "4 kids": Beside(needs=Needs(asks=MissingNeed.AGES)),
        "kids 6 months and 2": Beside(needs=Needs(ages=(0, 2))),
        "kids 45": Beside(needs=Needs(asks=MissingNeed.AGES)),
        "a baby": Beside(needs=Needs(ages=(0,))),
        "no kids": Beside(needs=Needs(ages=())),
        "spanish": Beside(needs=Needs(interpreter="es")),
        "interpreter spanish ride": Beside(needs=Needs(interpreter="es", ride=Ride.NEEDS)),
        "spanish interpreter": Beside(needs=Needs(interpreter="es")),
        "an interpreter for sign language": Beside(needs=Needs(interpreter="ase")),
        "interpreter mixteco": Beside(needs=Needs(interpreter="other")),
        "interpreter": Beside(needs=Needs(asks=MissingNeed.LANGUAGE)),
        "no interpreter": Beside(needs=Needs(interpreter="")),
        "3 ride access: a chair, Room 2": Beside(3, needs=Needs(ride=Ride.NEEDS, access="a chair, Room 2")),
        "3 and my mom uses a wheelchair": Beside(3, needs=Needs(access="a wheelchair")),
        "access": Beside(needs=Needs(asks=MissingNeed.ACCESS)),
        "120": Beside(120),
    },
    "es": {
        "4 personas, ocupamos raite": Beside(4, needs=Needs(ride=Ride.NEEDS)),
        "4, cuidado de niños de 3 y 5 años": Beside(4, needs=Needs(ages=(3, 5))),
        "un bebé": Beside(needs=Needs(ages=(0,))),
        "sin niños": Beside(needs=Needs(ages=())),
        "intérprete": Beside(needs=Needs(interpreter="es")),
        "transporte e intérprete de inglés": Beside(needs=Needs(interpreter="en", ride=Ride.NEEDS)),
        "lengua de señas": Beside(needs=Needs(interpreter="ase")),
        "llevo a 3": Beside(needs=Needs(ride=Ride.OFFERS, ride_seats=3)),
        "sin transporte": Beside(needs=Needs(ride=Ride.NONE)),
        "3 y mi mamá usa silla de ruedas": Beside(3, needs=Needs(access="silla de ruedas")),
        "ACCESO Silla con brazos, por favor": Beside(needs=Needs(access="Silla con brazos, por favor")),
        "b 2 niños": Beside(None, "B", Needs(asks=MissingNeed.AGES)),
    },
}
NO_NEEDS = (
    *("elm street", "3 4", "3 ride 4", "kids at the corner", "ride to the dealer", "3 kids selling"),
    *("help", "need help", "access he has a gun", "acceso, no respira", "interpreter they sell"),
    "niños vendiendo",
)


def test_needs_are_read_and_whatever_says_more_is_none() -> None:
    for language, texts in NEEDS.items():
        assert {text: read_beside(text, language) for text in texts} == texts
    for text in NO_NEEDS:
        assert read_beside(text, "en") is None, text
        assert read_meeting_text(text, "en") is read_meeting_text(text, "es", MissingNeed.LANGUAGE) is None, text


def test_after_we_asked_bare_numbers_are_ages() -> None:
    ages_in = {"3 and 5": (3, 5), "5, 3": (3, 5), "3 años y un bebé": (0, 3), "4": (4,), "seven": (7,)}
    for text, ages in ages_in.items():
        assert read_ages_only(text, "en") == ages
        answer = RsvpReading(True, "en", needs=Needs(ages=ages), sure=True)
        assert read_meeting_text(text, "en", MissingNeed.AGES) == answer, text
        # Without the question they say how many come, or nothing.
        unasked = read_meeting_text(text, "en")
        assert unasked is None or unasked.needs.ages != ages, text
    others = "4 people", "no", "skip", "", "45", "3 ride", "STOP", "ayuda"
    assert [text for text in others if read_ages_only(text, "en") is not None] == []


def test_no_child_comes_alone() -> None:
    assert needs.people_with(0, None, 2) == needs.people_with(2, 2, 1) == 2
    assert needs.people_with(2, None, 1) == needs.people_with(2, None, 2) == 3
    assert (needs.people_with(2, None, 4), needs.people_with(0, 5, 1)) == (4, 5)


# ── Never a word that we or the provider act upon ────────────────────────────────────────────────────────────────────


def test_keywords_beat_whatever_was_asked_and_are_no_answer() -> None:
    words = "STOP", "Cancel", "alto", "HELP", "ayuda", "start", "BORRAR", "spanish", "English", "Español"
    for word, asked in product(words, (None, *MissingNeed)):
        assert keyword(word) in Keyword
        assert read_meeting_text(word, "en", asked) is None, (word, asked)
    answers = "MEET 4821", "REUNION 4821", "NOT COMING 4821", "NO VOY 4821", "NO VOY", "VOY 4821 3"
    spoken = (*answers, *needs.MEANT, "access", "acceso", *(f"interpreter {tongue}" for tongue in needs.TONGUE))
    assert [phrase for phrase in spoken if keyword(phrase) is not None] == []


# ── Any text ─────────────────────────────────────────────────────────────────────────────────────────────────────────


words = st.sampled_from(
    [*(phrase for phrase, meant in needs.MEANT.items() if meant is not Word.BESIDE), *needs.TONGUE, "3", "7", "b"]
)
messages = st.lists(words, max_size=6).map(" ".join)


@given(messages, st.sampled_from(["en", "es"]))
def test_whatever_is_said_in_these_words_can_be_kept(text: str, language: str) -> None:
    beside = read_beside(text, language)
    if beside is None:
        return
    own = beside.needs
    assert own.ages is None or len(own.ages) <= MOST_CHILDREN
    assert all(0 <= age <= OLDEST_CHILD for age in own.ages or ())
    assert own.interpreter in (None, "", *set(needs.TONGUE.values()))
    assert (own.ride_seats > 0) <= (own.ride is Ride.OFFERS)


@given(messages, st.text(st.characters(categories=["Ll"]), min_size=2, max_size=12))
def test_one_unknown_word_makes_it_a_report(text: str, strange: str) -> None:
    known = set(" ".join((*needs.MEANT, *needs.TONGUE, *needs.MANY, "access acceso")).split())
    if fold(strange) and not set(fold(strange).split()) & known:
        assert read_beside(f"{text} {strange}", "en") is None


@given(st.text(max_size=200), st.sampled_from(["en", "es"]), st.sampled_from([None, *MissingNeed]))
def test_any_text_is_read(text: str, language: str, asked: MissingNeed | None) -> None:
    read_beside(text, language)
    answer = read_meeting_text(text, language, asked)
    assert answer is None or keyword(text) in (None, Keyword.SKIP)
    assert answer is None or answer.code is None or re.fullmatch(r"[0-9]{4}", answer.code)
    assert keyword(text) is None or read_near(text, in_report=False) is None
    coded = read_meeting_text(f"MEET 4821 {text}")
    assert coded is None or (coded.comes, coded.code) == (True, "4821")


@given(messages, st.sampled_from(["access", "ACCESO", "Access:"]), st.text(max_size=400))
def test_own_words_are_kept_as_they_were_written(before: str, access: str, own: str) -> None:
    beside = read_beside(f"{before} {access} {own}", "en")
    if beside is not None and beside.needs.access:
        assert len(beside.needs.access) <= 300
        assert beside.needs.access in own or beside.needs.access in needs.MEANT


# ── Nearly ───────────────────────────────────────────────────────────────────────────────────────────────────────────


NEARLY = {
    "MEAT 4821": Near(True, "en", "4821"),
    "met 4821 3": Near(True, "en", "4821", 3),
    "meeet4821": Near(True, "en", "4821"),
    "MEET 482": Near(True, "en", "482"),
    "MEET 48211": Near(True, "en", "48211"),
    "meet 482l": Near(True, "en", "4821"),
    "Meet 48-21": Near(True, "en", "4821"),
    "meet 4821 3 4": Near(True, "en", "4821", 3),
    "reunoin 4821 dos personas": Near(True, "es", "4821", 2),
    "Voi 4821": Near(True, "es", "4821"),
    "voy  ir 1601": Near(True, "es", "1601"),
    "meet1 601": Near(True, "en", "1601"),
    "4821": Near(True, None, "4821"),
    "4821, 3 people": Near(True, None, "4821", 3),
    "no voy  ir 1601": Near(False, "es", "1601"),
    "no voy a i r1601": Near(False, "es", "1601"),
    "NO BOY 4821": Near(False, "es", "4821"),
    "novoy 4821": Near(False, "es", "4821"),
    "not comming 4821": Near(False, "en", "4821"),
    "Not coming 482": Near(False, "en", "482"),
}
REPORTS = (
    *("", "meat", "boy", "no boy", "MEET 4821 elm street", "Meat 4821 they sell there", "boy 4821 with a bag"),
    *("voy 4821 venden ahi", "feed 4821", "they sell at 4821", "4821 Elm", "plate 4821", "placa 4821"),
    *("voy 911", "meet 911", "911", "482", "48211", "4821 4822", "Meet me 4821", "2 men", "STOP 4821"),
    "unit 482l",
)


def test_nearly_an_answer_and_not_a_report() -> None:
    assert {text: read_near(text, in_report=False) for text in NEARLY} == NEARLY
    for text, near in NEARLY.items():
        # While a report is spoken of, figures alone are its.
        assert read_near(text, in_report=True) == (near if near.language else None), text
    assert [text for text in REPORTS if read_near(text, in_report=False) or read_near(text, in_report=True)] == []


def slips(whole: str) -> Iterator[str]:
    """Every text with one sign gone, doubled or swapped with the one before."""
    for at in range(1, len(whole)):
        yield whole[:at] + whole[at + 1 :]
        yield whole[:at] + whole[at] + whole[at:]
        yield whole[: at - 1] + whole[at] + whole[at - 1] + whole[at + 1 :]


def test_slip_in_words_or_figures_is_queried_or_read() -> None:
    for phrase, code in product((*COME, *STAY), ("1601", "4821", "1000", "9110", "1911", "2020")):
        for text in slips(f"{phrase} {code}"):
            answer = read_meeting_text(text) or read_near(text, in_report=False)
            # "meet 911" is never about a meeting.
            assert (answer is None) == (re.search(r"\D 911$", text) is not None), text


def test_only_one_meeting_is_proposed() -> None:
    for figures, known, code in (
        ("4821", ["4821", "4822"], "4821"),
        ("4812", ["4821", "9999"], "4821"),
        ("482", ["4821", "9999"], "4821"),
        ("48211", ["4821"], "4821"),
        ("482", ["4821", "4822"], None),
        ("1234", ["4821"], None),
        ("1234", [], None),
    ):
        assert rsvp_rules.suggest(figures, known) == code, (figures, known)
