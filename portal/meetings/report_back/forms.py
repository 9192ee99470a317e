"""The form for a report-back, with as many lines as are needed, and the one for head counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import NumberRange, Optional

from portal.core.editing import SAME, EditorForm, both, english, line, lines, spanish
from portal.core.fields import DateField, IntegerField
from portal.core.forms import RoomForm
from portal.core.i18n import Bilingual
from portal.meetings.report_back.models import Account, AnswerLine, DecisionLine
from portal.meetings.report_back.rules import Side, one_language_left_behind
from portal.meetings.report_back.texts import SIDE_NAMES
from portal.meetings.texts import MISSING

MINUTES, NEXT_STEPS = _l("What was talked about"), _l("What happens next")
SPARE, MOST_LINES, MOST_HEADS = 2, 20, 5_000
NOBODY = Bilingual(en="", es="")
BEHIND = _l("You changed the other language only. Change this one too, or check the box below.")
NO_COUNT = _l("Please write a whole number, or leave it empty when nobody counted.")


class ReportForm(EditorForm):
    """What came of a meeting, English and Spanish side by side. A draft may leave anything empty."""

    minutes_en, minutes_es = lines(english(MINUTES), 10_000), lines(spanish(MINUTES), 10_000)
    next_steps_en, next_steps_es = lines(english(NEXT_STEPS)), lines(spanish(NEXT_STEPS))
    same = BooleanField(SAME)
    decisions: int
    """How many decisions there is room for; their fields are `decision1_en`, `decision1_who_en`, `decision1_by` …"""
    answers: int
    """How many pairs there is room for: `answer1_said_en`, `answer1_done_en` …"""

    @property
    def account(self) -> Account:
        """What was typed, with the lines that stayed empty."""
        return Account(
            decisions=tuple(self._decision(f"decision{number}") for number in _numbers(self.decisions)),
            answers=tuple(
                AnswerLine(self.pair(f"answer{number}_said"), self.pair(f"answer{number}_done"))
                for number in _numbers(self.answers)
            ),
            next_steps=self.pair("next_steps"),
            minutes=self.pair("minutes"),
        )

    def has_typed(self, name: str) -> bool:
        """Whether anything stands in the fields of one line, or is wrong with them."""
        mine = [field for field in self if field.name == name or field.name.startswith(f"{name}_")]
        return any(field.data or field.errors for field in mine)

    def say_what_is_missing(self, found: Iterable[str]) -> None:
        """Put what `rules.gaps` found beside the fields."""
        for name in found:
            self.complain(name, MISSING)

    def leaves_a_language_behind(self, before: Account) -> bool:
        """Whether a revision would say something old in one language; says so beside the fields."""
        behind = () if self.same.data else one_language_left_behind(before, self.account)
        for name in behind:
            # Lines move up when one above them is emptied; what stands elsewhere now is not accused.
            if name in self:
                self.complain(name, BEHIND)
        return bool(behind)

    def _decision(self, name: str) -> DecisionLine:
        return DecisionLine(self.pair(name), self.pair(f"{name}_who"), self[f"{name}_by"].data)


def stored_form(account: Account | None) -> ReportForm:
    """The form that holds what is stored, with room for more."""
    shown = account or Account((), (), NOBODY, NOBODY)
    return _room_for(len(shown.decisions) + SPARE, len(shown.answers) + SPARE)(data=as_typed(shown))


def posted_form(names: Iterable[str]) -> ReportForm:
    """The form that was sent, with as many lines as it had; `names` are those of its fields."""
    sent = frozenset(names)
    decisions = sum(f"decision{number}_en" in sent for number in _numbers(MOST_LINES))
    answers = sum(f"answer{number}_said_en" in sent for number in _numbers(MOST_LINES))
    return _room_for(decisions, answers)()


def as_typed(account: Account) -> dict[str, Any]:
    """A report-back as the fields of the form hold it."""
    typed: dict[str, Any] = {**both("minutes", account.minutes), **both("next_steps", account.next_steps)}
    for number, decision in enumerate(account.decisions, 1):
        name = f"decision{number}"
        typed |= {**both(name, decision.what), **both(f"{name}_who", decision.who), f"{name}_by": decision.by_on}
    for number, answer in enumerate(account.answers, 1):
        typed |= {**both(f"answer{number}_said", answer.said), **both(f"answer{number}_done", answer.done)}
    return typed


@cache
def _room_for(decisions: int, answers: int) -> type[ReportForm]:
    decisions, answers = min(decisions, MOST_LINES), min(answers, MOST_LINES)
    fields: dict[str, Any] = {"decisions": decisions, "answers": answers}
    for number in _numbers(decisions):
        name = f"decision{number}"
        fields |= _pair(name, lines, _l("Decision %(number)s", number=number))
        fields |= _pair(f"{name}_who", line, _l("Who takes on decision %(number)s", number=number))
        fields[f"{name}_by"] = DateField(_l("By which day"), validators=[Optional()])
    for number in _numbers(answers):
        fields |= _pair(f"answer{number}_said", lines, _l("You said, %(number)s", number=number))
        fields |= _pair(f"answer{number}_done", lines, _l("We did, %(number)s", number=number))
    return type("ReportForm", (ReportForm,), fields)


def _pair(name: str, kind: Any, label: Any) -> dict[str, Any]:
    return {f"{name}_en": kind(english(label)), f"{name}_es": kind(spanish(label))}


def _numbers(most: int) -> range:
    return range(1, most + 1)


def _count(side: Side) -> IntegerField:
    wrong = NumberRange(min=0, max=MOST_HEADS, message=_l("Please write a number from 0 to %(max)s."))
    return IntegerField(SIDE_NAMES[side], validators=[Optional(), wrong])


class HeadsForm(RoomForm):
    """How many came in each role. Empty means that nobody counted; nought that nobody came."""

    residents, youth, faith, organizers, services, city, police, others = (_count(side) for side in Side)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for side in Side:
            field = self[side.value]
            if field.errors and field.process_errors:
                # The library's words for it are for programmers.
                field.errors = [NO_COUNT]
        return whole

    @property
    def heads(self) -> Mapping[Side, int | None]:
        """What was typed."""
        return {side: self[side.value].data for side in Side}
