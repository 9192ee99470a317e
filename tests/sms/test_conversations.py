"""Ten conversations as people hold them, in both languages, over the provider's signed webhook."""

from datetime import timedelta

import time_machine

from portal.core.clock import now
from tests.conftest import Work
from tests.sms.talk import Say, remind_of_meeting, reported

REMINDED = "(a reminder of the meeting)"
CONVERSATIONS = """
theres dudes selling pills behind the laundromat on elm street every night => code words | When does it happen?
elm street => anything else
after 9 mostly => A person will read it
two of em, one in a red hoodie => We added it
thank u =>

buenas noches, venden droga en la esquina de la lavandería todas las noches => palabras clave | ¿En qué lugar es?
en la calle Elm => ¿A qué hora
como a las 10 => otra cosa
son dos muchachos en una troca gris => Una persona lo va a leer
gracias, Dios los bendiga =>

hes outside my door with a gun please => In danger? Call 911 now | code words

se metieron a la casa de mi vecina y la están golpeando => Llame ya al 911 | palabras clave

i dont want to be here anymore => Please call or text 988 now
ya no quiero seguir, me tomé todas las pastillas => llame ya al 988 | Llame al 911

a man sells from the porch at 14 elm => code words
my husband sees this phone, dont send anything else =>
the same man is back on the corner =>

venden en el portal de la casa azul => palabras clave
por favor ya no me manden mensajes => Ya no le mandamos mensajes
ya pueden escribirme => Le llegan nuestras respuestas

(a reminder of the meeting)
we'll be there, me and my two boys => You are counted
gonna be like 15 min late => You are still counted
actually i cant make it, got called in => You are not coming | We erased your number

(a reminder of the meeting)
ahí estaremos, vamos 3 => 3 personas
¿va a haber quien cuide a los niños? => sus palabras las lee antes quien organiza
siempre no voy a poder, me salió trabajo => Usted no viene

is it safe? i have no papers => We are not the police | We never ask about papers
ok. they sell in the stairwell at elm street apartments => code words | When does it happen?
who reads this => A person on our team reads your text

¿es seguro? no tengo papeles => No es la policía ni la migra
bueno, venden en las escaleras de los apartamentos => palabras clave

your package is out for delivery, reply 1 to confirm => may not be the number you want
mija ya está la cena => Puede que no sea el contacto que busca

when is the next meeting => MEET 4821
¿cuándo es la junta? => REUNION 4821

people using in the park bathrooms => code words
forget what i said, i was wrong => We ask nothing more

no entiendo inglés, en español por favor => Le escribiremos en español
hay gente vendiendo en el parque => palabras clave
borren lo que dije, me equivoqué => Ya no le preguntamos nada

my son is hooked on fent, how do i get him into rehab => 1-800-662-4357
quiero dejar de usar, ¿dónde me ayudan? => 1-800-662-4357
"""


def test_conversations_go_as_people_hold_them(say: Say, work: Work) -> None:
    wrong = []
    with time_machine.travel(now()) as clock:
        for number, conversation in enumerate(CONVERSATIONS.strip().split("\n\n")):
            phone = f"+1336555{2000 + number}"
            for line in conversation.splitlines():
                text, _arrow, wanted = line.partition(" =>")
                if line == REMINDED:
                    remind_of_meeting(work, phone, language="es" if "ahí" in conversation else "en")
                else:
                    answered = say(text, phone)
                    fragments = [part.strip() for part in wanted.split("|") if part.strip()]
                    if not all(part in answered for part in fragments) or bool(answered) != bool(fragments):
                        wrong.append((text, answered))
                clock.shift(timedelta(seconds=45))
    assert wrong == []
    # What was seen is kept, also from who wants no answer; what was no report is not among it.
    kept = " ".join(reported(work))
    assert all(words in kept for words in ("red hoodie", "troca gris", "is back on the corner", "stairwell"))
    assert "gonna be like 15" not in kept and "is it safe?" not in kept
