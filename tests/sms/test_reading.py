"""What texts are taken for: policies over the examples, and what holds for any text."""

from __future__ import annotations

from hypothesis import given, strategies as st

from portal.core.reading.danger import by_rule
from portal.core.reading.reader import Likely, Meaning
from portal.core.reading.train import examples
from portal.meetings.rsvp.rules import Reminder, RsvpNews
from portal.reports.code import word_list
from portal.sms.dialogue import HeardText, hear
from portal.sms.effects import HELPS, Code, DialogueState, DialogueStep, KeepWords, Saying, SpokenAnswer
from portal.sms.explain import done_with
from portal.sms.keywords import Keyword, clean
from portal.sms.policy import has_opt_out_words, opts_out
from portal.sms.reading import READERS, OpenQuestion, PhoneContext, ReceivedText, Verdict, read, verdicts
from tests.sms.talk import listen, said

OPEN_CODE = "1601"
EXAMPLES = tuple(examples())
TABLE = tuple(each for each in EXAMPLES if each.source == "table")
STREET = {"report", "danger", "crisis", "threat"}
CODED = PhoneContext(codes=lambda: (OPEN_CODE,))
REPORTS = PhoneContext(step=DialogueStep.WHERE, thread_id=1)
REMINDED = PhoneContext(told=(Reminder.DAY,), told_since=(Reminder.DAY,), has_seat=lambda: True)


def test_the_examples_are_done_by() -> None:
    """The model has seen them; what is measured is said by `make bench texts-read`."""
    done = [(each, done_with(each.text, each.after)) for each in TABLE]
    wrong = [
        (each.text, taken)
        for each, taken in done
        if taken not in {each.meaning, *each.also, "ask", "person"}
        and not {taken, *map(str, (each.meaning, *each.also))} <= STREET
    ]
    assert len(wrong) < len(done) / 8, wrong
    assert [each.text for each, taken in done if each.meaning == "report" and taken == "opt_out"] == []


POLICIES = (
    ("STOP in letters that look alike", "ЅТОР", PhoneContext(), Verdict.COMMAND),
    ("an opt-out by words and likelihood", "please stop texting me", PhoneContext(), Verdict.OPT_OUT),
    ("an opt-out in Spanish", "ya no me manden mensajes por favor", PhoneContext(), Verdict.OPT_OUT),
    ("without its words nobody is opted out", "y'all are wearin out my battery", PhoneContext(), Verdict.DOUBT),
    ("what speaks of the street is a report", "stop them selling by the store", PhoneContext(), Verdict.REPORT),
    ("a wrong number", "your package is out for delivery", PhoneContext(), Verdict.NOT_FOR_US),
    ("a question about us", "who is this", PhoneContext(), Verdict.ABOUT),
    ("a plain yes to a reminder", "yes we will be there", REMINDED, Verdict.MEETING),
    ("a question for the host", "is there parking", REMINDED, Verdict.QUESTION),
    ("a language", "en español por favor", PhoneContext(), Verdict.COMMAND),
    ("a code", "MEET 1601 3", PhoneContext(), Verdict.MEETING),
    ("a code in a sentence", "mija y yo ahi estaremos el 1601", CODED, Verdict.MEETING),
    ("a no beside a code without a seat", "he wont make it 1601", CODED, Verdict.EITHER),
    ("a code beside much else", "cant make it 1601 my kid is sick again", CODED, Verdict.EITHER),
    ("a code beside doubt", "maybe 1601, not sure yet", CODED, Verdict.EITHER),
    ("a code in a question", "1601 is there parking", CODED, Verdict.NEXT_MEETING),
    ("a code in a report", "they sell drugs out of 1601 every night", CODED, Verdict.REPORT),
    ("a sure yes with doubtful words", "no se preocupe, yo voy", REMINDED, Verdict.MEETING),
    ("doubt alone", "maybe", REMINDED, Verdict.EITHER),
    ("silence before any answer", "who reads this? my husband checks my phone", REPORTS, Verdict.QUIET),
    ("silence asked for", "how do i get treatment, dont call me back he is here", REPORTS, Verdict.QUIET),
    ("a reaction of a phone", "Liked “Where is it?”", PhoneContext(), Verdict.NOTHING),
)


def test_policies() -> None:
    read_as = [(policy, read(ReceivedText(text), phone).verdict, verdict) for policy, text, phone, verdict in POLICIES]
    assert [each for each in read_as if each[1] is not each[2]] == []


