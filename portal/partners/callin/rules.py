"""Checks of call-in texts for names, numbers and threats, and the rules on who sees the roster and which sheets.

Only the obvious is found. No form asks for the names of those who were called in; this catches the habit of writing one
nonetheless. The notes on a speaker may be saved in spite of a warning.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from hashlib import blake2b

from portal.accounts.roles import Role
from portal.core.names import FIRST_NAMES, fold
from portal.core.pii import PersonalDetail, personal_details
from portal.partners.circle_rules import CircleRole


class Found(StrEnum):
    TITLE = "title"
    NICKNAME = "nickname"
    FULL_NAME = "full_name"
    FIRST_NAME = "first_name"
    NUMBER = "number"


_CAP = r"[A-ZÁÉÍÓÚÑÜ][a-záéíóúñü'’]+"
_LOUD = r"[A-ZÁÉÍÓÚÑÜ]{3,}"
_LINK = r"(?:\s+(?:de|del|de\s+la|de\s+los|de\s+las|la|las|los|y|van|von|di|da|dos|st\.?|[A-Z]\.?))?"
TITLE = re.compile(
    r"\b(?:(?i:mr|mrs|ms|miss|mister|sr|sra|srta|dr|dra|jr)\.?|(?i:señora?|señorita)|Don|Doña|don|doña)"
    rf"\s+{_CAP}"
    r"|\b(?i:mr|mrs|ms|sr|sra|srta)\.(?=\s|$)|\b(?i:jr)\.(?=\s|$|,)"
)
NICKNAME = re.compile(
    r"[\"“”„«»‘‹]\s*[^\W\d_][^\"“”„«»’›\n]{0,30}[\"“”«»’›]"
    r"|(?<!\w)'[^\W\d_][^'\n]{0,30}'(?!\w)"
    r"|\b(?i:a\.?k\.?a|alias|nicknamed?|street\s+name|known\s+as|goes\s+by|apodo|apodad[oa]|mote|conocid[oa]\s+como"
    r"|le\s+(?:dicen|llaman))\b"
)
NUMBER = re.compile(r"(?:\d[\s().-]*){7,}")
FULL_NAME = re.compile(rf"\b({_CAP})(?:-{_CAP})?{_LINK}\s+({_CAP})|\b({_LOUD})\s+({_LOUD})|\b({_CAP}),\s*({_CAP})")
WORD = re.compile(rf"\b{_CAP}(?:-{_CAP})?")

# Streets and buildings bear people's names; next to a house number or a kind of building they do not mean a person.
_OWN = rf"(?:{_CAP}|[A-Z]\.?|(?:Jr|St|Dr|Mt)\.|\d{{1,3}}(?i:st|nd|rd|th))"
_STREET = (
    r"(?i:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|boulevard|way|pl|place|cir|circle|ter|terrace|trl|trail"
    r"|pkwy|parkway|hwy|highway)"
)
_CALLE = r"(?i:calle|avenida|av|ave|avda|callejón|camino|carretera|bulevar|calzada|privada|paseo)"
_SMALL = r"(?:de|del|la|las|los|el|y|of|the|and)"
ADDRESS = re.compile(
    rf"\b\d{{1,5}}[A-Z]?\s+(?:{_OWN}\s+){{1,4}}{_STREET}\b\.?"
    rf"|\b{_CALLE}\b\.?\s+(?:{_SMALL}\s+){{0,2}}{_OWN}(?:\s+(?:{_SMALL}\s+){{0,2}}{_OWN}){{0,3}},?\s+(?:#|[Nn][oº°]\.?|núm\.?)?\s*\d{{1,5}}\b"
)
_BUILDING = (
    r"(?i:church|chapel|temple|tabernacle|ministries|fellowship|mosque|synagogue|cathedral|parish|school|academy|college"
    r"|university|center|centre|library|hall|gym|auditorium|courthouse|park|clinic|hospital|hotel|building|ymca"
    r"|iglesia|capilla|templo|parroquia|catedral|mezquita|sinagoga|escuela|primaria|secundaria|colegio|universidad|centro"
    r"|casa\s+(?:de\s+la\s+cultura|del\s+pueblo|comunal|pastoral)|biblioteca|salón|salon|gimnasio|auditorio|parque|clínica"
    r"|club|elementary|square|plaza|theater|theatre|teatro|museum|museo|mission|misión|shelter|albergue|edificio)"
)
_KIND = r"(?:comunitari[oa]|municipal|parroquial|bautista|católic[oa]|públic[oa]|social)"
BUILDING = re.compile(
    rf"(?:{_OWN}\s+(?:{_SMALL}\s+){{0,2}}){{0,6}}\b{_BUILDING}\b(?:\s+{_KIND}\b)?(?:\s+(?:{_SMALL}\s+){{0,2}}{_OWN}){{0,5}}"
)

# Words that may be capitalized in a neutral label.
NEUTRAL = frozenset(
    """
    group groups family families household households person persons people side sides table tables row rows door doors
    room rooms seat seats chair chairs car cars entrance exit front back left right north south east west first second
    third fourth fifth last one two three four five six seven eight nine ten adult adults guest guests letter empty
    both each all nobody some any the from and with keep not if when please who no yes community church police
    services host staff law enforcement meal welcome evening invited called english spanish pastor coordinator elder
    grupo grupos familia familias hogar hogares persona personas gente lado lados mesa mesas fila filas puerta puertas
    sala salas asiento asientos silla sillas carro carros entrada salida frente atrás izquierda derecha norte sur este
    oeste primera primero segunda segundo tercera tercero última último uno una dos tres cuatro cinco seis siete ocho
    nueve diez adulto adultos invitado invitados letra vacía vacías ambos ambas cada todos todas nadie algunos el la los
    las un desde con no si cuando por quien quién sí comunidad iglesia policía servicios anfitrión anfitriona comida
    bienvenida noche llamadas llamados inglés español coordinadora coordinador orden ley fuerzas
    """.split()
)
# Words that precede a family's name.
FAMILY = frozenset("family familia household hogar".split())
# A separator that keeps words on its two sides from being read as one name.
APART = "; "


def obvious_name(text: str) -> Found | None:
    text = ADDRESS.sub(APART, text)
    for reason, pattern in ((Found.TITLE, TITLE), (Found.NICKNAME, NICKNAME), (Found.NUMBER, NUMBER)):
        if pattern.search(text):
            return reason
    if any(_is_full_name(line) for line in text.splitlines()):
        return Found.FULL_NAME
    words = re.findall(r"[^\W\d_]+", text)
    return Found.FIRST_NAME if any(fold(word) in FIRST_NAMES for word in words) else None


def named_there(text: str) -> Found | None:
    """Return why a meeting place contains a person's name, or None; buildings and streets may bear one."""
    # Checked before addresses and buildings are removed: a quoted nickname never means a building.
    if NICKNAME.search(text):
        return Found.NICKNAME
    return obvious_name(BUILDING.sub(APART, ADDRESS.sub(APART, text)))


