"""What in the words of a voice is looked at once more: names, numbers and threats."""

import pytest

from portal.partners.callin.rules import delicate


def test_everything_in_it_is_said_once() -> None:
    said = "Te vamos a encontrar. Jorge Pérez mató a mi primo. 919-555-0101"
    assert set(delicate(said, "")) == {"phone", "name", "threat"}


@pytest.mark.parametrize(
    "text",
    [
        "We will find you.",
        "I'm gonna kill him",
        "We know where you live",
        "You will pay for this",
        "Stop, or else!",
        "This is your last warning",
        "Los vamos a agarrar a todos",
        "Van a pagarla",
        "Te vas a arrepentir",
        "Sabemos dónde vives",
        "Es el último aviso",
    ],
)
def test_a_threat_is_seen_in_what_is_said_and_may_be_told_of_under_safety(text: str) -> None:
    assert delicate(text, "") == ("threat",)
    assert delicate("", text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "I lost my son on this street. You are worth something to us. It has to stop.",
        "We will find you a job. We are going to help you. This will kill you one day.",
        "I paid for it with ten years.",
        "Mi hijo murió en esta calle. Queremos que se quede con nosotros. Los vamos a ayudar.",
        "Vamos a buscarle trabajo. Te vamos a encontrar trabajo.",
        "A mí también me costó diez años.",
    ],
)
def test_a_voice_as_it_should_be_passes(text: str) -> None:
    assert delicate(text, text) == ()
