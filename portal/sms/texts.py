"""Fixed texts of the conversation in English and Spanish, and their composition with names, codes and places.

The sender is named first. No text repeats the sender's words or says what the number is for: another person may hold
the phone, and carriers filter such words. Spanish is worded without á, í, ó and ú, which would more than double the
cost (they are not in GSM-7), and without misspelling anything.

ALTO (stop) and ALTA (start again) are one letter apart. Both are understood, but no text offers ALTA; the answer to it
says plainly what happened and offers a different word for the opposite.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.sms.segments import in_gsm7, segments
from portal.sms.choices import MOST_LISTED, OTHER, PlaceName
from portal.sms.effects import Saying
from portal.sms.keywords import Language, fold

_ENGLISH = {
    Saying.RECEIVED: (
        "{site}: Your text has arrived. This is not 911 and nobody watches it around the clock. In danger, call 911. "
        "Your code words: {code}. With them you can read the answer on our website."
    ),
    Saying.RECEIVED_DANGER: (
        "{site}: In danger? Call 911 now. This is not 911 and nobody watches it around the clock. "
        "Your text has arrived; a person will read it later. Your code words: {code}"
    ),
    Saying.RECEIVED_OVERDOSE: (
        "{site}: If someone is not breathing or will not wake up, call 911 now and stay. Give naloxone if you have it. "
        "This is not 911. Your text has arrived. Your code words: {code}"
    ),
    Saying.WHERE: "{site}: Where is it? Send the number or your own words, or text SKIP.{places}",
    Saying.WHEN: "{site}: When does it happen? For example: now, at night, on weekends. Or text SKIP.",
    Saying.MORE: "{site}: Is there anything else we should know? If not, text NO.",
    Saying.THANKS: "{site}: Thank you. A person will read it. You can write more at any time.",
    Saying.ADDED: "{site}: Thank you. We added it.",
    Saying.DANGER: (
        "{site}: In danger? Call 911 now. This is not 911 and nobody watches it around the clock. We have your text."
    ),
    Saying.OVERDOSE: (
        "{site}: If someone is not breathing or will not wake up, call 911 now and stay. Give naloxone if you have it. "
        "This is not 911. We have your text."
    ),
    Saying.CRISIS: (
        "{site}: Please call or text 988 now. A person listens at any hour, for free. Hurt, or took something? "
        "Call 911. This is not 911; we read your text later."
    ),
    Saying.HELP: (
        "{site}: In danger, call 911. This is not 911 and nobody watches it around the clock. Text what you see; "
        "a person reads it. STOP: no more texts. DELETE: erase your number. Rates may apply. {url}"
    ),
    Saying.STOPPED: (
        "{site}: You will get no more texts from us. You can still write and a person will read it. "
        "To get answers again, text START."
    ),
    Saying.STARTED: (
        "{site}: Our answers come to this phone. News you followed stays off; to follow again, text NEWS. "
        "No texts: STOP. In danger, call 911."
    ),
    Saying.ERASED: (
        "{site}: Done. This conversation is over and your phone number is erased here. "
        "What you told us stays with our team."
    ),
    Saying.FORGOTTEN: (
        "{site}: Done. Your phone number is erased here and you get no more texts from us. "
        "To get answers again, text START."
    ),
    Saying.LANGUAGE: "{site}: We will write in English. In danger, call 911. Text what you see.",
    Saying.JOINED: (
        "{site}: These words are right. Answers come to this phone from now on, and what you text is added. "
        "In danger, call 911. DELETE: erase your number."
    ),
    Saying.CODE_UNKNOWN: (
        "{site}: We found nothing under these words. Check each word and their order, or read the answer on {url}. "
        "We did not keep this text. Something else? Say it in other words. In danger, call 911."
    ),
    Saying.CODE_PART: (
        "{site}: Part of your code words? Text the others within 10 minutes, or type all eight on {url}. "
        "Then we erase these. Something else? Say it in other words. In danger, call 911."
    ),
    Saying.WHO: (
        "{site}: We are a team for the neighborhood. Text what you see; a person on our team reads it. {note_en} "
        "In danger, call 911. STOP: no more texts. {url}"
    ),
    Saying.HELLO: (
        "{site}: Text what you see in the neighborhood; a person on our team reads it. HELP: how it works. "
        "STOP: no more texts. In danger, call 911."
    ),
    Saying.POLICE: (
        "{site}: We are not the police. A person on our team reads your text. The police may see later what it says. "
        "Our team cannot see your number. {note_en} In danger, call 911."
    ),
    Saying.NOT_FOR_US: (
        "{site}: This may not be the number you want. A team for the neighborhood reads it. In danger, call 911. "
        "STOP: no more texts."
    ),
    Saying.HOW: (
        "{site}: Text what you see, where and when; a photo helps. A person reads it. Our team cannot see your number; "
        "phone companies can. We charge nothing; rates may apply. {url}"
    ),
    Saying.ANSWER: (
        "{site}: A person reads each text. The answer comes to this phone, or read it on {url} with your code words. "
        "Lost them? We cannot look them up: text us again. In danger, call 911."
    ),
    Saying.CALL: (
        "{site}: We cannot call you. In danger, call 911. To talk with somebody at any hour: 988. For help with food, "
        "rent or treatment: 211. Text what you see; a person reads it."
    ),
    Saying.TREATMENT: (
        "{site}: Help to get well is free and private, at any hour: call 1-800-662-4357, or 211. To talk with "
        "somebody: 988. Very sick, or in danger: 911."
    ),
    Saying.STILL_KEPT: (
        "{site}: You wrote many texts. We keep them, and a person will read them. For an hour we answer only HELP, "
        "STOP and danger. In danger, call 911."
    ),
    Saying.TOO_MANY: (
        "{site}: There were too many texts. We could not keep the last one. Please write again in an hour, or on "
        "{url}. In danger, call 911."
    ),
    Saying.CLOSED: (
        "{site}: We cannot read texts right now and did not keep yours. In danger, call 911. "
        "Thoughts of suicide? Call or text 988. Please try again next week."
    ),
    Saying.DOUBT: (
        "{site}: In danger, call 911. This is not 911. A person will read your text. No more texts from us? Text STOP. "
        "You want our answers? Text START."
    ),
    Saying.DOUBT_AGAIN: (
        "{site}: To get our answers on this phone, text START. For no more texts, text STOP. In danger, call 911."
    ),
    Saying.TAKE_BACK: (
        "{site}: We ask nothing more. DELETE: erase your number here. What you told us stays with our team; a person "
        "reads what you just asked. Our team cannot see your number."
    ),
}
_SPANISH = {
    Saying.RECEIVED: (
        "{site}: Su mensaje ha llegado. Esto no es el 911 y nadie lo atiende las 24 horas. "
        "Si hay peligro, llame al 911. Sus palabras clave: {code}. "
        "Con ellas puede leer la respuesta en nuestro sitio web."
    ),
    Saying.RECEIVED_DANGER: (
        '{site}: ¿Hay peligro? Llame ya al 911; diga "español". Esto no es el 911 y nadie lo atiende las 24 horas. '
        "Su mensaje ha llegado; una persona lo va a leer después. Sus palabras clave: {code}"
    ),
    Saying.RECEIVED_OVERDOSE: (
        '{site}: Si alguien no respira o no despierta, llame ya al 911 y quédese; diga "español". Si tiene naloxona, '
        "aplique una dosis. Esto no es el 911. Su mensaje ha llegado. Sus palabras clave: {code}"
    ),
    Saying.WHERE: "{site}: ¿En qué lugar es? Escriba la cifra o el nombre del lugar, o SALTAR.{places}",
    Saying.WHEN: (
        "{site}: ¿A qué hora suele pasar? Por ejemplo: ahora, de noche, los fines de semana. O escriba SALTAR."
    ),
    Saying.MORE: "{site}: ¿Hay otra cosa que debamos saber? Si no, escriba NO.",
    Saying.THANKS: "{site}: Gracias. Una persona lo va a leer. Puede escribir otra vez cuando quiera.",
    Saying.ADDED: "{site}: Gracias. Lo agregamos.",
    Saying.DANGER: (
        '{site}: ¿Hay peligro? Llame ya al 911; diga "español". Esto no es el 911 y nadie lo atiende las 24 horas. '
        "Tenemos su mensaje."
    ),
    Saying.OVERDOSE: (
        '{site}: Si alguien no respira o no despierta, llame ya al 911 y quédese; diga "español". Si tiene naloxona, '
        "aplique una dosis. Esto no es el 911. Tenemos su mensaje."
    ),
    Saying.CRISIS: (
        "{site}: Por favor, llame ya al 988 y marque 2, o mande AYUDA al 988. Es gratis, a toda hora. "
        "¿Hay heridas o pastillas? Llame al 911. Esto no es el 911; leemos su mensaje después."
    ),
    Saying.HELP: (
        "{site}: Si hay peligro, llame al 911. Esto no es el 911 y nadie lo atiende las 24 horas. Escriba lo que ve; "
        "una persona lo lee. ALTO: no recibir mensajes. BORRAR: borrar su contacto. Puede tener costo. {url}"
    ),
    Saying.STOPPED: (
        "{site}: Ya no le enviaremos mensajes. Usted puede seguir escribiendo y una persona lo lee. "
        "Para tener respuestas otra vez, escriba INICIAR."
    ),
    Saying.STARTED: (
        "{site}: Le llegan nuestras respuestas. Noticias, ya no: para tenerlas otra vez, escriba NOTICIAS. "
        "¿No quiere nada? BASTA. Si hay peligro, llame al 911."
    ),
    Saying.ERASED: (
        "{site}: Listo. Hemos terminado y su contacto queda borrado. Lo que nos dijo se queda con nuestro equipo."
    ),
    Saying.FORGOTTEN: (
        "{site}: Listo. Su contacto queda borrado y ya no le enviaremos mensajes. "
        "Para tener respuestas otra vez, escriba INICIAR."
    ),
    Saying.LANGUAGE: "{site}: Le escribiremos en español. Si hay peligro, llame al 911. Cuéntenos lo que ve.",
    Saying.JOINED: (
        "{site}: Las palabras son correctas. Desde ahora las respuestas llegan a este teléfono y lo que escriba se "
        "agrega. Si hay peligro, llame al 911. BORRAR: borrar su contacto."
    ),
    Saying.CODE_UNKNOWN: (
        "{site}: Con esas palabras no encontramos nada. Revise cada palabra y el orden, o lea la respuesta en {url}. "
        "No guardamos este mensaje. ¿Era otra cosa? Escriba con otras palabras. Si hay peligro, llame al 911."
    ),
    Saying.CODE_PART: (
        "{site}: ¿Son parte de sus palabras clave? Mande las que faltan en 10 minutos, o escriba las ocho en {url}. "
        "Luego borramos estas. ¿Era otra cosa? Escriba con otras palabras. Si hay peligro, llame al 911."
    ),
    Saying.WHO: (
        "{site}: Somos un equipo para el vecindario. Escriba lo que ve; una persona del equipo lo lee. {note_es} "
        "Si hay peligro, llame al 911. ALTO: no recibir mensajes. {url}"
    ),
    Saying.HELLO: (
        "{site}: Escriba lo que ve en el vecindario; una persona del equipo lo lee. AYUDA: saber de nosotros. "
        "ALTO: no recibir mensajes. Si hay peligro, llame al 911."
    ),
    # The one text outside GSM-7: whoever asks for the police must find that very word in the answer.
    Saying.POLICE: (
        "{site}: ¿Hay peligro? Llame al 911. No es la policía ni la migra. "
        "Lo lee el equipo, y quizá la policía, sin su número."
    ),
    Saying.NOT_FOR_US: (
        "{site}: Puede que no sea el contacto que busca. Lo lee un equipo del vecindario. "
        "Si hay peligro, llame al 911. ALTO: no recibir mensajes."
    ),
    Saying.HOW: (
        "{site}: Escriba lo que ve, el lugar y la hora; puede mandar fotos. Una persona lo lee. El equipo no ve su "
        "teléfono; las empresas de teléfono pueden verlo. No cobramos; puede tener costo. {url}"
    ),
    Saying.ANSWER: (
        "{site}: Una persona lee cada mensaje. La respuesta llega a este celular, o se lee en {url} con sus palabras "
        "clave. Si no las tiene, no podemos buscarlas: escriba otra vez. Si hay peligro, llame al 911."
    ),
    Saying.CALL: (
        "{site}: No podemos llamarle. Si hay peligro, llame al 911. Para hablar con alguien a toda hora: 988. Para "
        "comida, renta o tratamiento: 211. Escriba lo que ve; una persona lo lee."
    ),
    Saying.TREATMENT: (
        "{site}: Pedir ayuda es de valientes. Es gratis y en privado, a toda hora: llame al 1-800-662-4357 o al 211. "
        "Para hablar con alguien: 988 y marque 2. Si se siente muy mal o hay peligro: 911."
    ),
    Saying.STILL_KEPT: (
        "{site}: Escribe muchos mensajes. Los guardamos y una persona los va a leer. Durante una hora respondemos solo "
        "a AYUDA, ALTO y peligro. Si hay peligro, llame al 911."
    ),
    Saying.TOO_MANY: (
        "{site}: Llegaron demasiados mensajes y no guardamos el de ahora. Intente otra vez en una hora, o en {url}. "
        "Si hay peligro, llame al 911."
    ),
    Saying.CLOSED: (
        "{site}: Por ahora no podemos leer mensajes y no guardamos el suyo. Si hay peligro, llame al 911. "
        "Si piensa en quitarse la vida, llame al 988 y marque 2. Intente otra vez la semana que viene."
    ),
    Saying.DOUBT: (
        "{site}: Si hay peligro, llame al 911. Esto no es el 911. Una persona lo lee. "
        "Para no recibir mensajes, escriba ALTO. Para tener respuestas, INICIAR."
    ),
    Saying.DOUBT_AGAIN: (
        "{site}: Para tener respuestas en este celular, escriba INICIAR. Para no recibir mensajes, escriba ALTO. "
        "Si hay peligro, llame al 911."
    ),
    Saying.TAKE_BACK: (
        "{site}: Ya no le preguntamos nada. BORRAR: borrar su contacto. Lo que nos dijo se queda con el equipo; una "
        "persona va a leer lo que nos pide. El equipo no ve su teléfono."
    ),
}
_BOTH = {
    Saying.RECEIVED: (
        "{site}: Not 911. In danger, call 911. Your text has arrived. Code words for our website: / "
        "No es el 911. Si hay peligro, llame al 911. Su mensaje ha llegado. "
        "Palabras clave para leer la respuesta: {code}"
    ),
    Saying.RECEIVED_DANGER: (
        "{site}: In danger? Call 911 now. This is not 911. Your text has arrived. Code words: / "
        "¿Hay peligro? Llame ya al 911. Esto no es el 911. Su mensaje ha llegado. Palabras clave: {code}"
    ),
    Saying.RECEIVED_OVERDOSE: (
        "{site}: Someone not breathing? Call 911 now and stay. Not 911 here. Code words: / "
        "¿Alguien no respira? Llame ya al 911 y quédese. Esto no es el 911. Palabras clave: {code}"
    ),
    Saying.WHERE: "{site}: Where is it? / ¿En qué lugar es?{places}",
    Saying.WHEN: "{site}: When does it happen? Or text SKIP. / ¿A qué hora suele pasar? O escriba SALTAR.",
    Saying.MORE: "{site}: Anything else we should know? If not, text NO. / ¿Hay otra cosa? Si no, escriba NO.",
    Saying.THANKS: "{site}: Thank you. A person will read it. / Gracias. Una persona lo va a leer.",
    Saying.ADDED: "{site}: Thank you. We added it. / Gracias. Lo agregamos.",
    Saying.DANGER: (
        "{site}: In danger? Call 911 now. This is not 911. We have your text. / "
        "¿Hay peligro? Llame ya al 911. Esto no es el 911. Tenemos su mensaje."
    ),
    Saying.OVERDOSE: (
        "{site}: Someone not breathing? Call 911 now and stay. This is not 911. We have your text. / "
        "¿Alguien no respira? Llame ya al 911 y quédese. Esto no es el 911. Tenemos su mensaje."
    ),
    Saying.CRISIS: (
        "{site}: Call or text 988 now, any hour. Hurt? Call 911. Not 911 here. / "
        "Llame ya al 988 y marque 2, o mande AYUDA al 988. ¿Heridas? Llame al 911. Esto no es el 911."
    ),
    Saying.HELP: (
        "{site}: In danger, call 911. This is not 911. Text what you see. STOP: no more texts. DELETE: erase number. "
        "Rates may apply. / Si hay peligro, llame al 911. Esto no es el 911. Escriba lo que ve. ALTO: terminar. "
        "BORRAR: borrar. Puede tener costo. {url}"
    ),
    Saying.STOPPED: (
        "{site}: You will get no more texts. To get answers again, text START. / "
        "Ya no le enviaremos mensajes. Para tener respuestas otra vez, escriba INICIAR."
    ),
    Saying.STARTED: (
        "{site}: Our answers come to this phone; news you followed stays off: text NEWS. No texts: STOP. "
        "In danger, call 911. / Le llegan nuestras respuestas, pero ya no las noticias: escriba NOTICIAS. "
        "¿Nada? BASTA. Si hay peligro, llame al 911."
    ),
    Saying.ERASED: (
        "{site}: Done. Your phone number is erased here. What you told us stays with our team. / "
        "Listo. Su contacto queda borrado. Lo que nos dijo se queda con nuestro equipo."
    ),
    Saying.FORGOTTEN: (
        "{site}: Done. Your number is erased and you get no more texts. To get answers again, text START. / "
        "Listo. Su contacto queda borrado y ya no le enviaremos mensajes. "
        "Para tener respuestas otra vez, escriba INICIAR."
    ),
    Saying.LANGUAGE: "{site}: English: ENGLISH. Español: ESPAÑOL.",
    Saying.JOINED: (
        "{site}: These words are right. Answers come to this phone from now on. DELETE: erase number. / "
        "Las palabras son correctas. Desde ahora las respuestas llegan a este teléfono. BORRAR: borrar."
    ),
    Saying.CODE_UNKNOWN: (
        "{site}: Nothing found under these words. Check each word and their order. Not kept. Danger? 911. / "
        "Con esas palabras no encontramos nada. Revise cada palabra y el orden. No las guardamos. ¿Peligro? 911. {url}"
    ),
    Saying.CODE_PART: (
        "{site}: Part of your code words? Text the others within 10 minutes. Not code words? Use other words. "
        "Danger? 911. / ¿Son parte de sus palabras clave? Mande las que faltan en 10 minutos. "
        "¿No? Use otras palabras. ¿Peligro? 911. {url}"
    ),
    Saying.WHO: (
        "{site}: A team for the neighborhood. {note_en} In danger, call 911. / "
        "Un equipo para el vecindario. {note_es} Si hay peligro, llame al 911. {url}"
    ),
    Saying.HELLO: (
        "{site}: Text what you see; our team reads it. HELP / STOP. In danger, call 911. / "
        "Escriba lo que ve; el equipo lo lee. AYUDA / ALTO. Si hay peligro, llame al 911."
    ),
    Saying.POLICE: (
        "{site}: In danger, call 911. Not the police, not immigration. Our team reads it; police may see it, not your "
        "number. / Si hay peligro, llame al 911. No somos agentes ni la migra. "
        "Los agentes pueden verlo, no su teléfono."
    ),
    Saying.NOT_FOR_US: (
        "{site}: Maybe not the number you want. STOP: no more. In danger, call 911. / "
        "Puede que no sea el contacto que busca. ALTO: terminar. Si hay peligro, llame al 911."
    ),
    Saying.HOW: (
        "{site}: Text what you see; a person reads it. Our team cannot see your number. / "
        "Escriba lo que ve; una persona lo lee. El equipo no ve su teléfono. {url}"
    ),
    Saying.ANSWER: (
        "{site}: Answers come to this phone, or to {url} with your code words. Lost them? Text us again. "
        "Danger? 911. / Respuestas: a este celular, o en {url} con sus palabras clave. "
        "¿No las tiene? Escriba otra vez. ¿Peligro? 911."
    ),
    Saying.CALL: (
        "{site}: We cannot call you. In danger: 911. To talk: 988. Other help: 211. / "
        "No podemos llamarle. Peligro: 911. Para hablar: 988 y marque 2. Otra ayuda: 211."
    ),
    Saying.TREATMENT: (
        "{site}: Help to get well, free and private: 1-800-662-4357 or 211. To talk: 988. In danger: 911. / "
        "Ayuda gratis y en privado: 1-800-662-4357 o 211. Para hablar: 988 y marque 2. Peligro: 911."
    ),
    Saying.STILL_KEPT: (
        "{site}: We keep your texts and a person reads them. For an hour we answer only HELP, STOP and danger. / "
        "Guardamos sus mensajes y una persona los lee. Durante una hora respondemos solo a AYUDA, ALTO y peligro."
    ),
    Saying.TOO_MANY: (
        "{site}: Too many texts: the last was not kept. Try again in an hour. In danger, call 911. / "
        "Demasiados mensajes: no guardamos el de ahora. Intente en una hora. Si hay peligro, llame al 911."
    ),
    Saying.CLOSED: (
        "{site}: We cannot read texts now; yours was not kept. In danger, call 911. Suicide? Call 988. / "
        "Por ahora no leemos mensajes; no guardamos el suyo. Si hay peligro, llame al 911. ¿Suicidio? Llame al 988."
    ),
    Saying.DOUBT: (
        "{site}: In danger, call 911. This is not 911. No more texts from us? Text STOP. Our answers? Text START. / "
        "Si hay peligro, llame al 911. Esto no es el 911. ¿No quiere mensajes? Escriba ALTO. "
        "¿Quiere respuestas? Escriba INICIAR."
    ),
    Saying.DOUBT_AGAIN: (
        "{site}: To get our answers, text START. For no more texts, text STOP. / "
        "Para tener respuestas, escriba INICIAR. Para no recibir mensajes, escriba ALTO."
    ),
    Saying.TAKE_BACK: (
        "{site}: DELETE: erase your number here. What you told us stays with our team; a person reads what you ask. / "
        "BORRAR: borrar su contacto. Lo que nos dijo se queda con el equipo; una persona lee lo que pide."
    ),
}
for _words, _code_words in (
    (_ENGLISH, "Your code words"),
    (_SPANISH, "Sus palabras clave"),
    (_BOTH, "Code words / Palabras clave"),
):
    _words[Saying.RECEIVED_CRISIS] = f"{_words[Saying.CRISIS]} {_code_words}: {{code}}"
WHERE_IN_SHORT = {
    "en": "{site}: Where? The number or name of the place, or SKIP.{places}",
    "es": "{site}: ¿En qué lugar? La cifra o el nombre del lugar, o SALTAR.{places}",
    None: "{site}: Where? / ¿En qué lugar?{places}",
}
WHERE_WITHOUT_LIST = {
    "en": "{site}: Where is it? Tell us in your own words, or text SKIP.",
    "es": "{site}: ¿En qué lugar es? Responda con sus palabras, o escriba SALTAR.",
    None: "{site}: Where is it? Or text SKIP. / ¿En qué lugar es? O escriba SALTAR.",
}
TEXTS = {"en": _ENGLISH, "es": _SPANISH, None: _BOTH}


MOST_SEGMENTS = 2
LONGEST_SITE = 20
LONGEST_CODE = 71
"""Eight words of eight letters."""
LONGEST_URL = 40
LONGEST_PLACE = 24

_OUR_OWN = tuple(fold(words.partition(": ")[2])[:60] for texts in TEXTS.values() for words in texts.values())
_ELSEWHERE = {"en": "Another place", "es": "Otro lugar", None: "Another place / Otro lugar"}


def wording(say: Saying, language: Language | None) -> str:
    """Return an answer's words before code words are inserted, as a record of consent refers to them."""
    return TEXTS[language][say]


