"""Words after which 988 or 911 is named first, on the web and by text. No machine sends anybody.

Helping once too often costs little, so doubtful words count. What only sounds like danger ("me muero de hambre", "they
are killing the neighborhood") is left out where it is common in reports.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Urgency(StrEnum):
    OVERDOSE = "overdose"
    """Not breathing, not waking up: 911, stay, naloxone."""
    CRISIS = "crisis"
    """Somebody may end their own life: 988, and 911 if they are hurt."""
    DANGER = "danger"
    """911."""


# All patterns are matched at word boundaries of folded text: small letters, no accents, no apostrophes.
_SELF = r"(?:my|him|her|your|our|them|thereself|his|their) ?sel(?:f|v?es?)"
_PERSON = r"""(?:he|hes|she|shes|they|theyre|guy|man|woman|girl|boy|kid|baby|friend|brother|sister|son|daughter|mom|dad
    |husband|wife|person|dude|body|skin|face|lips)"""
_PERSONA = r"""(?:amig|hij|herman|espos|novi|prim|sobrin|muchach|nin|chav|compadr|vecin)[oae]|senora?|mama|papa|hombre
    |mujer|bebe"""
_PLACE_TO_LIVE = (
    r"(?! (?:here|in|on|next|with|near|around|by|there|where|at|aqui|aca|alli|ahi|en|con|cerca|junto|al|entre))"
)
_OVERDOSE = rf"""overdos(?:e|ed|es|ing)|over dos(?:e|ed|ing)|od|ods|oding|od ing|oded|o d|o ds?ed
    |{_PERSON} odd
    |(?:not?|isnt|aint|barely|hardly|almost not|never) ?breath?(?:e|ing?|in)|not breathing
    |(?:stop|stops|stopped|quit|cant|cannot|can not|cant hardly|doesnt|dont|does not) breath(?:e|ing?)?
    |no (?:pulse|heartbeat)|foam(?:ing)? (?:at|from|out)|gurgling
    |unconscious|unconcious|unconsious
    |pass(?:ed|ing)? out|past out|blacked out|unresponsive|not responding|wont respond
    |(?:wont|doesnt|does not|will not|not|isnt|aint|never|cant|cannot) (?:wak(?:e|ing)|woke)
    (?: (?:him|her|them|it))?(?: up)?
    |{_PERSON} (?:is |are |was |looks? |went |got |goes |has |turn(?:s|ed|ing) |going |goin |getting |all |so )*
    (?:blue|gr[ae]y|purple)
    |turn(?:ed|ing|s)? (?:blue|purple)|lips? (?:is|are|was|were) (?:blue|purple)|blue lips
    |(?:not|isnt|aint) moving
    |too many pills|took (?:all|a bunch of|a lot of|lots of) (?:(?:of|the|my|his|her|their) )*(?:pills?|meds)
    |(?:need|needs|any|got|give|bring) (?:some )?(?:narcan|naloxone)
    |sobre ?do[sc]is|sobredosi|over ?dosis
    |(?:no|apenas|casi no) r?re?spira(?:ba|n)?|no respria|no (?:esta|puede|puedo) r?respira(?:r|ndo)
    |(?:dejo|paro) de respirar|sin respirar|sin pulso|no tiene pulso
    |incon[sc]+ientes?|desmayad[oa]s?|se desmayo|no se mueve|no reacciona
    |no (?:se |me )?(?:despierta|desperta|dispierta)|no (?:lo|la|los|las) (?:puedo|podemos|pueden) despertar
    |(?:{_PERSONA}) no (?:me )?responde
    |labios (?:morad|azul)[oe]s
    |(?:esta|puso|poniendo|pone|ve|anda) (?:todo |toda |bien |muy |medio )?(?:morad(?:it)?[oa]|azul)
    |(?:se paso|se pasaron) (?:de|con) (?:la |su )?(?:droga|dosis|mota|fentanilo|heroina)
    |echando espuma|convulsiona(?:ndo)?
    |(?:me|se) (?:tome|tomo) (?:todas?|muchas?|un monton de|un bonche de)
    (?: las| mis| sus)* (?:pastillas?|pildoras?)"""
_CRISIS = rf"""kms|kys|unaliv(?:e|ing)(?: {_SELF})?
    |(?:kil+|kil+s|kil+ed|kil+ing|killin|shoot|hang|hanging|unalive) ?{_SELF}
    |(?:hurt|hurting|harm|harming|cut|cutting|drown) ?(?:my|him|her|your) ?self
    |(?:end|ends|ending) (?:it all|(?:my|his|her|their) (?:own )?(?:life|lives))|end it tonight
    |(?:take|took|taking) (?:my|his|her|their) own (?:life|lives)|(?:want to|wanna|gonna|going to) take my life
    |sui?ci?d[aeio]\w*|suisid[aeio]\w*|suicd\w*|sueside|suicid\w*
    |(?:want|wants|wanting|wanted|wanna|want 2|ready|i should|i need) (?:to )?(?:just )?die
    |wants? to be dead|rather (?:be dead|die)|better off (?:dead|without me)
    |(?:wish|wished) i (?:was|were) (?:dead|never born)
    |(?:dont|do not|doesnt|didnt) (?:even )?(?:want to|wanna|want 2) (?:live|be alive|exist|wake up|be here any ?more)
    {_PLACE_TO_LIVE}
    |tired of (?:living|life|being alive){_PLACE_TO_LIVE}|no (?:reason|point) (?:to|in|of) (?:live|living|going on)
    |nothing (?:left )?to live for|i cant go on|cant live any ?more
    |jump(?:ing)? off (?:of )?(?:the|a|that) (?:bridge|roof|building|overpass)
    |(?:me )?(?:[qk]u?iero|quisiera|ganas de|prefiero|preferiria|mejor) (?:ya )?morir(?:me|se)?
    |(?:quiero|quisiera|prefiero|mejor) estar muert[oa]|mejor muert[oa]
    |(?:quiero|quisiera) desaparecer|tell my (?:kids|family|mom|children) i love
    |ojala (?:me muera|no despierte|me muriera)
    |(?:se )?quiere morir(?:se)?|desearia (?:morir|estar muert[oa])
    |me (?:[qk]u?iero|quisiera|voy a|boy a|pienso|intente) matar|me mato|se (?:quiere|va a|iba a|intento|trato de) matar
    |(?:[qk]u?iero|quisiera|voy a|boy a|piens[oa] en|pensado en|pensando en|ganas de|intente|trate de) matarme
    |(?:quiere|va a|iba a|intento|trato de|piensa en|amenaza con) matarse
    |quit(?:ar|arme|arse|arte|o|e|ando|andome) la (?:vida|bida)
    |no (?:[qk]u?iero|quisiera|deseo|quiere) (?:ya )?(?:vivir|bivir|seguir viviendo|seguir con vida|estar viv[oa]
    |existir|despertar){_PLACE_TO_LIVE}
    |(?:sin|no tengo|perdi las|no tiene) ganas de (?:vivir|seguir)
    |la vida (?:ya )?no (?:vale|tiene sentido)|no (?:tiene|le veo|encuentro) sentido (?:a )?(?:la vida|vivir|seguir)
    |cans(?:ad[oa]|e) de (?:vivir|la vida){_PLACE_TO_LIVE}
    |(?:quiero|voy a|ganas de|quiere|va a) (?:hacer(?:me|se) dano|lastimar(?:me|se)|cortar(?:me|se) las venas)
    |(?:me|se) (?:corto|corte|voy a cortar|va a cortar) las venas
    |ahorcar(?:me|se)|me (?:quiero|voy a) (?:ahorcar|colgar)
    |(?:aventar|tirar|lanzar)(?:me|se) (?:del|de un|de la) (?:puente|techo|edificio|azotea)"""
_HARMLESS = r"(?:the|our|this|that|my|la|el|los|las|nuestr[oa]|este|esta|mi)"
_THINGS = r"""(?:neighbou?rhood|block|street|town|city|business|businesses|community|area|park|grass|lawn|plants|trees
    |barrio|vecindario|negocio|calle|comunidad|ciudad|colonia|zona|cuadra)"""
_DE = r"(?! de (?:hambre|risa|calor|frio|sueno|sed|ganas|envidia|aburrimiento|la risa|verguenza))"
_DANGER = rf"""guns?|pistols?|rifles?|weapons?|armed|shoot|shoots|shooting|shootings|shootout|shooters?|shots?|gunshots?
    |shooted|gunfire|shot at|drive by|stabs?|stabb?(?:ed|ing)|knife|knives|machete|bleeding|bleedin
    |dying(?! (?:to (?:know|see|meet|go|get|try)|of (?:heat|boredom|laughter|hunger|thirst)))
    |kill(?:ing|in)(?! (?:it|time|{_HARMLESS} {_THINGS}))|killed
    |kill (?:him|her|them|me|us|you|somebody|someone|my)|kidnapp?(?:ed|ing)?|hostage|rape|raped|raping
    |beat(?:s|ing)? (?:him|her|them|me|us|up)|being beaten
    |(?:hit|hits|hitting|punching|choking|strangling) (?:me|her|him)
    |help me|on fire|in danger|ambulance|heart attack|(?:going to|gonna|will|trying to|tryna) hurt (?:me|us|her|him)
    |(?:break|breaking|broke) in(?:to)? (?:my|our) (?:house|home|apartment|room|door)|(?:following|chasing) (?:me|us)
    |pistolas?|armas?|armad[oa]s?|rifles?|[bv]ala[cs]eras?|[bv]ala[sz]os?|balas?|disparos?
    |dispar(?:a|an|ando|aron|aba|aban|ar|arle|arles)|tiroteos?|tiros|un tiro
    |(?:apunal|acuchill)(?:o|an|ado|ada|ados|adas|aron|ando)|cuchillos?|na[vb]ajas?|sangra(?:ndo)?|sangre
    |muriendo{_DE}|se muere{_DE}|se murio
    |matando(?! (?:a )?{_HARMLESS} {_THINGS})|matar(?:lo|la|los|las|me|nos|se)|mataron
    |(?:va|van|quiere|quieren) a? ?matar|voy a matar
    |secuestr(?:o|an|ado|ada|aron|ando)|rehen|golpeando|violando|auxilio|socorro|ayudenme|ayudeme|incendio|peligro
    |ambulancia
    |me (?:pega|pego|golpea|golpeo|esta pegando|quiere pegar|persigue|persiguen|esta siguiendo|estan siguiendo)
    |me (?:va|van|quiere|quieren) a? ?(?:hacer dano|lastimar)|ahorcando|asfixiando|me tiene encerrad[oa]"""


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + re.sub(r"\n\s*", "", pattern) + r")\b")


_SIGNS = {
    Urgency.OVERDOSE: _words(_OVERDOSE),
    Urgency.CRISIS: _words(_CRISIS),
    Urgency.DANGER: _words(_DANGER),
}


def urgent(text: str) -> Urgency | None:
    """What help a text calls for first; see `all_urgent`."""
    return next(iter(all_urgent(text)), None)


def all_urgent(text: str) -> tuple[Urgency, ...]:
    """Every kind of help that the words of a text call for: who does not breathe has minutes, so that goes first."""
    folded = _fold(text)
    return tuple(urgency for urgency, signs in _SIGNS.items() if signs.search(folded))


def _fold(text: str) -> str:
    """Small letters without accents, apostrophes dropped, other punctuation as spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    if not plain.isascii():
        plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", " ", plain).strip()
