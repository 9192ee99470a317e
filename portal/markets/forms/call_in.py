"""The forms for the night of the call-in: what everybody will read, and that it is over."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import DataRequired

from portal.core.editing import ParityForm, both, credit_fields, english, lines, spanish
from portal.core.forms import RoomForm
from portal.core.i18n import Bilingual
from portal.core.parity import NOBODY
from portal.markets.actions.call_in import Words
from portal.markets.models import CallIn
from portal.markets.rules.whole import CALL_IN, missing
from portal.markets.texts import GAPS

MESSAGE, ON_OFFER = _l("The message that was given"), _l("The help that is on offer")
TONIGHT = _l("What residents can do tonight and in the next days")


class CallInForm(ParityForm):
    """What everybody reads from the minute in which the call-in has ended."""

    message_en, message_es = lines(english(MESSAGE), 4_000), lines(spanish(MESSAGE), 4_000)
    services_en, services_es = lines(english(ON_OFFER), 4_000), lines(spanish(ON_OFFER), 4_000)
    tonight_en, tonight_es = lines(english(TONIGHT), 4_000), lines(spanish(TONIGHT), 4_000)

    def __init__(self, stored: CallIn | None = None, **kwargs: Any) -> None:
        super().__init__(data=call_in_as_typed(stored), **kwargs)
        self.stale = stored.stale_fields if stored else frozenset()

    @property
    def words(self) -> Words:
        return Words(self.pair("message"), self.pair("services"), self.pair("tonight"), self.credit)

    def say_what_is_missing(self) -> bool:
        """Put what is empty beside the fields; says whether anything is."""
        gaps = missing(self.words, CALL_IN)
        for name in gaps:
            self.complain(name, GAPS)
        return bool(gaps)


class EndForm(RoomForm):
    """What cannot be undone is said twice."""

    sure = BooleanField(
        _l("The last family has left, and everybody may read it now"),
        validators=[DataRequired(_l("Please check this first. It cannot be undone."))],
    )


def call_in_as_typed(stored: CallIn | None) -> dict[str, Any]:
    """What is prepared as the fields of the form hold it."""
    nothing = Bilingual("", "")
    texts = {name: getattr(stored, name) if stored else nothing for name in CALL_IN}
    typed = {key: text for name, pair in texts.items() for key, text in both(name, pair).items()}
    return typed | credit_fields(stored.credit if stored else NOBODY)
