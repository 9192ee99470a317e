"""What may be a person's name though nothing announces it, and what is a street, a firm, a day or a sentence."""

import time
import unicodedata
from unittest.mock import Mock

import pytest
from hypothesis import given, strategies as st

from portal.core.names import ORDINARY, PARTICLES, bare_names
from portal.core.pii import PersonalDetail, personal_details, personal_details_and_names, personal_passages

NAMES = {
    "Rosa Lopez sells by the fountain": "Rosa Lopez",
    "I saw Ed Harlow again last night": "Ed Harlow",
    "Yesterday Dontrell Brooks came with a bag": "Dontrell Brooks",
    "Vi a Rosa Pérez en la esquina": "Rosa Pérez",
    "Ayer Ángel Núñez vendió": "Ángel Núñez",
    "la casa de Yadiel de la Cruz": "Yadiel de la Cruz",
    "es el hijo de Juan Carlos Torres Robles": "Juan Carlos Torres Robles",
    "Maria de los Angeles Rivera": "Maria de los Angeles Rivera",
    "with J. Lopez and two others": "J. Lopez",
    "Maria J. Lopez and a friend": "Maria J. Lopez",
    "D’Angelo O'Neill came by car": "D’Angelo O'Neill",
    "Nayeli Pérez-Robles lives there": "Nayeli Pérez-Robles",
    "Rosa Lopez's porch": "Rosa Lopez's",
    "Vincent van Gogh": "Vincent van Gogh",
    # Families that are called as places, days and colors are, too.
    "Darnell Hill was there": "Darnell Hill",
    "Julio Martínez y su primo": "Julio Martínez",
    "April Brown was with them": "April Brown",
    "Carmen Iglesias": "Carmen Iglesias",
    "White Rosa Lopez": "Rosa Lopez",
    # However they are written.
    "vi a rosa lopez ahí": "rosa lopez",
    "ROSA LOPEZ SELLS": "ROSA LOPEZ",
    "jose luis perez garcia vende": "jose luis perez garcia",
    # Behind whose they are.
    "mi vecino carlos vende": "carlos",
    "my neighbor Dontrell sells": "Dontrell",
    "Mi vecino Carlos Ramírez": "Carlos Ramírez",
    unicodedata.normalize("NFD", "Vi a Íñigo Pérez ahí"): "Íñigo Pérez",
}
NO_NAMES = (
    *("", " ", "Rosa", "Rosa y Juan", "Rosa and Juan", "Rosa, Juan", "Rosa. Juan"),
    *("Elm Street is dark", "at the corner of Maple Grove and Oak", "on Maple Grove street", "Maple Grove Apartments"),
    *("Penny Lane", "Elm Court", "Grant Park", "Martin Luther King", "Martin Luther King Jr. Blvd", "North Main St"),
    *("calle Benito Ruiz", "en la calle de Juan Mata", "esquina con Juan Mata", "Avenida Ana Ruiz", "Colonia Ana Ruiz"),
    *("Parque Central", "Plaza Mayor", "Iglesia San José", "Nuestra Señora de Guadalupe", "parque de la Reina Ana"),
    *("First Baptist Church", "Grant Elementary School", "Dollar General", "Burger King", "North Carolina", "New York"),
    *("San Antonio", "Santa Rosa", "Los Angeles", "Good Samaritan", "African American men", "a Black Toyota Camry"),
    *("a white Honda Civic", "Every Friday Night", "on Monday Night", "Last July Fourth", "Cada Viernes Santo"),
    *("Yesterday Rosa sold", "Ayer Rosa vendió", "Somebody Rosa knows", "Running Elm kids", "Solamente Rosa"),
    *("Thank You", "Please Help", "Por Favor", "Buenas Noches", "WE CALLED THEM", "I saw Rosa", "Where: Elm"),
    *("Call me\nRosa\nLopez", "Elm (Rosa lives there)", "Police Department", "The Police came"),
    *("They are group A. Later Rosa came", "Mount Olive", "Las Vegas", "El Paso"),
)


