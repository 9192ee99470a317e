"""What is written about meetings: short enough, neutral enough for somebody else's eyes, worded as on file.

To accept a change of words, run with SNAPSHOTS=write and commit.
"""

import os
import re
from pathlib import Path

from portal.core.i18n import speaking
from portal.core.texted import Encoding, segments
from portal.core.web import Portal
from portal.meetings.readiness import Mode
from portal.meetings.rsvp.texts import LONGEST_WHERE, MESSAGES, REFUSALS, REMIND_BY_TEXT, Texted, texted
from tests.conftest import Work
from tests.make import both, make_meeting
from tests.sms.test_texts import FORBIDDEN, SNAPSHOTS

DEAR = {
    *("answered answers_no_more_seats", "answered answers_offer_over", "answered unknown", "answered which_meeting"),
    *("answered which_needs", "answered more_children", "answered answers_cancelled"),
}
"""Short answers whose plain words have an accent; two segments all the same."""
WHEN = {"en": "Jun 4, 6:30 PM", "es": "4 jun, 6:30 p.m."}


def written(lang: str, **longest: object) -> dict[str, str]:
    """Every text with believable values, or at its longest."""
    values = {
        "site": "Common Ground",
        "when": WHEN[lang],
        "until": WHEN[lang],
        "code": "4821",
        "people": {"en": "3 people", "es": "3 personas"}[lang],
        "other": 4,
        "link": f"https://cg.example.org/{lang}/meetings/mine/{'x' * 32}",
        "letters": "A, B",
        "remind": f"{REMIND_BY_TEXT} ",
        "needs": {"en": "RIDE, CHILDREN, INTERPRETER or ACCESS", "es": "TRANSPORTE, NIÑOS, INTÉRPRETE o ACCESO"}[lang],
        "what": {
            "en": "interpreter, childcare, food or ride",
            "es": "intérprete, cuidado de niños, comida ni transporte",
        }[lang],
        "why": {"en": "The same people were counted twice.", "es": "Las mismas personas estaban contadas dos veces."}[
            lang
        ],
    }
    values |= longest
    answers: dict[str, object] = {**{each.name.lower(): each.value for each in Texted}, **REFUSALS}
    said = {f"told {name}": str(words) % values for name, words in MESSAGES.items()}
    place = {"en": "Place: %s. What there will be: %s", "es": "Lugar: %s. Lo que se ofrece: %s"}[lang]
    values["where"] = place % (
        longest.get("place", "Mount Zion Church, 1200 Martin Luther King Jr. Boulevard".ljust(LONGEST_WHERE, "x")),
        values["link"],
    )
    return said | {f"answered {name}": f"{values['site']}: {str(words) % values}" for name, words in answers.items()}


def test_texts_about_meetings_are_as_on_file(app: Portal) -> None:
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            texts = sorted(written(lang).items())
        shown = "".join(f"{name} ({segments(words).segments})\n{words}\n\n" for name, words in texts)
        path: Path = SNAPSHOTS / f"meetings-{lang}.txt"
        if os.environ.get("SNAPSHOTS") == "write":
            path.write_text(shown)
        assert shown == path.read_text()
        # They are short and give nobody away.
        for name, words in texts:
            assert segments(words).segments <= 2, name
            assert segments(words).encoding is Encoding.GSM7 or name in DEAR, name
            assert not re.search(FORBIDDEN, words.replace("/meetings/", "").casefold()), name
            assert words.startswith("Common Ground: ") and ".." not in words, name


LONGEST = {
    "place": "x" * LONGEST_WHERE,
    "site": "A Long Name of Sites",
    "when": "28 dic, 10:30 p. m.",
    "until": "28 dic, 10:30 p. m.",
    "code": "4821 B",
    "people": "12 personas",
    "link": f"https://common-ground.example-city.gov/es/meetings/mine/{'x' * 32}",
    "letters": "A, B, C, D, E, F",
    "why": "Preguntamos y no tuvimos respuesta.",
}
WHOLE = {
    "es": "12 personas, niños (10, 11, 12), transporte, intérprete (en lengua de señas), sus palabras",
    "en": "12 people, children (10, 11, 12), you take 8 along, interpreter (in Spanish), your words",
}


def test_no_text_is_longer_than_two(app: Portal) -> None:
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            texts = list(written(lang, **LONGEST).values())
            whole = written(lang, **LONGEST | {"people": WHOLE[lang]})
        texts += [
            whole[f"answered {each.name.lower()}"].partition(": ")[2] for each in (Texted.COUNTED_WITH, Texted.NOTED)
        ]
        assert [(segments(words).segments, words) for words in texts if segments(words).segments > 2] == []


def test_whoever_asks_for_the_place_reads_its_address(app: Portal, work: Work) -> None:
    with work() as session, speaking("es"):
        meeting = make_meeting(session, place=both("Zion", "Salón Sión"), address="1200 Peña Street")
        assert texted(Texted.NEXT_UNCODED, meeting, link="L").startswith("Lugar: Salon Sion, 1200 Peña Street. ")
        assert "1200 Peña Street. Lo que se ofrece: L " in texted(Texted.ASKED_HOST, meeting, link="L")
        meeting.place = both("Zion " * 20, "Sion " * 20)
        assert "Lugar: 1200 Peña Street." in texted(Texted.NEXT, meeting, link="L")
        meeting.address = ""
        assert "El lugar: L" in texted(Texted.NEXT, meeting, link="L")
        meeting.address, meeting.mode = "1200 Peña Street", Mode.ONLINE
        assert "El lugar: L" in texted(Texted.STILL_COUNTED, meeting, link="L")
