"""Which language of a text is older, after any history of saves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from portal.core.i18n import Bilingual
from portal.core.parity import SIDES, Credit, Translation, is_stale, lacks_checker, left_behind, stale_after

NAMES = ("title", "body")
NONE: frozenset[str] = frozenset()
said = st.sampled_from(["", "one", "two", "three words here"])
texts = st.fixed_dictionaries({name: st.builds(Bilingual, en=said, es=said) for name in NAMES})
marks = st.frozensets(st.sampled_from([f"{name}_{side}" for name in NAMES for side in SIDES]))
TEXT = {"title": Bilingual("one", "uno"), "body": Bilingual("two", "dos")}
# What one field's two sides are to each other, and what becomes of that: the same written down as a table.
TABLE = {
    ("level", "en"): "es is older",
    ("level", "es"): "en is older",
    ("es is older", "en"): "es is older",
    ("es is older", "es"): "level",
    ("en is older", "es"): "en is older",
    ("en is older", "en"): "level",
}
MARK = {"level": None, "es is older": "es", "en is older": "en"}


def changed(name, side, text):
    halves = {"en": TEXT[name].en, "es": TEXT[name].es, side: text}
    return TEXT | {name: Bilingual(**halves)}


class TwoEditors(RuleBasedStateMachine):
    """Fields that are never empty, edited for a long time; a table keeps count beside the rule."""

    def __init__(self):
        super().__init__()
        self.texts, self.stale, self.number = dict(TEXT), NONE, 0
        self.state = dict.fromkeys(NAMES, "level")

    @rule(edits=st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(SIDES))))
    def save(self, edits):
        after = {}
        for name, text in self.texts.items():
            halves = {"en": text.en, "es": text.es}
            sides = [side for side in SIDES if (name, side) in edits]
            for side in sides:
                self.number += 1
                halves[side] = f"text {self.number}"
            after[name] = Bilingual(**halves)
            if len(sides) == 2:
                self.state[name] = "level"
            elif sides:
                self.state[name] = TABLE[self.state[name], sides[0]]
        self.stale, self.texts = stale_after(self.texts, after, self.stale), after

    @rule()
    def send_the_form_as_a_browser_does(self):
        after = {name: Bilingual(f" {text.en}\r\n", text.es) for name, text in self.texts.items()}
        assert stale_after(self.texts, after, self.stale) == self.stale

    @invariant()
    def the_marks_are_those_of_the_table(self):
        assert self.stale == {f"{name}_{MARK[state]}" for name, state in self.state.items() if MARK[state]}


TestTwoEditors = TwoEditors.TestCase


@given(before=texts, after=texts, stale=marks)
def test_no_field_is_behind_on_both_sides_or_empty(before, after, stale):
    found = stale_after(before, after, stale) - stale
    assert not any({f"{name}_en", f"{name}_es"} <= found for name in NAMES)
    assert all(getattr(after[mark[:-3]], mark[-2:]) for mark in found)


def test_one_side_changed_makes_the_other_older():
    half, both = (
        TEXT | {"body": Bilingual("two", "")},
        changed("title", "en", "new") | {"body": Bilingual("two", "nuevo")},
    )
    for before, after, stale, expected in (
        (TEXT, changed("body", "en", "new"), NONE, {"body_es"}),
        (TEXT, changed("body", "es", "nuevo"), NONE, {"body_en"}),
        # Changes of two fields do not balance each other.
        (TEXT, both, NONE, {"title_es", "body_en"}),
        # A first translation makes nothing older.
        (half, TEXT, NONE, NONE),
        (TEXT, half, frozenset({"body_es"}), NONE),
    ):
        assert stale_after(before, after, stale) == expected
    assert left_behind(TEXT, both) == ("title_es", "body_en")
    # A page is older when any of its fields is.
    stale = frozenset({"title_en", "body_es"})
    assert is_stale(stale, "en") and is_stale(stale, "es")
    assert not is_stale(frozenset({"body_es"}), "en")
    # Who says checked says by whom.
    for translation, reviewer, lacks in (
        *((Translation.MACHINE_CHECKED, " ", True), (Translation.MACHINE_CHECKED, "Rosa", False)),
        (Translation.MACHINE, "", False),
    ):
        assert lacks_checker(Credit(translation=translation, reviewed_by=reviewer)) is lacks
    assert not lacks_checker(Credit())
