"""Settings: what an administrator changes in the portal, one group a page, each saved alone.

A wrong value is said beside its field and nothing typed is lost. What is risky asks once more and says what happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField

from portal.accounts.sign_in import current_user, password_first
from portal.accounts.texts import thing_name
from portal.accounts.users import member_names
from portal.config import Palette, Settings, SmsSender
from portal.core.clock import now, zone
from portal.core.contact import telephone
from portal.core.editing import BOTH_LANGUAGES, EditorForm, line, lines
from portal.core.forms import Between, IntegerField, readable, text
from portal.core.i18n import Bilingual, date_words
from portal.core.portal import current_portal
from portal.core.statuses import NotFound
from portal.core.stored_settings import DIVERTING, LEAST, SettingChange, refused_values, store_settings, text_of
from portal.core.waiting_changes import (
    REFUSALS,
    refuse_change,
    waiting_change,
    waiting_changes,
    waiting_fields,
)
from portal.core.web import AudienceBlueprint, members
from portal.home.city_settings import (
    GROUPS,
    KEPT,
    LABELS,
    PALETTES,
    TITLES,
    SettingsGroup,
    as_stored,
    as_typed,
    ask_for_change,
    clock_words,
    has_opened,
    history,
    in_words,
    origins,
    summary,
    version_of,
    weekday_words,
    who_did,
)
from portal.home.first_run import missing, setup_steps
from portal.indicators.snapshots.table import next_on
from portal.markets.texts import names_hidden_place

LOOK = "show"
EARLIEST, LATEST = range(8, 13), range(18, 22)
MOST = 100_000
PHONE = _l("Please write a number with its area code, such as 336-555-0100.")
PHONES = _l("Please write numbers with their area code, and a comma between them.")
TEXTS_NEED_ONE = _l("Texts are switched on, so there must be a number.")
ADDRESS = _l("Please write an address that begins with https://")
NOT_HERE = _l("This leads back to this website. Choose another one, such as the weather.")
DAY_LINE = _l("Line %(num)s cannot be read. Write it like this: 12-24 Christmas Eve | Nochebuena")
DAY_OF_MONTH = _l("Please give a day from 1 to 28: every month has it.")


class SettingsForm(EditorForm):
    """The settings of one group; its fields are named like the settings."""

    NAMES: ClassVar[tuple[str, ...]] = ()
    PAIRS: ClassVar[tuple[str, ...]] = ()
    """Texts that must stand in both languages."""
    OPTIONAL_PAIRS: ClassVar[tuple[str, ...]] = ()
    """Texts that stand in both languages or in none."""

    @property
    def values(self) -> dict[str, str]:
        """The typed values as they are stored. An untouched value stays as it was."""
        found = {}
        for name in self.NAMES:
            typed, now_stored = str(self[name].data or "").replace("\r\n", "\n"), text_of(current_portal.settings, name)
            found[name] = now_stored if typed == as_typed(name, now_stored) else as_stored(name, typed)
        return found

    @property
    def changed(self) -> dict[str, str]:
        """The values that are not in force yet."""
        return {name: value for name, value in self.values.items() if text_of(current_portal.settings, name) != value}

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        begun = [pair for pair in self.OPTIONAL_PAIRS if self[f"{pair}_en"].data or self[f"{pair}_es"].data]
        for name in (f"{pair}_{lang}" for pair in (*self.PAIRS, *begun) for lang in ("en", "es")):
            if not self[name].data:
                self.complain(name, BOTH_LANGUAGES)
        for name in refused_values(self.changed):
            if not self[name].errors:
                self.complain(name, self.reason(name))
        for name in waiting_fields("setting") & self.changed.keys():
            self.complain(name, REFUSALS["change_waits"])
        return not self.errors

    def reason(self, _name: str) -> Any:
        """Return the sentence for a value that `Settings` refuses."""
        return _l("This cannot be used here.")


class NameForm(SettingsForm):
    """The names of the website and the city, and its colours."""

    NAMES = GROUPS[SettingsGroup.NAME]
    site_name = text(LABELS["site_name"], 60)
    city_en, city_es = text(LABELS["city_en"], 60), text(LABELS["city_es"], 60)
    palette = RadioField(LABELS["palette"], choices=[SelectChoice(one.value, PALETTES[one]) for one in Palette])


class NotesForm(SettingsForm):
    """What is true here about 911 and immigration, and what the state's law says about an overdose."""

    NAMES = GROUPS[SettingsGroup.NOTES]
    PAIRS = ("immigration_note", "samaritan_note")
    OPTIONAL_PAIRS = ("emergency_note",)
    emergency_note_en, emergency_note_es = (lines(LABELS[f"emergency_note_{lang}"], 200) for lang in ("en", "es"))
    immigration_note_en, immigration_note_es = (lines(LABELS[f"immigration_note_{lang}"], 300) for lang in ("en", "es"))
    samaritan_note_en, samaritan_note_es = (lines(LABELS[f"samaritan_note_{lang}"], 300) for lang in ("en", "es"))


