"""Patterns of personal details (PII) in English and Spanish texts.

Residents who report or suggest, the desk and leads are asked to check such words before the text is passed on. Anyone
may send any text: every repetition is bounded, so that no text can keep the desk waiting. A pattern's group `kept`
stays in front of the mask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache

from portal.core.names import bare_names, names_somebody


class PersonalDetail(StrEnum):
    """A kind of detail that could identify the writer or name a person."""

    PHONE = "phone"
    EMAIL = "email"
    PLATE = "plate"
    HOUSE = "house"
    NAME = "name"


def _either(words: str) -> str:
    return f"(?i:{'|'.join(words.split())})"


# Hyphens as phones and word processors write them; \s includes non-breaking spaces.
_DASH = "[-.‐-―−·]"
_APART = r"[\s./‐-―−·-]"
_PHONE = (
    rf"(?<!\d)(?:\+?1{_APART}{{0,4}})?\(?\d{{3}}\)?{_APART}{{0,4}}\d{{3}}{_APART}{{0,4}}\d{{4}}(?!\d)",
    rf"\+\d(?:{_APART}{{0,2}}\(?\d\)?){{6,14}}",
    # Mexico: two digits and twice four; not the end of a date and two numbers.
    rf"(?<!\d)(?<!\d[-/.])(?:52{_APART}{{1,2}})?\d{{2}}{_APART}{{1,2}}\d{{4}}{_APART}{{1,2}}\d{{4}}(?!\d)",
    rf"(?<!\d)\d(?:{_APART}{{1,3}}\d){{6,14}}(?!\d)",
    rf"(?<!\d)\d\d(?:{_APART}\d\d){{4}}(?!\d)",
    # Seven digits, but not a price or the numbers of a block.
    rf"(?<![\d$])\d{{3}}\s?{_DASH}?\s?\d{{4}}(?!\d)(?!\s?block)(?<!\s(?:19|20)\d\d)",
)

# Only from the beginning of a word: tried from every letter, a long word without @ would take minutes.
_EMAIL = (r"(?<![\w.+-])[\w.+-]+@[\w-]+\.\w{2,}",)

_NO_PLATE = "(?!AM|PM|ST|ND|RD|TH)"
_NO_UNIT = "(?!AM|PM|USD|MXN|MPH|LBS|THE|MEN|AND|EST|EDT)"
_CLOCK = r"(?!\d{1,2}(?::\d\d|\s?[ap]\.?m\b|st\b|nd\b|rd\b|th\b))"
# Words allowed between the keyword and the plate: "is", "number", "North Carolina"; after "at" comes a time.
_BETWEEN = (
    rf"(?:[^\w\n;!?]{{1,3}}(?!{_either('at around about for after since las y and desde hace como por cada every')}\b)"
    r"[^\W\d_]{1,10}){0,3}[^\w\n;!?]{1,3}"
)


def _plate(shortest: int) -> str:
    return (
        rf"{_CLOCK}(?=[\w–-]{{0,10}}\d)(?=[\w–-]{{{shortest}}})\w{{1,10}}(?:[–-]\w{{1,10}}){{0,2}}"
        r"(?:\s(?:\w{0,4}\d\w{0,6}|[A-Z]{2,4})\b)?"
    )


_LICENSE = r"\b(?:(?i:license|licence)\s{1,2})?"
_PLATE = (
    rf"{_LICENSE}{_either('plates? placas? matr[ií]culas? tablillas?')}\b{_BETWEEN}{_plate(2)}",
    rf"{_LICENSE}{_either('tags?')}\b{_BETWEEN}{_plate(3)}",
    r"\b[A-Z]{2,3}-\d{2,3}-(?:\d{2,3}|[A-Z])\b",
    rf"\b(?:[A-Z]{{2,3}}[- ]?\d{{3,4}}|\d{{1,4}}-?{_NO_PLATE}[A-Z]{{2,3}}-?\d{{0,4}})\b",
    rf"(?<![A-Z]{{2}}\s)\b\d{{3,4}} {_NO_UNIT}[A-Z]{{3}}\b(?!\s[A-Z]{{2}})",
)

_SMALL = "[a-zß-öø-ÿ]"
_LARGE = "[A-ZÀ-ÖØ-Þ]"
# After a number these make it a count or a time.
_COUNTED = _either(
    r"""am pm a\.m p\.m hrs? hours? horas? minutes? minutos? days? d[ií]as? weeks? semanas? months? mes(?:es)?
    years? años? times? veces nights? noches? men man women guys people persons? kids boys girls cars? trucks?
    houses? homes? blocks? blks? feet miles? hombres? mujeres? personas? j[oó]venes muchach[oa]s chic[oa]s
    niñ[oa]s tipos? carros? coches? casas? cuadras? de\sla\s(?:noche|mañana|tarde) others? otr[oa]s? more m[aá]s
    or o to at
    rooms? cuartos?"""
)
_HOUSE_NUMBER = rf"\d{{1,5}}(?:[–-]?[A-Za-z]\b|[/–-]\d{{1,3}})?\b(?!:\d)(?!\s{{0,2}}{_COUNTED}\b)"
_STREET = _either(
    """st street ave avenue rd road dr drive ln lane ct court blvd boulevard way pl place cir circle ter terrace
    trl trail pkwy parkway hwy highway loop alley sq square row"""
)
_MONTH = _either(
    "enero febrero marzo abril mayo junio julio agosto sep?tiembre octubre noviembre diciembre los la las el del"
)
# "412 de Laundry Row"; but the 400 of a street is a block, and 20 de mayo a day.
_NUMBER_OF = (
    r"(?<!cuadra\s)(?<!bloque\s)(?<!\d[-/.])\b(?!\d{1,2}00\b)\d{3,5}[A-Za-z]?\s{1,2}(?i:de\sla|de\sl|del|de)\s{1,2}"
    rf"(?!{_MONTH}\b)"
)
_NO_STREET = _either(
    """on at in near of off from by to and or with the a an this that en de del a y e o con entre hay son eran
    est[aá]n vi veo desde hasta como hace cada casi hacia por donde cuando cerca las los pasan venden vienen
    llegan block blocks"""
)
_CALLE = (
    r"\b(?:"
    + _either(
        """calle avenida av ave avda callej[oó]n camino carretera bulevar boulevard blvd calzada privada cerrada pasaje
        paseo prolongaci[oó]n"""
    )
    + r"\b\.?|(?i:c/))\s{0,3}"
)
_NUMBER_SIGN = r"(?:\#|(?i:n[uú]m(?:ero)?\b\.?|nro\b\.?|number\b|n[º°]|no\.)|No\b)"
_SIGNED = rf"{_NUMBER_SIGN}\s{{0,2}}{_HOUSE_NUMBER}"
_SPANISH_NAME = (
    rf"(?:\d{{1,2}}\s(?i:de)\s\w{{1,20}}|(?:(?i:de|del|la|los|las|el)\s){{0,2}}(?!{_NO_STREET}\b){_LARGE}[\w'’-]{{0,20}}"
    rf"(?:\s(?:(?i:de|del|la|los|las)\s){{0,2}}(?!{_NO_STREET}\b){_LARGE}[\w'’-]{{0,20}}){{0,3}})"
)
_ENGLISH_NAME = (
    rf"(?:\s{{1,3}}(?!{_NO_STREET}\b|{_COUNTED}\b)(?:[^\W\d_][\w.'’-]{{1,20}}|\d{{1,3}}(?i:st|nd|rd|th))){{1,3}}"
)
_UNIT = _either(
    """casa house apts? aptos? apartamento apartment units? unidad depto dpto departamento suite ste room cuarto
    habitaci[oó]n trailer tr[aá]iler"""
)
_LIVES = (
    r"\b(?:(?i:(?:live|lives|living|stay|stays|staying|reside|resides)\s{1,2}(?:at|in|on)"
    r"|(?:viv[oe]|vivimos|viven|vivía|resid[oe])\s{1,2}en)"
    r"|(?i:(?:my|his|her|their|mi|su|nuestra)\s(?:address|direcci[oó]n|domicilio|casa)\s(?:is|es|est[aá])(?:\sen)?))\s{1,3}"
)
_LIVED_AT = (
    rf"(?:(?i:el|la|the)\s)?(?:{_NUMBER_SIGN}\s{{0,2}}|{_SPANISH_NAME},?\s)?{_HOUSE_NUMBER}"
    rf"(?:\s(?:de\sla\s|de\s)?{_CALLE})?(?:\s?{_LARGE}[\w'’-]{{1,20}}){{0,3}}"
)
_HOUSE = (
    rf"\b(?<!\d:){_HOUSE_NUMBER}(?:\s{{1,3}}[NSEWnsew]\b\.?)?{_ENGLISH_NAME}\s{{1,3}}{_STREET}\b",
    rf"\b{_STREET}\b[.,]{{0,2}}\s{{0,2}}\#\s?{_HOUSE_NUMBER}",
    rf"{_CALLE}{_SPANISH_NAME},?\s{{1,2}}(?:{_NUMBER_SIGN}\s{{0,2}})?{_HOUSE_NUMBER}",
    rf"{_CALLE}\w{{1,20}}(?:\s\w{{1,20}}){{0,3}}?,?\s{{1,2}}{_SIGNED}",
    # In lower case only where the number ends the phrase: "en la calle venden 20 personas" is no address.
    rf"{_CALLE}(?!{_NO_STREET}\b)[^\W\d_]{{3,20}}\s\d{{2,5}}[A-Za-z]?(?=\s{{0,2}}(?:[.,;!?)\n]|$|(?:y|en|con)\s))",
    rf"\b(?i:n[uú]m(?:ero|\.)?)\s{{0,2}}{_HOUSE_NUMBER}\s(?i:(?:de|en)\sla|del?)\s{_CALLE}(?:{_SPANISH_NAME}|\w{{1,20}})",
    rf"{_NUMBER_OF}(?:{_CALLE})?{_LARGE}[\w'’-]{{1,20}}(?:\s{_LARGE}[\w'’-]{{1,20}}){{0,3}}",
    rf"{_NUMBER_OF}(?:{_CALLE}\w{{1,20}}|(?:[^\W\d_]{{3,20}}\s){{1,3}}{_STREET}\b)",
    rf"\b(?:[Nn]o\.|[Nn]ro\.?|[Nn][º°])\s{{0,2}}{_HOUSE_NUMBER}",
    rf"\b{_UNIT}\b\.?\s{{0,2}}(?:{_NUMBER_SIGN}\s{{0,2}})?(?:[A-Za-z][–-]?)?{_HOUSE_NUMBER}",
    rf"\b{_either('apt apto unit depto dpto')}\b\.?\s{{0,2}}\#?\s?(?!I\b)[A-Z]\b(?!['’])",
    rf"(?P<kept>{_LIVES}){_LIVED_AT}",
)

# Capitalised words that begin no name: the next sentence, a day, a street.
_NO_NAME = _either(
    r"""i a the they there this that he she it we you my his her their at on in no and but so every some who when
    then el la los las ellos ellas hay un una en y pero se es son est[aá]n mi su que cuando todos cada venden
    police polic[ií]a ems code city monday tuesday wednesday thursday friday saturday sunday lunes martes
    mi[eé]rcoles jueves viernes s[aá]bado domingo martin\sluther mlk crime"""
)
_LINKS = r"(?:(?i:de|del|la|los|las|y|van|von)\s{1,3}){0,3}"
_MORE = rf"(?:\s{{1,3}}{_LINKS}(?!{_NO_NAME}\b){_LARGE}[\w'’-]{{0,30}}){{0,3}}"
_WRITTEN = rf"{_LINKS}(?!{_NO_NAME}\b){_LARGE}(?:[\w'’-]{{0,30}}){_MORE}"
# Not in capitals only: "WE CALLED THEM" is no name.
_PROPER = rf"{_LINKS}(?!{_NO_NAME}\b){_LARGE}(?:\b|(?={_SMALL}|['’])[\w'’-]{{1,30}}){_MORE}"
_OWN_NAME = r"my\sname\sis|i\sam\scalled|me\sllamo|mi\snombre\ses"
_ANNOUNCED = rf"{_OWN_NAME}|se\sllaman?|(?:his|her|whose)\sname\sis|apodad[oa]s?"
_CALLED = r"named|called|nicknamed|known\sas|goes\sby|alias|le\sdicen|le\sllaman|conocid[oa]\scomo"
# "Officer" alone may be any officer; "Mr." only precedes a name, even in capitals.
_BEFORE_NAMES = _either("mrs? ms mx sra? srta")
_BEFORE_SPANISH_NAMES = _either("señor señora señorita doña")
_OFFICES = _either(
    """miss don doctora? coach judge juez officer oficial deputy detective agente? father padre pastora? reverend
    reverendo sergeant sargento lieutenant teniente captain capit[aá]n chief"""
)
_SHORT_OFFICES = _either("rev sgt lt ofc det capt")
_NAME = (
    rf"\b(?i:{_ANNOUNCED})\b(?:[\s:,\"“«'‘]{{1,3}}(?:(?i:el|la|the|de|del)\s)?\w[\w'’-]{{0,30}}{_MORE})?",
    rf"\b(?i:{_CALLED})\s{{1,2}}[\"“«'‘]?(?:(?i:el|la|the|lil)\s)?{_PROPER}",
    rf"(?P<kept>(?<!uestra\s)(?<!UESTRA\s)\b(?:{_BEFORE_NAMES}\b\.?|(?i:dra?\.)|{_BEFORE_SPANISH_NAMES})\s{{1,2}}){_WRITTEN}",
    rf"(?P<kept>\b(?:{_OFFICES}|{_SHORT_OFFICES}\b\.?)\s{{1,2}}){_PROPER}",
    r"(?<!\w)@[A-Za-z_][\w.]{1,28}\w",
)

_WAYS = {
    PersonalDetail.PHONE: _PHONE,
    PersonalDetail.EMAIL: _EMAIL,
    PersonalDetail.PLATE: _PLATE,
    PersonalDetail.HOUSE: _HOUSE,
    PersonalDetail.NAME: _NAME,
}


@cache
def patterns_of(kind: PersonalDetail) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of a kind, compiled at first use: not every process checks texts."""
    return tuple(re.compile(way) for way in _WAYS[kind])


def personal_details_and_names(text: str, places: Callable[[], Iterable[str]]) -> tuple[PersonalDetail, ...]:
    """Return the personal details in `text`, including unannounced names; `places` returns the city's own names."""
    details = personal_details(text)
    if PersonalDetail.NAME in details or not names_somebody(text, places):
        return details
    return (*details, PersonalDetail.NAME)


def personal_passages(text: str, places: Callable[[], Iterable[str]]) -> tuple[str, ...]:
    """Return what in `text` looks like a personal detail or a name, as written, each once, in the order of kinds."""
    passages = [
        match[0].strip() for kind in PersonalDetail for way in patterns_of(kind) for match in way.finditer(text)
    ]
    passages += bare_names(text, places()) if names_somebody(text, places) else ()
    return tuple(
        part for part in dict.fromkeys(passages) if not any(part in other for other in passages if part != other)
    )


def personal_details(text: str) -> tuple[PersonalDetail, ...]:
    """Return the kinds of personal details in `text` that the writer may want to remove before sending."""
    return tuple(kind for kind in PersonalDetail if any(pattern.search(text) for pattern in patterns_of(kind)))


def says_own_name(text: str) -> bool:
    return re.search(rf"\b(?i:{_OWN_NAME})\b", text) is not None
