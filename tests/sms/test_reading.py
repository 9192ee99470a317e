"""What a thousand texts are taken for, and what holds for any text: `texts.toml` says what is wanted."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.rsvp.reminder_times import Reminder, RsvpNews
from portal.reports.code import word_list
from portal.reports.urgency import Urgency
from portal.sms.dialogue import hear
from portal.sms.effects import Code, DialogueState, DialogueStep, SpokenAnswer
from portal.sms.keywords import Keyword
from portal.sms.reading import (
    READERS,
    NewsQuestion,
    OpenQuestion,
    PhoneContext,
    Reading,
    ReceivedText,
    Verdict,
    read,
    verdicts,
)
from portal.sms.segments import clean
from portal.sms.small_talk import AboutUs

OPEN_CODE = "1601"
PHONES = {
    "": PhoneContext(),
    "reminder": PhoneContext(told=(Reminder.DAY,), told_since=(Reminder.DAY,), has_seat=lambda: True),
    "report": PhoneContext(step=DialogueStep.WHERE, in_report=True, language="en"),
    "stopped": PhoneContext(opted_out=True),
    "meeting": PhoneContext(step=DialogueStep.MEETING, has_seat=lambda: True),
    "asked to follow": PhoneContext(step=DialogueStep.ASIDE, in_report=True, news_question=lambda: NewsQuestion.LAST),
}
PLACES = {"laundry row": 1, "calle de la lavanderia": 1, "mercer park": 2, "parque mercer": 2, "the old depot": 3}
PHONES = {after: replace(phone, codes=lambda: (OPEN_CODE,), places=lambda: PLACES) for after, phone in PHONES.items()}
HELP = {Urgency.DANGER: "danger", Urgency.CRISIS: "suicide", Urgency.OVERDOSE: "overdose"}
COMMANDS = {
    Keyword.STOP: "stop",
    Keyword.START: "start",
    Keyword.HELP: "help",
    Keyword.DELETE: "erase",
    Keyword.SPANISH: "language",
    Keyword.ENGLISH: "language",
}
ASKED = {
    AboutUs.WHO: "about",
    AboutUs.HOW: "about",
    AboutUs.POLICE: "police",
    AboutUs.CALL: "call",
    AboutUs.TREATMENT: "treatment",
    AboutUs.ANSWER: "about",
    AboutUs.NEWS: "subscribe",
}
NAMES = {
    Verdict.FOLLOW: "subscribe",
    Verdict.CODE_WORDS: "words",
    Verdict.OPT_OUT: "stop",
    Verdict.FORGET: "stop",
    Verdict.GREETING: "who",
    Verdict.EITHER: "which",
}
OPTS_OUT = ("stop",)
FILED = ("report", "answer", "danger", "suicide", "overdose", "doubt")
"""The outcomes whose words the desk reads."""


class Case(NamedTuple):
    kind: str
    after: str
    text: str
    want: tuple[str, ...]
    source: str = ""


def cases() -> Iterator[Case]:
    groups = tomllib.loads((Path(__file__).parent / "texts.toml").read_text())["group"]
    for group in groups:
        for text in group["texts"]:
            yield Case(group["class"], group["after"], text, tuple(group["want"]), group.get("source", ""))


CASES = tuple(cases())


def reading_of(case: Case) -> Reading:
    return read(ReceivedText(clean(case.text)), PHONES[case.after])


def outcome(case: Case) -> str:
    reading = reading_of(case)
    if reading.help and reading.verdict is not Verdict.COMMAND:
        return HELP[reading.help[0]]
    match reading.verdict:
        case Verdict.COMMAND if reading.command:
            return COMMANDS[reading.command]
        case Verdict.ABOUT if reading.about:
            return ASKED[reading.about]
        case Verdict.NEXT_MEETING if reading.rsvp:
            return "question"
        case Verdict.MEETING:
            return _of_meeting(reading, case.after)
        case Verdict.NEARLY if reading.near:
            return "meeting" if reading.near.figures == OPEN_CODE else "bad_code"
        case Verdict.REPORT:
            return "answer" if PHONES[case.after].in_report else "report"
        case verdict:
            return NAMES.get(verdict, verdict.value)


def _of_meeting(reading: Reading, after: str) -> str:
    said = reading.rsvp
    assert said is not None
    if said.code == OPEN_CODE and not said.comes:
        return "code_not_coming"
    if said.code or after not in ("reminder", "meeting"):
        return "meeting" if said.code == OPEN_CODE else "bad_code"
    if said.is_thanks:
        return "thanks"
    if not said.comes:
        return "not_coming"
    return "count" if said.party else "coming"


def test_the_table_has_both_languages_and_every_kind() -> None:
    assert len(CASES) >= 400
    assert len({case.kind for case in CASES}) >= 30
    assert len({(case.after, case.text) for case in CASES}) == len(CASES)


def test_how_well_texts_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    right: Counter[str] = Counter()
    taken: defaultdict[str, list[bool]] = defaultdict(list)
    wrong = []
    for case in CASES:
        found = outcome(case)
        right[case.kind] += found in case.want
        taken[found].append(found in case.want)
        if found not in case.want:
            wrong.append((case.kind, case.after, case.text, found))
    total = Counter(case.kind for case in CASES)
    lines = ["", "class: understood of all"]
    lines += [f"  {kind}: {right[kind]}/{number}, recall {right[kind] / number:.1%}" for kind, number in total.items()]
    lines += ["taken for: rightly of all"]
    lines += [
        f"  {name}: {sum(hits)}/{len(hits)}, precision {sum(hits) / len(hits):.1%}"
        for name, hits in sorted(taken.items())
    ]
    lines += [f"  misunderstood: {one}" for one in wrong]
    with capsys.disabled():
        sys.stdout.write("\n".join(lines) + "\n")
    assert right["opt-out"] / total["opt-out"] >= 0.95
    assert min(right[kind] / total[kind] for kind in total) >= 0.9
    assert sum(right.values()) / len(CASES) >= 0.98


def of_kind(start: str) -> list[Case]:
    return [case for case in CASES if case.kind.startswith(start)]


def test_no_report_is_an_opt_out() -> None:
    assert [case.text for case in (*of_kind("report"), *of_kind("part of")) if outcome(case) in OPTS_OUT] == []


def test_no_answer_to_a_reminder_is_a_report() -> None:
    assert [case.text for case in of_kind("reply to reminder") if outcome(case) in FILED] == []


@pytest.mark.parametrize("after", PHONES)
@pytest.mark.parametrize("kind", ["danger", "suicide", "overdose"])
def test_every_cry_for_help_is_answered_first(kind: str, after: str) -> None:
    silent = []
    for case in of_kind(kind):
        reading = read(ReceivedText(clean(case.text)), PHONES[after])
        if not reading.help and reading.command is not Keyword.HELP:
            silent.append(case.text)
    assert silent == []


def test_no_code_words_are_kept() -> None:
    assert [case.text for case in of_kind("code words") if reading_of(case).verdict is not Verdict.CODE_WORDS] == []


phones = st.builds(
    PhoneContext,
    step=st.sampled_from(DialogueStep),
    language=st.sampled_from([None, "en", "es"]),
    in_report=st.booleans(),
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
SEEN = [case.text for case in CASES if case.kind in ("report", "report with stop words") and len(case.text.split()) > 4]
BESIDE = st.lists(
    st.sampled_from(
        "STOP stop please alto basta ya no more paren quit end cancel baja delete borrar gracias ok".split()
    ),
    max_size=3,
).map(" ".join)
CRIES = [case.text for kind in ("danger", "suicide", "overdose") for case in CASES if case.kind == kind]


@given(BESIDE, st.sampled_from(SEEN), BESIDE, phones)
def test_words_of_a_report_never_become_an_opt_out_silently(
    before: str, seen: str, after: str, phone: PhoneContext
) -> None:
    reading = read(ReceivedText(f"{before} {seen} {after}".strip()), phone)
    assert reading.verdict not in (Verdict.OPT_OUT, Verdict.FORGET, Verdict.COMMAND, Verdict.NOTHING, Verdict.THANKS)


@given(st.sampled_from(CRIES), phones, st.integers(0, 2), st.sampled_from([None, 7]))
def test_a_cry_for_help_is_answered_in_any_state(
    cry: str, phone: PhoneContext, pictures: int, thread_id: int | None
) -> None:
    reading = read(ReceivedText(cry, pictures), phone)
    assert reading.help or reading.command is Keyword.HELP
    talk = DialogueState(phone.step, phone.language, thread_id, phone.opted_out, doubted=phone.doubted)
    said = [one for one in hear(talk, cry, pictures=pictures).effects if isinstance(one, SpokenAnswer)]
    assert any(one.is_help for one in said)


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
    kept = [
        one for one in hear(talk, text, reading=reading, code=Code.WRONG).effects if not isinstance(one, SpokenAnswer)
    ]
    assert kept == []


@given(st.text(max_size=200), phones, st.integers(0, 1))
def test_every_text_has_a_verdict_and_readers_are_independent(text: str, phone: PhoneContext, pictures: int) -> None:
    received = ReceivedText(clean(text), pictures)
    said = verdicts(received, phone)
    assert [name for name, _reading in said] == [reader.__name__ for reader in READERS]
    first = next(reading for _name, reading in said if reading)
    assert read(received, phone).verdict is first.verdict