def test_two_large_words_in_row_may_be_name():
    expected = {text: (name,) for text, name in NAMES.items()} | dict.fromkeys(NO_NAMES, ())
    assert {text: bare_names(text) for text in expected} == expected
    # Each is asked about once, in the order of the text.
    assert bare_names("Rosa Lopez, then Ed Harlow, then Rosa Lopez.") == ("Rosa Lopez", "Ed Harlow")


def test_the_citys_own_names_are_not_asked_about():
    text = "Behind Alder Falls Mill, by Juniper Bend, Rosa Lopez sells."
    assert bare_names(text) == ("Alder Falls Mill", "Juniper Bend", "Rosa Lopez")
    assert bare_names(text, ["Alder Falls", "juniper bend", "Calle", ""]) == ("Rosa Lopez",)
    assert bare_names("Rosa de la Cruz, en La Cruz Vieja", ["La Cruz", "La Cruz Vieja"]) == ("Rosa de la Cruz",)
    # One word of a place's name does not hide everybody who is called so.
    assert bare_names(text, ["Rosa", "Lopez Field"]) == ("Alder Falls Mill", "Juniper Bend", "Rosa Lopez")
    # They are read only when a name is suspected.
    unneeded = Mock(side_effect=AssertionError)
    assert personal_details_and_names("They sell by the bus stop.", unneeded) == ()
    assert personal_details_and_names("se llama Luis", unneeded) == (PersonalDetail.NAME,)
    # What was found is given as it was written.
    text = "Juan Pérez, 12 Elm Street, 336-555-0187. Elm Street is calm."
    assert personal_passages(text, lambda: ["Elm Street"]) == ("336-555-0187", "12 Elm Street", "Juan Pérez")
    assert personal_passages("Neighbors saw it on two evenings.", list) == ()


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=4))
def test_no_text_is_too_strange(text, places):
    whole = unicodedata.normalize("NFC", text)
    for found in bare_names(text, places):
        assert found in whole
        assert "\n" not in found


WORDS = st.sampled_from(
    [*sorted(ORDINARY)[::40], *sorted(PARTICLES), *"Rosa Lopez J. Elm Street street . , 🙂".split(), "\n"],
)


@given(st.lists(WORDS, max_size=40))
def test_an_ordinary_word_is_in_no_name(words):
    for found in bare_names(" ".join(words)):
        assert not {word.lower() for word in found.split()} & ORDINARY