def not_neutral(text: str) -> Found | None:
    """Return why lines are not neutral labels, or None: any capitalized word but a neutral one counts as a name."""
    for words in (line.split() for line in text.splitlines()):
        capitals = [word for number, word in enumerate(words) if WORD.match(word) and (number or len(words) == 1)]
        if any(not _is_neutral(word.strip(".,;:()!?")) for word in capitals):
            return obvious_name(text) or Found.FIRST_NAME
    return obvious_name(text)


def _is_full_name(line: str) -> bool:
    start = 0
    while match := FULL_NAME.search(line, start):
        first, second = (word for word in match.groups() if word)
        if not _is_neutral(first) and not _is_neutral(second):
            return True
        if first.casefold() in FAMILY and not _is_neutral(second):
            return True
        start = match.start() + len(first)
    return False


def _is_neutral(word: str) -> bool:
    return word.casefold() in NEUTRAL


_HARM = "hurt|kill|shoot|beat|burn|stab|smash|bury|come\\s+after|come\\s+for|come\\s+get|hunt"
_HARM_ES = "encontrar|matar|agarrar|golpear|pegar|quemar|romper|partir|disparar|enterrar|cazar|hacer\\s+daño"
_GOING_TO = r"(?:['’]ll|\s+will|(?:['’]re|['’]m|\s+are|\s+am)\s+(?:going\s+to|gonna)|\s+gonna)"
_WHOM = r"(?:you|him|her|them|your\s+\w+)"

