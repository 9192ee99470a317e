"""The model of what texts mean, and the one place that knows danger."""

import hashlib
import json

from portal.core.reading import danger
from portal.core.reading.danger import Urgency, all_urgent, call_for_help, is_pressing, is_sought
from portal.core.reading.grams import HERE, grams, plain
from portal.core.reading.reader import LANES, MEANINGS, SIZE, ZERO, Likely, Meaning, model
from portal.core.reading.train import digest, examples, train

EXAMPLES = tuple(examples())


def likely(**of):
    return Likely({meaning: of.get(meaning, 0.0) for meaning in Meaning})


def test_data_hash_and_model_agree():
    made = json.loads((HERE / "model.json").read_text())
    assert made["examples"] == digest(), "run make model"
    assert made["weights"] == hashlib.sha256(model().weights).hexdigest()
    assert len(model().weights) == SIZE * LANES < 3_000_000
    read = [(each, model().read(each.text, each.after).best) for each in EXAMPLES[::16]]
    assert sum(best in (each.meaning, *each.also) for each, best in read) > 0.97 * len(read)


def test_training_twice_makes_the_same_model(monkeypatch):
    monkeypatch.setattr("portal.core.reading.train.ROUNDS", 1)
    some = EXAMPLES[::400]
    assert train(some) == train(some)


def test_all_lanes_of_any_number_of_rows_are_added():
    seen = {gram for each in EXAMPLES[:800] for gram in grams(each.text, "")}
    for_meanings, for_units, _length = model().sums(seen)
    rows = [row for gram in seen if (row := model().row_of(gram))]
    assert 4096 < len(rows) < len(seen)
    assert for_meanings == [sum((row[lane] & 15) - ZERO for row in rows) for lane in range(len(MEANINGS))]
    assert for_units == [sum((row[lane] >> 4) - ZERO for row in rows) for lane in range(len(MEANINGS))]


def test_a_rule_adds_help_and_never_takes_it_away():
    assert call_for_help("there was a gun", likely(report=1.0)).kinds == ()
    assert call_for_help("he has a gun", likely(report=1.0)).kinds == (Urgency.DANGER,)
    assert call_for_help("nothing in it", likely(danger=0.15, crisis=0.1)).kinds == (Urgency.DANGER,)
    assert call_for_help("she wont wake up", likely(crisis=0.9)).kinds == (Urgency.OVERDOSE,)
    assert call_for_help("she wont wake up and i want to die", likely(crisis=0.9)).kinds == (
        Urgency.OVERDOSE,
        Urgency.CRISIS,
    )
    # Where the model is all but certain, a sentence tells of what is past; a long text never only does.
    past = "my cousin overdosed there in april and they still sell"
    assert call_for_help(past, likely(report=1.0)).kinds == ()
    assert call_for_help(f"{past}. {'The light is broken. ' * 6}", likely(report=1.0)).kinds == (Urgency.OVERDOSE,)
    # A mark at the desk takes more than naming help; a search calls for it only plainly.
    assert not call_for_help("nothing in it", likely(danger=0.4)).is_pressing
    assert call_for_help("nothing in it", likely(danger=0.7)).is_pressing
    assert call_for_help("he has a gun", likely(danger=0.3)).is_pressing
    assert (is_sought("suicide"), is_sought("safety")) == (True, False)


UNMISTAKABLE = """narcan; NARCAN!!; 911 please; call 911; llamen al 911; he has a gun; tiene una pistola; 🔫; 🆘;
    i want to die;
    me quiero matar; kms; not breathing; no respira; she wont wake up; no despierta; shots fired; the house is on fire;
    hay un tiroteo; suicidio; auxilio; help me please; quiero morirme; turning blue; heart attack; gas leak; help;
    necesito ayuda; someone is in my house; se metieron a mi casa; they took my daughter; llamen a la policia"""
ORDINARY = """they sell pills; the house is blue; narcotics; gas station on 5th; this is fire;
    venden en la esquina; the meeting is at six; parking; fireworks; reunion en el parque; they break in to cars"""


def test_what_is_unmistakable_is_heard_and_ordinary_not_pressing():
    assert [text for text in UNMISTAKABLE.split(";") if not all_urgent(text.strip())] == []
    assert [text for text in ORDINARY.split(";") if is_pressing(text.strip())] == []
    # Look-alikes, accents and case are one.
    assert [plain(text) for text in ("ЅТОР", "Stóp", "sto'p")] == ["stop"] * 3
    # One sentence of a long report is heard.
    long = "They sell by the store. Cars come and go all night. The light is broken and nobody fixes it. " * 3
    assert all_urgent(long) == ()
    assert all_urgent(f"{long} Now he is hitting her with a bat and she is bleeding. {long}")[0] is Urgency.DANGER
    assert len(long) > danger.LONG