def compose(
    say: Saying,
    language: Language | None,
    *,
    site: str,
    code: str = "",
    url: str = "",
    places: Sequence[PlaceName] = (),
    notes: tuple[str, str] = ("", ""),
) -> str:
    """Return the text of an answer; `language` None means both.

    All `RECEIVED…` need `code`, some need `url` (without "https://"), and `WHO` and `POLICE` need the `notes` on
    immigration in English and Spanish.
    """
    if say is Saying.WHERE:
        return _where(language, site, tuple(places))[0]
    return TEXTS[language][say].format(site=site, code=code, url=url, note_en=notes[0], note_es=notes[1])


def repeats_us(text: str) -> bool:
    """Whether a text repeats one of our answers, many of which name danger: a machine or a "like" sends them back."""
    folded = fold(text)
    return any(start in folded for start in _OUR_OWN)


def how_many_listed(language: Language | None, *, site: str, places: Sequence[PlaceName]) -> int:
    """Return how many places have a number in the question "where"."""
    return _where(language, site, tuple(places))[1]


@lru_cache(maxsize=16)
def _where(language: Language | None, site: str, places: tuple[PlaceName, ...]) -> tuple[str, int]:
    """Return the question with as many places as fit, and their number.

    One á, í, ó or ú in a name would more than double the cost, and most Spanish names have one: in this list, where a
    name is only to be recognised, they stand without. Only very long names cut the list short, and a place that is not
    on it can still be named.
    """
    names = [in_gsm7(name.es if language == "es" else name.en) for name in places[:MOST_LISTED]]
    for most in range(len(names), 0, -1):
        lines = [f"{number} {name}" for number, name in enumerate(names[:most], start=1)]
        lines.append(f"{OTHER} {_ELSEWHERE[language]}")
        listed = "\n" + "\n".join(lines)
        asked = [
            one.format(site=site, places=listed) for one in (TEXTS[language][Saying.WHERE], WHERE_IN_SHORT[language])
        ]
        text = min(asked, key=_cost)
        if _cost(text) <= MOST_SEGMENTS:
            return text, most
    return WHERE_WITHOUT_LIST[language].format(site=site), 0


def _cost(text: str) -> int:
    return segments(text).segments


class UnreadPicture(StrEnum):
    """Why a picture that came by text could not be kept."""

    TOO_LARGE = "too large"
    NONE = "none"
    EMPTY = "empty"
    NOT_FETCHED = "not fetched"


_LOST = {
    UnreadPicture.TOO_LARGE: _l("A picture came that could not be read: it was too large. Words help more."),
    UnreadPicture.NONE: _l("A file came that we cannot open: we open pictures, not sound. Words help more."),
    UnreadPicture.EMPTY: _l("A picture came that could not be read: it was empty. Words help more."),
    UnreadPicture.NOT_FETCHED: _l("A picture came that we could not get from the text company. Words help more."),
}


def lost_picture(why: UnreadPicture) -> str:
    """Return what the desk and the sender read in the report in the place of a picture."""
    return str(_LOST[why])


def lost_picture_text() -> str:
    """Return what the sender of such a picture is told by text."""
    return str(_("We could not open that. We open pictures, not sound or video. Tell us in words."))
