"""What people write who want no more texts, in both languages, and what is to become of it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sms.dialogue import hear
from portal.sms.effects import (
    AddToReport,
    DialogueState,
    Erase,
    FileReport,
    HumanDecides,
    OptOutEffect,
    Saying,
    SpokenAnswer,
)
from portal.sms.keywords import Keyword, keyword
from portal.sms.opt_outs import OptOutReading, is_addressed, reads_as_opt_out

STOP_WORDS = [
    "STOP STOP",
    "stop stop stop",
    "STOPSTOP",
    "sotp",
    "remove",
    "stopp",
    "Stop!!! Stop!!!",
    "unsubscibe",
    "unsuscribe",
    "alto alto",
    "ALTO, ALTO",
    "BASTA BASTA",
    "canselar",
]
"""The word itself, doubled or misspelt."""
OPT_OUTS = [
    "dont ever text this phone again my husband reads it",
    "me pueden dar de baja por favor",
    "bájenme de la lista",
    "no more messages thank you and god bless",
    "get me off this list",
    "wrong number stop texting",
    "wrong number, please stop texting me",
    "Wrong number. Stop.",
    "who is this? stop texting me",
    "you have the wrong number, take me off your list",
    "stop the texts",
    "stop sending me texts",
    "stop txting me",
    "dont txt me",
    "no more texts ok",
    "please no more messages thank you",
    "I dont want these texts",
    "i didnt sign up for this, stop",
    "stop texting this number",
    "take me off this list please",
    "get me off your list",
    "how do i unsubscribe",
    "how do I stop these texts",
    "cancel these texts",
    "stop please stop",
    "no me manden mensajes",
    "ya no me manden mensajes",
    "no manden mensajes",
    "ya no mande mas mensajes",
    "no kiero mensajes",
    "ya no quiero mensajes",
    "no quiero mas textos",
    "paren los mensajes",
    "alto a los mensajes",
    "quitenme de la lista",
    "quitame de la lista",
    "sáqueme de su lista",
    "quiero darme de baja",
    "número equivocado, no me escriban",
    "numero equivocado ya no manden mensajes",
    "se equivocó de número, no me mande mensajes",
    "dejen de mandarme mensajes por favor",
    "como me doy de baja",
    "nomas mensajes",
    "no me escriban mas gracias",
    "stop mensajes",
    "quiero salir de la lista",
    "stop texting me and stop calling me",
    "please take me off",
    "leave me alone",
    "stop it",
    "ya basta",
    "ya párenle",
    "stop bothering me",
    "ya paren",
    "déjenme en paz",
    "dejenme de escribir",
    "🛑",
    "stop end",
    "stop unsubscribe",
]
ERASE = [
    "delete my number",
    "Delete my number please",
    "please delete my phone number",
    "erase my number",
    "remove my number",
    "remove my number from your list",
    "take my number off your list",
    "lose my number",
    "forget my number",
    "delet my number",
    "delete my numer",
    "get rid of my number",
    "i want my number deleted",
    "can you please delete my number from your system",
    "delete me from your list",
    "stop texting me and delete my number",
    "wrong number delete my number",
    "delete all my info",
    "borra mi numero",
    "borra todo lo mio",
    "borren mi número",
    "borre mi número por favor",
    "quiten mi numero",
    "quita mi numero de la lista",
    "quite mi teléfono",
    "eliminen mi numero",
    "saquen mi numero de su lista",
    "pueden borrar mi numero",
    "quiero que borren mi numero",
    "bórrenme",
    "borrenme de su lista",
    "borrar mi numero de telefono",
    "ya no me escriban y borren mi numero",
    "número equivocado borren este numero",
    "remuevan mi numero",
]
"""The number is to go as well."""
DOUBT = [
    "get me out of here",
    "sáquenme de aquí",
    "quiero salir de esto",
    "unsubscribe. btw dealers on elm",
    "wrong number this is not danielle",
    "sorry wrong person",
    "perdón, número equivocado",
    "wrong number",
    "no more",
    "make it stop",
    "this is spam",
    "please stop texting me, they saw my phone and they are selling again",
    "they saw your text, delete my number, they sell at 5th",
    "borren mi numero porque ellos ven mi telefono",
    "not interested",
    "ya no",
]
"""A person decides."""
REPORTS = [
    "i dont have papers can i still text you",
    "stop its dangerous here",
    "wrong number on the house, they sell at 414",
    "Stop them selling at the corner",
    "stop the drug dealing on Elm",
    "no more selling here please",
    "they wont stop",
    "delete the graffiti on the wall",
    "remove the needles from the park",
    "quiten los carros de la esquina",
    "quiten la basura",
    "borren el graffiti",
    "quiten a los que venden",
    "alto a las drogas",
    "ya basta de drogas",
    "basta de venta en mi calle",
    "they took my number",
    "they have my phone number and threaten me",
    "he keeps texting my son to sell",
    "they wrote my number on the wall",
    "who is this",
    "thank you",
    "yes",
    "no",
    "ok gracias",
    "please help",
    "cancel the party next door they sell there",
    "the number on the house is 45",
    "my number one problem is the corner",
    "they stop at the stop sign and sell",
    "end of the street",
    "unsubscribe from life",
    "paren la venta",
    "dejen de vender",
    "no me dejan dormir",
    "they are texting kids",
    "messages on the wall",
    "stop and shop parking lot",
    "stop sign on Elm",
    "they sell and they never stop",
]
"""Nothing of it is about our texts."""
KEPT = (FileReport, AddToReport, HumanDecides)


@pytest.mark.parametrize("text", STOP_WORDS)
def test_stop_in_any_spelling(text: str) -> None:
    assert keyword(text) is Keyword.STOP


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        *((text, OptOutReading.YES) for text in OPT_OUTS),
        *((text, OptOutReading.ERASE) for text in ERASE),
        *((text, OptOutReading.DOUBT) for text in DOUBT),
        *((text, OptOutReading.NO) for text in REPORTS),
    ],
)
def test_every_wording_has_its_reading(text: str, reading: OptOutReading) -> None:
    assert reads_as_opt_out(text) is reading
    assert reads_as_opt_out(text.upper()) is reading


@pytest.mark.parametrize("text", STOP_WORDS + OPT_OUTS + ERASE)
@pytest.mark.parametrize(
    "talk",
    [
        DialogueState(),
        DialogueState(thread_id=7),
        DialogueState(thread_id=7, doubted=True),
        DialogueState(opted_out=True),
    ],
)
def test_an_opt_out_is_never_kept_and_confirmed_once(text: str, talk: DialogueState) -> None:
    heard = hear(talk, text)
    if talk.thread_id is not None and not is_addressed(text) and keyword(text) is None:
        # "Ya basta" may be said of the report: a person decides, and the sender hears how to stop.
        assert [type(effect) for effect in heard.effects][:1] == [HumanDecides]
        return
    assert not any(isinstance(effect, KEPT) for effect in heard.effects)
    assert any(isinstance(effect, OptOutEffect) for effect in heard.effects)
    assert any(isinstance(effect, Erase) for effect in heard.effects) == (text in ERASE)
    said = [effect.say for effect in heard.effects if isinstance(effect, SpokenAnswer)]
    assert said == ([] if talk.opted_out else [Saying.FORGOTTEN if text in ERASE else Saying.STOPPED])
    assert heard.talk.opted_out


@pytest.mark.parametrize("text", DOUBT)
def test_in_doubt_a_person_decides(text: str) -> None:
    assert any(isinstance(effect, HumanDecides) for effect in hear(DialogueState(), text).effects)


WORDS = st.sampled_from(
    "stop no more wrong number please delete my texting me mensajes ya basta de y who is this".split()
)


@given(st.lists(WORDS, max_size=60))
def test_reading_ends_soon(words: list[str]) -> None:
    begun = time.process_time()
    assert reads_as_opt_out(" ".join(words)) in OptOutReading
    assert time.process_time() - begun < 1
