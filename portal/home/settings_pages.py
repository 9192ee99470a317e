"""Settings: what an administrator changes in the portal, one group a page, each saved alone.

A wrong value is said beside its field and nothing typed is lost. What is risky asks once more and says what happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectChoice, SelectField

from portal.accounts.sign_in import current_user, password_first
from portal.accounts.texts import thing_name
from portal.accounts.users import member_names
from portal.config import Palette, SmsSender
from portal.core import stored_settings, waiting_changes
from portal.core.clock import now, zone
from portal.core.contact import telephone
from portal.core.editing import BOTH_LANGUAGES, EditorForm, line, lines
from portal.core.forms import Between, IntegerField, readable, text
from portal.core.i18n import NOTHING, Bilingual, date_words
from portal.core.portal import current_portal
from portal.core.statuses import NotFound
from portal.core.stored_settings import SettingChange, text_of
from portal.core.web import AudienceBlueprint, members
from portal.home import city_settings
from portal.home.city_settings import GROUPS, LABELS, NUMBERS, PALETTES, TITLES, SettingsGroup, as_stored, as_typed
from portal.home.first_run import missing, setup_steps
from portal.indicators.statistics.terms import next_on
from portal.markets.texts import names_hidden_place

LOOK = "show"
MOST = 100_000
PHONE = _l("Please write a number with its area code, such as 336-555-0100.")
TEXTS_NEED_ONE = _l("Texts are switched on, so there must be a number.")
NOT_HERE = _l("This leads back to this website. Choose another one, such as the weather.")
DAY_LINE = _l("Line %(num)s cannot be read. Write it like this: 12-24 Christmas Eve | Nochebuena")
REFUSED: Mapping[str, Any] = {
    "sms_number": PHONE,
    "sms_more_numbers": _l("Please write numbers with their area code, and a comma between them."),
    "exit_url": _l("Please write an address that begins with https://"),
    "snapshot_day": _l("Please give a day from 1 to 28: every month has it."),
    **{
        name: _l("Please allow at least %(num)s. Fewer would shut honest people out.", num=least)
        for name, least in stored_settings.LEAST.items()
    },
}
"""What is said of a value that `Settings` refuses."""


def _hours(hours: Iterable[int]) -> list[SelectChoice]:
    return [SelectChoice(str(hour), city_settings.clock_words(hour)) for hour in hours]


FIELDS: Mapping[str, Field] = {
    "site_name": text(LABELS["site_name"], 60),
    "city_en": text(LABELS["city_en"], 60),
    "city_es": text(LABELS["city_es"], 60),
    "palette": RadioField(LABELS["palette"], choices=[SelectChoice(one.value, PALETTES[one]) for one in Palette]),
    **{name: lines(LABELS[name], 200 if name.startswith("emergency") else 300) for name in GROUPS[SettingsGroup.NOTES]},
    "texts_from": SelectField(LABELS["texts_from"], choices=lambda: _hours(range(8, 13))),
    "texts_until": SelectField(LABELS["texts_until"], choices=lambda: _hours(range(18, 22))),
    "sms_number": line(LABELS["sms_number"], 40),
    "sms_more_numbers": line(LABELS["sms_more_numbers"], 200),
    "exit_url": text(LABELS["exit_url"], 300),
    "days_off": lines(LABELS["days_off"], 4_000),
    "review_weekday": RadioField(
        LABELS["review_weekday"],
        choices=lambda: [SelectChoice(str(day), city_settings.weekday_words(day)) for day in range(7)],
    ),
    "snapshot_day": IntegerField(LABELS["snapshot_day"], validators=[readable, Between(1, 28)]),
    **{
        name: IntegerField(LABELS[name], validators=[readable, Between(1, MOST)])
        for name in GROUPS[SettingsGroup.LIMITS]
    },
}
PAIRS = ("immigration_note", "samaritan_note")
"""Texts that must stand in both languages."""
OPTIONAL_PAIRS = ("emergency_note",)
"""Texts that stand in both languages or in none."""


class SettingsForm(EditorForm):
    """The settings of one group; its fields are named like the settings."""

    NAMES: ClassVar[tuple[str, ...]] = ()

    @property
    def values(self) -> dict[str, str]:
        """The typed values as they are stored. An untouched value stays as it was."""
        values = {}
        for name in self.NAMES:
            typed, now_stored = str(self[name].data or "").replace("\r\n", "\n"), text_of(current_portal.settings, name)
            values[name] = now_stored if typed == as_typed(name, now_stored) else as_stored(name, typed)
        return values

    @property
    def changed(self) -> dict[str, str]:
        return {name: value for name, value in self.values.items() if text_of(current_portal.settings, name) != value}

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        begun = [pair for pair in OPTIONAL_PAIRS if f"{pair}_en" in self and self.pair(pair) != NOTHING]
        for name in (f"{pair}_{lang}" for pair in (*PAIRS, *begun) for lang in ("en", "es")):
            if name in self and not self[name].data:
                self.complain(name, BOTH_LANGUAGES)
        for name in stored_settings.refused_values(self.changed):
            if not self[name].errors:
                self.complain(name, self.reason(name))
        for name in waiting_changes.waiting_fields("setting") & self.changed.keys():
            self.complain(name, waiting_changes.REFUSALS["change_waits"])
        settings = current_portal.settings
        here = {urlsplit(address).netloc for address in (settings.public_url, settings.onion_url) if address}
        if "exit_url" in self and not self.errors and urlsplit(self.values["exit_url"]).netloc in here:
            self.complain("exit_url", NOT_HERE)
        return not self.errors

    def reason(self, name: str) -> Any:
        if name == "sms_number" and not self.values[name] and current_portal.settings.sms_sender is SmsSender.TWILIO:
            return TEXTS_NEED_ONE
        if name == "days_off":
            typed = enumerate((self[name].data or "").splitlines(), start=1)
            wrong = [number for number, day in typed if stored_settings.refused_values({name: day.strip()})]
            return DAY_LINE % {"num": wrong[0] if wrong else 1}
        return REFUSED.get(name, _l("This cannot be used here."))

    def keep_old_number(self) -> None:
        """Add the number that is shown so far to the further ones: flyers still show it."""
        old, values = current_portal.settings.sms_number, self.values
        if old and old not in f"{values['sms_number']} {values['sms_more_numbers']}".split():
            further = [*values["sms_more_numbers"].split(), old]
            self["sms_more_numbers"].data = as_typed("sms_more_numbers", " ".join(further))


FORMS: Mapping[SettingsGroup, type[SettingsForm]] = {
    group: type("SettingsForm", (SettingsForm,), {"NAMES": names, **{name: FIELDS[name] for name in names}})
    for group, names in GROUPS.items()
}
PREVIEWED = (SettingsGroup.NAME, SettingsGroup.NOTES)
blueprint = AudienceBlueprint(
    "settings", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/team/settings"
)


@blueprint.get("/")
def index() -> str:
    """Show the groups with their values in one line each, and what only the server can change."""
    settings, waiting = current_portal.settings, waiting_changes.waiting_changes()
    senders = {SmsSender.OFF: _("Off"), SmsSender.CONSOLE: _("Only shown on the server"), SmsSender.TWILIO: "Twilio"}
    # No secret is among them.
    fixed = [
        (_("Address of this website"), settings.public_url),
        (_("Address for Tor Browser"), settings.onion_url or _("None")),
        (_("Time zone"), settings.timezone),
        (_("Texts"), senders[settings.sms_sender]),
        (_("Mail"), _("On") if settings.smtp_url else _("Off")),
    ]
    return render_template(
        "home/settings.html",
        groups=[(group, TITLES[group], city_settings.summary(group, settings)) for group in SettingsGroup],
        fixed=fixed,
        kept=[(what, how_long) for _rules, what, how_long in city_settings.KEPT],
        waiting=waiting,
        names=member_names(change.member_id for change in waiting if change.member_id),
        thing_name=thing_name,
    )


@blueprint.get("/start/")
def start() -> str:
    steps = setup_steps()
    return render_template("home/first_run.html", steps=steps, lacks=missing(steps))


@blueprint.route("/<name>/", methods=["GET", "POST"])
def group(name: str) -> ResponseReturnValue:
    if name not in FORMS:
        raise NotFound
    chosen = SettingsGroup(name)
    # Whoever found the phone could lead residents to themselves.
    if stored_settings.DIVERTING.keys() & GROUPS[chosen] and (first := password_first(request.path)):
        return first
    form, changes = FORMS[chosen](), stored_settings.last_changes(GROUPS[chosen])
    stored = {name: as_typed(name, text_of(current_portal.settings, name)) for name in form.NAMES}
    # A link on this page fills a field with an earlier value; nothing is saved by it.
    back = {row.name: as_typed(row.name, row.before) for row in changes if str(row.id) == request.args.get("back", "")}
    is_whole = form.validate_over(stored | back, changes[0].id if changes else 0)
    if not is_whole or request.form.get("then") == LOOK or names_hidden_place(form, current_user.id):
        return _page(chosen, form, changes), 200 if is_whole and not form.errors else form.http_status
    if risks := _unseen_risks(form):
        return _page(chosen, form, changes, risks)
    flash(_save(form.changed), "success")
    return redirect(url_for("settings.index"))


def _save(changed: Mapping[str, str]) -> Any:
    """Put these values in force, or let them wait; return a sentence that says which."""
    if stored_settings.DIVERTING.keys() & changed.keys() and city_settings.has_opened():
        both = {name: (text_of(current_portal.settings, name), value) for name, value in changed.items()}
        return city_settings.ask_for_change("setting", both, current_user.id)
    return _("Saved.") if stored_settings.store_settings(changed, current_user.id) else _("Nothing was changed.")


@blueprint.post("/changes/<int:change_id>/take-back")
def take_back(change_id: int) -> ResponseReturnValue:
    """Take back a change that waits, also one that another administrator made."""
    waiting_changes.refuse_change(waiting_changes.waiting_change(change_id), current_user.id)
    flash(_("The change is dropped. What was in force stays."), "success")
    return redirect(url_for("settings.index"))


def _unseen_risks(form: SettingsForm) -> list[str]:
    """Return what a change will do, unless whoever saves has read it already."""
    if form.NAMES == NUMBERS and not form.warned.data:
        form.keep_old_number()
    changed, risks = form.changed, []
    if form.NAMES == NUMBERS:
        risks = _number_risks(form.values)
    if address := changed.get("exit_url"):
        about = _("Whoever presses “Leave this page” sees %(address)s. Nobody should wonder why.", address=address)
        risks.append(str(about))
    if day := changed.get("snapshot_day"):
        frozen_on = date_words(next_on(int(day), now().astimezone(zone())))
        risks.append(str(_("The next figures are frozen on %(day)s.", day=frozen_on)))
    seen = "; ".join(f"{name}={changed[name]}" for name in sorted(changed))
    if not risks or form.warned.data == seen:
        return []
    form.warned.data = seen
    return risks


def _number_risks(values: Mapping[str, str]) -> list[str]:
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


def _page(asked: SettingsGroup, form: SettingsForm, changes: Sequence[SettingChange], risks: Sequence[str] = ()) -> str:
    names = member_names(change.member_id for change in changes if change.member_id)
    # The preview of the typed values in both languages.
    typed = {name: form[name].data or "" for name in form.NAMES}
    pairs = {name.removesuffix("_en") for name in typed if name.endswith("_en")}
    seen = typed | {name: Bilingual(typed[f"{name}_en"], typed[f"{name}_es"]) for name in pairs}
    return render_template(
        "home/settings_group.html",
        group=asked,
        title=TITLES[asked],
        form=form,
        risks=risks,
        origins=city_settings.origins(asked, changes, names),
        changes=[(change, LABELS[change.name], city_settings.who_did(change, names)) for change in changes],
        in_words=city_settings.in_words,
        seen=seen if asked in PREVIEWED else None,
    )