class TextHoursForm(SettingsForm):
    """The hours in which phones may ring."""

    NAMES = GROUPS[SettingsGroup.HOURS]
    texts_from, texts_until = SelectField(LABELS["texts_from"]), SelectField(LABELS["texts_until"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, hours in ((self.texts_from, EARLIEST), (self.texts_until, LATEST)):
            field.choices = [(str(hour), clock_words(hour)) for hour in hours]


class TelephoneForm(SettingsForm):
    """The numbers that people text."""

    NAMES = GROUPS[SettingsGroup.TELEPHONE]
    sms_number, sms_more_numbers = line(LABELS["sms_number"], 40), line(LABELS["sms_more_numbers"], 200)

    def keep_old_number(self) -> None:
        """Add the number that is shown so far to the further ones: flyers still show it."""
        old, values = current_portal.settings.sms_number, self.values
        if old and old not in f"{values['sms_number']} {values['sms_more_numbers']}".split():
            further = [*values["sms_more_numbers"].split(), old]
            self.sms_more_numbers.data = as_typed("sms_more_numbers", " ".join(further))

    def reason(self, name: str) -> Any:
        settings = current_portal.settings
        if name == "sms_more_numbers":
            return PHONES
        if name == "sms_number" and not self.values[name] and settings.sms_sender is SmsSender.TWILIO:
            return TEXTS_NEED_ONE
        return PHONE


class ExitForm(SettingsForm):
    """Where the button that leaves at once leads."""

    NAMES = GROUPS[SettingsGroup.EXIT]
    exit_url = text(LABELS["exit_url"], 300)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        settings = current_portal.settings
        here = {urlsplit(address).netloc for address in (settings.public_url, settings.onion_url) if address}
        if not self.errors and urlsplit(self.values["exit_url"]).netloc in here:
            self.complain("exit_url", NOT_HERE)
        return not self.errors

    def reason(self, _name: str) -> Any:
        return ADDRESS


class DaysOffForm(SettingsForm):
    """The city's own days off."""

    NAMES = GROUPS[SettingsGroup.DAYS]
    days_off = lines(LABELS["days_off"], 4_000)

    def reason(self, name: str) -> Any:
        typed = enumerate((self.days_off.data or "").splitlines(), start=1)
        wrong = [number for number, one in typed if refused_values({name: one.strip()})]
        return DAY_LINE % {"num": wrong[0] if wrong else 1}


class ReviewsForm(SettingsForm):
    """The day of the week on which every place is reviewed."""

    NAMES = GROUPS[SettingsGroup.REVIEWS]
    review_weekday = RadioField(LABELS["review_weekday"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.review_weekday.choices = [SelectChoice(str(day), weekday_words(day)) for day in range(7)]


class FiguresForm(SettingsForm):
    """The day on which published figures are frozen."""

    NAMES = GROUPS[SettingsGroup.FIGURES]
    snapshot_day = IntegerField(LABELS["snapshot_day"], validators=[readable, Between(1, 28)])

    def reason(self, _name: str) -> Any:
        return DAY_OF_MONTH


def _limit(name: str) -> IntegerField:
    return IntegerField(LABELS[name], validators=[readable, Between(1, MOST)])


class LimitsForm(SettingsForm):
    """How much is taken in an hour."""

    NAMES = GROUPS[SettingsGroup.LIMITS]
    reports_per_address, reports_in_all = _limit("reports_per_address"), _limit("reports_in_all")
    answers_per_address, answers_in_all = _limit("answers_per_address"), _limit("answers_in_all")
    codes_per_address, codes_in_all = _limit("codes_per_address"), _limit("codes_in_all")

    def reason(self, name: str) -> Any:
        return _l("Please allow at least %(num)s. Fewer would shut honest people out.", num=LEAST[name])


FORMS: Mapping[SettingsGroup, type[SettingsForm]] = {
    SettingsGroup.NAME: NameForm,
    SettingsGroup.NOTES: NotesForm,
    SettingsGroup.HOURS: TextHoursForm,
    SettingsGroup.TELEPHONE: TelephoneForm,
    SettingsGroup.EXIT: ExitForm,
    SettingsGroup.DAYS: DaysOffForm,
    SettingsGroup.REVIEWS: ReviewsForm,
    SettingsGroup.FIGURES: FiguresForm,
    SettingsGroup.LIMITS: LimitsForm,
}
PREVIEWED = (SettingsGroup.NAME, SettingsGroup.NOTES)
blueprint = AudienceBlueprint(
    "settings", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/team/settings"
)


@blueprint.get("/")
def index() -> str:
    """Show the groups with their values in one line each, and what only the server can change."""
    settings = current_portal.settings
    return render_template(
        "home/settings.html",
        groups=[(group, TITLES[group], summary(group, settings)) for group in SettingsGroup],
        fixed=_fixed(settings),
        kept=[(what, how_long) for _rules, what, how_long in KEPT],
        waiting=(waiting := waiting_changes()),
        names=member_names(change.member_id for change in waiting if change.member_id),
        thing_name=thing_name,
    )


def _fixed(settings: Settings) -> list[tuple[str, str]]:
    """Return the settings that stay with the server, as pairs of a name and a value; no secret."""
    senders = {SmsSender.OFF: _("Off"), SmsSender.CONSOLE: _("Only shown on the server"), SmsSender.TWILIO: "Twilio"}
    return [
        (_("Address of this website"), settings.public_url),
        (_("Address for Tor Browser"), settings.onion_url or _("None")),
        (_("Time zone"), settings.timezone),
        (_("Texts"), senders[settings.sms_sender]),
        (_("Mail"), _("On") if settings.smtp_url else _("Off")),
    ]


@blueprint.get("/start/")
def start() -> str:
    """Show the steps of a new city, and which of them are done."""
    steps = setup_steps()
    return render_template("home/first_run.html", steps=steps, lacks=missing(steps))


@blueprint.route("/<name>/", methods=["GET", "POST"])
def group(name: str) -> ResponseReturnValue:
    """Change the settings of one group."""
    if name not in FORMS:
        raise NotFound
    asked = SettingsGroup(name)
    # Whoever found the phone could lead residents to themselves.
    if DIVERTING.keys() & GROUPS[asked] and (first := password_first(request.path)):
        return first
    changes, names = history(asked)
    form = FORMS[asked]()
    typed = {one: as_typed(one, text_of(current_portal.settings, one)) for one in form.NAMES}
    is_whole = form.validate_over(typed | _put_back(changes), version_of(changes))
    if not is_whole or request.form.get("then") == LOOK or names_hidden_place(form, current_user.id):
        return _page(asked, form, changes, names), 200 if is_whole and not form.errors else form.http_status
    if risks := _unseen_risks(form):
        return _page(asked, form, changes, names, risks)
    flash(_save(form.changed), "success")
    return redirect(url_for("settings.index"))


def _save(changed: Mapping[str, str]) -> Any:
    """Put these values in force, or let them wait; return a sentence that says which."""
    if DIVERTING.keys() & changed.keys() and has_opened():
        before = {name: text_of(current_portal.settings, name) for name in changed}
        return ask_for_change(
            "setting", {name: (before[name], value) for name, value in changed.items()}, current_user.id
        )
    return _("Saved.") if store_settings(changed, current_user.id) else _("Nothing was changed.")


@blueprint.post("/changes/<int:change_id>/take-back")
def take_back(change_id: int) -> ResponseReturnValue:
    """Take back a change that waits, also one that another administrator made."""
    refuse_change(waiting_change(change_id), current_user.id)
    flash(_("The change is dropped. What was in force stays."), "success")
    return redirect(url_for("settings.index"))


def _put_back(changes: list[SettingChange]) -> dict[str, str]:
    """Return the field that a link on this page fills with an earlier value; nothing is saved by it."""
    asked = request.args.get("back", "")
    return {one.name: as_typed(one.name, one.before) for one in changes if str(one.id) == asked}


def _unseen_risks(form: SettingsForm) -> list[str]:
    """Return what a change will do, unless whoever saves has read it already."""
    if isinstance(form, TelephoneForm) and not form.warned.data:
        form.keep_old_number()
    changed = form.changed
    risks = [*_number_risks(form.values), *_other_risks(changed)]
    seen = "; ".join(f"{name}={changed[name]}" for name in sorted(changed))
    if not risks or form.warned.data == seen:
        return []
    form.warned.data = seen
    return risks


def _number_risks(values: Mapping[str, str]) -> list[str]:
    """Return the consequences of new numbers for people who text."""
    if "sms_number" not in values:
        return []
    settings, shown = current_portal.settings, values["sms_number"]
    ours = {*shown.split(), *values["sms_more_numbers"].split()}
    is_new = shown not in ("", settings.sms_number)
    risks = [str(_("Everybody will see %(number)s.", number=telephone(shown)))] if is_new else []
    if shown != settings.sms_number in ours:
        old = telephone(settings.sms_number)
        risks.append(str(_("%(number)s stays among the further numbers: flyers still show it.", number=old)))
    gone = [telephone(number) for number in settings.sms_numbers if number not in ours]
    risks += [str(_("Nobody here reads texts to %(number)s any more.", number=number)) for number in gone]
    if is_new:
        risks.append(str(_("The text company must lead the new number here. Ask whoever runs the server.")))
    return risks


def _other_risks(changed: Mapping[str, str]) -> list[str]:
    risks = []
    if address := changed.get("exit_url"):
        about = _("Whoever presses “Leave this page” sees %(address)s. Nobody should wonder why.", address=address)
        risks.append(str(about))
    if day := changed.get("snapshot_day"):
        frozen_on = date_words(next_on(int(day), now().astimezone(zone())))
        risks.append(str(_("The next figures are frozen on %(day)s.", day=frozen_on)))
    return risks


def _page(
    asked: SettingsGroup,
    form: SettingsForm,
    changes: list[SettingChange],
    names: dict[int, str],
    risks: list[str] | None = None,
) -> str:
    return render_template(
        "home/settings_group.html",
        group=asked,
        title=TITLES[asked],
        form=form,
        risks=risks or [],
        origins=origins(asked, changes, names),
        changes=[(one, LABELS[one.name], who_did(one, names)) for one in changes],
        in_words=in_words,
        seen=_seen(form) if asked in PREVIEWED else None,
    )


def _seen(form: SettingsForm) -> dict[str, Any]:
    """Return the preview of the typed values in both languages."""
    typed = {name: form[name].data or "" for name in form.NAMES}
    pairs = {name[:-3] for name in typed if name.endswith("_en")}
    return typed | {name: Bilingual(typed[f"{name}_en"], typed[f"{name}_es"]) for name in pairs}
