"""Settings: what an administrator changes in the portal, one group a page, each saved alone.

A wrong value is said beside its field and nothing typed is lost. What is risky asks once more and says what happens.
A new city is led by what it still lacks: what `flask doctor check` asks, as far as no shell is needed, and what only
people can know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from wtforms import RadioField, SelectChoice, SelectField, StringField

from portal.accounts.roles import DeskKind, Role
from portal.accounts.sign_in import SessionUser, current_user, password_first
from portal.accounts.texts import thing_name
from portal.accounts.today import OpenItem
from portal.accounts.users import active_key, member_names, members
from portal.config import Palette, Settings, SmsSender
from portal.core import stored_settings, web
from portal.core.clock import now, zone
from portal.core.contact import telephone
from portal.core.editing import Both, WholeForm, done, line, lines, plain, pressed
from portal.core.forms import Between, IntegerField, refuse, text
from portal.core.i18n import date_words
from portal.core.jobs.engine import is_at_work
from portal.core.portal import current_portal
from portal.core.statuses import existing
from portal.core.stored_settings import SETTABLE, SettingsGroup, text_of, waiting_changes
from portal.home import city_settings
from portal.home.city_settings import PALETTES, as_stored, as_typed, clock_words
from portal.home.operator import operator
from portal.indicators.statistics.terms import next_on
from portal.markets.map.sheets import has_city_sheet
from portal.markets.texts import names_hidden_place

PHONE = _l("Please write a number with its area code, such as 336-555-0100.")
PHONES = _l("Please write numbers with their area code, and a comma between them.")
TEXTS_NEED_ONE = _l("Texts are switched on, so there must be a number.")
NOT_HERE = _l("This leads back to this website. Choose another one, such as the weather.")
NOTE = stored_settings.GROUPS[SettingsGroup.NOTES][0]
"""What a note is called on a page that is not its own."""
DAY_LINE = _l("Line %(num)s cannot be read. Write it like this: 12-24 Christmas Eve | Nochebuena")


class SettingsForm(WholeForm):
    """The settings of one group. Its fields are named like the settings and have their labels."""

    GROUP: ClassVar[SettingsGroup]
    REASON = _l("This cannot be used here.")

    def __init__(self) -> None:
        super().__init__()
        self.title, settings = stored_settings.GROUPS[self.GROUP]
        self.names = [setting.name for setting in settings]
        for setting in settings:
            self[setting.name].label.text = setting.label

    @property
    def values(self) -> dict[str, str]:
        """The typed values as they are stored. An untouched value stays as it was."""
        values = {}
        for name in self.names:
            typed, stored = plain(self[name].data), text_of(current_portal.settings, name)
            values[name] = stored if typed == as_typed(name, stored) else as_stored(name, typed)
        return values

    @property
    def changed(self) -> dict[str, str]:
        """The values that are not in force yet."""
        return {name: value for name, value in self.values.items() if text_of(current_portal.settings, name) != value}

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for name in stored_settings.refused_values(self.changed):
            if not self[name].errors:
                self.complain(name, self.reason(name))
        for name in stored_settings.waiting_fields("setting") & self.changed.keys():
            self.complain(name, stored_settings.REFUSALS["change_waits"])
        return not self.errors

    def reason(self, _name: str) -> Any:
        """Return the sentence for a value that `Settings` refuses."""
        return self.REASON

    def risks(self) -> list[str]:
        """Return what a change will do that whoever saves should read first."""
        return []


class NameForm(SettingsForm):
    GROUP = SettingsGroup.NAME
    site_name, city_en, city_es = text("", 60), text("", 60), text("", 60)
    palette = RadioField(choices=[SelectChoice(palette.value, PALETTES[palette]) for palette in Palette])


class NotesForm(SettingsForm):
    GROUP = SettingsGroup.NOTES
    OPTIONAL_PAIRS = ("emergency_note",)
    emergency_note = Both(lines, NOTE, 200)
    immigration_note, samaritan_note = Both(lines, NOTE, 300), Both(lines, NOTE, 300)


class TextHoursForm(SettingsForm):
    GROUP = SettingsGroup.HOURS
    texts_from = SelectField(choices=lambda: [(str(hour), clock_words(hour)) for hour in range(8, 13)])
    texts_until = SelectField(choices=lambda: [(str(hour), clock_words(hour)) for hour in range(18, 22)])


class TelephoneForm(SettingsForm):
    GROUP = SettingsGroup.TELEPHONE
    sms_number, sms_more_numbers = line("", 40), line("", 200)

    def reason(self, name: str) -> Any:
        if name == "sms_more_numbers":
            return PHONES
        if not self.values[name] and current_portal.settings.sms_sender is SmsSender.TWILIO:
            return TEXTS_NEED_ONE
        return PHONE

    @property
    def ours(self) -> list[str]:
        """All numbers as typed, the one that people see first."""
        return " ".join(self.values.values()).split()

    def risks(self) -> list[str]:
        settings, before = current_portal.settings, current_portal.settings.sms_number
        if before and not self.warned.data and before not in self.ours:
            # Flyers still show it.
            further = f"{self.values['sms_more_numbers']} {before}"
            self.sms_more_numbers.data = as_typed("sms_more_numbers", further)
        shown, ours, risks = self.values["sms_number"], self.ours, []
        is_new = shown not in ("", before)
        if is_new:
            risks.append(_("Everybody will see %(number)s.", number=telephone(shown)))
        if shown != before and before in ours:
            old = telephone(before)
            risks.append(_("%(number)s stays among the further numbers: flyers still show it.", number=old))
        gone = [telephone(number) for number in settings.sms_numbers if number not in ours]
        risks += [_("Nobody here reads texts to %(number)s any more.", number=number) for number in gone]
        if is_new:
            risks.append(_("The text company must lead the new number here. Ask whoever runs the server."))
        return risks


class ExitForm(SettingsForm):
    GROUP = SettingsGroup.EXIT
    REASON = _l("Please write an address that begins with https://")
    exit_url = text("", 300)

    def validate_exit_url(self, _field: StringField) -> None:
        settings = current_portal.settings
        here = {urlsplit(address).netloc for address in (settings.public_url, settings.onion_url) if address}
        try:
            place = urlsplit(self.values["exit_url"]).netloc
        except ValueError:
            # The standard library's own words would be shown.
            refuse(self.REASON)
        if place in here:
            refuse(NOT_HERE)

    def risks(self) -> list[str]:
        return [
            _("Whoever presses “Leave this page” sees %(address)s. Nobody should wonder why.", address=address)
            for address in self.changed.values()
        ]


class DaysOffForm(SettingsForm):
    GROUP = SettingsGroup.DAYS
    days_off = lines("", 4_000)

    def reason(self, name: str) -> Any:
        typed = enumerate((self.days_off.data or "").splitlines(), start=1)
        wrong = [number for number, one in typed if stored_settings.refused_values({name: one.strip()})]
        return DAY_LINE % {"num": wrong[0] if wrong else 1}


class ReviewsForm(SettingsForm):
    GROUP = SettingsGroup.REVIEWS
    review_weekday = RadioField(
        choices=lambda: [SelectChoice(str(day), city_settings.weekday_words(day)) for day in range(7)]
    )


class FiguresForm(SettingsForm):
    GROUP = SettingsGroup.FIGURES
    REASON = _l("Please give a day from 1 to 28: every month has it.")
    snapshot_day = IntegerField(validators=[Between(1, 28)])

    def risks(self) -> list[str]:
        frozen_on = [date_words(next_on(int(day), now().astimezone(zone()))) for day in self.changed.values()]
        return [_("The next figures are frozen on %(day)s.", day=day) for day in frozen_on]


class LimitsForm(SettingsForm):
    GROUP = SettingsGroup.LIMITS
    reports_per_address = reports_in_all = answers_per_address = answers_in_all = codes_per_address = codes_in_all = (
        IntegerField(validators=[Between(1, 100_000)])
    )

    def reason(self, name: str) -> Any:
        return _l("Please allow at least %(num)s. Fewer would shut honest people out.", num=stored_settings.LEAST[name])


@dataclass(frozen=True)
class SetupStep:
    """Something that a city needs; `url` is empty where only the server helps, and `help` says who can do it."""

    what: str
    help: str
    url: str
    is_done: bool
    is_needed: bool = True


def setup_steps() -> list[SetupStep]:
    settings, people, server = current_portal.settings, url_for("people.index"), _("Whoever runs the server does this.")
    opens = _("Somebody with that role signs in, opens it under Colleagues and keeps the recovery phrase on paper.")
    reachable = _("Its phone or e-mail stands on every page.")
    named = settings.city_en != Settings.model_fields["city_en"].default
    held = Counter(role for member in members() for role in member.roles)
    leads = {Role.ORGANIZER, Role.COMMUNITY_LEAD} <= held.keys()
    can_text = settings.sms_sender is not SmsSender.OFF and bool(settings.sms_number)
    operators, telephones = url_for("operator_team.edit"), url_for("settings.group", name="telephone")
    return [
        SetupStep(_("Name of the city, in both languages"), "", url_for("settings.group", name="name"), named),
        SetupStep(_("An office that people can reach"), reachable, operators, operator().contact.is_given),
        SetupStep(_("Two people for the desk that reads reports"), "", people, held[Role.TRIAGE] > 1),
        SetupStep(_("The desk for reports is open"), opens, people, active_key(DeskKind.TRIAGE) is not None),
        SetupStep(_("Somebody for complaints about police"), "", people, held[Role.OVERSIGHT] > 0),
        SetupStep(_("The desk for complaints is open"), opens, people, active_key(DeskKind.OVERSIGHT) is not None),
        SetupStep(_("An organizer and a community lead"), "", people, leads),
        SetupStep(_("The program that sends texts and mail is at work"), server, "", is_at_work()),
        SetupStep(_("Mail"), server, "", bool(settings.smtp_url), is_needed=False),
        SetupStep(_("A number for texts"), server, telephones, can_text, is_needed=False),
        SetupStep(_("A map of the city"), server, "", has_city_sheet(), is_needed=False),
    ]


def missing(steps: Iterable[SetupStep]) -> int:
    return sum(step.is_needed and not step.is_done for step in steps)


def waits_for_administrators(me: SessionUser) -> Iterable[OpenItem]:
    if Role.ADMINISTRATOR in me.roles and (lacks := missing(setup_steps())):
        what = ngettext(
            "Set up the city: %(num)d thing is missing", "Set up the city: %(num)d things are missing", lacks
        )
        yield OpenItem(what, url_for("settings.start"))


FORMS: dict[str, type[SettingsForm]] = {
    form.GROUP.value: form
    for form in (
        *(NameForm, NotesForm, TextHoursForm, TelephoneForm, ExitForm),
        *(DaysOffForm, ReviewsForm, FiguresForm, LimitsForm),
    )
}
PREVIEWED = (SettingsGroup.NAME, SettingsGroup.NOTES)
blueprint = web.AudienceBlueprint(
    "settings", __name__, audience=web.members("administrator"), url_prefix="/<lang:lang>/team/settings"
)


@blueprint.get("/")
def index() -> str:
    settings = current_portal.settings
    senders = {SmsSender.OFF: _("Off"), SmsSender.CONSOLE: _("Only shown on the server"), SmsSender.TWILIO: "Twilio"}
    return render_template(
        "home/settings.html",
        groups=[
            (group, title, city_settings.summary(group, settings))
            for group, (title, _rows) in stored_settings.GROUPS.items()
        ],
        fixed=[
            (_("Address of this website"), settings.public_url),
            (_("Address for Tor Browser"), settings.onion_url or _("None")),
            (_("Time zone"), settings.timezone),
            (_("Texts"), senders[settings.sms_sender]),
            (_("Mail"), _("On") if settings.smtp_url else _("Off")),
        ],
        waiting=(waiting := waiting_changes()),
        names=member_names(change.member_id for change in waiting if change.member_id),
        thing_name=thing_name,
    )


@blueprint.get("/start/")
def start() -> str:
    steps = setup_steps()
    return render_template("home/first_run.html", steps=steps, lacks=missing(steps))


@blueprint.route("/<name>/", methods=["GET", "POST"])
def group(name: str) -> ResponseReturnValue:
    form = existing(FORMS.get(name))()
    # Whoever found the phone could lead residents to themselves.
    if stored_settings.DIVERTING.keys() & form.names and (first := password_first(request.path)):
        return first
    changes = stored_settings.last_changes(form.names)
    typed = {name: as_typed(name, text_of(current_portal.settings, name)) for name in form.names}
    # A link on this page fills a field with an earlier value; nothing is saved by it.
    back = request.args.get("back", "")
    typed |= {change.name: as_typed(change.name, change.before) for change in changes if str(change.id) == back}
    is_whole = form.validate_over(typed, str(changes[0].id) if changes else "0")
    if not is_whole or pressed() == "show" or names_hidden_place(form, current_user.id):
        return _page(form, changes), 200 if is_whole and not form.errors else form.http_status
    risks, changed = form.risks(), form.changed
    seen = "; ".join(f"{name}={changed[name]}" for name in sorted(changed))
    if risks and form.warned.data != seen:
        form.warned.data = seen
        return _page(form, changes, risks)
    before_and_after = {name: (text_of(current_portal.settings, name), changed[name]) for name in changed}
    diverts = bool(stored_settings.DIVERTING.keys() & changed.keys())
    if not (diverts and city_settings.waits_for_second("setting", before_and_after, current_user.id)):
        is_new = stored_settings.store_settings(changed, current_user.id)
        flash(_("Saved.") if is_new else _("Nothing was changed."), "success")
    return redirect(url_for("settings.index"))


def _page(form: SettingsForm, changes: list[stored_settings.SettingChange], risks: Sequence[str] = ()) -> str:
    people = member_names(change.member_id for change in changes if change.member_id)
    rows = [
        (change, SETTABLE[change.name].label, people.get(change.member_id or 0, _("somebody"))) for change in changes
    ]
    newest = {row[0].name: row for row in reversed(rows)}
    return render_template(
        "home/settings_group.html",
        group=form.GROUP,
        form=form,
        risks=risks,
        changes=rows,
        newest=[newest[name] for name in form.names if name in newest],
        given=[SETTABLE[name].label for name in form.names if name not in current_portal.stored_settings],
        in_words=city_settings.in_words,
        is_previewed=form.GROUP in PREVIEWED,
    )


@blueprint.post("/changes/<int:change_id>/take-back")
def take_back(change_id: int) -> ResponseReturnValue:
    """Take back a change that waits, also one that another administrator made."""
    stored_settings.refuse_change(stored_settings.waiting_change(change_id), current_user.id)
    return done(url_for("settings.index"), _("The change is dropped. What was in force stays."))
