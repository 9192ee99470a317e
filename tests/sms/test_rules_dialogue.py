"""The conversation over every step and every kind of text: nothing is lost, nothing is asked too often."""

from dataclasses import replace
from itertools import product

from hypothesis import example, given, strategies as st

from portal.core.i18n import Bilingual
from portal.sms.dialogue import REPORTS
from portal.sms.effects import (
    OF_MEETINGS,
    OF_REPORTS,
    BareEffect,
    Code,
    DialogueState,
    DialogueStep,
    Hold,
    How,
    KeepWords,
    OptOutEffect,
    Saying,
    SetPlace,
    SpokenAnswer,
)
from portal.sms.keywords import Keyword, keyword
from portal.sms.reading import ReceivedText, Verdict, read
from tests.sms.talk import context_of, kept, listen, said

PLACES = (Bilingual("Maple Street", "Calle Maple"), Bilingual("Gun Hill Road", "Calle Gun Hill"))
HELPED = {
    "emoji": [Saying.DANGER],
    "urgent": [Saying.DANGER],
    "overdose": [Saying.OVERDOSE],
    "doubt and urgent": [Saying.DANGER],
    "help": [Saying.HELP],
}
"""What a phone that opted out still hears."""
URGENT = {say for say in Saying if say.endswith(("danger", "overdose", "crisis"))}
QUESTIONS = {Saying.WHERE, Saying.WHEN, Saying.MORE}
LONG = "two men by the laundromat every night around ten, and they have children carrying it to the cars"
KINDS = {
    "words": "they are selling at the corner",
    "spanish": "están vendiendo en la esquina",
    "long": LONG,
    "longest": "a" * 1600,
    "number": "1",
    "other": "0",
    "far number": "9",
    "place": "maple street",
    "urgent": "he has a gun",
    "overdose": "no respira",
    "emoji": "🔫🔫",
    "stop emoji": "🛑",
    "empty": "",
    "stop": "STOP",
    "alto": "¡Alto!",
    "opt out": "please stop texting me",
    "doubt": "wrong number",
    "doubt and urgent": "no more texts to this number please, he has a gun",
    "stop in a report": "Stop them selling at the corner",
    "help": "HELP",
    "start": "ALTA",
    "delete": "BORRAR",
    "skip": "skip",
    "no": "NO",
    "language": "Español",
    "language back": "ENGLISH",
    "thanks": "thank you",
    "yes": "yes",
}
texts = st.one_of(st.sampled_from(sorted(KINDS.values())), st.text(max_size=120).map(str.strip))
talks = st.builds(
    DialogueState,
    step=st.sampled_from(DialogueStep),
    language=st.sampled_from([None, "en", "es"]),
    thread_id=st.sampled_from([None, 7]),
    opted_out=st.booleans(),
    blocked=st.booleans(),
    doubted=st.booleans(),
)
NEW, OPEN = DialogueState(), DialogueState(language="en", thread_id=7)
ASKED = replace(OPEN, step=DialogueStep.WHERE)
NOT_KEPT = {Verdict.NOTHING, Verdict.COMMAND, Verdict.ABOUT, Verdict.GREETING, Verdict.THANKS, Verdict.SKIP}
NOT_KEPT |= {Verdict.OPT_OUT, Verdict.FORGET, Verdict.NO_NEWS}


@given(talks, texts, st.integers(0, 2))
@example(DialogueState(step=DialogueStep.ASIDE, thread_id=7), "NO", 0)
def test_every_text_is_kept_once_or_is_a_command(talk, text, pictures):
    verdict = read(ReceivedText(text, pictures), context_of(talk)).verdict
    heard = listen(talk, text, places=PLACES, pictures=pictures)
    if any(isinstance(effect, SetPlace) for effect in heard.effects) or verdict in NOT_KEPT:
        assert len(kept(heard)) <= (verdict not in NOT_KEPT)
    elif verdict in REPORTS:
        [effect] = kept(heard)
        assert effect.text == text


