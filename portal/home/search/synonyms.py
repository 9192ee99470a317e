"""Words that residents use for the same thing, in both languages: whoever types one finds the pages with the others.

Data, folded as in `rules.fold`. A page is searched in one language, so words of the other language only matter to
those who type them there. Words are matched as a whole, so each form that people type stands here; no word stands in
two groups. Slang that we would not write is here too: it is matched and never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

WORDS = """
drug drugs dope narcotic narcotics droga drogas narcotico narcoticos

sell sells selling seller sellers sold dealing dealer dealers pusher pushers venta ventas vende venden vender
vendedor vendedores vendian vendiendo tirador tiradores traficante traficantes

police policeman policemen cop cops officer officers sheriff policia policias agente agentes oficial oficiales chota

meeting meetings reunion reuniones junta juntas asamblea asambleas

rehab rehabilitation treatment treatments detox tratamiento tratamientos rehabilitacion desintoxicacion

light lights lamp lamps streetlight streetlights lighting luz luces farol faroles lampara lamparas foco focos alumbrado

complaint complaints complain complaining queja quejas quejarse reclamo reclamos

ride rides carpool transport transportation raite raites aventon transporte

childcare babysitter babysitting daycare kids children guarderia guarderias ninera ninos

interpreter interpreters interpreting translator translators interprete interpretes traductor traductora

food meal meals dinner supper comida comidas cena

trash garbage litter dumping basura basurero

narcan naloxone naloxona

promise promises pledge pledges commitment commitments compromiso compromisos promesa promesas

job jobs work employment trabajo trabajos empleo empleos chamba

church churches congregation congregations iglesia iglesias congregacion congregaciones templo

contact phone telephone contacto telefono

disability disabilities accessibility accessible wheelchair discapacidad accesibilidad accesible

clinic doctor counseling counselor clinica medico consejeria consejero

shelter homeless refugio albergue

privacy privacidad

overdose overdoses sobredosis
"""
GROUPS = tuple(frozenset(group.split()) for group in WORDS.split("\n\n"))
PHRASES: Mapping[tuple[str, str], str] = {
    ("child", "care"): "childcare",
    ("day", "care"): "daycare",
    ("cuidado", "ninos"): "guarderia",
    ("cuidado", "infantil"): "guarderia",
    ("street", "light"): "streetlight",
    ("street", "lights"): "streetlights",
    ("luz", "calle"): "farol",
    ("luces", "calle"): "faroles",
}
"""Two words, without the small ones between them, that people type for one word of a group."""
_GROUP_OF = {word: group for group in GROUPS for word in group}


def same_as(word: str) -> frozenset[str]:
    """Return a folded word and all others that mean the same."""
    return _GROUP_OF.get(word, frozenset((word,)))


def joined(words: Iterable[str]) -> list[str]:
    """Return folded words with the phrases among them replaced by one word each."""
    found: list[str] = []
    for word in words:
        phrase = PHRASES.get((found[-1], word)) if found else None
        found[-1:] = [phrase] if phrase else [*found[-1:], word]
    return found
