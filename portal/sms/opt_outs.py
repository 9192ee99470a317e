"""Opt-outs in other words than STOP.

Pure. A message counts as an opt-out only if it consists of such wordings from first word to last ("wrong number, please
stop texting me"). One that says anything else may be a report and is never dropped: "Stop them selling". In doubt a
person decides, and the sender is told how to settle it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from portal.core.patterns import LazyPattern
from portal.sms.keywords import SMALL, Keyword, fold, keyword


class OptOutReading(StrEnum):
    """Whether a text is an opt-out. ERASE also asks to erase the number. DOUBT is decided by a person."""

    YES = "yes"
    ERASE = "erase"
    DOUBT = "doubt"
    NO = "no"


LONGEST = 200
"""Most characters of a text that is read as nothing but an opt-out."""
_MESSAGES = r"(?:te?xts?|messages?|mesages?|msgs?|sms|alerts?|updates?|news|notifications?|reminders?)"
_MENSAJES = r"(?:mensajes?|mensages?|mensajitos?|textos?|sms|alertas?|noticias|notificaciones|recordatorios?)"
_SEND = (
    r"(?:te?xt(?:ing?|in)?|messag(?:e|ing)|msg(?:ing)?|send(?:ing?|in)?|contact(?:ing)?|writ(?:e|ing)|repl(?:y"
    r"|ying)|spam(?:ming)?)"
)
_NO_MORE = r"(?:stop|quit|cease|dont|do not|never|no more)(?: ever| please| fucking| freaking| the)?"
_ME = r"(?:me|us|my (?:phone|number|cell)|this (?:phone|number))"
_MANDEN = r"(?:manden?|mandes|envien?|envies|escriban?|escribas|texteen?|textees|contacten?|contactes)"
_MANDAR = r"(?:mandar|enviar|escribir|textear|contactar|mensajear|recibir)"
_QUIERO = r"(?:[qk]u?iero|deseo|quisiera|necesito)"
_NUMBER = r"(?:phone number|(?:cell ?)?phone|n[uo]mb?e?r|nunber|cell|contact(?: info)?|info|information|data|details)"
_NUMERO = r"(?:numeros?|num|telefono|celular|cel|contacto|datos|informacion)(?: de (?:telefono|celular|cel))?"

_WANT_TO = r"(?:i )?(?:want to |wanna |would like to |wish to |like to |need to )?"
_WHAT = rf"(?: (?:any|more|these|this|those|the|your|all|such|{_MESSAGES}|anymore|again|things|stuff|to|{_ME}))*"
_QUE = rf"(?: (?:mas|estos|esos|sus|los|las|de|texto|{_MENSAJES}|nada|ya|otra|vez|nunca|a|mi|este|numero|telefono))*"
_DE_ESTO = r"(?: (?:de|del|la|su|sus|tu|esta|esa|este|esto|eso|aqui|ahi|cosa|grupo|sistema|lista|listas|todo|ya))*"
_OUR_LIST = (
    rf"(?: (?:of|from|your|ur|this|the|that|these|those|all|{_MESSAGES}|lists?|thing|group|chat|system|database"
    r"|it|now|already))*"
)
_LISTS = rf"(?: (?:of|your|ur|this|the|that|all|lists?|system|records?|database|files?|phone|{_MESSAGES}))*"

# Requests to erase the number.
_ERASING = (
    (
        rf"(?:delete?|deleting|erase|erace|remove|wipe|clear|get rid of|forget|lose|scrub|drop|take (?:off|out)) "
        rf"(?:my|this|our|the) {_NUMBER}(?: (?:from|off|out))?{_LISTS}"
    ),
    rf"(?:take|get) (?:my|this|our) {_NUMBER} (?:off|out|from)(?: of| from)?{_LISTS}",
    rf"(?:delete?|erase) (?:me|us)(?: (?:from|off|out))?{_LISTS}",
    rf"(?:i )?(?:want|need) (?:my|this) {_NUMBER} (?:deleted|erased|removed|gone)(?: (?:from|off))?{_LISTS}",
    r"(?:delete?|erase) (?:everything|all)(?: (?:about|on|of|you have on|my|me|info|data|messages))*",
    (
        rf"(?:borr(?:a|e|en|ar|o)|bor(?:a|en|ar)|elimin(?:a|e|en|ar)|quit(?:a|e|en|ar)|sa(?:ca|car|que|quen)"
        rf"|remuev(?:a|e|an)|remover"
        rf"|olvid(?:a|e|en)|supriman?)(?:me)? (?:ya )?(?:de (?:la|su|sus) listas? )?(?:mi|mis|este|ese|el|nuestro) "
        rf"{_NUMERO}(?: (?:de|la|su|sus|ahi|alli|esta|lista|listas|sistema|registros?|ya))*"
    ),
    r"(?:borrenme|borreme|borrame|borrarme|eliminarme)(?: (?:de|la|su|sus|lista|listas|sistema|todo|ya))*",
    r"(?:borr(?:en?|a|ar)|eliminen?) (?:todo|todos)(?: (?:lo|que|tienen|de|mi|mis|mio|datos|mensajes))*",
)
# Requests to stop texting this phone: inside a longer message they lead to DOUBT.
_ABOUT_TEXTS = (
    rf"{_NO_MORE} {_SEND} (?:{_ME}|(?:(?:any|more|these|this|those|the|your|all) )*{_MESSAGES})",
    rf"no more {_MESSAGES}",
    (
        rf"(?:dont|do not|no longer) (?:want|wanna|wish) ?(?:to )?(?:(?:get|receive|have|getting) )?(?:(?:any|more"
        rf"|these|this|your|the|anymore) )*{_MESSAGES}"
    ),
    rf"(?:take|remove|get|delete) {_ME} (?:off|out of|from) (?:(?:of|your|this|the|that) )*(?:lists?|{_MESSAGES})",
    r"un ?subs?cribe(?! from life)",
    r"opt (?:me |us )?out of",
    rf"no (?:me|nos) {_MANDEN} (?:mas )?{_MENSAJES}",
    r"no (?:me|nos) (?:escriban?|escribas|texteen?|contacten?|contactes)",
    rf"(?:dejen?|deja|paren?|para) de (?:mandar|enviar|escribir|textear|contactar)(?:me|nos)(?: {_MENSAJES})?",
    r"dej(?:e|en|a)(?:me|nos) de (?:mandar|enviar|escribir|textear|contactar)",
    rf"no {_QUIERO} (?:recibir )?(?:(?:mas|estos|esos|sus) )*{_MENSAJES}",
    r"(?:quit|sa[cq]u?|borr|elimin)(?:en|e|a|ar)me de (?:la|su|tu|esta|esa) lista",
    rf"no mas {_MENSAJES}",
)
# Opt-outs only if they are the whole message.
_WHOLLY = (
    *(rf"{pattern}{_WHAT}{_QUE}" for pattern in _ABOUT_TEXTS),
    rf"{_NO_MORE} {_SEND}{_WHAT}",
    rf"{_NO_MORE} call(?:ing)? {_ME}{_WHAT}",
    rf"(?:stop|end|cancel|quit|no more|enough) (?:with )?(?:(?:all|the|these|those|your|of|sending) )*{_MESSAGES}",
    (
        rf"{_WANT_TO}(?:un ?subscribe|unsubscibe|unsuscribe|opt (?:me |us )?out)(?: me| us)?(?: from)?(?: of)?{_WHAT}"
        r"(?: lists?)?"
    ),
    rf"how (?:do|can) i (?:stop|unsubscribe|opt out|get off|cancel)(?: (?:from|of|getting)){{0,2}}{_WHAT}(?: lists?)?",
    rf"(?:take|remove) {_ME}(?: (?:off|out|from))?{_LISTS}",
    rf"(?:cancel|end) (?:(?:my|the|this|these|your|all) )*(?:subscription|{_MESSAGES})",
    rf"(?:i )?(?:dont|do not|didnt) (?:want|need) (?:(?:any|more|these|this|your|the|to|get|receive) )*{_MESSAGES}",
    (
        r"i (?:never|didnt|did not|aint|dont remember) (?:sign(?:ed|ing)? up|signup|ask(?:ed)?"
        r"|subscribed?)(?: (?:for|to) (?:(?:any|none|of|all) )*(?:this|these|it|texts?))?"
    ),
    rf"no (?:(?:{_QUIERO}) que )?(?:me|nos) {_MANDEN}{_QUE}",
    rf"no (?:mas )?{_MANDEN} (?:(?:mas|tantos|estos|sus) )*{_MENSAJES}",
    rf"no {_QUIERO} (?:que )?(?:me |nos )?{_MANDAR}{_QUE}",
    rf"(?:dejen?|deja|paren?|para|dej(?:e|en|a)(?:me|nos)) de {_MANDAR}(?:me|nos)?{_QUE}",
    rf"how (?:do|can) i make (?:(?:these|those|the|your|all|this) )*(?:{_MESSAGES} )?stop",
    rf"como (?:le hago|hago|puedo hacer) para (?:que )?(?:ya )?no (?:me )?{_MANDAR}{_QUE}",
    (
        rf"(?:quiero|quisiera|necesito|como puedo) (?:cancelar|parar|detener|dejar de recibir)(?: (?:los|las|sus|estos"
        rf"|mis))? {_MENSAJES}"
    ),
    rf"{_NO_MORE} {_SEND} (?:to )?(?:it|here|this(?: {_NUMBER})?)|{_NO_MORE} {_SEND} on (?:my|this) \w+",
    r"(?:stop|quit|end) (?:it|this|that|bothering (?:me|us)|h[ae]r+as+ing (?:me|us)|contacting me)",
    r"leave (?:me|us) (?:(?:tf|the|hell|fuck|fck|f|heck|fucking) )*(?:alone|be)",
    r"ya basta|basta ya|ya paren|paren ya|paren?|(?:ya )?(?:paren|para)le|ya parale",
    (
        r"(?:dejenme|dejeme|dejame|dejennos) (?:en paz|tranquil[oa])|no molest(?:ar|en|e)|get off (?:my|this) (?:phone"
        r"|cell|line)"
    ),
    rf"(?:get|take|drop) (?:me|us) off{_OUR_LIST}|(?:get|take|drop) (?:me|us) out (?:of|from){_OUR_LIST}",
    r"block (?:me|this number)",
    r"no (?:me|nos) molest(?:en?|es)(?: mas)?|(?:dejen?|deja) de molestar(?:me|nos)?",
    rf"(?:paren?|alto|stop|basta|no mas|nomas|no) (?:(?:con|a|de|los|las|mas|sus|estos) )*{_MENSAJES}",
    (
        r"(?:quiero |deseo |quisiera |(?:me )?(?:pueden?|podrian?) (?:por favor )?)?(?:denme|deme|dame|dar|darme|darse"
        r"|me den|me de) de baja"
    ),
    rf"baj(?:en|e|a)me{_DE_ESTO}",
    r"como (?:me doy de baja|me salgo|cancelo|me quito)(?: (?:de|esto|estos|la|lista|mensajes))*",
    rf"(?:quit|sa[cq]u?|elimin)(?:en|e|a|ar)me{_DE_ESTO}",
    rf"(?:ya )?(?:me )?(?:salgo|retiro|quiero salir(?:me)?|voy a salir(?:me)?){_DE_ESTO}",
    r"forget (?:me|us)|olvid(?:en|e|a)(?:me|nos|se|nse)(?: (?:ya|de (?:mi|nosotros)))*",
    r"(?:desuscribir|desuscribirme|desuscribanme|desuscribame)(?: de (?:la|su|esta) lista)?",
    rf"(?:cancelar|cancelen|cancele) (?:(?:mi|la|los|las|mis|sus|estos) )*(?:suscripcion|{_MENSAJES})",
)
# Possible opt-outs if they are the whole message; beside a certain one they add nothing.
_PERHAPS = (
    r"(?:stop|quit|end|cancel) everything|cancel (?:it|this|that)",
    (
        r"enough(?: already)?|make it stop|(?:i )?(?:dont|do not) (?:want|need) (?:this|it|your"
        r"|these)(?: (?:crap|shit|bs|garbage|mess|stuff|nonsense|anymore))?|i want out"
        r"|(?:ya )?no (?:lo |la )?quiero(?: nada)?"
    ),
    (
        r"(?:this is |its |es |esto es )?spam|(?:i am |im |ill |i will )(?:going to |gonna )?report (?:you|this)(?: for"
        r"| as)? ?(?:spam)?"
    ),
    (
        r"(?:(?:you|u|ya|yall) (?:have|got|texted|text|messaged|want) (?:the |a )?|its (?:the )?|this is (?:the )?)?"
        rf"w?rong (?:{_NUMBER}|person|guy|one|dude|girl|lady|man|chick)"
        r"(?: (?:this is|i am|im|its|theres|there is) (?:(?:not|no) )?\w+(?: here)?)?"
    ),
    r"(?:im |i am )?not interested",
    (
        r"no (?:more|mas)(?: of (?:this|these|that|it))?|why (?:do|are) (?:you|u) (?:keep )?(?:texting|messaging"
        r"|writing) me"
    ),
    r"ya no mas|ya no|nomas ya|ya nomas|forget about (?:me|us)",
    # "Get me out of this" and "quiero salir de esto" may be a cry for help.
    (
        r"(?:get|take) (?:me|us) out(?: of (?:this|here|there|it))?"
        r"|(?:ya )?(?:(?:quiero|necesito|ayud\w+ a) )?salir(?:me)? de (?:esto|eso|aqui|ahi|todo|todo esto)"
        r"|(?:saquen?|saca)(?:me|nos)(?: ya)? de (?:aqui|ahi|esto)"
    ),
    r"no (?:me|nos) (?:llamen?|marquen?|busquen?)(?: mas)?",
    r"(?:es |tiene |tienen |este es )?(?:el |un )?numero (?:equivocado|incorrecto)",
    r"(?:se |esta |estan )(?:equivoco|equivocaron|equivocado|equivocados)(?: de (?:numero|persona))?",
    r"no me interesa",
    # "This has to stop" and "que paren" may be about others.
    (
        r"(?:(?:i )?(?:just )?(?:want|need|wish) )?(?:this|it|that|everything)(?: (?:just|really|all|has|have"
        r"|needs?|got|gotta|must|should|to))+ "
        r"(?:stop|end)"
    ),
    (
        r"(?:(?:solo|nomas|ya|yo|ojala|quiero|quisiera|necesito|deseo) )*que (?:ya )?(?:paren?|se (?:detengan"
        r"|acabe)|terminen?)(?: (?:ya|con|esto|de))*"
    ),
    r"(?:ya )?(?:te|les|le) (?:dije|he dicho|digo) que (?:ya )?(?:no|pare[ns]?|basta|alto|stop)(?: mas)?",
    rf"(?:ya )?no {_QUIERO}(?: saber)?(?: ya)?(?: nada)?(?: mas)? (?:con|de) (?:ustedes|usted|uds|esto|ti)",
    (
        r"(?:dont|do not|stop|quit) (?:hit|hitting) (?:me up|my (?:line|phone|cell))|bloque(?:en|e|a|ar)(?:me|nos"
        r"|nme)?(?: (?:mi|este|el|numero|ya))*|you need to (?:stop|quit)|quit"
    ),
    (
        r"(?:(?:i|im|am|ill|will|just|have|are|being) )*block(?:ing|ed)? (?:you|u|yall|this)|leave (?:me"
        r"|us) out of (?:this|it)"
    ),
    r"(?:paren?|dejen?|dejense) de estar \w+|(?:borr|elimin)(?:en|e)l[oa]|me equivoque(?: de numero)?",
    (
        r"(?:yo )?(?:chill|lay off|knock it off|cut it out|ease up)"
        r"(?: (?:with|on|the|these|those|texts?|messages?|out))*|(?:i )?(?:want|need) no part (?:of|in) (?:this|it)"
    ),
    r"(?:(?:this|it|thats) )?(?:aint|isnt|is not|not) (?:him|her|me|them|his|hers)",
    rf"(?:me )?(?:pueden?|podrian?) (?:quitar|sacar|borrar|eliminar)(?:me)?{_DE_ESTO}(?: por favor)?",
    (
        r"ya estuvo(?: bueno| bien| ya)*|(?<!no )para|salir(?:me)?(?: de (?:aqui|esto|esta|la|lista))+"
        r"|dejenme|dejeme|dejame"
    ),
    r"c[ay]ll?[ea](?:te|se|nse)(?: la boca)?|stfu|shut (?:the (?:fuck|hell) |tf )?up|be quiet",
    (
        r"(?:fuck|fuk|fck|fk|f|screw) (?:off|you|u|yall|this)|go (?:to hell|away)|piss off|get lost"
        r"|(?:vete(?:nse)?|vayan?se) (?:a la |al )?(?:verga"
        r"|chingada|diablo|mierda|carajo)|ching(?:a|ue|uen|ate)(?: a)?(?: (?:tu|su) madre)?|no (?:me )?(?:ching"
        r"|jod|frieg|fastidi)\w+"
        r"|(?:dej(?:en|e|a)(?:me)?|ya) de (?:chingar|joder|molestar|fregar|fastidiar)(?:me)?|larg(?:ate|uense"
        r"|uese)(?: de aqui)?"
    ),
    (
        r"(?:(?:this|its|is|u|you|youre|are) )*h[ae]r+as+(?:ment|ing)(?: me)?|(?:(?:ill|im|i|am|will|going"
        r"|gonna|to|already|just|have|been) )*"
        r"report(?:ed|ing)?(?: (?:you|u|this|it|ur|your|number|yall))* (?:as|for|to) (?:spam|harassment|the fcc"
        r"|my carrier)"
    ),
    (
        r"(?:stop|quit|no more|dont|dejen de|dejenme de|ya no|no)(?: me| hagan| haga)* (?:asking|ask|questions?"
        r"|preguntar|preguntarme|preguntas|pregunten?)(?: \w+){0,3}"
    ),
)
# Without meaning of their own beside an opt-out.
_BESIDE = (
    r"and|so|but|from|to|y|e|pero|or|i|u|you|que|quiero que|quisiera que|necesito que|i want you to|i need you to",
    rf"this is (?:my|a|the|our) (?:\w+ )?{_NUMBER}|este es (?:mi|el|un) (?:telefono|celular|cel|numero) (?:de|del) \w+",
    (
        r"(?:nah |no )*im (?:good|ok|fine)|who (?:is|are|tf|the hell) (?:(?:is|are) )?(?:this|you)|(?:u"
        r"|you) (?:people|guys|all)|need to|i (?:dont|do not) (?:know|no) (?:you|who this is)"
    ),
    r"quien (?:es|habla)|no (?:los|lo|la) conozco",
    r"(?:this is |im |i am )?not (?:me|him|her|the person)|no soy (?:yo|esa persona|la persona)",
    (
        r"my \w+ (?:reads?|sees?|checks?|looks at|goes through|has) (?:it|this|these|my phone|the phone|my texts?"
        r"|everything)"
        r"|mi \w+ (?:(?:me )?revisa|ve|lee|mira|checa|agarra|usa)(?: (?:mi|el|este|los|mis))? (?:celular|telefono|cel"
        r"|mensajes?|todo)"
    ),
)
_POLITENESS = """please pls plz plez hey hi hello ok okay thanks thank you now just yes no sir maam guys already right
    asap immediately i said asked can could would will kindly lol lmao haha bruh bro dude wtf omg smh fr
    god bless dios bendiga bendiciones los les sorry sry perdon disculpe disculpen
    por favor porfa porfavor gracias hola ya ahora mismo oiga oigan puede pueden podria podrian senor senora si"""
_POLITE = frozenset(_POLITENESS.split())


def _each(patterns: tuple[str, ...]) -> tuple[LazyPattern, ...]:
    return tuple(LazyPattern(rf"(?:{pattern})(?= |$)") for pattern in patterns)


_MAY_BE_ONE = _each(_PERHAPS)
# The strongest reading first.
_PARTS = (
    (OptOutReading.ERASE, _each(_ERASING)),
    (OptOutReading.YES, _each(_WHOLLY)),
    (OptOutReading.DOUBT, _MAY_BE_ONE),
    (OptOutReading.NO, _each(_BESIDE)),
)
_ORDER = tuple(kind for kind, _patterns in _PARTS)
_HOLDS_ONE = LazyPattern(rf"\b(?:{'|'.join((*_ABOUT_TEXTS, *_ERASING))})(?= |$)")


# What no pattern foresees is read by its words alone.
_REFUSES = LazyPattern(
    r"s+t+[oah]+p+(?:ing|it)?|quit|dont|don|not?|never|cease|enough|unsub\w*|end|cancel\w*|alto|basta|pare(?:n"
    r"|nle)?|parale"
    r"|dej(?:e|en|a|ar)(?:me|nos)?|remove|off|block|alone|quit(?:e|en|a)(?:me|nos)?|saquen?(?:me|nos)?|bajen?me"
    # Never with others as its object: "deténganlos".
    r"|(?:deten|suspend|borr|elimin)(?!\w*l[oa]s?$)\w*"
)
_SENDS = LazyPattern(
    r"te?xt\w{0,4}|messag\w*|mess?ages?|msg\w*|sms|send(?:in|ing|s)?|contact\w*|hear|alerts?|notif\w*|subscription"
    r"|mensaj\w*|mensag\w*|mand(?:e|en|es|ar|arme|enme|ando|andome)|envi(?:e|en|ar|arme|ando)|communicat\w*"
    r"|comunic\w*|escrib(?:a|an|as|ir|irme|anme)|texte\w*"
    r"|recibir|suscripcion|molest(?:ar|e|en)"
)
_OUR_PHONE = LazyPattern(
    r"\b(?:my|this|ur|your|the old|mi|este|ese|su|la) (?:phone|cell|number|line|list|numero|telefono|celular|cel"
    r"|lista)\b"
)
_PHONE = frozenset("phone cell number line list numero telefono celular cel lista from".split())
_ARRIVES = LazyPattern(
    r"\b(?:my|mi|mis) (?:te?xts?|messages?|mensajes?)\b|\b(?:got|get|received|llego|llega|llegan|recibi|sent|mande"
    r"|escribi)\b"
    r"(?! (?:me|mensajes|mas))"
)
_OF_OTHERS = LazyPattern(
    r"\b(?:they|them|theyre|their|he|hes|him|she|her|it|will|at|by|the (?!old|list)|kids?|son|street|corner|block"
    r"|house|door|park|pics?|pictures?|photos?|videos?|fotos?"
    r"|school|store|bus|sign|sell\w*|deal\w*|drugs?|pills?|police|cops?|someone|somebody|people|guys?|ellos|ella"
    r"|los que|calle"
    r"|esquina|casa|puerta|parque|escuela|tienda|parada|venden?|vendiendo|drogas?|policia|hijos?|hija|ninos"
    r"|gente|alguien|\d+\w+)\b"
)
MOST_WORDS = 12
_ASKS_TO = LazyPattern(
    r"\b(?:can|may|could|should) i (?:still |even )?(?:te?xt|write|send|message|contact|report|tell|ask)\b"
    r"|\b(?:puedo|se puede|podria) (?:\w+ )?(?:escribir|mandar|enviar|avisar|textear)\w*\b"
)
"""It asks whether it may write to us."""


def _by_words(folded: str) -> OptOutReading:
    """Read an opt-out in unforeseen words: it refuses texts, and names nothing that a report names."""
    words = folded.split()
    if not words or len(words) > MOST_WORDS or _ARRIVES.search(folded) or _ASKS_TO.search(folded):
        return OptOutReading.NO
    refuses = [word for word in words if _REFUSES.fullmatch(word)]
    sends = any(map(_SENDS.fullmatch, words))
    is_small = all(word in SMALL or _REFUSES.fullmatch(word) for word in words)
    if (
        refuses
        and sends
        and all(word in SMALL | _PHONE or _REFUSES.fullmatch(word) or _SENDS.fullmatch(word) for word in words)
    ):
        return OptOutReading.YES
    if not refuses or _OF_OTHERS.search(folded):
        return OptOutReading.NO
    stops = any(word[0] == "s" or word in ("unsubscribe", "alto") for word in refuses)
    if stops and is_small and (len(words) == 1 or refuses[-1] == words[-1] or words[0] == refuses[0]):
        return OptOutReading.YES
    ends = words[-1] in ("stop", "unsubscribe") or (stops and is_small)
    return OptOutReading.DOUBT if ends or sends or _OUR_PHONE.search(folded) else OptOutReading.NO


_STOP_SIGNS = dict.fromkeys(map(ord, "🛑🚫✋"), " stop ")
_ADDRESSED = LazyPattern(
    r"\b(?:me|us|my|mi|mis|mio|nos|sign(?:ed)?|texts?|msgs?|sms|number|numero|telefono|phone|cell|lists?"
    r"|listas?|unsub\w*|subscri\w*|opt|bajar?|mensajes?|\w+(?:[ae]n?|ar)(?:me|nos))\b"
)


def is_addressed(text: str) -> bool:
    """Whether an opt-out names its sender, texts or a list: "please stop" may be said of what is reported."""
    folded = fold(_with_number(text.translate(_STOP_SIGNS)))
    words = folded.split()
    is_keywords = all(keyword(word) is Keyword.STOP for word in words)
    return is_keywords or _ADDRESSED.search(folded) is not None or any(map(_SENDS.fullmatch, words))


def _with_number(text: str) -> str:
    return re.sub(r"(my|this|mi|wrong) #", r"\1 number", text, flags=re.IGNORECASE)


def reads_as_opt_out(text: str) -> OptOutReading:
    """Return the reading of a message that consists of opt-out wordings alone.

    DOUBT if it may be an opt-out, or contains one beside other words.
    """
    folded = fold(_with_number(text.translate(_STOP_SIGNS)))
    if any(pattern.fullmatch(folded) for pattern in _MAY_BE_ONE):
        return OptOutReading.DOUBT
    said = _all_of(folded, 0, {}) if len(folded) <= LONGEST else None
    if said is not None and said is not OptOutReading.NO:
        return said
    by_words = _by_words(folded)
    if by_words is OptOutReading.NO and _HOLDS_ONE.search(folded):
        return OptOutReading.DOUBT
    return by_words


def _all_of(folded: str, at: int, known: dict[int, OptOutReading | None]) -> OptOutReading | None:
    """Return the strongest reading of the rest of the text, or None unless it consists of such wordings alone."""
    if at >= len(folded):
        return OptOutReading.NO
    if at not in known:
        found = [(kind, _all_of(folded, end + 1, known)) for kind, end in _parts_at(folded, at)]
        whole = [min(kind, rest, key=_ORDER.index) for kind, rest in found if rest is not None]
        known[at] = min(whole, key=_ORDER.index, default=None)
    return known[at]


def _parts_at(folded: str, at: int) -> Iterator[tuple[OptOutReading, int]]:
    """Yield the reading and the end of each wording that begins here."""
    for kind, patterns in _PARTS:
        for found in filter(None, (pattern.match(folded, at) for pattern in patterns)):
            yield kind, found.end()
    word = folded[at:].partition(" ")[0]
    if keyword(word) is Keyword.STOP:
        yield OptOutReading.YES, at + len(word)
    elif word in _POLITE:
        yield OptOutReading.NO, at + len(word)