def test_after_opt_out_every_step_is_silent_but_help():
    for step, kind, thread_id, blocked in product(DialogueStep, KINDS, (None, 7), (False, True)):
        heard = listen(DialogueState(step, "en", thread_id, opted_out=True, blocked=blocked), KINDS[kind])
        case = step, kind, thread_id, blocked
        if kind == "start":
            assert said(heard) == [Saying.STARTED], case
        else:
            assert said(heard) == ([] if blocked else HELPED.get(kind, [])), case
            assert (heard.talk.opted_out, heard.talk.blocked) == (True, blocked), case


@given(talks, texts)
def test_at_most_one_question_at_once_and_911_alone(talk, text):
    heard = listen(talk, text, places=PLACES)
    answers = said(heard)
    assert len(answers) <= 2
    assert len(QUESTIONS.intersection(answers)) <= 1
    if URGENT.intersection(answers):
        assert set(answers) <= URGENT
    for effect in heard.effects:
        assert not isinstance(effect, SpokenAnswer) or effect.places == (PLACES if effect.say is Saying.WHERE else ())


@given(st.lists(texts, max_size=25))
def test_report_is_asked_at_most_three_questions_and_ends(conversation):
    talk, asked = NEW, []
    for text in conversation:
        heard = listen(talk, text, places=PLACES)
        if BareEffect.ERASE in heard.effects or (kept(heard) and talk.thread_id is None):
            asked = []
        changed_language = talk.language != heard.talk.language and keyword(text) in {Keyword.SPANISH, Keyword.ENGLISH}
        if not changed_language:
            asked += QUESTIONS.intersection(said(heard))
        assert len(asked) == len(set(asked)) <= 3
        filed = kept(heard) and not kept(heard)[0].is_stray
        talk = replace(heard.talk, thread_id=7) if filed else heard.talk
    for _ in range(4):
        talk = listen(talk, "skip", places=PLACES).talk
    assert talk.step is DialogueStep.NONE or talk.opted_out


def test_the_whole_conversation():
    first = listen(NEW, "they are selling at the corner", places=PLACES)
    assert first.talk == DialogueState(DialogueStep.WHERE, "en")
    assert first.effects == (
        KeepWords("they are selling at the corner"),
        SpokenAnswer(Saying.RECEIVED, "en"),
        SpokenAnswer(Saying.WHERE, "en", PLACES),
    )
    where = listen(replace(first.talk, thread_id=7), "2", places=PLACES)
    assert where.effects == (SetPlace(1), SpokenAnswer(Saying.WHEN, "en"))
    when = listen(where.talk, "after ten", places=PLACES)
    assert when.effects == (KeepWords("after ten"), SpokenAnswer(Saying.MORE, "en"))
    more = listen(when.talk, "no", places=PLACES)
    assert more.effects == (SpokenAnswer(Saying.THANKS, "en"),)
    later = listen(more.talk, "they are there every friday", places=PLACES)
    assert later.effects == (KeepWords("they are there every friday"), SpokenAnswer(Saying.ADDED, "en"))
    assert later.talk == OPEN


def test_place_named_in_first_text_is_taken_not_asked():
    heard = listen(NEW, "they sell on Maple every night", places=PLACES)
    assert heard.effects == (
        KeepWords("they sell on Maple every night"),
        SetPlace(0),
        SpokenAnswer(Saying.RECEIVED, "en"),
        SpokenAnswer(Saying.WHEN, "en"),
    )
    assert heard.talk.step is DialogueStep.WHEN
    urgent_one = listen(NEW, "they are shooting at Maple Street", places=PLACES)
    assert urgent_one.effects[1:] == (SetPlace(0), SpokenAnswer(Saying.RECEIVED_DANGER, "en"))


def test_an_answer_to_where():
    more = "Maple Street, behind the laundromat"
    for text, how, effects in (
        (more, {}, (KeepWords(more), SetPlace(0))),
        ("2", {"pictures": 1}, (KeepWords("2"), SetPlace(1))),
        ("2", {"listed": 1}, (KeepWords("2"), SetPlace(None))),
        ("behind the school", {}, (KeepWords("behind the school"), SetPlace(None))),
        # A place with a dangerous name is a place.
        ("Gun Hill Road", {}, (SetPlace(1),)),
    ):
        assert listen(ASKED, text, places=PLACES, **how).effects == (*effects, SpokenAnswer(Saying.WHEN, "en")), text
    # A long text leaves the question open.
    heard = listen(ASKED, LONG, places=PLACES)
    assert (heard.talk, heard.effects) == (ASKED, (KeepWords(LONG), SpokenAnswer(Saying.ADDED, "en")))


