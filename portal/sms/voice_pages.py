"""Webhooks of the provider for calls: each returns what is said next and what is waited for.

No request is read before its signature is checked. The addresses hold the number of the turn and nothing else.
"""

from __future__ import annotations

import logging
import re

from flask import request
from werkzeug.wrappers import Response

from portal.core.db import db
from portal.core.logs import LogEvent
from portal.core.portal import current_portal
from portal.core.sms.twiml import Wait, twiml
from portal.core.statuses import Refused
from portal.core.web import MACHINES, AudienceBlueprint
from portal.sms.pages import check_signature
from portal.sms.voice import (
    CallState,
    Listen,
    VoiceStep,
    VoiceTurn,
    begin,
    filed,
    hear,
    not_filed,
    opened,
    recorded_nothing,
)
from portal.sms.voice_calls import (
    Caller,
    begin_call,
    file_note,
    forget_call,
    keep_call,
    new_seed,
    note_door,
    opened_by_keys,
    stored_call,
    throw_away,
)
from portal.sms.voice_texts import Opened, lines_of, off_lines

voice_blueprint = AudienceBlueprint("sms_voice", __name__, audience=MACHINES, url_prefix="/sms/twilio/voice")
voice_blueprint.before_request(check_signature)
NO_DESK = LogEvent("voice.no_desk", logging.ERROR, "a voice note could not be taken: no desk is open")
CALL_ID = re.compile(r"CA[0-9a-f]{32}")
RECORDING_ID = re.compile(r"RE[0-9a-f]{32}")
KEYS = re.compile(r"[0-9*#]{0,32}")
MOST_SECONDS = 3_600
OVER = {"completed", "busy", "failed", "no-answer", "canceled"}


@voice_blueprint.post("")
def answer() -> Response:
    """Answer a call, or begin again with one whose state is gone: it was quiet for too long."""
    caller = _caller()
    if caller is None:
        return _xml(twiml(off_lines(), Wait.NOTHING))
    turn = begin(new_seed())
    begin_call(caller, turn.state)
    return _spoken(turn)


@voice_blueprint.post("/keys/<int:number>")
def keys(number: int) -> Response:
    """Go on with a call after keys were pressed, or none were."""
    db.read_only()
    caller = _caller()
    state = _state(caller, number)
    if caller is None or state is None:
        db.begin_writing()
        return answer()
    pressed = request.form.get("Digits", "")
    turn = hear(state, pressed if KEYS.fullmatch(pressed) else "#", note_door(caller))
    found = None
    if turn.listens is Listen.CODE_CHECK:
        found = opened_by_keys(caller, turn.state.keyed)
        turn = opened(turn.state, found is not None)
    elif turn.state.step is VoiceStep.ANSWER:
        found = opened_by_keys(caller, turn.state.keyed)
    said = _spoken(turn, found)
    db.begin_writing()
    keep_call(caller, turn.state, state)
    return said


@voice_blueprint.post("/recorded/<int:number>")
def recorded(number: int) -> Response:
    """Go on after a recording; also called when somebody hung up while speaking."""
    caller = _caller()
    state = _state(caller, number)
    recording_id, seconds = _recording()
    if caller is None or state is None:
        _take_late(caller, recording_id, seconds)
        return answer()
    turn = _filed(caller, state, recording_id, seconds) if seconds else recorded_nothing(state)
    if recording_id and not seconds:
        throw_away(recording_id)
    keep_call(caller, turn.state, state)
    return _spoken(turn)


@voice_blueprint.post("/ended")
def ended() -> Response:
    """Forget a call that has ended. Optional: without this callback it is forgotten after an hour."""
    caller = _caller()
    if caller is not None and request.form.get("CallStatus") in OVER:
        forget_call(caller)
    return _xml(twiml((), Wait.NOTHING))


@voice_blueprint.post("/recording")
def recording() -> Response:
    """Take in a recording that is ready, in case that the request about the call has not reached us."""
    recording_id, seconds = _recording()
    _take_late(_caller(), recording_id, seconds)
    return _xml(twiml((), Wait.NOTHING))


def _filed(caller: Caller, state: CallState, recording_id: str, seconds: int) -> VoiceTurn:
    try:
        return filed(state, file_note(caller, state, recording_id, seconds))
    except Refused:
        NO_DESK.log()
        # The recording must not stay at the provider.
        throw_away(recording_id)
        return not_filed(state)


def _take_late(caller: Caller | None, recording_id: str, seconds: int) -> None:
    """File a recording whose call is not known any more; delete it if the line was switched off meanwhile."""
    if caller is not None and recording_id and seconds:
        call = stored_call(caller)
        _filed(caller, call.state if call else CallState(), recording_id, seconds)
    elif recording_id:
        throw_away(recording_id)


def _caller() -> Caller | None:
    """Return the caller; city, state, zip and name are never read. None if the line is switched off."""
    form = request.form
    ours = current_portal.settings.voice_number
    # The provider does not say in every callback which number was called; the first request of a call always does.
    if not ours or form.get("To", ours) != ours or not CALL_ID.fullmatch(form.get("CallSid", "")):
        return None
    return Caller.of(form["CallSid"], form.get("From", ""))


def _state(caller: Caller | None, number: int) -> CallState | None:
    call = stored_call(caller) if caller else None
    return call.at(number) if call else None


def _recording() -> tuple[str, int]:
    """Return the recording's id and its length; an empty id if there is none or it failed."""
    form = request.form
    recording_id, seconds = form.get("RecordingSid", ""), form.get("RecordingDuration", "0")
    is_there = form.get("RecordingStatus", "completed") == "completed" and RECORDING_ID.fullmatch(recording_id)
    length = int(seconds) if re.fullmatch(r"\d{1,5}", seconds, re.ASCII) else 0
    return (recording_id, min(length, MOST_SECONDS)) if is_there else ("", 0)


def _spoken(turn: VoiceTurn, found: Opened | None = None) -> Response:
    base = f"{current_portal.settings.public_url}/sms/twilio/voice"
    path = "recorded" if turn.listens is Listen.RECORDING else "keys"
    wait = Wait(turn.listens.value)
    return _xml(twiml(lines_of(turn, found), wait, f"{base}/{path}/{turn.state.turn}", f"{base}/recording"))


def _xml(body: str) -> Response:
    return Response(body, mimetype="text/xml")
