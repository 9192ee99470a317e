"""What a writer is asked to look at again, and what is refused with a reason."""

from __future__ import annotations

import time

from hypothesis import given, strategies as st

from portal.core.i18n import speaking
from portal.core.pii import PersonalDetail, personal_details, personal_details_and_names
from portal.core.web import Portal
from portal.reports.texts import MARK
from portal.reports.words import CloseDetail, close_details, masked, says_only_race, to_ask_about

BELONGS = (
    *("They sell at 412 Maple Street, all night", "He lives at 412 Maple Street and sells from his porch"),
    *("The house 412 on Maple Street, cars stop there", "Venden en la calle Maple 412"),
    *("Viven en el apartamento 12 y venden", "La casa 412 de la calle Maple"),
)
OWN = (
    *("I live at 412 Maple Street", "They sell in front of my house, 412 Maple Street"),
    *("My address is 412 Maple Street", "Across from me, at 412 Maple Street", "Vivo en la calle Maple 412"),
    *("Mi dirección es calle Maple 412", "Venden frente a mi casa, calle Maple 412", "My house is 45 Elm Street"),
    *("Mi casa es la 45 de la calle Olmo y venden enfrente", "Nuestra casa está en el 45 de la calle Olmo"),
)
ABOUT_POLICE = (
    "Officer Smith, badge 4521, pushed my son",
    "El oficial Carlos Ramírez me empujó, patrulla placa ABC 1234",
    "car 12, plate ABC 1234, at 412 Maple Street",
)


def asked_about(text: str, *, of_police: bool = False) -> tuple[str, ...]:
    return to_ask_about(personal_details_and_names(text, tuple), text, of_police=of_police)


def test_only_the_writer_is_asked_about() -> None:
    assert {text: asked for text in BELONGS if (asked := asked_about(text))} == {}
    assert {text: asked for text in OWN if (asked := asked_about(text)) != (CloseDetail.HOME,)} == {}
    assert {text: asked for text in ABOUT_POLICE if (asked := asked_about(text, of_police=True))} == {}
    assert PersonalDetail.NAME in asked_about(ABOUT_POLICE[0])
    own = "Me llamo Rosa, vivo en la calle Maple 412. Officer Smith pushed me. 336-555-0142"
    assert asked_about(own, of_police=True) == (PersonalDetail.PHONE, PersonalDetail.NAME, CloseDetail.HOME)


WHOLE = {
    PersonalDetail.PHONE: (
        *("555-0188", "555 0188", "5550188", "336.555.0142", "919–555–0188", "919\u2011555\u20110188"),
        *("919\u00a0555\u00a00188", "9 1 9 5 5 5 0 1 8 8", "9 1 9 - 5 5 5 - 0 1 8 8", "91 95 55 01 88"),
        *("+52 55 1234 5678", "55 1234 5678"),
    ),
    PersonalDetail.PLATE: (
        *("4471 KPX", "7ABC123", "ABC-12-34", "license plate NC KPX-4471", "license plate: 4471 KPX"),
        *("plate 7ABC123", "plate number is kpx 4471", "placas NC KPX-4471", "placa número ABC-123-A"),
        *("tag KPX 4471", "matrícula 1234 BCD"),
    ),
    PersonalDetail.HOUSE: (
        *("calle Sol 23", "Calle Sol #23", "calle sol 23", "calle 10 #23", "calle 5 de Mayo 120"),
        *("avenida Juárez 120", "Av. Juárez No. 120", "número 23 de la calle Sol", "1427-B Sycamore St"),
        *("412 3rd St", "412 Martin Luther King Blvd", "12 Elm Street", "Apt 4B", "Apt B", "apto 4-B", "depto 4B"),
        "No. 23",
    ),
    PersonalDetail.NAME: (
        *("se llama Luis", 'se llama "Luis', "named Ed Brown", "called Rico", "apodado el Güero", "le dicen Flaco"),
        *("@lil_ray", "me llamo Rosa", "my name is Ed"),
    ),
    PersonalDetail.EMAIL: ("ana@example.org",),
}


def test_it_goes_as_a_whole() -> None:
    for kind, said in [(kind, said) for kind, many in WHOLE.items() for said in many]:
        assert kind in personal_details(said)
        assert masked(said, "[left out]") == "[left out]"
        assert masked(f"It is him, {said}.", "[left out]") == "It is him, [left out]."
    for lives in ("vivo en", "I live at", "mi dirección es", "my address is"):
        for where in ("12 Elm", "Sol 23", "el 23 de la calle Sol"):
            assert masked(f"{lives} {where} and see it", "[left out]") == f"{lives} [left out] and see it"


def test_a_name_goes_and_its_title_stays() -> None:
    for before, name in (
        *(("Mr.", "X"), ("MR.", "JONES"), ("Mrs", "Smith"), ("Ms", "O'Neil"), ("Dr.", "Brown"), ("officer", "Smith")),
        *(("pastor", "Brown"), ("el oficial", "López"), ("señor", "Pedro López"), ("la sra.", "García")),
        *(("don", "Pedro"), ("doña", "María de la Cruz")),
    ):
        assert personal_details(f"{before} {name}") == (PersonalDetail.NAME,)
        assert masked(f"{before} {name} vende", "[left out]") == f"{before} [left out] vende"