def test_questions_can_all_be_skipped():
    talk, answers = ASKED, []
    for text in ("SKIP", "Omitir", "No"):
        heard = listen(talk, text, places=PLACES)
        assert kept(heard) == []
        talk, answers = heard.talk, answers + said(heard)
    assert answers == [Saying.WHEN, Saying.MORE, Saying.THANKS]
    # Without a question it is kept.
    assert listen(OPEN, "no").effects[0] == KeepWords("no")
    assert said(listen(NEW, "no")) == [Saying.HELLO]
    # Nor is it a word of the report if something beside it was asked.
    heard = listen(replace(OPEN, step=DialogueStep.ASIDE), "NO")
    assert (heard.effects, heard.talk) == ((), OPEN)


def test_urgent_words_bring_911_and_no_question():
    for text, first, further in (
        ("he has a gun", Saying.RECEIVED_DANGER, Saying.DANGER),
        ("no respira", Saying.RECEIVED_OVERDOSE, Saying.OVERDOSE),
        ("i want to kill myself", Saying.RECEIVED_CRISIS, Saying.CRISIS),
        ("me quiero morir", Saying.RECEIVED_CRISIS, Saying.CRISIS),
    ):
        assert said(listen(NEW, text)) == [first]
        for step in DialogueStep:
            heard = listen(replace(OPEN, step=step), text, places=PLACES)
            assert (said(heard), heard.talk.step) == ([further], DialogueStep.NONE), (text, step)
    both = "she wanted to die and is not breathing"
    assert said(listen(NEW, both)) == [Saying.RECEIVED_OVERDOSE, Saying.CRISIS]


def test_help_is_named_in_texts_language_or_in_both():
    for text, language, says in (
        ("i want to kill myself", "en", Saying.CRISIS),
        ("me quiero morir", "es", Saying.CRISIS),
        ("kms", None, Saying.CRISIS),
        ("hay un hombre con pistola en la esquina", "es", Saying.DANGER),
        ("he has a gun at the corner", "en", Saying.DANGER),
        ("SOS he shot !! machete", None, Saying.DANGER),
    ):
        for before in ("en", "es"):
            assert listen(replace(OPEN, language=before), text).effects[1:] == (SpokenAnswer(says, language),), text
            first = SpokenAnswer(Saying(f"received_{says}"), language)
            assert listen(DialogueState(language=before), text).effects[1:] == (first,), text


def test_keywords_beat_any_question():
    for step in DialogueStep:
        talk = replace(OPEN, step=step)
        assert listen(talk, "STOP").effects == (OptOutEffect(How.KEYWORD), SpokenAnswer(Saying.STOPPED, "en"))
        assert listen(talk, "Ayuda").effects == (SpokenAnswer(Saying.HELP, "es"),)
        # A meeting is no question: it was spoken of last until anything else is.
        kept_step = step if step in OF_REPORTS else DialogueStep.NONE
        assert listen(talk, "Ayuda").talk == replace(talk, language="es", step=kept_step)
        assert listen(talk, "delete").effects == (BareEffect.ERASE, SpokenAnswer(Saying.ERASED, "en"))
        assert listen(talk, "delete").talk == DialogueState(language="en")
        assert listen(talk, "START").effects[0] == BareEffect.OPT_IN


def test_non_answer_to_meeting_is_heard_as_without_meeting():
    for kind, thread_id, step in product(KINDS.keys() - {"empty"}, (None, 7), OF_MEETINGS):
        talk = DialogueState(step, "en", thread_id)
        plain = listen(replace(talk, step=DialogueStep.NONE), KINDS[kind], places=PLACES)
        assert listen(talk, KINDS[kind], places=PLACES) == plain, (kind, thread_id, step)


