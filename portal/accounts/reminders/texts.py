"""The words about reminders. A stranger may hold the phone: they say that a day comes, and nothing of what it is.

What goes out by text is worded without á, í, ó and ú in Spanish: they would more than double its cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel.dates import format_skeleton
from flask import current_app
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.reminders.rules import Due, Nearness, Way
from portal.core.addresses import public_address
from portal.core.i18n import language

WAYS = {
    Way.MAIL: _l("By mail, to the address of your account"),
    Way.TEXT: _l("By text message"),
    Way.NONE: _l("Not at all"),
}
CONSENT = _l(
    "Only for reminders of days of your own work here, and when something at your desk cannot wait: a few texts a "
    "month, in words that tell a stranger nothing. "
    "Your phone company may charge for them. Text STOP and they end. We keep the number encrypted, show it to nobody, "
    "and erase it when you choose another way or leave."
)
"""What stands beside the field; kept with the number as what was agreed to, so say there what is done."""
ABROAD = _l("We cannot send texts to numbers there. Please choose e-mail.")
WRONG_NUMBER = _l("Please write a phone number with its area code, such as 336 555 0123.")
WRONG_CODE = _l("This is not the code, or it is too old. Check it, or give the number again for another one.")
REFUSALS = {"reminders_wait": _l("There were too many tries. Please wait an hour.")}
AUDITED = {"reminders.chosen": _l("chose how to be reminded")}


def code_text(code: str) -> str:
    """The text that shows whose a number is."""
    return str(_("%(site)s: Your code is %(code)s. If you did not ask for it, text STOP.", site=_site(), code=code))


def due_words(dues: Sequence[Due]) -> str:
    """That something is due soon, or was; of several only the first day."""
    first = few_letters(dues[0].due_on)
    if len(dues) > 1:
        return several_words(dues)
    if dues[0].nearness is Nearness.LATE:
        return str(_("Something of yours was due on %(day)s. Please say how it stands.", day=first))
    return str(_("Something of yours is due on %(day)s.", day=first))


def several_words(dues: Sequence[Due]) -> str:
    """That several days are near or over."""
    words = ngettext(
        "%(num)d thing of yours is near or late, on %(day)s.",
        "%(num)d things of yours are near or late, the first on %(day)s.",
        len(dues),
        day=few_letters(dues[0].due_on),
    )
    return str(words)


def reminder_text(words: str) -> str:
    """A reminder as a text."""
    return str(_("%(site)s: %(words)s More: %(link)s No texts: STOP", site=_site(), words=words, link=_opening()))


def reminder_mail(words: str) -> tuple[str, str]:
    """Subject and text of a reminder as a mail."""
    return _("A day to remember"), _mail_around(words)


def desk_mail(words: str) -> tuple[str, str]:
    """Subject and text of a word to those who sit at a desk. The subject is the same whatever the word is."""
    return _("From the portal"), _mail_around(words)


def _mail_around(words: str) -> str:
    more = _("Sign in to read more: %(link)s", link=_opening())
    other = _("Mail, text or nothing: choose it under My account, Reminders.")
    return f"{_('Hello.')} {words}\n\n{more}\n\n{other}\n"


def few_letters(day: date) -> str:
    """A day in few letters, none of which makes a text message dear: "Jun 4"."""
    return str(format_skeleton("MMMd", day, locale=get_locale())).replace("\u202f", " ").replace("\xa0", " ")


def _site() -> str:
    site: str = current_app.extensions["settings"].site_name
    return site


def _opening() -> str:
    return public_address("sign_in.enter", lang=language())