def test_an_ordinary_report_is_not_held_up() -> None:
    ordinary = (
        "Three people sell by the bus stop every evening after 8.",
        "Venden en la esquina desde las 9 de la noche, como 4 personas.",
        "The light has been out for 3 weeks on Elm Street.",
        "It is 2 blocks from the school and happens at 10:30.",
        *("WE HAVE SEEN IT AGAIN AND AGAIN", "EN LA CALLE SOL HAY 3 HOMBRES", "WE CALLED THE POLICE"),
        "MOST NIGHTS AT 10 PM, SOMETIMES 8PM, ON 4TH",
        # A corner is the place of the report.
        *("calle Sol y calle Luna", "calle 5 de Mayo, y en la calle 10", "en la calle Sol, 3 hombres"),
        *("Venden en la esquina de Avenida Juárez desde las 9", "en la calle venden 20 personas"),
        *("2 men on Elm St around 11 pm, on 3rd street", "the 800-1200 block, 3 cars on Oak Dr"),
        *("after 8 on Elm Street, in the 1000 block of Oak Street", "viven 4 personas, they live in 2 houses"),
        *("No. 3 men sell there.", "on 11-26-2026 at 10:30, 2026-11-26, 11/26/2026", "la placa vino a las 8"),
        *("it costs $1000, some 1000 people, since 2024, 24/7", "they tag walls 10 times a week"),
        *("I called the police, they called 911", "the officer I saw, el señor que vende"),
        *("Elm Dr. They sell by Dr. Martin Luther King Blvd", "meet @ 10, don't go"),
        "at 8:30 Elm Street is full, seen from the apt I rent, I live in 3 rooms",
    )
    assert {text: found for text in ordinary if (found := personal_details(text))} == {}


def test_race_alone_is_no_report_and_no_description() -> None:
    only_race = (
        *("There are some Mexicans on the corner", "black people hanging out in front of the house again"),
        *("Hay unos negros parados en la esquina", "Siempre hay hispanos sospechosos en mi calle"),
        *("suspicious Black male", "by the black guys on the corner", "when the Mexicans are there"),
        *("cuando están los morenos", "en la calle negros"),
        *("a black man", "two hispanic guys", "un hombre moreno", "Latinos jóvenes", "white teens"),
    )
    more = (
        *("black men sell from a car", "Unos negros venden droga en la esquina", "white powder on the porch"),
        *("hanging out on the corner every night", "un carro negro en la esquina, le compran"),
        *("they call the Mexican kids names", "White van stops here every night"),
        *("the brown house on the corner", "White Street", "por la casa blanca de la esquina", "calle Moreno"),
        *("", "a man", "black man with a red jacket and a limp", "moreno, gorra azul"),
        *("sells from a blue cooler", "black jacket"),
    )
    assert [text for text in (*only_race, *more) if says_only_race(text)] == [*only_race]


MARKS = ("[left out]", "[omitido]")
SCRAPS = st.sampled_from(
    "me llamo |Rosa|his name is| |plate|placa |1|12 |336|-|555|0142|ABC|@|.org|412 Maple St|Maple|apt |#|ana|ñ|\n"
    "|They sell by the bus stop.|[|]|St|calle |Sol |número |vivo en |Mr. |don |named |KPX|–|+52 |No. |4B".split("|")
)


@given(st.one_of(st.text(max_size=60), st.lists(SCRAPS, max_size=25).map("".join)), st.sampled_from(MARKS))
def test_what_is_masked_gives_nothing_away(text: str, mark: str) -> None:
    once = masked(text, mark)
    assert personal_details(once) == ()
    assert masked(once, mark) == once


def test_the_rest_stays_as_it_was_written() -> None:
    for text, left in (
        ("call me at 336-555-0142, please", "call me at [left out], please"),
        ("me llamo Rosa de la Cruz y vivo aquí", "[left out] y vivo aquí"),
        ("his name is Ed. He sells.", "[left out]. He sells."),
        ("a gray car, plate ABC 1234", "a gray car, [left out]"),
        ("they come to 412 Maple Street at 8", "they come to [left out] at 8"),
    ):
        assert masked(text, "[left out]") == left


LONG_SCRAPS = (
    "1|1 |+1 |a|a@|placa a b c |tag-|ABC 123|1234 ABC |12 Ab-Ab |St #|calle a a a a |Calle A de la |calle 5 de A |"
    "número 1 de la calle |No.1 |apt A-|vivo en el Ab |me llamo |named |apodado el |Mr. |mr. A |don A|@a"
)


def test_nobody_can_keep_the_desk_waiting() -> None:
    for scrap in LONG_SCRAPS.split("|"):
        text = (scrap * 8_000)[:8_000]
        begun = time.process_time()
        assert personal_details(masked(text, "[left out]")) == ()
        assert time.process_time() - begun < 1, scrap


def test_mark_of_each_language_is_nothing_to_be_masked(app: Portal) -> None:
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            mark = str(MARK)
            assert mark in MARKS
            assert personal_details(f"plate {mark} 336-555-0142 {mark}")
            assert personal_details(masked(f"me llamo Ed {mark}7 336-555-0142{mark}@x.org", mark)) == ()


def test_papers_and_homes_are_asked_about_before_others_read() -> None:
    for asked, texts in {
        (CloseDetail.PAPERS,): (
            "She wants to stop. We have no papers, so we told nobody.",
            "My neighbor is undocumented.",
            "Quiere dejarlo. No tenemos papeles.",
            "Les da miedo la migra.",
        ),
        (CloseDetail.HOME,): (
            "From her window she sees the exchange.",
            "I see it from my kitchen.",
            "They stand in front of our building.",
            "Vivo en el segundo piso arriba de la barbería.",
            "Lo veo desde mi balcón.",
        ),
        (): (
            "They smoke ice by the gate and sell it with rolling papers.",
            "Two lights by the courts have been out since the weekend.",
            "Venden por la lavandería a las nueve, junto al edificio de ladrillo.",
            "Cars stop at the side door of the laundromat, toward the alley.",
        ),
    }.items():
        assert {text: close_details(text) for text in texts} == dict.fromkeys(texts, asked)