def test_text_not_for_us_gets_line_without_code_words() -> None:
    text = "your package is out for delivery"
    heard = listen(DialogueState(), text)
    assert heard.effects == (KeepWords(text, is_stray=True), SpokenAnswer(Saying.NOT_FOR_US, "en"))


phones = st.builds(
    PhoneContext,
    step=st.sampled_from(DialogueStep),
    language=st.sampled_from([None, "en", "es"]),
    thread_id=st.sampled_from([None, 1]),
    opted_out=st.booleans(),
    doubted=st.booleans(),
    waiting=st.sampled_from([None, *OpenQuestion]),
    told=st.sampled_from([(), (Reminder.DAY,), (RsvpNews.ASK,), (RsvpNews.MOVED, Reminder.HOURS)]),
    told_since=st.sampled_from([(), (Reminder.DAY,)]),
    may_answer=st.booleans(),
    has_seat=st.sampled_from([lambda: True, lambda: False]),
    was_asked=st.sampled_from([lambda: True, lambda: False]),
    codes=st.just(lambda: (OPEN_CODE,)),
)
SEEN = [each.text for each in TABLE if each.meaning == "report" and each.also == () and len(each.text.split()) > 4]
BESIDE = st.lists(
    st.sampled_from(
        "STOP stop please alto basta ya no more paren quit end cancel baja delete borrar gracias ok".split()
    ),
    max_size=3,
).map(" ".join)
CRIES = [each.text for each in EXAMPLES if each.meaning in ("danger", "crisis") and by_rule(clean(each.text))]


@given(BESIDE, st.sampled_from(SEEN), BESIDE, phones)
def test_words_of_report_never_become_opt_out_silently(before: str, seen: str, after: str, phone: PhoneContext) -> None:
    reading = read(ReceivedText(f"{before} {seen} {after}".strip()), phone)
    assert reading.verdict not in (Verdict.OPT_OUT, Verdict.FORGET, Verdict.COMMAND, Verdict.NOTHING, Verdict.THANKS)


@given(st.sampled_from(CRIES), phones, st.integers(0, 2), st.sampled_from([None, 7]))
def test_a_cry_for_help_is_answered_in_any_state(
    cry: str, phone: PhoneContext, pictures: int, thread_id: int | None
) -> None:
    reading = read(ReceivedText(cry, pictures), phone)
    assert reading.help or reading.command is Keyword.HELP
    talk = DialogueState(phone.step, phone.language, thread_id, phone.opted_out, doubted=phone.doubted)
    assert HELPS.intersection(said(listen(talk, cry, pictures=pictures)))


@given(st.data())
def test_most_of_a_code_is_never_kept(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(["en", "es"]))
    count = data.draw(st.integers(6, 8))
    words = data.draw(st.lists(st.sampled_from(word_list(language)), min_size=count, max_size=count, unique=True))
    lead, end = data.draw(st.sampled_from([("", ""), ("my code is", "thanks"), ("hola", "que paso con mi aviso")]))
    phone = data.draw(phones)
    text = f"{lead} {' '.join(words)} {end}".strip()
    reading = read(ReceivedText(text), phone)
    assert reading.verdict is Verdict.CODE_WORDS
    assert not any(word in reading.words.split() for word in words if word not in f"{lead} {end}".split())
    talk = DialogueState(phone.step, phone.language)
    heard = hear(talk, HeardText(text, reading, code=Code.WRONG))
    assert all(isinstance(effect, SpokenAnswer) for effect in heard.effects)


@given(st.text(max_size=200), phones, st.integers(0, 1))
def test_every_text_has_a_verdict_and_readers_are_independent(text: str, phone: PhoneContext, pictures: int) -> None:
    received = ReceivedText(clean(text), pictures)
    decided = verdicts(received, phone)
    assert [name for name, _reading in decided] == [reader.__name__ for reader in READERS]
    first = next(reading for _name, reading in decided if reading)
    assert read(received, phone).verdict is first.verdict


def test_who_speaks_of_street_too_is_not_opted_out() -> None:
    plain = {Meaning.OPT_OUT: 0.9}
    for also, is_out in (({}, True), ({Meaning.REPORT: 0.1}, False), ({Meaning.DANGER: 0.1}, False)):
        likely = Likely(dict.fromkeys(Meaning, 0.0) | plain | also)
        assert opts_out(likely) is is_out, also


def test_fewer_words_opt_out_the_likelier_it_is() -> None:
    for text, in_report, least in (
        ("stop texting me", True, 0.0),
        ("enough already", False, 0.0),
        ("too much, make an end of this", False, 0.75),
        ("too much, make an end of this", True, 2.0),
        ("good luck with these texts", False, 2.0),
    ):
        for likelihood in (0.0, 0.75):
            has_words = has_opt_out_words(text, in_report=in_report, likelihood=likelihood)
            assert has_words is (likelihood >= least), (text, in_report, likelihood)


