"""A resident speaks instead of writing: only the changed sound leaves her phone, as the one WAV that is taken."""

import wave
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from playwright.sync_api import expect
from sqlalchemy import select

from portal.accounts.users import desk_private_keys
from portal.core.crypto import unseal
from portal.core.files.sounds import RATE, SHAPE
from portal.reports.reports import ThreadMessage
from tests.conftest import Work
from tests.journeys.browsing import press
from tests.journeys.conftest import Hire, Visit
from tests.make import private_key_of

# What the microphone gave is noted in the page, as the script decodes it.
NOTED = """
const decode = BaseAudioContext.prototype.decodeAudioData;
BaseAudioContext.prototype.decodeAudioData = async function (...given) {
  const sound = await decode.apply(this, given);
  window.original = Array.from(sound.getChannelData(0), (one) => Math.round(one * 32767));
  return sound;
};
"""


def pitch(samples: Sequence[int]) -> float:
    """Return the strongest frequency of a sound."""
    strength = np.abs(np.fft.rfft(np.asarray(samples, dtype=float)))
    return float(np.argmax(strength) * RATE / len(samples))


def test_only_the_changed_voice_leaves_the_phone(visit: Visit, hire: Hire, work: Work) -> None:
    ana = hire("triage")
    with work() as session:
        before = session.scalars(select(ThreadMessage.id)).all()
    her = visit("/en/report/")
    page = her.page
    page.add_init_script(NOTED)
    page.reload()
    page.get_by_text("Your voice, pictures, when").click()
    assert not [one for one in her.addresses if "voice" in one], "the script comes when it is asked for"
    page.get_by_label("Record a voice note").check()
    record = page.locator("[data-record]")
    record.click()
    expect(record).to_have_text("Stop")
    page.wait_for_timeout(2_500)
    record.click()
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    page.get_by_role("button", name="Listen").click()
    # The form comes back with an error, and the note is still there.
    press(page, "Send")
    expect(page.get_by_role("alert").filter(has_text="Please choose one.")).to_be_visible()
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    page.get_by_label("Something else", exact=True).check()
    original = page.evaluate("window.original")
    press(page, "Send")
    expect(page.get_by_text("We have your voice note.")).to_be_visible()

    with work() as session:
        keys = desk_private_keys(ana.id, private_key_of(ana))
        asked = select(ThreadMessage).where(ThreadMessage.id.not_in(before), ThreadMessage.kind == "voice")
        one = session.scalars(asked).one()
        kept = unseal(one.box, one.key_for_desk, keys[one.desk_key_id])
    with wave.open(BytesIO(kept)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == SHAPE
        sent = memoryview(sound.readframes(sound.getnframes())).cast("h")
    assert len(sent) == len(original) > RATE
    assert list(sent) != original
    change = pitch(sent.tolist()) / pitch(original)
    assert 0.7 < change < 0.9 or 1.1 < change < 1.4, change
