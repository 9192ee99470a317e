"""Forms of the desks that read reports: the answer with the next step of a report, and how it is sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from portal.core.forms import ProtectedForm, at_most, strip
from portal.core.names import bare_names
from portal.core.pii import PersonalDetail, personal_details
from portal.markets.map.sheets import names_of_the_city
from portal.markets.places import NamedPlace
from portal.reports import notes, referrals, reports
from portal.reports.intake_pages import LONGEST_REPORT, refuse_race_alone
from portal.reports.reports import Thread
from portal.reports.texts import DESK_CATEGORIES, DISPOSITIONS, REFERRALS
from portal.reports.triage import READERS, Category, Disposition, Referral, may_refer, needs_own_words, obstacle
from portal.reports.words import CloseDetail, close_details, speaks_of_police

RACE_PASSED_ON = _l("A part of it names a race and nothing else. That helps nobody: please take it out.")
NOBODY_THERE = _l("Nobody there can read it now. Nothing was sent: please choose again.")
NO_CHOICE = _l("Please choose one of these.")
OWN_WORDS = _l(
    "This report is about selling. Write only what is about the building, the light or the trash, and nothing else."
)

ANSWERED_WITH = frozenset(Disposition) - {Disposition.NOT_REPORT}


class OpenedReport:
    """What a member's keys open of a report as it stands now, and who could read what is passed on of it."""

    def __init__(self, report: Thread, keys: reports.Keys) -> None:
        self.report = report
        self.messages = reports.opened_by_desk(report, keys)
        self.passed = [reports.opened_referral(row, keys, as_sender=True) for row in reports.referrals_of(report.id)]
        noted = notes.notes_of(report, keys)
        self.noted = [row for row in noted if row.about_id is None]
        self.translations = {row.about_id: row for row in noted if row.about_id is not None}
        # A complaint about the police is passed on to nobody who reads here.
        is_complaint = report.category is Category.CONDUCT
        self.unread = {} if is_complaint else referrals.unread(report.market_id)
        self.readers = [] if is_complaint else [to for to in READERS if to not in self.unread]
        translated = {about_id: row.text for about_id, row in self.translations.items() if row.text}
        self.draft = ""
        if self.readers:
            self.draft = referrals.masked_words(self.messages, report.language, LONGEST_REPORT, translated)

    def written_by(self, author: str) -> list[str]:
        return [row.words.all_text for row in self.messages if row.author == author and row.words]


class DeskForm(ProtectedForm):
    """The form for a reply to the resident and the next step of a report.

    If the resident's own words mention the police, it asks about police conduct even if the desk left those words out
    of the referral. With a voice note it asks in any case, because no machine hears it. Names of the city's places are
    not taken for names of persons.
    """

    version = HiddenField()
    what = TextAreaField(_l("Answer to the person"), filters=[strip], validators=[at_most(LONGEST_REPORT)])
    then = SelectField(_l("And then"), default="answer", validate_choice=False)
    readable = TextAreaField(
        _l("If you pass it on: what they may read"), filters=[strip], validators=[at_most(LONGEST_REPORT)]
    )
    again = BooleanField(_l("Send them again"))
    sure = BooleanField(_l("I am sure: they may read it as it stands"))
    not_conduct = BooleanField(_l("I am sure: it is no complaint about how police behaved"))
    names_checked = BooleanField(_l("I looked: it is no person's name, or they may read it"))
    alike = BooleanField(_l("The others who told us the same get this answer too"))
    what_alike = TextAreaField(
        _l("The same answer in the other language"), filters=[strip], validators=[at_most(LONGEST_REPORT)]
    )

    def __init__(self, opened: OpenedReport, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.opened, self.category, self.readers = opened, opened.report.category, opened.readers
        self.has_voice = any(message.kind == "voice" for message in opened.messages)
        self.was_sent = self.may_be_conduct = False
        self.found: tuple[PersonalDetail | CloseDetail, ...] = ()
        self.perhaps_names: tuple[str, ...] = ()
        there = [to for to in REFERRALS if may_refer(self.category, to) and (to in self.readers or to not in READERS)]
        # Never offered, and refused with a reason to whoever asks for it all the same.
        never = {f"not_to_{to}" for to in REFERRALS}
        shown = [to for to in there if obstacle(self.category, to, has_place=True) not in never]
        ends = [(f"close {end.value}", label) for end, label in DISPOSITIONS.items() if end in ANSWERED_WITH]
        choices = {
            _l("It stays open"): [("answer", _l("Just answer")), ("ask", _l("Ask for more, and wait"))],
            _l("Passed on to"): [(f"pass {to.value}", REFERRALS[to]) for to in shown],
            _l("Closed with"): ends,
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
        if is_narrow and (field.data or "").split() == self.opened.draft.split():
            raise ValidationError(str(OWN_WORDS))
        # The proposed text holds the answers to several questions, one per paragraph.
        for paragraph in (field.data or "").replace("\r", "").split("\n\n") if self.is_shared else ():
            refuse_race_alone(paragraph.partition(":")[2] or paragraph, RACE_PASSED_ON)

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        text = self.what.data or ""
        self.was_sent = text.split() in [words.split() for words in self.opened.written_by("desk") if text]
        if read_by_others := self.readable.data or "" if self.is_shared else self.for_all:
            self.found = personal_details(read_by_others)
            self.perhaps_names = bare_names(read_by_others, names_of_the_city())
        if self.is_shared:
            self.found += close_details(read_by_others)
            said = "\n".join((read_by_others, *self.opened.written_by("resident")))
            self.may_be_conduct = self.has_voice or speaks_of_police(said)
        return all(self[name].data or not doubts for name, doubts in self.to_confirm.items())

    @property
    def for_all(self) -> str:
        """What the others who told the same would read; empty if only the one person gets the answer."""
        if not self.alike.data or self.step[0] not in ("answer", "close"):
            return ""
        return f"{self.what.data or ''}\n\n{self.what_alike.data or ''}".strip()

    @property
    def to_confirm(self) -> dict[str, object]:
        """What needs a second look before anybody reads it, by the fields that confirm it."""
        doubts = {"sure": self.found, "names_checked": self.perhaps_names, "not_conduct": self.may_be_conduct}
        return {"again": self.was_sent, **doubts}

    @property
    def first_question(self) -> str | None:
        """Name of the first field that the desk must answer before anything is sent, or None."""
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


class DeskNoteForm(ProtectedForm):
    note = TextAreaField(
        _l("Note"),
        filters=[strip],
        validators=[DataRequired(_l("Please write something first.")), at_most(LONGEST_REPORT)],
    )


class ShiftForm(ProtectedForm):
    """A word of one desk for its next shift; left empty, there is none."""

    note = TextAreaField(_l("For the next shift"), filters=[strip], validators=[at_most(500)])

    def __init__(self, desk_id: int, **kwargs: Any) -> None:
        super().__init__(prefix=f"shift-{desk_id}-", **kwargs)
        self.desk_id = desk_id


class SortForm(ProtectedForm):
    version = HiddenField()
    category = SelectField(_l("About"), choices=[(key.value, label) for key, label in DESK_CATEGORIES.items()])
    market = SelectField(_l("Place"))
    may_read_all = BooleanField(_l("I am sure: it is not about the police, and the desk may read all of it"))

    def __init__(self, places: Sequence[NamedPlace], language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.market.choices = [("", _l("Not at a place of ours"))]
        self.market.choices += [(place.slug, place.name[language]) for place in places]
