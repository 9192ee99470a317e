"""The conversation over every step and every kind of text: nothing is lost, nothing is asked too often."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.sms.choices import PlaceName
from portal.sms.dialogue import context_of, hear
from portal.sms.effects import (
    OF_MEETINGS,
    OF_REPORTS,
    AddToReport,
    Code,
    DialogueState,
    DialogueStep,
    Erase,
    FileReport,
    Hold,
    How,
    HumanDecides,
    JoinReport,
    OptIn,
    OptOutEffect,
    Saying,
    SetPlace,
    SpokenAnswer,
)
from portal.sms.keywords import Keyword, keyword
from portal.sms.reading import ReceivedText, Verdict, read

PLACES = (PlaceName("Maple Street", "Calle Maple"), PlaceName("Gun Hill Road", "Calle Gun Hill"))
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
    "doubt and urgent": "stop sending me messages, he has a gun",
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
OPEN = DialogueState(language="en", thread_id=7)


def said(heard):
    return [effect.say for effect in heard.effects if isinstance(effect, SpokenAnswer)]


def kept(heard):
    return [effect for effect in heard.effects if isinstance(effect, FileReport | AddToReport | HumanDecides)]


KEPT = {Verdict.REPORT, Verdict.URGENT, Verdict.DOUBT, Verdict.DOUBT_AGAIN, Verdict.LEAVES, Verdict.QUIET}
KEPT |= {Verdict.TAKE_BACK, Verdict.THREAT, Verdict.ABOUT_AND_REPORT, Verdict.NOT_FOR_US}
NOT_KEPT = {Verdict.NOTHING, Verdict.COMMAND, Verdict.ABOUT, Verdict.GREETING, Verdict.THANKS, Verdict.SKIP}
NOT_KEPT |= {Verdict.OPT_OUT, Verdict.FORGET, Verdict.ENOUGH, Verdict.NO_NEWS}


@pytest.mark.parametrize("word", ["NO", "skip", "no."])
def test_a_no_to_what_was_asked_beside_a_report_is_no_word_of_it(word: str) -> None:
    heard = hear(DialogueState(step=DialogueStep.ASIDE, language="en", thread_id=7), word)
    assert heard.effects == ()
    assert heard.talk.step is DialogueStep.NONE
    assert heard.talk.thread_id == 7


@given(talks, texts, st.integers(0, 2))
@example(DialogueState(step=DialogueStep.ASIDE, thread_id=7), "NO", 0)
def test_every_text_is_kept_once_or_is_a_command(talk, text, pictures):
    verdict = read(ReceivedText(text, pictures), context_of(talk)).verdict
    heard = hear(talk, text, places=PLACES, pictures=pictures)
    if any(isinstance(effect, SetPlace) for effect in heard.effects) or verdict in NOT_KEPT:
        assert len(kept(heard)) <= (verdict not in NOT_KEPT)
    elif verdict in KEPT:
        [effect] = kept(heard)
        assert (effect.text, effect.pictures) == (text, pictures)
        assert not isinstance(effect, FileReport) or talk.thread_id is None
        assert not isinstance(effect, AddToReport) or talk.thread_id is not None


@pytest.mark.parametrize("step", DialogueStep)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("thread_id", [None, 7])
@pytest.mark.parametrize("blocked", [False, True])
def test_every_step_and_kind_after_an_opt_out_is_silent_but_for_help(step, kind, thread_id, blocked):
    heard = hear(DialogueState(step, "en", thread_id, opted_out=True, blocked=blocked), KINDS[kind], places=PLACES)
    if kind == "start":
        assert said(heard) == [Saying.STARTED]
    else:
        assert said(heard) == ([] if blocked else HELPED.get(kind, []))
        assert heard.talk.opted_out
        assert heard.talk.blocked == blocked


@pytest.mark.parametrize("words", ["ALTO", "sotp", "delete my number", "borra mi numero", "no me escriban mas"])
@pytest.mark.parametrize(
    ("cry", "help_named"),
    [
        ("he has a gun", Saying.DANGER),
        ("me quiero morir", Saying.CRISIS),
        ("i took all my pills", Saying.OVERDOSE),
        ("HELP", Saying.HELP),
        ("AYUDA", Saying.HELP),
    ],
)
def test_who_opted_out_in_words_is_still_told_whom_to_call(words, cry, help_named):
    stopped = hear(OPEN, words).talk
    heard = hear(stopped, cry)
    assert said(heard) == [help_named]
    assert heard.talk.opted_out
    assert said(hear(hear(OPEN, "STOP", provider_did=Keyword.STOP).talk, cry)) == []


@given(talks, texts)
def test_at_most_one_question_at_a_time_and_911_alone(talk, text):
    answers = said(hear(talk, text, places=PLACES))
    assert len(answers) <= 2
    assert len(QUESTIONS.intersection(answers)) <= 1
    if URGENT.intersection(answers):
        assert set(answers) <= URGENT


@given(st.lists(texts, max_size=25))
def test_a_report_is_asked_at_most_three_questions_and_ends(conversation):
    talk, asked = DialogueState(), []
    for text in conversation:
        heard = hear(talk, text, places=PLACES)
        assert len([effect for effect in heard.effects if isinstance(effect, FileReport)]) <= 1
        if any(isinstance(effect, Erase | FileReport) for effect in heard.effects):
            asked = []
        changed_language = talk.language != heard.talk.language and keyword(text) in {Keyword.SPANISH, Keyword.ENGLISH}
        if not changed_language:
            asked += QUESTIONS.intersection(said(heard))
        assert len(asked) == len(set(asked)) <= 3
        filed = any(isinstance(effect, FileReport | HumanDecides) for effect in heard.effects)
        talk = heard.talk.in_thread(7) if filed and talk.thread_id is None else heard.talk
    for _ in range(4):
        talk = hear(talk, "skip", places=PLACES).talk
    assert talk.step is DialogueStep.NONE or talk.opted_out


@given(talks, texts)
def test_places_only_go_with_the_question_for_them(talk, text):
    for effect in hear(talk, text, places=PLACES).effects:
        if isinstance(effect, SpokenAnswer):
            assert effect.places == (PLACES if effect.say is Saying.WHERE else ())


def test_the_whole_conversation():
    first = hear(DialogueState(), "they are selling at the corner", places=PLACES)
    assert first.talk == DialogueState(DialogueStep.WHERE, "en")
    assert first.effects == (
        FileReport("they are selling at the corner"),
        SpokenAnswer(Saying.RECEIVED, "en"),
        SpokenAnswer(Saying.WHERE, "en", PLACES),
    )
    where = hear(first.talk.in_thread(7), "2", places=PLACES)
    assert where.effects == (SetPlace(1), SpokenAnswer(Saying.WHEN, "en"))
    when = hear(where.talk, "after ten", places=PLACES)
    assert when.effects == (AddToReport("after ten"), SpokenAnswer(Saying.MORE, "en"))
    more = hear(when.talk, "no", places=PLACES)
    assert more.effects == (SpokenAnswer(Saying.THANKS, "en"),)
    later = hear(more.talk, "they are there every friday", places=PLACES)
    assert later.effects == (AddToReport("they are there every friday"), SpokenAnswer(Saying.ADDED, "en"))
    assert later.talk == OPEN


def test_a_place_named_in_the_first_text_is_taken_and_not_asked_for():
    heard = hear(DialogueState(), "they sell on Maple every night", places=PLACES)
    assert heard.effects == (
        FileReport("they sell on Maple every night"),
        SetPlace(0),
        SpokenAnswer(Saying.RECEIVED, "en"),
        SpokenAnswer(Saying.WHEN, "en"),
    )
    assert heard.talk.step is DialogueStep.WHEN
    urgent_one = hear(DialogueState(), "they are shooting at Maple Street", places=PLACES)
    assert urgent_one.effects[1:] == (SetPlace(0), SpokenAnswer(Saying.RECEIVED_DANGER, "en"))


def test_an_answer_that_says_more_than_the_place_is_kept():
    asked = replace(OPEN, step=DialogueStep.WHERE)
    more = "Maple Street, behind the laundromat"
    assert hear(asked, more, places=PLACES).effects[:2] == (AddToReport(more), SetPlace(0))
    assert hear(asked, "2", pictures=1, places=PLACES).effects[:2] == (AddToReport("2", 1), SetPlace(1))
    assert hear(asked, "2", places=PLACES, listed=1).effects[:2] == (AddToReport("2"), SetPlace(None))


def test_questions_can_all_be_skipped():
    talk, answers = replace(OPEN, step=DialogueStep.WHERE), []
    for text in ("SKIP", "Omitir", "No"):
        heard = hear(talk, text, places=PLACES)
        assert kept(heard) == []
        talk, answers = heard.talk, answers + said(heard)
    assert answers == [Saying.WHEN, Saying.MORE, Saying.THANKS]


def test_skip_without_a_question_is_kept():
    assert hear(OPEN, "no").effects[0] == AddToReport("no")
    assert said(hear(DialogueState(), "no")) == [Saying.HELLO]


def test_a_long_second_text_leaves_the_question_open():
    asked = replace(OPEN, step=DialogueStep.WHERE)
    heard = hear(asked, LONG, places=PLACES)
    assert heard.talk == asked
    assert heard.effects == (AddToReport(LONG), SpokenAnswer(Saying.ADDED, "en"))


def test_a_short_answer_in_other_words_is_another_place():
    heard = hear(replace(OPEN, step=DialogueStep.WHERE), "behind the school", places=PLACES)
    assert heard.effects == (AddToReport("behind the school"), SetPlace(None), SpokenAnswer(Saying.WHEN, "en"))


def test_a_place_with_a_dangerous_name_is_a_place():
    heard = hear(replace(OPEN, step=DialogueStep.WHERE), "Gun Hill Road", places=PLACES)
    assert said(heard) == [Saying.WHEN]


@pytest.mark.parametrize(
    ("text", "first", "further"),
    [
        ("he has a gun", Saying.RECEIVED_DANGER, Saying.DANGER),
        ("no respira", Saying.RECEIVED_OVERDOSE, Saying.OVERDOSE),
        ("i want to kill myself", Saying.RECEIVED_CRISIS, Saying.CRISIS),
        ("me quiero morir", Saying.RECEIVED_CRISIS, Saying.CRISIS),
    ],
)
@pytest.mark.parametrize("step", DialogueStep)
def test_urgent_words_bring_911_and_no_question(text, first, further, step):
    assert said(hear(DialogueState(), text)) == [first]
    heard = hear(replace(OPEN, step=step), text, places=PLACES)
    assert said(heard) == [further]
    assert heard.talk.step is DialogueStep.NONE


@pytest.mark.parametrize(
    ("text", "language"), [("i want to kill myself", "en"), ("me quiero morir", "es"), ("kms", None)]
)
def test_988_is_named_in_the_language_of_the_text(text, language):
    for before in ("en", "es"):
        [answer] = [one for one in hear(DialogueState(language=before), text).effects if isinstance(one, SpokenAnswer)]
        assert answer == SpokenAnswer(Saying.RECEIVED_CRISIS, language)


def test_of_two_kinds_of_help_both_are_named():
    assert said(hear(DialogueState(), "she wanted to die and is not breathing")) == [
        Saying.RECEIVED_OVERDOSE,
        Saying.CRISIS,
    ]


@pytest.mark.parametrize("step", DialogueStep)
def test_keywords_beat_any_question(step):
    talk = replace(OPEN, step=step)
    assert hear(talk, "STOP").effects == (OptOutEffect(How.KEYWORD), SpokenAnswer(Saying.STOPPED, "en"))
    assert hear(talk, "Ayuda").effects == (SpokenAnswer(Saying.HELP, "es"),)
    # A meeting is no question: it was spoken of last until anything else is.
    kept_step = step if step in OF_REPORTS else DialogueStep.NONE
    assert hear(talk, "Ayuda").talk == replace(talk, language="es", step=kept_step)
    assert hear(talk, "delete").effects == (Erase(), SpokenAnswer(Saying.ERASED, "en"))
    assert hear(talk, "delete").talk == DialogueState(language="en")
    assert hear(talk, "START").effects[0] == OptIn(How.KEYWORD)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "empty"])
@pytest.mark.parametrize("thread_id", [None, 7])
@pytest.mark.parametrize("step", OF_MEETINGS)
def test_what_is_no_answer_to_a_meeting_is_heard_as_if_none_had_been_spoken_of(kind, thread_id, step):
    talk = DialogueState(step, "en", thread_id)
    assert hear(talk, KINDS[kind], places=PLACES) == hear(
        replace(talk, step=DialogueStep.NONE), KINDS[kind], places=PLACES
    )


def test_what_the_provider_answered_is_recorded_and_not_answered():
    stopped = hear(OPEN, "REMOVE", provider_did=Keyword.STOP)
    assert stopped.effects == (OptOutEffect(How.PROVIDER),)
    assert stopped.talk.opted_out
    started = hear(stopped.talk, "yes", provider_did=Keyword.START)
    assert started.effects == (OptIn(How.PROVIDER),)
    assert not started.talk.opted_out


def test_help_names_911_although_the_provider_answered():
    assert said(hear(OPEN, "help", provider_did=Keyword.HELP)) == [Saying.HELP]


def test_help_in_an_unknown_language_is_answered_in_both():
    assert hear(DialogueState(), "INFO").effects == (SpokenAnswer(Saying.HELP, None),)


@pytest.mark.parametrize(
    ("before", "text", "say", "language"),
    [
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
    ],
)
def test_a_command_is_answered_in_its_own_language_where_that_is_plain(before, text, say, language):
    assert SpokenAnswer(say, language) in hear(replace(OPEN, language=before), text).effects


ASKED_WHO = [
    "who is this",
    "Who are you?",
    "quien es",
    "¿Quién es?",
    "who dis",
    "¿de quién es este número?",
]
ASKED_POLICE = [
    "are you immigration",
    "son de la migra?",
    "is this ICE",
    "are you police?",
    "es la policía?",
    "who reads this",
]


@pytest.mark.parametrize(
    ("text", "say"), [*((text, Saying.WHO) for text in ASKED_WHO), *((text, Saying.POLICE) for text in ASKED_POLICE)]
)
@pytest.mark.parametrize("step", [DialogueStep.NONE, DialogueStep.WHERE, DialogueStep.MORE])
@pytest.mark.parametrize("thread_id", [None, 7])
def test_who_asks_who_we_are_is_told_and_nothing_is_filed(text, say, step, thread_id):
    heard = hear(DialogueState(step, "en", thread_id), text, places=PLACES)
    assert (kept(heard), said(heard), heard.talk.step) == ([], [say], step)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("hi", [Saying.HELLO]),
        ("Hola!", [Saying.HELLO]),
        ("buenas tardes", [Saying.HELLO]),
        *((text, [Saying.HELLO]) for text in ("no", "yes", "sí", "ok", "👍", "2", "hey")),
        ("thanks", []),
        ("muchas gracias", []),
    ],
)
def test_a_bare_greeting_begins_no_report(text, answers):
    heard = hear(DialogueState(), text)
    assert (kept(heard), said(heard)) == ([], answers)


@pytest.mark.parametrize(
    "text", ["hi they sell here", "hola venden en la esquina", "thanks they moved to Elm", "who sells at the corner?"]
)
def test_a_greeting_before_a_report_is_a_report(text):
    assert len(kept(hear(DialogueState(), text))) == 1


def test_a_second_stop_is_not_confirmed_again():
    first = hear(OPEN, "alto")
    assert said(first) == [Saying.STOPPED]
    assert hear(first.talk, "alto").effects == (OptOutEffect(How.KEYWORD),)


def test_opted_out_texts_are_kept_until_start():
    talk = DialogueState(language="es", opted_out=True)
    assert hear(talk, "siguen vendiendo").effects == (FileReport("siguen vendiendo"),)
    assert hear(talk.in_thread(7), "siguen").effects == (AddToReport("siguen"),)
    assert hear(talk, "ALTA").effects == (OptIn(How.KEYWORD), SpokenAnswer(Saying.STARTED, "es"))


def test_wording_opts_out_and_doubt_asks_a_human_and_one_text_says_how_to_settle_it():
    assert hear(OPEN, "please stop texting me").effects == (
        OptOutEffect(How.WORDING),
        SpokenAnswer(Saying.STOPPED, "en"),
    )
    assert hear(OPEN, "wrong number").effects == (HumanDecides("wrong number"), SpokenAnswer(Saying.DOUBT, "en"))
    urgent_doubt = KINDS["doubt and urgent"]
    assert hear(OPEN, urgent_doubt).effects == (
        HumanDecides(urgent_doubt, is_pressing=True),
        SpokenAnswer(Saying.DANGER, "en"),
    )


def test_a_first_text_in_doubt_has_911_at_once_and_its_receipt_waits():
    text = "please stop texting me they are selling at Birch Street"
    heard = hear(DialogueState(), text, places=PLACES)
    assert heard.effects == (
        HumanDecides(text),
        Hold(SpokenAnswer(Saying.RECEIVED, "en")),
        SpokenAnswer(Saying.DOUBT, "en"),
    )
    assert heard.talk.step is DialogueStep.NONE


@pytest.mark.parametrize("thread_id", [None, 7])
@pytest.mark.parametrize("kind", ["words", "spanish", "long", "number", "place", "doubt", "thanks", "yes"])
def test_until_the_doubt_is_settled_nothing_more_is_texted_but_all_is_kept(kind, thread_id):
    heard = hear(DialogueState(DialogueStep.NONE, "en", thread_id, doubted=True), KINDS[kind], places=PLACES)
    # A yes or a no settles nothing, so the two words that do are named once more.
    assert said(heard) == ([Saying.DOUBT_AGAIN] if kind in ("number", "yes") else [])
    assert len(kept(heard)) == 1
    assert [type(effect) for effect in heard.effects if isinstance(effect, Hold)] == [Hold] * (thread_id is None)


def test_in_doubt_whoever_is_in_danger_or_asks_is_answered():
    doubted = replace(OPEN, doubted=True)
    assert said(hear(doubted, "he has a gun")) == [Saying.DANGER]
    assert said(hear(doubted, "HELP")) == [Saying.HELP]
    assert said(hear(doubted, "STOP")) == [Saying.STOPPED]
    assert hear(doubted, "INICIAR").effects == (OptIn(How.KEYWORD), SpokenAnswer(Saying.STARTED, "es"))


def test_an_opt_out_with_a_picture_is_for_a_human():
    assert hear(OPEN, "stop", pictures=1).effects == (HumanDecides("stop", 1), SpokenAnswer(Saying.DOUBT, "en"))


def test_code_words_are_never_kept():
    assert hear(OPEN, "one two three", code=Code.WRONG).effects == (SpokenAnswer(Saying.CODE_UNKNOWN, "en"),)
    assert hear(OPEN, "one two three", code=Code.RIGHT).effects == (JoinReport(), SpokenAnswer(Saying.JOINED, "en"))
    assert hear(replace(OPEN, step=DialogueStep.WHEN), "one two three", code=Code.RIGHT).talk.step is DialogueStep.NONE
    assert hear(replace(OPEN, opted_out=True), "one two three", code=Code.WRONG).effects == ()
    assert hear(replace(OPEN, opted_out=True), "one two three", code=Code.RIGHT).effects == (JoinReport(),)


def test_pictures_and_emoji_are_reports():
    assert hear(DialogueState(), "", pictures=2).effects[0] == FileReport("", 2)
    assert hear(DialogueState(), "").effects == ()


@pytest.mark.parametrize(
    ("talk", "text", "language"),
    [
        (OPEN, "hay un hombre con pistola en la esquina", "es"),
        (replace(OPEN, language="es"), "he has a gun at the corner", "en"),
        (OPEN, "SOS he shot !! machete", None),
        (DialogueState(language="es"), "machete!!", None),
    ],
)
def test_911_is_named_in_the_language_of_the_text_or_in_both(talk, text, language):
    [answer] = [effect for effect in hear(talk, text).effects if isinstance(effect, SpokenAnswer)]
    assert answer.say in {Saying.DANGER, Saying.RECEIVED_DANGER}
    assert answer.language == language


def test_the_conversation_follows_whoever_writes_plainly_in_the_other_language():
    assert hear(OPEN, "siguen vendiendo en la esquina").effects[-1] == SpokenAnswer(Saying.ADDED, "es")
    assert hear(replace(OPEN, language="es"), "they are at the corner").talk.language == "en"
    # A name with an accent, or a street's name as the answer to "where", is no change of language.
    assert hear(OPEN, "ask Martínez").talk.language == "en"
    assert (
        hear(replace(OPEN, language="es", step=DialogueStep.WHERE), "the corner of Main street").talk.language == "es"
    )


def test_language_is_guessed_and_changed_by_keyword():
    assert hear(DialogueState(), "están vendiendo").talk.language == "es"
    assert hear(DialogueState(), "5th 10pm").effects[1] == SpokenAnswer(Saying.RECEIVED, None)
    assert hear(OPEN, "Español").effects == (SpokenAnswer(Saying.LANGUAGE, "es"),)


def test_an_open_question_is_put_again_in_the_new_language():
    asked = replace(OPEN, step=DialogueStep.WHERE)
    heard = hear(asked, "ESPANOL", places=PLACES)
    assert heard.effects == (SpokenAnswer(Saying.WHERE, "es", PLACES),)
    assert hear(heard.talk, "ESPANOL", places=PLACES).effects == (SpokenAnswer(Saying.LANGUAGE, "es"),)


def test_only_the_confirmation_of_an_opt_out_goes_out_in_any_case():
    assert [say for say in Saying if SpokenAnswer(say, "en").goes_out_in_any_case] == [Saying.STOPPED, Saying.FORGOTTEN]
    assert [say for say in Saying if SpokenAnswer(say, "en").goes_out_beyond_the_limit] == [
        Saying.STARTED,
        Saying.LANGUAGE,
    ]
