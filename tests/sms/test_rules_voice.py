"""The voice line as rules: every step with every key, silence, wrong codes, and calls that never end."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from portal.reports.code import CODE_WORDS, keys_of, read_keys, words_from
from portal.sms.voice import (
    MOST_MISSED,
    MOST_TURNS,
    MOST_WRONG_CODES,
    PROMPTS,
    CallState,
    Listen,
    NoteDoor,
    VoiceSaying,
    VoiceStep,
    VoiceTurn,
    begin,
    filed,
    hear,
    not_filed,
    opened,
    recorded_nothing,
)

KEYS = "1234567890*#"
WORDS = words_from(b"n" * 32, "en")
AT = {step: CallState(step, "en", seed="00") for step in VoiceStep} | {VoiceStep.LANGUAGE: CallState(seed="00")}
LEADS = {
    (VoiceStep.LANGUAGE, "1"): VoiceStep.MENU,
    (VoiceStep.LANGUAGE, "2"): VoiceStep.MENU,
    (VoiceStep.MENU, "1"): VoiceStep.MEETING,
    (VoiceStep.MENU, "2"): VoiceStep.CODE,
    (VoiceStep.MENU, "3"): VoiceStep.NOTE,
    (VoiceStep.MENU, "0"): VoiceStep.LANGUAGE,
    (VoiceStep.MEETING, "0"): VoiceStep.MENU,
    (VoiceStep.CODE, "0"): VoiceStep.MENU,
    (VoiceStep.ANSWER, "0"): VoiceStep.MENU,
    (VoiceStep.NOTE, "1"): VoiceStep.RECORDING,
    (VoiceStep.NOTE, "0"): VoiceStep.MENU,
    (VoiceStep.RECORDING, "0"): VoiceStep.MENU,
    (VoiceStep.NOTE_LEFT, "0"): VoiceStep.MENU,
}
"""Where a key leads; every other key stays."""


def key_in(words: tuple[str, ...], state: CallState) -> VoiceTurn:
    turn = VoiceTurn(state, ())
    for word in words:
        turn = hear(turn.state, keys_of(word))
    return turn


@pytest.mark.parametrize(("step", "key"), list(product(VoiceStep, KEYS)))
def test_every_step_hears_every_key(step: VoiceStep, key: str) -> None:
    turn = hear(AT[step], key)
    assert turn.state.step is LEADS.get((step, key), step)
    assert turn.says[-len(PROMPTS[turn.state.step]) :] == PROMPTS[turn.state.step]
    assert turn.listens is not Listen.CODE_CHECK
    assert (turn.listens is Listen.NOTHING) == (step is VoiceStep.OVER)
    moves = (step, key) in LEADS or key == "*" or step is VoiceStep.OVER or (step, key) == (VoiceStep.LANGUAGE, "0")
    does_nothing = {VoiceSaying.WRONG_KEY, VoiceSaying.NO_SUCH_WORD} | ({VoiceSaying.DANGER} if key == "9" else set())
    assert bool(does_nothing & set(turn.says)) != moves


@pytest.mark.parametrize("step", VoiceStep)
def test_silence_repeats_once_and_then_says_goodbye(step: VoiceStep) -> None:
    once = hear(AT[step], "")
    assert once.says == PROMPTS[step]
    twice = hear(once.state, "")
    assert (twice.says, twice.listens) == ((VoiceSaying.GOODBYE,), Listen.NOTHING)


@pytest.mark.parametrize("step", [one for one in VoiceStep if one not in (VoiceStep.CODE, VoiceStep.OVER)])
def test_who_dials_911_here_is_told_to_hang_up(step: VoiceStep) -> None:
    turn = hear(AT[step], "9")
    assert VoiceSaying.DANGER in turn.says
    assert turn.state.step is step


def test_a_key_after_a_silence_starts_the_count_anew() -> None:
    once = hear(AT[VoiceStep.MENU], "")
    assert hear(hear(once.state, "9").state, "").listens is Listen.KEY


@pytest.mark.parametrize("step", [one for one in VoiceStep if one not in (VoiceStep.CODE, VoiceStep.OVER)])
def test_wrong_keys_in_a_row_end_the_call_and_help_is_named(step: VoiceStep) -> None:
    state = AT[step]
    for _time in range(MOST_MISSED - 1):
        turn = hear(state, "7")
        assert (turn.says[0], turn.state.step) == (VoiceSaying.WRONG_KEY, step)
        state = turn.state
    assert hear(state, "*").state.missed == 0
    last = hear(state, "7")
    # "Goodbye. In danger, call 911."
    assert (last.says, last.listens) == ((VoiceSaying.GOODBYE,), Listen.NOTHING)


def test_who_cannot_key_a_word_comes_back_to_the_menu() -> None:
    state = key_in(WORDS[:2], AT[VoiceStep.CODE]).state
    for _time in range(MOST_MISSED - 1):
        state = hear(state, "11").state
    assert state.keyed
    turn = hear(state, "11")
    assert (turn.says[0], turn.state.step) == (VoiceSaying.CODE_WRONG_OFTEN, VoiceStep.MENU)
    assert (turn.state.keyed, turn.state.missed) == ((), 0)


def test_a_call_begins_with_help_in_both_languages() -> None:
    turn = begin("00")
    assert turn.says == (VoiceSaying.DANGER, VoiceSaying.CHOOSE_LANGUAGE)
    assert turn.state.language is None
    assert hear(turn.state, "1").state.language == "en"
    assert hear(turn.state, "2").state.language == "es"


@pytest.mark.parametrize("step", VoiceStep)
def test_a_machine_that_presses_keys_is_hung_up_on(step: VoiceStep) -> None:
    assert hear(replace(AT[step], turn=MOST_TURNS), "1").listens is Listen.NOTHING
    assert recorded_nothing(replace(AT[step], turn=MOST_TURNS)).listens is Listen.NOTHING


def test_eight_words_are_looked_up_and_a_right_code_opens() -> None:
    turn = key_in(WORDS, AT[VoiceStep.CODE])
    assert (turn.listens, turn.says) == (Listen.CODE_CHECK, ())
    assert WORDS in read_keys(turn.state.keyed)
    assert opened(turn.state, found=True).says == PROMPTS[VoiceStep.ANSWER]
    assert opened(turn.state, found=True).state.keyed == turn.state.keyed


def test_the_word_that_comes_next_is_counted() -> None:
    turn = key_in(WORDS[:3], AT[VoiceStep.CODE])
    assert (len(turn.state.keyed), turn.says, turn.listens) == (3, (VoiceSaying.CODE_WORD,), Listen.WORD)


def test_zero_takes_back_one_word_and_before_the_first_leads_to_the_menu() -> None:
    turn = key_in(WORDS[:2], AT[VoiceStep.CODE])
    turn = hear(turn.state, "0")
    assert (turn.state.step, len(turn.state.keyed)) == (VoiceStep.CODE, 1)
    turn = hear(hear(turn.state, "0").state, "0")
    assert turn.state.step is VoiceStep.MENU


@pytest.mark.parametrize("keys", ["1", "11", "777777777", "62", "6275310", "#", "9" * 32])
def test_keys_that_spell_no_word_are_asked_for_again(keys: str) -> None:
    turn = hear(AT[VoiceStep.CODE], keys)
    assert turn.says == (VoiceSaying.NO_SUCH_WORD, VoiceSaying.CODE_WORD)
    assert turn.state.keyed == ()


@pytest.mark.parametrize("keys", ["*", "62*", "**"])
def test_a_star_among_letters_explains_again_and_keeps_the_words(keys: str) -> None:
    turn = hear(key_in(WORDS[:2], AT[VoiceStep.CODE]).state, keys)
    assert turn.says == (VoiceSaying.CODE_HOW, VoiceSaying.CODE_WORD)
    assert len(turn.state.keyed) == 2


def test_wrong_codes_lead_back_to_the_menu() -> None:
    state = AT[VoiceStep.CODE]
    for _try in range(MOST_WRONG_CODES - 1):
        turn = opened(key_in(WORDS, state).state, found=False)
        assert turn.says == (VoiceSaying.CODE_WRONG, VoiceSaying.CODE_WORD)
        assert turn.state.keyed == ()
        state = turn.state
    turn = opened(key_in(WORDS, state).state, found=False)
    assert (turn.state.step, turn.says[0]) == (VoiceStep.MENU, VoiceSaying.CODE_WRONG_OFTEN)


@pytest.mark.parametrize(("step", "key"), [(VoiceStep.MENU, "3"), (VoiceStep.NOTE, "1")])
@pytest.mark.parametrize(
    ("door", "says"), [(NoteDoor.NO_DESK, VoiceSaying.NO_DESK), (NoteDoor.TOO_MANY, VoiceSaying.TOO_MANY_NOTES)]
)
def test_without_a_desk_or_after_too_many_no_note_is_begun(
    step: VoiceStep, key: str, door: NoteDoor, says: VoiceSaying
) -> None:
    turn = hear(AT[step], key, door)
    assert (turn.state.step, turn.says) == (VoiceStep.MENU, (says, VoiceSaying.MENU))


@pytest.mark.parametrize("key", "12")
def test_a_closed_desk_closes_nothing_else(key: str) -> None:
    assert hear(AT[VoiceStep.MENU], key, NoteDoor.NO_DESK) == hear(AT[VoiceStep.MENU], key)


def test_a_note_that_was_left_reads_the_words_and_repeats_them() -> None:
    turn = filed(AT[VoiceStep.RECORDING], WORDS)
    assert turn.says == (VoiceSaying.NOTE_KEPT, VoiceSaying.CODE_WORDS, VoiceSaying.AGAIN_OR_BACK)
    again = hear(turn.state, "*")
    assert again.says == (VoiceSaying.CODE_WORDS, VoiceSaying.AGAIN_OR_BACK)
    assert again.state.code == WORDS


def test_a_desk_that_closed_while_somebody_spoke_is_said() -> None:
    assert not_filed(AT[VoiceStep.RECORDING]).says == (VoiceSaying.NO_DESK, VoiceSaying.MENU)


def test_silence_after_the_tone_is_asked_about_once() -> None:
    once = recorded_nothing(AT[VoiceStep.RECORDING])
    assert (once.state.step, once.says) == (VoiceStep.NOTE, (VoiceSaying.NOTHING_HEARD, VoiceSaying.NOTE_HOW))
    assert recorded_nothing(hear(once.state, "").state).listens is Listen.NOTHING
    # Somebody who presses a key in between is there.
    assert recorded_nothing(hear(once.state, "1").state).listens is Listen.KEY


@pytest.mark.parametrize("step", VoiceStep)
def test_a_state_is_the_same_after_it_was_stored(step: VoiceStep) -> None:
    state = replace(AT[step], keyed=("6275", "23"), code=WORDS, silent=1, missed=3, wrong=2, turn=7)
    assert CallState.from_json(state.to_json()) == state


def test_every_turn_is_counted() -> None:
    for step, key in product(VoiceStep, ("", *KEYS)):
        assert hear(AT[step], key).state.turn == 1
    assert {filed(CallState(), WORDS).state.turn, not_filed(CallState()).state.turn} == {1}
    assert len(WORDS) == CODE_WORDS
