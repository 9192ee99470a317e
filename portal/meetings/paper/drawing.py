"""The flyer of a meeting: what it says, and its files."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from portal.core.paper import SIZES, Form, code_of, typeset

# The last one is a picture of four by five for a phone, 1080 by 1350 pixels.
FLYER_SIZES = {**SIZES, "picture": (216.0, 270.0)}


@dataclass(frozen=True)
class Flyer:
    """The texts of a flyer in one language."""

    eyebrow: str
    headline: str
    day: str
    leaf: tuple[str, str, str]
    """The day as on a calendar: weekday and month in short, and the number between them."""
    hours: str
    place: str
    access: str
    purpose: str
    needs: tuple[tuple[str, str], ...]
    """Needs as (answer, sentence); the answer is "yes", "asked" or "no"."""
    called_off: str
    """Empty, or the notice that the meeting is cancelled."""
    reason: str
    """The reason of a move or cancellation."""
    lead: str
    address: str
    shown_address: str
    texting: str
    other_language: str
    other_lang: str

    @property
    def said(self) -> str:
        """What it says, in the order in which it stands."""
        needs = (sentence for _answer, sentence in self.needs)
        when_and_where = (self.day, self.hours, self.place, self.access)
        if self.called_off:
            begin: tuple[str, ...] = (self.called_off, self.reason, self.headline, *when_and_where)
        else:
            begin = (self.headline, *when_and_where, self.reason)
        foot = (self.lead, self.shown_address, self.texting, self.other_language)
        return " ".join(filter(None, (self.eyebrow, *begin, self.purpose, *needs, *foot)))


def drawn(flyer: Flyer, size: str, form: Form) -> bytes:
    """Return the flyer as a file, in the language of the request.

    A long text is set smaller; what fits in no size that can be read is cut: the code leads to all of it.
    """
    width, height = FLYER_SIZES[size]
    data = {**asdict(flyer), "width": width, "height": height, "code": code_of(flyer.address)}
    return typeset("flyer", flyer.headline, data, form, said=flyer.said)
