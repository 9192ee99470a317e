"""What counts as an answer to a meeting, and what stays a report."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sms.keywords import keyword
from portal.sms.rsvp_rules import RsvpReading, read_meeting_text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MEET 4821", RsvpReading(True, "en", "4821")),
        ("meet4821", RsvpReading(True, "en", "4821")),
        ("Meet 4821 3", RsvpReading(True, "en", "4821", 3)),
        ("Coming 4821, 3 people", RsvpReading(True, "en", "4821", 3)),
        ("I'm coming 4821.", RsvpReading(True, "en", "4821")),
        ("REUNIÓN 4821 B 2", RsvpReading(True, "es", "4821", 2, "B")),
        ("Voy 4821 para 4 personas", RsvpReading(True, "es", "4821", 4)),
        ("reunion 4821 2 b", RsvpReading(True, "es", "4821", 2, "B")),
        ("MEET 4821 40", RsvpReading(True, "en", "4821", 40)),
        ("NOT COMING 4821", RsvpReading(False, "en", "4821")),
        ("No voy 4821 A", RsvpReading(False, "es", "4821", None, "A")),
        ("¡No voy!", RsvpReading(False, "es")),
        ("not coming", RsvpReading(False, "en")),
    ],
)
def test_answers_are_read(text: str, said: RsvpReading) -> None:
    assert read_meeting_text(text) == said


@pytest.mark.parametrize(
    "text",
    [
        *("", "They meet 4821 at the corner", "meet 48210", "meet 482", "Meet me at 4821 Elm, they sell there"),
        *("meet 4821 elm street", "meet 4821 3 4", "voy", "No voy a decir mi nombre, venden en la esquina"),
        *("4821", "STOP 4821", "yes 4821", "cancel 4821", "meet 4821 g"),
    ],
)
def test_everything_else_is_none(text: str) -> None:
    assert read_meeting_text(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MEET", RsvpReading(True, "en", sure=True)),
        ("Meeting!", RsvpReading(True, "en", sure=True)),
        ("REUNIÓN", RsvpReading(True, "es", sure=True)),
        ("reunion 2", RsvpReading(True, "es", party=2, sure=True)),
    ],
)
def test_the_word_alone_asks_how_to_write_it(text: str, said: RsvpReading) -> None:
    assert read_meeting_text(text) == said
    assert read_meeting_text(text, "en") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2", RsvpReading(True, "es", party=2, sure=True)),
        ("somos 5", RsvpReading(True, "es", party=5, sure=True)),
        ("We're five", RsvpReading(True, "es", party=5, sure=True)),
        ("we are 5 people", RsvpReading(True, "es", party=5, sure=True)),
        ("no, somos 3", RsvpReading(True, "es", party=3, sure=True)),
        ("dos personas", RsvpReading(True, "es", party=2, sure=True)),
        ("40", RsvpReading(True, "es", party=40, sure=True)),
        ("sí", RsvpReading(True, "es", sure=True)),
        ("Voy", RsvpReading(True, "es", sure=True)),
        ("coming", RsvpReading(True, "en", sure=True)),
        ("No voy", RsvpReading(False, "es", sure=True)),
        ("not coming", RsvpReading(False, "en", sure=True)),
        ("no", RsvpReading(False, "es", asks=True, sure=True)),
        ("saltar", RsvpReading(True, "es", asks=True, sure=True)),
        ("Muchas gracias", RsvpReading(True, "es", is_thanks=True, sure=True)),
        ("4821", RsvpReading(True, "es", "4821")),
        ("4821 3", RsvpReading(True, "es", "4821", 3)),
    ],
)
def test_right_after_answer_short_words_belong_to_meeting(text: str, said: RsvpReading) -> None:
    assert read_meeting_text(text, "es") == said
    # "No voy" alone may be about the one meeting that this phone answered to; all else is then no answer.
    assert read_meeting_text(text) == (None if said.comes or said.asks else RsvpReading(False, said.language))


@pytest.mark.parametrize(
    "text",
    [
        *("", "911", "help me", "2 men with guns", "there are 5 of them at the corner", "they sell again"),
        *("son 5 vendiendo", "no respira", "STOP", "AYUDA", "DELETE", "12345", "4821 Elm Street"),
    ],
)
def test_right_after_an_answer_everything_else_is_none(text: str) -> None:
    assert read_meeting_text(text, "en") is None


@pytest.mark.parametrize(
    "text", ["MEET 4821", "REUNION 4821", "NOT COMING 4821", "NO VOY 4821", "NO VOY", "VOY 4821 3"]
)
def test_no_answer_is_word_that_provider_or_we_obey(text: str) -> None:
    assert keyword(text) is None


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for said in (read_meeting_text(text), read_meeting_text(text, "es")):
        assert said is None or said.code is None or (len(said.code) == 4 and said.code.isdigit())