def test_what_the_provider_answered_is_recorded_and_not_answered():
    stopped = listen(OPEN, "REMOVE", provider_did=Keyword.STOP)
    assert (stopped.effects, stopped.talk.opted_out) == ((OptOutEffect(How.PROVIDER),), True)
    started = listen(stopped.talk, "yes", provider_did=Keyword.START)
    assert (started.effects, started.talk.opted_out) == ((BareEffect.OPT_IN,), False)
    # The provider does not name 911.
    assert said(listen(OPEN, "help", provider_did=Keyword.HELP)) == [Saying.HELP]


def test_command_is_answered_in_own_language_where_plain():
    for before, text, say, language in (
        ("en", "no me escriban mas", Saying.STOPPED, "es"),
        ("en", "ALTO", Saying.STOPPED, "es"),
        ("en", "fin", Saying.STOPPED, "es"),
        ("en", "borra mi numero", Saying.FORGOTTEN, "es"),
        ("es", "stop texting me", Saying.STOPPED, "en"),
        ("es", "delete my number", Saying.FORGOTTEN, "en"),
        ("es", "STOP", Saying.STOPPED, "es"),
        (None, "stop", Saying.STOPPED, None),
        ("en", "AYUDA", Saying.HELP, "es"),
        ("es", "HELP", Saying.HELP, "es"),
        (None, "INFO", Saying.HELP, None),
    ):
        assert SpokenAnswer(say, language) in listen(replace(OPEN, language=before), text).effects, (before, text)


def test_who_asks_who_we_are_is_told_nothing_filed():
    steps = DialogueStep.NONE, DialogueStep.WHERE, DialogueStep.MORE
    about_us = {"who is this": Saying.WHO, "¿Quién es?": Saying.WHO, "son de la migra?": Saying.POLICE}
    for text, step, thread_id in product(about_us, steps, (None, 7)):
        heard = listen(DialogueState(step, "en", thread_id), text, places=PLACES)
        assert (kept(heard), said(heard), heard.talk.step) == ([], [about_us[text]], step), (text, step, thread_id)


def test_bare_greeting_begins_no_report_unless_report_follows():
    for text in ("hi", "Hola!", "buenas tardes", "no", "yes", "sí", "ok", "👍", "2", "hey", "Y", "k", "s"):
        heard = listen(NEW, text)
        assert (kept(heard), said(heard)) == ([], [Saying.HELLO]), text
    for text in ("thanks", "muchas gracias", ""):
        assert listen(NEW, text).effects == (), text
    for text in (
        *("hi they sell here", "hola venden en la esquina", "thanks they moved to Elm", "who sells at the corner?"),
    ):
        assert len(kept(listen(NEW, text))) == 1, text
    assert listen(NEW, "", pictures=2).effects[0] == KeepWords("")


def test_wording_opts_out_and_doubt_asks_human_saying_how():
    stopped, doubted = SpokenAnswer(Saying.STOPPED, "en"), SpokenAnswer(Saying.DOUBT, "en")
    assert listen(OPEN, "please stop texting me").effects == (OptOutEffect(How.WORDING), stopped)
    assert listen(OPEN, "i moved to Ohio").effects == (KeepWords("i moved to Ohio", may_opt_out=True), doubted)
    assert listen(OPEN, "stop", pictures=1).effects == (KeepWords("stop", may_opt_out=True), doubted)
    urgent = KINDS["doubt and urgent"]
    kept_urgent = KeepWords(urgent, is_pressing=True, may_opt_out=True)
    assert listen(OPEN, urgent).effects == (kept_urgent, SpokenAnswer(Saying.DANGER, "en"))
    # 911 stands in the question, and the receipt of a first text waits.
    first = "please stop texting me they are selling at Birch Street"
    heard = listen(NEW, first, places=PLACES)
    assert heard.effects == (KeepWords(first, may_opt_out=True), Hold(SpokenAnswer(Saying.RECEIVED, "en")), doubted)
    assert heard.talk.step is DialogueStep.NONE