@pytest.mark.slow
def test_it_takes_no_longer_than_the_text_is_long():
    parts = ("Rosa ", "Rosa de ", "de ", "de la ", "A. ", "J", "Rosa", "a ", "Elm Street ", "calle de ", "´", "Á́", "-’")
    for part in (*parts, "Rosa.", "Rosa-"):

        def seconds(letters, part=part):
            text = "Rosa " + part * (letters // len(part))
            before = time.thread_time()
            bare_names(text, ["Rosa de Elm", "Rosa de la Rosa", "de de de"])
            return time.thread_time() - before

        seconds(1_000)
        short, long = (min(seconds(letters) for _again in range(3)) for letters in (5_000, 40_000))
        # Eight times the text; a square would take sixty-four times as long.
        assert long < 24 * short + 0.05


# How well they are found in what people write, in both languages; and how seldom by mistake.


CITY = ("Laundry Row", "Juniper Bend", "Alder Falls", "Sycamore Court", "Harmon Mill")
NAMED = (
    *("Juan Pérez vende en la esquina", "juan perez vende en la esquina", "JUAN PEREZ VENDE EN LA ESQUINA"),
    *("Mi vecino Carlos Ramírez", "mi vecino carlos vende", "mi vecina la Lupe les guarda la droga"),
    *("Es mi primo Beto el que vende", "mi tío chuy trae la mercancía", "el hijo de doña Mari"),
    *("don carlos les renta el cuarto", "El señor lopez del 3 sabe todo", "la señora Ramírez lo vio"),
    *("José Luis de la Cruz anda armado", "jose luis hernandez garcia", "María del Carmen Ortiz les avisa"),
    *("maria lopez y su novio", "Le compran a Kevin Hernández Soto", "Ayer vi a luis garcia con una bolsa"),
    *("los hermanos Ángel y Luis Mendoza", "su novia Yesenia guarda el dinero", "Vive ahí el compadre Pancho"),
    *("Brayan Gutiérrez vende por la noche", "se llama Toño", "le dicen el Flaco", "John Smith sells from his porch"),
    *("john smith sells from his porch", "JOHN SMITH IS SELLING AGAIN", "My neighbor Mike deals at night"),
    *("my neighbor mike lets them in", "my cousin Darnell is the one", "Mr. Johnson at the corner store"),
    *("mr johnson lets them use his garage", "Mrs Williams saw it", "Her boyfriend Tyrone sells"),
    *("It is Darius Jackson and his brother", "james brown sells there", "his name is Ray"),
    *("they call him Lil Ray, Raymond Carter", "DeShawn O'Neal drives them", "Ask Mary Ann Thompson, she knows"),
    *("my landlord Dave Miller knows", "Uncle Jesse keeps it in the shed", "J. Lopez has the key"),
    *("Latoya van Buren hides the bags", "El dueño es Ramiro Escobedo y no hace nada"),
    *("esteban morales anda vendiendo", "I think its Trey Jefferson", "tell Tony to stop"),
    *("marcus brown and two others", "su cuñado Nacho los cuida", "mi ex Oscar"),
    *("El hermano de Wendy se llama Oscar", "Antwan Davis on the porch", "sra gomez abre la puerta"),
    *("Rigoberto Pech vende", "el hijo de Rosa Elena Chi", "michael jordan williams"),
    *("mi sobrino Brandon cayó en eso", "Tyler and his brother Cody Barnes", "i saw kenny rogers again"),
    *("ana maria torres les cocina", "maria guadalupe reyes"),
)
UNNAMED = (
    *("Venden junto a Laundry Row todas las noches", "they sell on Laundry Row"),
    *("Cerca de Juniper Bend y Sycamore Court", "On Martin Luther King Blvd by the gas station"),
    *("vinieron de Los Angeles", "Desde Semana Santa venden ahí", "Los Viernes Por La Noche"),
    *("El lunes y el Martes en la noche", "En Abril empezaron", "Every Friday and Saturday Night"),
    *("In May and June it was quiet", "Burger King parking lot", "Dollar General on Main Street"),
    *("First Baptist Church lot", "la iglesia San José", "Nuestra Señora de Guadalupe", "Parque Benito Juárez"),
    *("esquina de Oak y Maple", "A blue Honda Civic stops", "Un Nissan Altima blanco"),
    *("Tres hombres venden droga en la esquina", "three men sell drugs on the corner"),
    *("TRES HOMBRES VENDEN DROGA EN LA ESQUINA", "THEY SELL EVERY NIGHT BY THE STORE"),
    *("mi vecino vende por la noche", "My neighbor sells from his porch", "my cousin said they moved"),
    *("el señor de la tienda los vio", "the man in the red jacket", "my friend saw it last night"),
    *("mi hermano ya no sale", "su hijo mayor", "my son may not go out", "Su novia trae una mochila negra"),
    *("Hay una rosa pintada en la pared", "there is a mark on the door", "la luz no sirve desde el martes"),
    *("el angel de la fuente", "Police came and left", "La Policía no hace nada", "Please help us"),
    *("Por favor ayuden", "They moved to North Carolina", "behind the Food Lion", "Near Grant Park"),
    *("frente a la Escuela Primaria Lincoln", "My wife is afraid", "Mi esposa tiene miedo", "Don't tell anybody"),
    *("don't sell here", "Code words are eight", "la tienda La Michoacana", "el carro de placas de Texas"),
    *("Somebody in a Dodge Charger", "I saw two White men and a Black woman", "Harmon Mill is open at night"),
    *("Alder Falls is a good town", "grace church on Sunday", "El Salvador y Honduras", "New York Yankees cap"),
    *("gorra de los Dodgers", "Social Security office", "Spring Break was bad", "vende flores y también otra cosa"),
    *("the walker on the third floor", "pasa por el Centro Comunitario", "Thanksgiving Day was loud"),
    *("My boss closed early", "el patrón no dice nada", "Gracias por leer. Dios los bendiga"),
    *("Jesus Saves sign on the wall", "they wear Carolina Panthers shirts", "Donde Estaba El Kiosko venden"),
    *("Todos Los Dias Desde La Mañana", "They Come Every Day And Sell", "Estan Vendiendo En El Parque Otra Vez"),
    *("Al lado de La Tapatía", "cerca del Walmart Supercenter", "by the Circle K and the Exxon station"),
    *("En la Cuatro y Maple", "En el Parque de los Niños venden", "Mis hijos tienen miedo de salir"),
    *("Buenas tardes quiero avisar de algo", "God bless you all", "Need more light on Elm and Fifth"),
    *("hay un Chevy Silverado rojo", "The Dollar Tree parking", "on Cesar Chavez Ave", "behind Ramirez Tire Shop"),
    *("junto a Taquería El Güero", "Carnicería López en la esquina", "en la Frank Street", "Puerto Rico flag"),
    *("La Raza market", "Hello My Neighbors Are Scared", "Mucha Basura En El Callejon"),
    *("Black Escalade with Georgia plates", "A Ford F150 from South Carolina", "corner of King and Lincoln"),
    *("Good Morning. The Light Is Out", "They use Cash App", "a kid in a Lakers jersey"),
    *("on Facebook Marketplace they post", "El Domingo De Ramos"),
)
NUMBERED = (
    *("412 de Laundry Row", "venden en el 412 de Laundry Row", "en el 1520 de la calle Maple"),
    *("la casa es el 318 de Elm Street", "412 Laundry Row", "en el 412 de la calle sol", "412 de oak street"),
    *("1427 del Camino Real", "viven en el 23 de la calle Sol", "número 412 de Laundry Row"),
)
UNNUMBERED = (
    *("la cuadra 400 de Laundry Row", "el 20 de Mayo", "15 de septiembre", "200 de la noche", "desde 2024 de marzo"),
    *("5 de Los Angeles", "más de 100 de la misma gente", "3 de ellos", "the 400 block of Laundry Row"),
    *("4 nights in a row", "5 cars in a row", "100 de los vecinos", "a las 10 de la noche", "como 250 de ellos"),
    "el 14 de Febrero",
)
MUST_BE_FOUND = ("Juan Pérez vende", "Mi vecino Carlos Ramírez", "John Smith", "juan perez vende", "my neighbor mike")


def finds_name(text):
    return PersonalDetail.NAME in personal_details_and_names(text, lambda: CITY)


def test_names_are_found_and_other_words_are_not():
    missed = [text for text in NAMED if not finds_name(text)]
    mistaken = [text for text in UNNAMED if finds_name(text)]
    found = len(NAMED) - len(missed)
    assert found / len(NAMED) >= 0.95, missed
    assert found / (found + len(mistaken)) >= 0.95, mistaken
    assert [text for text in MUST_BE_FOUND if not finds_name(text)] == []


def test_house_number_is_found_and_block_day_count_none():
    assert [text for text in NUMBERED if PersonalDetail.HOUSE not in personal_details(text)] == []
    assert [text for text in UNNUMBERED if PersonalDetail.HOUSE in personal_details(text)] == []
