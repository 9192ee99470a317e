"""Forms of the desks that read reports: the answer with the next step of a report, and how it is sorted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from portal.core.editing import EditorForm
from portal.core.forms import ProtectedForm, at_most, strip
from portal.core.names import bare_names
from portal.core.pii import PersonalDetail, personal_details
from portal.markets.map.sheets import names_of_the_city
from portal.markets.places import NamedPlace
from portal.reports.intake_pages import LONGEST_REPORT, refuse_race_alone
from portal.reports.texts import DESK_CATEGORIES, DISPOSITIONS, REFERRALS
from portal.reports.triage import Category, Referral, may_refer, needs_own_words, obstacle
from portal.reports.urgency import CloseDetail, close_details, speaks_of_police

RACE_PASSED_ON = _l("A part of it names a race and nothing else. That helps nobody: please take it out.")
NOBODY_THERE = _l("Nobody there can read it now. Nothing was sent: please choose again.")
NO_CHOICE = _l("Please choose one of these.")
OWN_WORDS = _l(
    "This report is about selling. Write only what is about the building, the light or the trash, and nothing else."
)


class DeskForm(ProtectedForm):
    """The form for a reply to the resident and the next step of a report.

    `readers` are the referral targets whose members can read a referral of this report in the portal, `draft` the text
    with which `readable` begins. `said` returns the resident's own words: if they mention the police, the form asks
    about police conduct even if the desk left those words out of the referral. With `has_voice` it asks in any case,
    because no machine hears a voice note. `places` returns names of the city's places, which are not taken for names of
    persons.
    """

    version = HiddenField()
    what = TextAreaField(_l("Answer to the person"), filters=[strip], validators=[at_most(LONGEST_REPORT)])
    then = SelectField(_l("And then"), default="answer", validate_choice=False)
    readable = TextAreaField(
        _l("If you pass it on: what they may read"), filters=[strip], validators=[at_most(LONGEST_REPORT)]
    )
    sure = BooleanField(_l("I am sure: they may read it as it stands"))
    not_conduct = BooleanField(_l("I am sure: it is no complaint about how police behaved"))
    names_checked = BooleanField(_l("I looked: it is no person's name, or they may read it"))
    alike = BooleanField(_l("The others who told us the same get this answer too"))
    what_alike = TextAreaField(
        _l("The same answer in the other language"), filters=[strip], validators=[at_most(LONGEST_REPORT)]
    )

    def __init__(
        self,
        category: Category,
        readers: Collection[Referral],
        said: Callable[[], str] = str,
        places: Callable[[], Iterable[str]] = list,
        *,
        draft: Callable[[], str] = str,
        has_voice: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.readers, self.said, self.places, self.has_voice = readers, said, places, has_voice
        self.category, self.draft, self.may_be_conduct = category, draft, False
        self.found: tuple[PersonalDetail | CloseDetail, ...] = ()
        self.perhaps_names: tuple[str, ...] = ()
        there = [to for to in REFERRALS if may_refer(category, to) and (to in readers or to is Referral.OVERSIGHT)]
        # Never offered, and refused with a reason to whoever asks for it all the same.
        never = {f"not_to_{to}" for to in REFERRALS}
        shown = [to for to in there if obstacle(category, to, has_place=True) not in never]
        choices = {
            _l("It stays open"): [("answer", _l("Just answer")), ("ask", _l("Ask for more, and wait"))],
            _l("Passed on to"): [(f"pass {to.value}", REFERRALS[to]) for to in shown],
            _l("Closed with"): [(f"close {end.value}", label) for end, label in DISPOSITIONS.items()],
        }
        self.then.choices = {group: ways for group, ways in choices.items() if ways}
        self.offered = {value for ways in choices.values() for value, _label in ways}
        self.offered |= {f"pass {to.value}" for to in there}

    def validate_what(self, field: TextAreaField) -> None:
        if self.then.data in ("answer", "ask") and not field.data:
            raise ValidationError(str(_l("Please write something first.")))

    def validate_then(self, field: SelectField) -> None:
        if field.data not in self.offered:
            raise ValidationError(str(NOBODY_THERE if self.step[0] == "pass" else NO_CHOICE))

    def validate_readable(self, field: TextAreaField) -> None:
        if self.is_shared and not field.data:
            raise ValidationError(str(_l("Please write what they may read.")))
        is_narrow = self.is_shared and needs_own_words(self.category, Referral(self.step[1]))
        if is_narrow and (field.data or "").split() == self.draft().split():
            raise ValidationError(str(OWN_WORDS))
        # The proposed text holds the answers to several questions, one per paragraph.
        for paragraph in (field.data or "").replace("\r", "").split("\n\n") if self.is_shared else ():
            refuse_race_alone(paragraph.partition(":")[2] or paragraph, RACE_PASSED_ON)

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        read_by_others = self.readable.data or "" if self.is_shared else self.for_all
        if not read_by_others:
            return True
        self.found = personal_details(read_by_others)
        self.perhaps_names = bare_names(read_by_others, self.places())
        if self.is_shared:
            self.found += close_details(read_by_others)
            self.may_be_conduct = self.has_voice or speaks_of_police(f"{self.readable.data} {self.said()}")
        return all(self[name].data or not doubts for name, doubts in self.to_confirm.items())

    @property
    def for_all(self) -> str:
        """What the others who told the same would read; empty if only the one person gets the answer."""
        if not self.alike.data or self.step[0] not in ("answer", "close"):
            return ""
        return f"{self.what.data or ''}\n\n{self.what_alike.data or ''}".strip()

    @property
    def to_confirm(self) -> dict[str, object]:
        """What needs a second look before the report is passed on, by the fields that confirm it."""
        return {"sure": self.found, "names_checked": self.perhaps_names, "not_conduct": self.may_be_conduct}

    @property
    def first_question(self) -> str | None:
        """Name of the first field that the desk must answer before the report is passed on, or None."""
        return next((name for name, doubts in self.to_confirm.items() if doubts), None)

    @property
    def is_shared(self) -> bool:
        what, which = self.step
        return what == "pass" and which in self.readers

    @property
    def step(self) -> tuple[str, str]:
        """The next step and its target or ending, such as ("pass", "outreach")."""
        what, _space, which = (self.then.data or "").partition(" ")
        return what, which


class LookedThroughForm(EditorForm):
    """A form whose words leave the desk, or are not sealed: it asks once more about what could show who somebody is."""

    sure = BooleanField(_l("I am sure: it names nobody from a report"))
    found: tuple[PersonalDetail, ...] = ()
    perhaps_names: tuple[str, ...] = ()

    def is_looked_through(self, text: str) -> bool:
        """Look through the words, and return whether nothing was found or the writer is sure."""
        self.found, self.perhaps_names = personal_details(text), bare_names(text, names_of_the_city())
        return bool(self.sure.data) or not (self.found or self.perhaps_names)


class DeskNoteForm(ProtectedForm):
    note = TextAreaField(
        _l("Note"),
        filters=[strip],
        validators=[DataRequired(_l("Please write something first.")), at_most(LONGEST_REPORT)],
    )


class SortForm(ProtectedForm):
    version = HiddenField()
    category = SelectField(_l("About"), choices=[(key.value, label) for key, label in DESK_CATEGORIES.items()])
    market = SelectField(_l("Place"))
    may_read_all = BooleanField(_l("I am sure: it is not about the police, and the desk may read all of it"))

    def __init__(self, places: Sequence[NamedPlace], language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.market.choices = [("", _l("Not at a place of ours"))]
        self.market.choices += [(place.slug, place.name[language]) for place in places]