def test_cry_after_a_text_of_ours_is_no_opt_out_and_no_start() -> None:
    news, stopped = PhoneContext(follows=True), PhoneContext(opted_out=True)
    for text in (
        *("take me off your list i dont want to live anymore", "remove my number i want to die"),
        *("stop texting me i want to die", "bórrenme de la lista, ya no quiero vivir"),
    ):
        for phone in (news, REMINDED, REPORTS):
            reading = read(ReceivedText(text), phone)
            assert reading.verdict in (Verdict.DOUBT, Verdict.URGENT) and reading.help[:1] == ("crisis",), (text, phone)
    for text in (
        *("he choked me again", "me golpeo otra vez", "my son is missing", "empezaron otra vez", "again on elm"),
        *("start texting me again i want to die", "vuelvan a mandarme mensajes, me quiero matar"),
        *("same guys on the steps put me back on", "they sell here again i want the texts back"),
    ):
        assert read(ReceivedText(text), stopped).command is None, text
    assert read(ReceivedText("ya no quiero nada"), news).verdict is Verdict.DOUBT


def test_cry_after_a_reminder_is_no_answer_to_it() -> None:
    for text in (
        "mi esposo me pega",
        "he beat me up last night",
        "no voy me va a matar si voy",
        "i fell and cant get up",
    ):
        reading = read(ReceivedText(text), REMINDED)
        assert reading.verdict in (Verdict.EITHER, Verdict.URGENT) and "danger" in reading.help, text
    for text in ("he hit me again", "me pegó otra vez"):
        assert read(ReceivedText(text), PhoneContext(opted_out=True)).help == ("danger",), text


def test_wish_that_all_ends_is_no_opt_out_in_a_report() -> None:
    for text in ("this must stop", "leave this neighborhood alone", "ya basta con esto", "sáquenme de aquí"):
        for phone in (REPORTS, PhoneContext(thread_id=1)):
            assert read(ReceivedText(text), phone).verdict is not Verdict.OPT_OUT, text
    for text in ("get me out", "i get so many messages"):
        assert read(ReceivedText(text), PhoneContext(follows=True)).verdict is Verdict.DOUBT, text
    assert read(ReceivedText("my mom reads my phone"), REPORTS).verdict is Verdict.QUIET


def test_wish_denied_is_not_done() -> None:
    for text in ("dont turn them back on", "do not start texting me again", "no me vuelvan a inscribir"):
        for phone in (PhoneContext(opted_out=True), PhoneContext(doubted=True)):
            assert read(ReceivedText(text), phone).command is None, text
    for text in (
        "no me quiten de la lista por favor",
        "i dont want to stop getting messages",
        "please dont stop the texts",
    ):
        for phone in (PhoneContext(), PhoneContext(follows=True), REPORTS):
            assert read(ReceivedText(text), phone).verdict not in (Verdict.OPT_OUT, Verdict.FORGET), text


def test_signs_that_may_show_what_is_seen_are_a_report() -> None:
    for text in ("🚨🚨🚨", "🚨🏠", "🩸", "🚑", "🔪", "🔥🏠", "💊🏽🚗🏽"):
        for phone in (PhoneContext(), PhoneContext(follows=True), PhoneContext(thread_id=1), REMINDED):
            assert read(ReceivedText(text), phone).verdict is Verdict.REPORT, text
    assert read(ReceivedText("👍🏾"), REMINDED).rsvp.comes
    assert read(ReceivedText("🙏🏽"), PhoneContext()).verdict is Verdict.THANKS


def test_phone_in_doubt_that_wants_texts_again_is_heard() -> None:
    for text in ("it's ok now you can text me", "ya pueden escribirme otra vez", "esta bien mandenme mensajes"):
        assert read(ReceivedText(text), PhoneContext(doubted=True)).command is Keyword.START, text
    for text in ("they sell at night on elm", "Ya empezaron otra vez en la calle 9 STOP"):
        assert read(ReceivedText(text), PhoneContext(doubted=True)).command is None, text


def test_code_words_are_no_answer_to_seat_or_texts() -> None:
    asked = PhoneContext(waiting=OpenQuestion.CANCEL, told=(Reminder.DAY,), has_seat=lambda: True)
    assert read(ReceivedText("ability absent absorb abstract access accident"), asked).verdict is Verdict.CODE_WORDS
