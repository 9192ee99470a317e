"""Every fixed text that leaves by telephone, in English, in Spanish, and in both for an unknown language.

The sender is named first. No text repeats what somebody told us or says what the number is for: somebody else may hold
the phone, and carriers filter such words. Spanish is worded without á, í, ó and ú, which would more than double the
cost (they are not in GSM-7), and without misspelling anything.

ALTO (stop) and ALTA (start again) are one letter apart. Both are understood, but no text offers ALTA, and what answers
it says plainly what happened and offers another word for the opposite.
"""

from __future__ import annotations

from portal.sms.rules.effects import Say

_ENGLISH = {
    Say.RECEIVED: (
        "{site}: Your text has arrived. This is not 911 and nobody watches it around the clock. In danger, call 911. "
        "Your code words: {code}. With them you can read the answer on our website."
    ),
    Say.RECEIVED_DANGER: (
        "{site}: In danger? Call 911 now. This is not 911 and nobody watches it around the clock. "
        "Your text has arrived; a person will read it later. Your code words: {code}"
    ),
    Say.RECEIVED_OVERDOSE: (
        "{site}: If someone is not breathing or will not wake up, call 911 now and stay. Give naloxone if you have it. "
        "This is not 911. Your text has arrived. Your code words: {code}"
    ),
    Say.WHERE: "{site}: Where is it? Send the number or your own words, or text SKIP.{places}",
    Say.WHEN: "{site}: When does it happen? For example: now, at night, on weekends. Or text SKIP.",
    Say.MORE: "{site}: Is there anything else we should know? If not, text NO.",
    Say.THANKS: "{site}: Thank you. A person will read it. You can write more at any time.",
    Say.ADDED: "{site}: Thank you. We added it.",
    Say.DANGER: (
        "{site}: In danger? Call 911 now. This is not 911 and nobody watches it around the clock. We added your text."
    ),
    Say.OVERDOSE: (
        "{site}: If someone is not breathing or will not wake up, call 911 now and stay. Give naloxone if you have it. "
        "This is not 911. We added your text."
    ),
    Say.CRISIS: (
        "{site}: Please call or text 988 now. A person listens at any hour, for free. Hurt, or took something? "
        "Call 911. This is not 911; we read your text later."
    ),
    Say.HELP: (
        "{site}: In danger, call 911. This is not 911 and nobody watches it around the clock. Text what you see; "
        "a person reads it. STOP: no more texts. DELETE: erase your number. Rates may apply. {url}"
    ),
    Say.STOPPED: (
        "{site}: You will get no more texts from us. You can still write and a person will read it. "
        "To get answers again, text START."
    ),
    Say.STARTED: (
        "{site}: Our answers come to this phone. Not what you wanted? Text STOP. Text what you see. "
        "In danger, call 911."
    ),
    Say.ERASED: (
        "{site}: Done. This conversation is over and your phone number is erased here. "
        "What you told us stays with our team."
    ),
    Say.FORGOTTEN: (
        "{site}: Done. Your phone number is erased here and you get no more texts from us. "
        "To get answers again, text START."
    ),
    Say.LANGUAGE: "{site}: We will write in English. In danger, call 911. Text what you see.",
    Say.JOINED: (
        "{site}: These words are right. Answers come to this phone from now on, and what you text is added. "
        "In danger, call 911. DELETE: erase your number."
    ),
    Say.CODE_UNKNOWN: (
        "{site}: We found nothing under these words. Please check each word and their order. We did not keep this text."
    ),
    Say.WHO: (
        "{site}: We are a team for the neighborhood. Text what you see; a person on our team reads it. {note_en} "
        "In danger, call 911. STOP: no more texts. {url}"
    ),
    Say.CLOSED: (
        "{site}: We cannot read texts right now and did not keep yours. In danger, call 911. "
        "Thoughts of suicide? Call or text 988. Please try again next week."
    ),
    Say.DOUBT: (
        "{site}: In danger, call 911. This is not 911. A person will read your text. No more texts from us? Text STOP. "
        "You want our answers? Text START."
    ),
}
_SPANISH = {
    Say.RECEIVED: (
        "{site}: Su mensaje ha llegado. Esto no es el 911 y nadie lo atiende las 24 horas. "
        "Si hay peligro, llame al 911. Sus palabras clave: {code}. "
        "Con ellas puede leer la respuesta en nuestro sitio web."
    ),
    Say.RECEIVED_DANGER: (
        '{site}: ¿Hay peligro? Llame ya al 911; diga "español". Esto no es el 911 y nadie lo atiende las 24 horas. '
        "Su mensaje ha llegado; una persona lo va a leer después. Sus palabras clave: {code}"
    ),
    Say.RECEIVED_OVERDOSE: (
        '{site}: Si alguien no respira o no despierta, llame ya al 911 y quédese; diga "español". Si tiene naloxona, '
        "aplique una dosis. Esto no es el 911. Su mensaje ha llegado. Sus palabras clave: {code}"
    ),
    Say.WHERE: "{site}: ¿En qué lugar es? Escriba la cifra o el nombre del lugar, o SALTAR.{places}",
    Say.WHEN: "{site}: ¿A qué hora suele pasar? Por ejemplo: ahora, de noche, los fines de semana. O escriba SALTAR.",
    Say.MORE: "{site}: ¿Hay otra cosa que debamos saber? Si no, escriba NO.",
    Say.THANKS: "{site}: Gracias. Una persona lo va a leer. Puede escribir otra vez cuando quiera.",
    Say.ADDED: "{site}: Gracias. Lo agregamos.",
    Say.DANGER: (
        '{site}: ¿Hay peligro? Llame ya al 911; diga "español". Esto no es el 911 y nadie lo atiende las 24 horas. '
        "Agregamos su mensaje."
    ),
    Say.OVERDOSE: (
        '{site}: Si alguien no respira o no despierta, llame ya al 911 y quédese; diga "español". Si tiene naloxona, '
        "aplique una dosis. Esto no es el 911. Agregamos su mensaje."
    ),
    Say.CRISIS: (
        "{site}: Por favor, llame ya al 988 y marque 2, o mande AYUDA al 988. Es gratis, a toda hora. "
        "¿Hay heridas o pastillas? Llame al 911. Esto no es el 911; leemos su mensaje después."
    ),
    Say.HELP: (
        "{site}: Si hay peligro, llame al 911. Esto no es el 911 y nadie lo atiende las 24 horas. Escriba lo que ve; "
        "una persona lo lee. ALTO: no recibir mensajes. BORRAR: borrar su teléfono. Puede tener costo. {url}"
    ),
    Say.STOPPED: (
        "{site}: Ya no le enviaremos mensajes. Usted puede seguir escribiendo y una persona lo lee. "
        "Para tener respuestas otra vez, escriba INICIAR."
    ),
    Say.STARTED: (
        "{site}: Este teléfono recibe nuestras respuestas. ¿No las quiere? Escriba BASTA. Si hay peligro, llame al 911."
    ),
    Say.ERASED: (
        "{site}: Listo. Hemos terminado y su teléfono queda borrado. Lo que nos dijo se queda con nuestro equipo."
    ),
    Say.FORGOTTEN: (
        "{site}: Listo. Su teléfono queda borrado y ya no le enviaremos mensajes. "
        "Para tener respuestas otra vez, escriba INICIAR."
    ),
    Say.LANGUAGE: "{site}: Le escribiremos en español. Si hay peligro, llame al 911. Cuéntenos lo que ve.",
    Say.JOINED: (
        "{site}: Las palabras son correctas. Desde ahora las respuestas llegan a este teléfono y lo que escriba se "
        "agrega. Si hay peligro, llame al 911. BORRAR: borrar su teléfono."
    ),
    Say.CODE_UNKNOWN: (
        "{site}: Con esas palabras no encontramos nada. Revise cada palabra y el orden, por favor. "
        "No guardamos este mensaje."
    ),
    Say.WHO: (
        "{site}: Somos un equipo para el vecindario. Escriba lo que ve; una persona del equipo lo lee. {note_es} "
        "Si hay peligro, llame al 911. ALTO: no recibir mensajes. {url}"
    ),
    Say.CLOSED: (
        "{site}: Por ahora no podemos leer mensajes y no guardamos el suyo. Si hay peligro, llame al 911. "
        "Si piensa en quitarse la vida, llame al 988 y marque 2. Intente otra vez la semana que viene."
    ),
    Say.DOUBT: (
        "{site}: Si hay peligro, llame al 911. Esto no es el 911. Una persona lo lee. "
        "Para no recibir mensajes, escriba ALTO. Para tener respuestas, INICIAR."
    ),
}
_BOTH = {
    Say.RECEIVED: (
        "{site}: Not 911. In danger, call 911. Your text has arrived. Code words for our website: / "
        "No es el 911. Si hay peligro, llame al 911. Su mensaje ha llegado. "
        "Palabras clave para leer la respuesta: {code}"
    ),
    Say.RECEIVED_DANGER: (
        "{site}: In danger? Call 911 now. This is not 911. Your text has arrived. Code words: / "
        "¿Hay peligro? Llame ya al 911. Esto no es el 911. Su mensaje ha llegado. Palabras clave: {code}"
    ),
    Say.RECEIVED_OVERDOSE: (
        "{site}: Someone not breathing? Call 911 now and stay. Not 911 here. Code words: / "
        "¿Alguien no respira? Llame ya al 911 y quédese. Esto no es el 911. Palabras clave: {code}"
    ),
    Say.WHERE: "{site}: Where is it? / ¿En qué lugar es?{places}",
    Say.WHEN: "{site}: When does it happen? Or text SKIP. / ¿A qué hora suele pasar? O escriba SALTAR.",
    Say.MORE: "{site}: Anything else we should know? If not, text NO. / ¿Hay otra cosa? Si no, escriba NO.",
    Say.THANKS: "{site}: Thank you. A person will read it. / Gracias. Una persona lo va a leer.",
    Say.ADDED: "{site}: Thank you. We added it. / Gracias. Lo agregamos.",
    Say.DANGER: (
        "{site}: In danger? Call 911 now. This is not 911. We added your text. / "
        "¿Hay peligro? Llame ya al 911. Esto no es el 911. Agregamos su mensaje."
    ),
    Say.OVERDOSE: (
        "{site}: Someone not breathing? Call 911 now and stay. This is not 911. We added your text. / "
        "¿Alguien no respira? Llame ya al 911 y quédese. Esto no es el 911. Agregamos su mensaje."
    ),
    Say.CRISIS: (
        "{site}: Call or text 988 now, any hour. Hurt? Call 911. Not 911 here. / "
        "Llame ya al 988 y marque 2, o mande AYUDA al 988. ¿Heridas? Llame al 911. Esto no es el 911."
    ),
    Say.HELP: (
        "{site}: In danger, call 911. This is not 911. Text what you see. STOP: no more texts. DELETE: erase number. "
        "Rates may apply. / Si hay peligro, llame al 911. Esto no es el 911. Escriba lo que ve. ALTO: terminar. "
        "BORRAR: borrar. Puede tener costo. {url}"
    ),
    Say.STOPPED: (
        "{site}: You will get no more texts. To get answers again, text START. / "
        "Ya no le enviaremos mensajes. Para tener respuestas otra vez, escriba INICIAR."
    ),
    Say.STARTED: (
        "{site}: Our answers come to this phone. Not what you wanted? Text STOP. In danger, call 911. / "
        "Este teléfono recibe nuestras respuestas. ¿No las quiere? Escriba BASTA. "
        "Si hay peligro, llame al 911."
    ),
    Say.ERASED: (
        "{site}: Done. Your phone number is erased here. What you told us stays with our team. / "
        "Listo. Su teléfono queda borrado. Lo que nos dijo se queda con nuestro equipo."
    ),
    Say.FORGOTTEN: (
        "{site}: Done. Your number is erased and you get no more texts. To get answers again, text START. / "
        "Listo. Su teléfono queda borrado y ya no le enviaremos mensajes. "
        "Para tener respuestas otra vez, escriba INICIAR."
    ),
    Say.LANGUAGE: "{site}: English: ENGLISH. Español: ESPAÑOL.",
    Say.JOINED: (
        "{site}: These words are right. Answers come to this phone from now on. DELETE: erase number. / "
        "Las palabras son correctas. Desde ahora las respuestas llegan a este teléfono. BORRAR: borrar."
    ),
    Say.CODE_UNKNOWN: (
        "{site}: Nothing found under these words. Please check each word and their order. / "
        "Con esas palabras no encontramos nada. Revise cada palabra y el orden."
    ),
    Say.WHO: (
        "{site}: A team for the neighborhood. {note_en} In danger, call 911. / "
        "Un equipo para el vecindario. {note_es} Si hay peligro, llame al 911. {url}"
    ),
    Say.CLOSED: (
        "{site}: We cannot read texts now; yours was not kept. In danger, call 911. Suicide? Call 988. / "
        "Por ahora no leemos mensajes; no guardamos el suyo. Si hay peligro, llame al 911. ¿Suicidio? Llame al 988."
    ),
    Say.DOUBT: (
        "{site}: In danger, call 911. This is not 911. No more texts from us? Text STOP. Our answers? Text START. / "
        "Si hay peligro, llame al 911. Esto no es el 911. ¿No quiere mensajes? Escriba ALTO. "
        "¿Quiere respuestas? Escriba INICIAR."
    ),
}
for _words, _code_words in (
    (_ENGLISH, "Your code words"),
    (_SPANISH, "Sus palabras clave"),
    (_BOTH, "Code words / Palabras clave"),
):
    _words[Say.RECEIVED_CRISIS] = f"{_words[Say.CRISIS]} {_code_words}: {{code}}"
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
