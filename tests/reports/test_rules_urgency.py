"""Words that call for 988 or 911, as hurried, frightened and clumsy people write them, and what only sounds so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.reports.rules.urgency import Urgency, all_urgent, urgent

CRISIS = [
    "i want to kill myself",
    "quiero desaparecer",
    "i wont be here tomorrow, tell my kids i love them",
    "kms",
    "im gonna kms",
    "I wanna die",
    "me quiero morir",
    "no quiero vivir",
    "ya no quiero vivir",
    "me quiero matar",
    "quitarme la vida",
    "voy a quitarme la vida",
    "kill my self",
    "suicidal",
    "my son is suicidal",
    "sucide",
    "me kiero morir",
    "se quiere matar",
    "mi hija se quiere quitar la vida",
    "end it all",
    "better off dead",
    "I dont want to live anymore",
    "i don't wanna be here anymore",
    "he is going to kill himself",
    "quiero suicidarme",
    "me voy a matar",
    "no tiene sentido vivir",
    "I’m thinking about suicide",
    "cutting myself",
    "ya no quiero seguir viviendo",
    "no tengo ganas de vivir",
    "pienso en matarme",
    "killing myself",
    "want 2 die",
    "i want die",
    "me boy a matar",
    "ojalá me muera",
    "i dont want to live like this",
    "tired of living",
    "unalive myself",
    "she wants to end her life",
    "jump off the bridge",
    "quiero morirme",
    "voy a suicidar me",
]
OVERDOSE = [
    "he is blue",
    "not breathing",
    "no respira",
    "esta morado",
    "está morada",
    "passed out and wont wake up",
    "he's blue and cold",
    "she not breathing",
    "he aint breathing",
    "my friend od'd",
    "he o.d.",
    "isn't breathing",
    "lips are purple",
    "past out in the park",
    "cant wake him up",
    "no despierta",
    "no lo puedo despertar",
    "no reacciona",
    "mi hermano no responde",
    "se tomó todas las pastillas",
    "i took all my pills",
    "took too many pills",
    "sobre dosis",
    "inconsiente",
    "no pulse",
    "need narcan",
    "no se mueve",
    "cant breathe",
    "not breathin",
    "ya no respira mi hijo",
    "se puso azul",
    "turning blue",
    "wont wake up",
    "she wont wake",
    "he is not moving",
    "se pasó de droga",
    "unconcious",
    "overdosing in the bathroom",
    "he overdosed",
    "she's not breathing!",
    "man passed out on the steps",
    "wont wake up",
    "Sobredosis",
    "no respira",
    "no está respirando",
    "apenas respira",
    "barely breathing",
    "she doesn't breathe",
    "se está poniendo azul",
    "overdose",
]
DANGER = [
    "se está muriendo",
    "help me he has a gun",
    "he is beating me",
    "me pega mi esposo",
    "my husband is gonna hurt me",
    "mi esposo me quiere matar",
    "me van a matar",
    "send an ambulance",
    "manden una ambulancia",
    "they are killing people",
    "balasera",
    "he is choking her",
    "quiere matarme",
    "lo mataron",
    "he is dying",
    "he has a GUN",
    "shots fired",
    "someone got stabbed",
    "help me",
    "tiene una pistola",
    "¡Balacera!",
    "lo apuñalaron",
    "apuñalado",
    "they shoot",
    "shoot",
    "shots",
    "he was shot",
    "he will kill him",
    "disparan",
    "están disparando",
    "dispararon",
    "le dieron un tiro",
    "tiros",
    "una bala",
    "balazos",
    "lo van a matar",
    "la quieren matar",
]
HARMLESS = [
    "they are killing the neighborhood",
    "me muero de hambre",
    "this is killing our block",
    "se muere de risa",
    "ya no quiero vivir aqui",
    "no quiero vivir en este barrio",
    "i dont want to live here anymore",
    "we dont want to live on this street",
    "the house is blue",
    "a blue car",
    "man wearing blue",
    "están matando el barrio",
    "dying to know",
    "killer deals",
    "no quiero vivir con miedo",
    "they sell pills",
    "pills on the corner",
    "they sell at the blue house",
    "carro azul",
    "camioneta azul",
    "odd people",
    "police never respond",
    "la policía no responde",
    "we cant go on like this",
    "I can't take it anymore",
    "the code is 1234",
    "they break in to cars",
    "please help us clean",
    "I'm tired of living here",
    "no breath of air",
    "muriéndose de hambre",
    "stop cutting my grass",
    "esta calle es mejor",
    "the light is not working",
    "nobody is moving the trash",
    "la luz no se prende",
    "they moved to 4th st",
    "he is selling in a gray car",
    "a man in a gray car",
    "two men in blue",
    "hablan mal de la vida",
    "",
    "selling at the corner",
    "the code word",
    "begun again",
    "venden en el armario",
    "🎉",
    "qué disparate",
    "el piso está disparejo",
    "stable, skill, balance",
    "tiro la basura",
    "va a rematar la mata",
    "la policía no responde",
]


@pytest.mark.parametrize("text", CRISIS)
def test_crisis(text: str) -> None:
    assert urgent(text) is Urgency.CRISIS
    assert urgent(text.upper()) is Urgency.CRISIS


@pytest.mark.parametrize("text", OVERDOSE)
def test_overdose(text: str) -> None:
    assert urgent(text) is Urgency.OVERDOSE


@pytest.mark.parametrize("text", DANGER)
def test_danger(text: str) -> None:
    assert urgent(text) is Urgency.DANGER


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless(text: str) -> None:
    assert urgent(text) is None


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("she took pills, she wants to die and is not breathing", (Urgency.OVERDOSE, Urgency.CRISIS)),
        ("i have a gun and i want to kill myself", (Urgency.CRISIS, Urgency.DANGER)),
        ("me quiero morir, tengo una pistola", (Urgency.CRISIS, Urgency.DANGER)),
    ],
)
def test_several_kinds_in_their_order(text: str, kinds: tuple[Urgency, ...]) -> None:
    assert all_urgent(text) == kinds


@given(st.text(max_size=200))
def test_every_text_has_a_reading(text: str) -> None:
    assert urgent(text) in {None, *Urgency}