THREATS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:we|i|somebody|someone|they){_GOING_TO}\s+(?:{_HARM})\s+{_WHOM}\b",
        # "We will find you a job" is not a threat.
        rf"\b(?:we|i){_GOING_TO}\s+(?:find|get)\s+{_WHOM}(?=\s*(?:[.,;!?]|$)|\s+(?:one|where|if|when|and|no\s+matter)\b)",
        rf"\b(?:you|he|she|they){_GOING_TO}\s+(?:pay\b(?!\s+(?:less|nothing|no)\b)|regret|be\s+sorry|die\b|get\s+hurt|end\s+up\s+dead)",
        r"\bknows?\s+where\s+(?:you|he|she|they|your\s+\w+)\s+(?:lives?|sleeps?|works?|stays?)\b",
        r"\bor\s+else\s*(?:[.,;!…]|$)|\bwatch\s+your\s+back\b|\byou(?:['’]re|\s+are)\s+dead\b|\b(?:last|final)\s+warning\b",
        rf"\b(?:te|l[oae]s?)\s+(?:voy|vamos|van|va)\s+a\s+(?:{_HARM_ES})\b(?!\s+(?:trabajo|ayuda|un|una)\b)",
        rf"\b(?:voy|vamos|van|va)\s+a\s+(?:{_HARM_ES})(?:te|l[oae]s?)\b",
        r"\b(?:te|se)\s+(?:vas?|van)\s+a\s+arrepentir|\bvas?\s+a\s+arrepentirte|\b(?:te|se)\s+arrepentir(?:ás|án|á)(?!\w)",
        r"\bl[ao]s?\s+(?:vas?|van)\s+a\s+pagar|\b(?:vas?|van)\s+a\s+pagar(?:l[ao]s?\b|\s+por\b)|\bl[ao]s?\s+pagar(?:ás|án|á)(?!\w)",
        r"\b(?:sé|sabemos|saben|sabe)\s+d[óo]nde\s+(?:vive|trabaja|duerme|está)[sn]?\b",
        r"\bcu[ií]d(?:ate|ese|ense)\s+la\s+espalda|\b(?:ú|u)ltim[oa]\s+(?:aviso|advertencia)\b",
        r"\bat(?:ente|éngase|énganse)\s+a\s+las\s+consecuencias|\bte\s+(?:mato|matamos|matan|rompo|rompemos)\b",
    )
)
THREAT = "threat"


def delicate(said: str, safety: str) -> tuple[str, ...]:
    """Return which personal details are in both notes, and threats in `said`: `safety` may tell of one received."""
    text = f"{said}\n\n{safety}"
    kinds = [kind.value for kind in personal_details(text)]
    if NUMBER.search(text):
        kinds.append(PersonalDetail.PHONE.value)
    if obvious_name(NUMBER.sub(APART, text)):
        kinds.append(PersonalDetail.NAME.value)
    if any(pattern.search(said) for pattern in THREATS):
        kinds.append(THREAT)
    return tuple(dict.fromkeys(kinds))


class EveningSheet(StrEnum):
    """What the page of the evening, and its paper, are for: one task each."""

    HOST = "host"
    SPEAKER = "speaker"
    SERVICES = "services"
    LAW = "law"
    DOOR = "door"


KEEP_ROSTER = frozenset({Role.COMMUNITY_LEAD, Role.ORGANIZER, Role.FAITH_PARTNER})
SEALED_SHEETS = frozenset({EveningSheet.HOST, EveningSheet.DOOR})
"""Sheets with names of speakers, or with groups to be kept apart: printed only by keepers of the roster."""


def keeps_roster(role: CircleRole, roles: Collection[str]) -> bool:
    """Return whether a member may know the speakers and their safety notes: a lead in `KEEP_ROSTER`, never police."""
    return role is CircleRole.LEAD and Role.POLICE_LIAISON not in roles and not KEEP_ROSTER.isdisjoint(roles)


def sheets(role: CircleRole, roles: Collection[str]) -> list[EveningSheet]:
    if Role.POLICE_LIAISON in roles:
        return [EveningSheet.LAW]
    if keeps_roster(role, roles):
        return list(EveningSheet)
    return [sheet for sheet in EveningSheet if sheet not in SEALED_SHEETS]


def own_sheet(role: CircleRole, roles: Collection[str]) -> EveningSheet:
    if Role.POLICE_LIAISON in roles:
        return EveningSheet.LAW
    if keeps_roster(role, roles):
        return EveningSheet.HOST
    return EveningSheet.SERVICES if Role.SERVICES in roles else EveningSheet.SPEAKER


LETTERS = "ACDEFHJKLMNPRTUVWXY"


def mark_of(shown: object) -> str:
    """Return four letters that change with what a paper shows, so that an older one can be told from it."""
    number = int.from_bytes(blake2b(repr(shown).encode(), digest_size=8).digest(), "big")
    return "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(4))
