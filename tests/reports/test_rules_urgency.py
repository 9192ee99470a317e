"""Words that call for 988 or 911, as hurried, frightened and clumsy people write them, and what only sounds so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.reports.urgency import Urgency, all_urgent, urgent

CRISIS = [
    "i got the rope already sorry",
    "i want to end it",
    "quiero que se acabe todo",
    "im gonna do it tonight goodbye",
    "voy a hacerlo hoy, adios",
    "i have a gun to my head",
    "se quiere aventar del puente",
    "i want to kill myself",
    "quiero desaparecer",
    "i wont be here tomorrow, tell my kids i love them",
    "kms",
    "im gonna kms",
    "I wanna die",
    "me quiero morir",
    "no quiero vivir",
    "ya no quiero vivir",
    "me quiero matar",
    "quitarme la vida",
    "voy a quitarme la vida",
    "kill my self",
    "suicidal",
    "my son is suicidal",
    "sucide",
    "me kiero morir",
    "se quiere matar",
    "mi hija se quiere quitar la vida",
    "end it all",
    "better off dead",
    "I dont want to live anymore",
    "i don't wanna be here anymore",
    "he is going to kill himself",
    "quiero suicidarme",
    "me voy a matar",
    "no tiene sentido vivir",
    "I’m thinking about suicide",
    "cutting myself",
    "ya no quiero seguir viviendo",
    "no tengo ganas de vivir",
    "pienso en matarme",
    "killing myself",
    "want 2 die",
    "i want die",
    "me boy a matar",
    "ojalá me muera",
    "i dont want to live like this",
    "tired of living",
    "unalive myself",
    "she wants to end her life",
    "jump off the bridge",
    "quiero morirme",
    "voy a suicidar me",
]
OVERDOSE = [
    "hay una señora tirada en la banqueta",
    "a man laying on the sidewalk",
    "hes odin",
    "there is a lady lying in the street",
    "se está muriendo",
    "he is dying",
    "my son took too much",
    "no puedo despertarlo",
    "he is blue",
    "not breathing",
    "no respira",
    "esta morado",
    "está morada",
    "passed out and wont wake up",
    "he's blue and cold",
    "she not breathing",
    "he aint breathing",
    "my friend od'd",
    "he o.d.",
    "isn't breathing",
    "lips are purple",
    "past out in the park",
    "cant wake him up",
    "no despierta",
    "no lo puedo despertar",
    "no reacciona",
    "mi hermano no responde",
    "se tomó todas las pastillas",
    "i took all my pills",
    "took too many pills",
    "sobre dosis",
    "inconsiente",
    "no pulse",
    "need narcan",
    "no se mueve",
    "cant breathe",
    "not breathin",
    "ya no respira mi hijo",
    "se puso azul",
    "turning blue",
    "wont wake up",
    "she wont wake",
    "he is not moving",
    "se pasó de droga",
    "unconcious",
    "overdosing in the bathroom",
    "he overdosed",
    "she's not breathing!",
    "man passed out on the steps",
    "wont wake up",
    "Sobredosis",
    "no respira",
    "no está respirando",
    "apenas respira",
    "barely breathing",
    "she doesn't breathe",
    "se está poniendo azul",
    "overdose",
]
DANGER = [
    "fire",
    "a fight",
    "Una pelea aquí",
    "fuego ya",
    "a beating",
    "get me out of here",
    "saquenme de aqui",
    "my stepdad touches me",
    "i am 12 and my uncle hurts me",
    "they are making girls do stuff in that house they cant leave",
    "i want to leave but he has my phone",
    "get him off me",
    "carbon monoxide alarm going off",
    "co2 alarm wont stop beeping",
    "a baby is in a car by itself windows up its hot",
    "my kid found a needle and poked herself",
    "mi hija se pico con una aguja",
    "he said he will burn the house down",
    "my ex is outside with my kids and hes drunk driving",
    "i want to kill that dealer",
    "se nos va se nos va por favor",
    "acaban de balacear aqui afuera",
    "car crashed into the house",
    "can somebody come right now",
    "cuanto tardan en venir",
    "mi padrastro me toca",
    "mi tio me hace cosas feas",
    "bebe solo en un carro",
    "se llevo a mis hijos",
    "he touches me",
    "hay un niño encerrado en un carro",
    "they are going to shoot that guy",
    "shoot them",
    "they shoot at us",
    "this guy is killing me",
    "the heat is on and he is killing her",
    "la casa se quema",
    "se está ahogando mi niño",
    "mi niño se ahoga",
    "my child is choking",
    "le está pegando a su mujer",
    "he is hitting his wife",
    "a woman is screaming for help",
    "somebody is breaking in",
    "help me he has a gun",
    "he is beating me",
    "me pega mi esposo",
    "my husband is gonna hurt me",
    "mi esposo me quiere matar",
    "me van a matar",
    "send an ambulance",
    "manden una ambulancia",
    "they are killing people",
    "balasera",
    "he is choking her",
    "quiere matarme",
    "lo mataron",
    "he has a GUN",
    "shots fired",
    "someone got stabbed",
    "help me",
    "tiene una pistola",
    "¡Balacera!",
    "lo apuñalaron",
    "apuñalado",
    "they shoot",
    "shoot",
    "shots",
    "he was shot",
    "he will kill him",
    "disparan",
    "están disparando",
    "dispararon",
    "le dieron un tiro",
    "tiros",
    "una bala",
    "le dio un navajazo",
    "cuchillazos",
    "una puñalada",
    "choking",
    "balazos",
    "lo van a matar",
    "la quieren matar",
]
ENGLISH = {
    Urgency.CRISIS: """nobody would miss me if i was gone|no one will even miss me|she cut her wrists
        |he slit his wrists
        |life isnt worth living|if i was gone""",
    Urgency.OVERDOSE: """my baby ate a pill|my son swallowed some pills|the baby got into my meds
        |my toddler took a pill
        |my mom collapsed|my dad just collapsed in the kitchen|she colapsed|she fell and wont get up
        |he fell down and isnt moving
        |he took to many pills|took 2 many pills|she took way too many|not responsive|he is not responsive
        |shes non responsive
        |hes having a seizure|gave him narcan|my kid ate some gummies""",
    Urgency.DANGER: """theyre outside my door|they're right outside my house|he is at my window|someone is in my house
        |they took my daughter|they grabbed my son|my daughter is missing|dead body in the alley
        |there is a body in the alley
        |i think he is dead|there is a fire in the vacant house|theres a fire|house fire|the house is burning
        |i smell gas
        |smells like gas|gas leak|call 911|please call 911|somebody call the police|send the police|need 911
        |he threatened me|they are threatening my family|death threats|they are banging on my door|help please
        |please help
        |i need help|we need help now|he molested my daughter|hit by a car""",
}
SPANISH = {
    Urgency.CRISIS: """quiero acabar con todo|voy a acabar con mi vida|quiero terminar con todo|nadie me va a extrañar
        |nadie me extrañaría|no vale la pena seguir viviendo|no vale la pena vivir|se cortó las venas
        |se cortó las muñecas
        |estarían mejor sin mí""",
    Urgency.OVERDOSE: """mi bebe se tragó una pastilla|mi niño se comió unas pastillas|mi hija se tomó una pastilla
        |se trago las pastillas de su abuela|se tomo muchas pastillas|se tomó demasiadas pastillas
        |mi mama se cayo y no habla
        |mi papá se cayó y no se levanta|se callo y no responde|mi mama se desplomó|le dio un infarto
        |necesito naloxona""",
    Urgency.DANGER: """me violaron|la están violando|violaron a mi hija|tengo miedo me amenazaron de muerte
        |nos están amenazando
        |me amenasaron|amenaza de muerte|están afuera de mi puerta|se llevaron a mi hija|se metieron a mi casa
        |se metió alguien en mi casa|hay alguien en mi casa|hay un muerto en el callejon|hay una persona muerta
        |encontre un muerto|un cadáver|casa en llamas|la casa se esta quemando|se quema mi casa
        |hay fuego en la casa|huele a gas
        |fuga de gas|llamen a la policia|llame a la policía por favor|llamen al 911|manden una patrulla
        |ayuda por favor
        |por favor ayuda|necesito ayuda|atropellaron a un niño""",
}
"""As they were heard, in families; each is answered in its own language alone."""
NEITHER = {
    Urgency.OVERDOSE: ["narcan", "NARCAN!!", "narkan", "Narcan please"],
    Urgency.DANGER: ["911", "9-1-1", "911 911", "911!!!", "🔫", "he 🔫🔫", "🆘"],
}
ORDINARY = [
    "they are breaking in the new guy",
    "se quiere aventar una fiesta",
    "he is choking up",
    "se ahoga en un vaso de agua",
    "they are breaking into cars at night",
    "they sell pills",
    "they sell pills and take pills all night",
    "the kid took the pills to the car",
    "fire hydrant broken",
    "there is a fire hydrant open",
    "theres a fire station next to it",
    "their weed is fire",
    "that stuff is fire",
    "this is fire",
    "narcan box at the library",
    "there is a narcan box at the library",
    "where is the narcan box",
    "they shoot dice",
    "they shoot craps on the corner",
    "shooting dice",
    "shooting hoops",
    "dead end street",
    "there is a dead dog in the alley",
    "hay un perro muerto",
    "la calle está muerta",
    "the street is dead at night",
    "they sell outside my door",
    "they are outside my house selling",
    "theyre outside my house every night",
    "están afuera de mi casa vendiendo",
    "están afuera de mi casa todas las noches",
    "i called 911 and nobody came",
    "we call the police and they never come",
    "nobody wants to call the police",
    "llamé a la policía y no vinieron",
    "the house at 911 Elm sells drugs",
    "911 Elm Street",
    "police are not responsive",
    "the city is not responsive",
    "police are not responding",
    "they took my bike",
    "they took my sons bike",
    "they stole my baby stroller",
    "they stole from my car",
    "violan la ley",
    "hay una violación de la ley",
    "queremos acabar con todo el crimen",
    "hay que acabar con esto",
    "no vale la pena seguir llamando",
    "nobody cares about this street",
    "nadie nos hace caso",
    "se meten a la casa abandonada",
    "se metieron a la casa vacía a vender",
    "gas station on 5th",
    "smells like weed",
    "behind the gas station",
    "fuegos artificiales",
    "huele a mota",
    "collapsed fence",
    "the porch fell down",
    "mi mamá se cayó en la banqueta rota",
    "mi vecino no habla inglés",
    "se tomó una cerveza",
    "they eat and drink on the steps",
    "can you help us with the trash",
    "ayuda con la basura",
    "the police helped us",
    "we need help cleaning the park",
    "necesitamos ayuda con las luces",
    "he is dead serious",
    "cut the grass",
    "when im gone they come on my porch",
]
HARMLESS = [
    "the fire department came last week",
    "we fight for our block",
    "fuegos artificiales",
    "oh shoot i forgot is it tonite or tmrw",
    "this traffic is killing me be there at 7",
    "llevo a mi suegra y a los 2 niños",
    "shoot cant make it",
    "no podre llegar se murio mi abuelita",
    "shoot wrong street its elm",
    "llevo a mis niños a la escuela y ahi venden",
    "they sell to kids in the park",
    "drogadictos tirados en la banqueta todas las noches",
    "quiero que se acabe todo esto de la droga",
    "we want to end it",
    "they put a fire alarm in the hall",
    "the girls cant leave their bikes outside",
    "he touched my car",
    "my neighbor is always smoking outside",
    "found a needle in the park",
    "needles everywhere on the steps",
    "a man standing on the sidewalk selling",
    "se nos va la luz",
    "how long till they get the answer",
    "can you come to the meeting",
    "get me out of this list",
    "get me out of this",
    "boys sell for them",
    "there is a smoke detector missing",
    "i have a rope swing",
    "i want to leave a report",
    "puede venir mi mama",
    "my husband is coming too",
    "the uncle of the dealer lives there",
    "baby is asleep in the car seat at home",
    "kids playing in a car",
    "he said he would sell the house",
    "they will shoot the breeze",
    "we will light up the church with candles",
    "need to leave early",
    "my dad is a dealer",
    "i got the razor from there",
    *ORDINARY,
    "they are killing the neighborhood",
    "me muero de hambre",
    "this is killing our block",
    "se muere de risa",
    "ya no quiero vivir aqui",
    "no quiero vivir en este barrio",
    "i dont want to live here anymore",
    "we dont want to live on this street",
    "the house is blue",
    "a blue car",
    "man wearing blue",
    "están matando el barrio",
    "dying to know",
    "killer deals",
    "no quiero vivir con miedo",
    "they sell pills",
    "pills on the corner",
    "they sell at the blue house",
    "carro azul",
    "camioneta azul",
    "odd people",
    "police never respond",
    "la policía no responde",
    "we cant go on like this",
    "I can't take it anymore",
    "the code is 1234",
    "they break in to cars",
    "please help us clean",
    "I'm tired of living here",
    "no breath of air",
    "muriéndose de hambre",
    "stop cutting my grass",
    "esta calle es mejor",
    "the light is not working",
    "nobody is moving the trash",
    "la luz no se prende",
    "they moved to 4th st",
    "he is selling in a gray car",
    "a man in a gray car",
    "two men in blue",
    "hablan mal de la vida",
    "",
    "selling at the corner",
    "the code word",
    "begun again",
    "venden en el armario",
    "🎉",
    "qué disparate",
    "el piso está disparejo",
    "stable, skill, balance",
    "tiro la basura",
    "va a rematar la mata",
    "la policía no responde",
]


@pytest.mark.parametrize("text", CRISIS)
def test_crisis(text: str) -> None:
    assert urgent(text) is Urgency.CRISIS
    assert urgent(text.upper()) is Urgency.CRISIS


@pytest.mark.parametrize("text", OVERDOSE)
def test_overdose(text: str) -> None:
    assert urgent(text) is Urgency.OVERDOSE


@pytest.mark.parametrize("text", DANGER)
def test_danger(text: str) -> None:
    assert urgent(text) is Urgency.DANGER


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless(text: str) -> None:
    assert urgent(text) is None


def each_of(families: dict[Urgency, str]) -> list[tuple[str, Urgency]]:
    return [(text.strip(), kind) for kind, texts in families.items() for text in texts.replace("\n", "").split("|")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *each_of(ENGLISH),
        *each_of(SPANISH),
        *((text, kind) for kind, texts in NEITHER.items() for text in texts),
    ],
)
def test_every_family_is_heard(text: str, kind: Urgency) -> None:
    assert urgent(text) is kind
    assert urgent(text.upper()) is kind
    assert urgent(f"{text}!!") is kind


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("she took pills, she wants to die and is not breathing", (Urgency.OVERDOSE, Urgency.CRISIS)),
        ("i have a gun and i want to kill myself", (Urgency.CRISIS, Urgency.DANGER)),
        ("me quiero morir, tengo una pistola", (Urgency.CRISIS, Urgency.DANGER)),
    ],
)
def test_several_kinds_in_their_order(text: str, kinds: tuple[Urgency, ...]) -> None:
    assert all_urgent(text) == kinds


@given(st.text(max_size=200))
def test_every_text_has_a_reading(text: str) -> None:
    assert urgent(text) in {None, *Urgency}