def test_watched_who_wants_no_texts_gets_no_confirmation():
    for words in (
        "my husband sees this phone, dont send anything else",
        "mi esposo revisa el teléfono, ya no me manden nada",
    ):
        heard = listen(OPEN, words)
        assert (said(heard), heard.talk.opted_out) == ([], True), words
    assert said(listen(OPEN, "no me manden nada más por favor")) == [Saying.STOPPED]


def test_until_doubt_is_settled_nothing_is_texted_all_kept():
    kinds = "words", "spanish", "long", "number", "place", "doubt", "thanks", "yes"
    for kind, thread_id in product(kinds, (None, 7)):
        heard = listen(DialogueState(DialogueStep.NONE, "en", thread_id, doubted=True), KINDS[kind], places=PLACES)
        # A yes or a no settles nothing, so the two words that do are named once more.
        assert said(heard) == ([Saying.DOUBT_AGAIN] if kind in ("number", "yes") else []), kind
        assert len(kept(heard)) == 1
        assert sum(isinstance(effect, Hold) for effect in heard.effects) == (thread_id is None)
    doubted = replace(OPEN, doubted=True)
    for text, say in (("he has a gun", Saying.DANGER), ("HELP", Saying.HELP), ("STOP", Saying.STOPPED)):
        assert said(listen(doubted, text)) == [say]
    assert listen(doubted, "INICIAR").effects == (BareEffect.OPT_IN, SpokenAnswer(Saying.STARTED, "es"))


def test_code_words_are_never_kept():
    words = "one two three"
    assert listen(OPEN, words, code=Code.WRONG).effects == (SpokenAnswer(Saying.CODE_UNKNOWN, "en"),)
    assert listen(OPEN, words, code=Code.RIGHT).effects == (BareEffect.JOIN, SpokenAnswer(Saying.JOINED, "en"))
    assert listen(replace(OPEN, step=DialogueStep.WHEN), words, code=Code.RIGHT).talk.step is DialogueStep.NONE
    assert listen(replace(OPEN, opted_out=True), words, code=Code.WRONG).effects == ()
    assert listen(replace(OPEN, opted_out=True), words, code=Code.RIGHT).effects == (BareEffect.JOIN,)


def test_conversation_follows_who_writes_plainly_in_other_language():
    assert listen(OPEN, "siguen vendiendo en la esquina").effects[-1] == SpokenAnswer(Saying.ADDED, "es")
    # "5th 10pm" shows none, so it is answered in both.
    assert listen(NEW, "5th 10pm").effects[1] == SpokenAnswer(Saying.RECEIVED, None)
    assert listen(OPEN, "Español").effects == (SpokenAnswer(Saying.LANGUAGE, "es"),)
    for before, step, text, after in (
        (None, DialogueStep.NONE, "están vendiendo", "es"),
        ("es", DialogueStep.NONE, "they are at the corner", "en"),
        # A name with an accent, or a street's name as the answer to "where", is no change of language.
        ("en", DialogueStep.NONE, "ask Martínez", "en"),
        ("es", DialogueStep.WHERE, "sorry i dont speak spanish its on 5th and oak by the bus stop", "en"),
        ("es", DialogueStep.WHERE, "i think its by the church", "en"),
        ("en", DialogueStep.WHERE, "no sé, creo que está en la calle Oak", "es"),
        ("es", DialogueStep.WHERE, "the corner of Main street", "es"),
        ("es", DialogueStep.WHERE, "Main and 5th by the church", "es"),
        ("en", DialogueStep.WHERE, "la calle de la iglesia", "en"),
        ("en", DialogueStep.WHERE, "Calle Niño", "en"),
        (None, DialogueStep.NONE, "Y", None),
    ):
        thread_id = 7 if before else None
        assert listen(DialogueState(step, before, thread_id), text).talk.language == after, text


def test_open_question_is_put_again_in_new_language():
    heard = listen(ASKED, "ESPANOL", places=PLACES)
    assert heard.effects == (SpokenAnswer(Saying.WHERE, "es", PLACES),)
    assert listen(heard.talk, "ESPANOL", places=PLACES).effects == (SpokenAnswer(Saying.LANGUAGE, "es"),)
