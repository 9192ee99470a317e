"""Published results of the strategy in other cities, as their authors report them; nulls stand beside successes.

Numbers are only those of the study named in `source`; what it does not say is not filled in.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.i18n import Bilingual

LESS = Bilingual(en="Less crime", es="Menos delitos")
PARTLY = Bilingual(en="Less of some crimes, not of others", es="Menos de unos delitos, de otros no")
NO_CHANGE = Bilingual(en="No change found", es="Sin cambio")
MOSTLY_NOT = Bilingual(en="Less crime in one of seven", es="Menos delitos en una de siete")
CAME_BACK = Bilingual(en="Better, then it came back", es="Mejoró y luego volvió")


@dataclass(frozen=True)
class Result:
    """One study: where, how it was done, what came out, and how sure that is."""

    place: Bilingual
    finding: Bilingual
    numbers: Bilingual
    design: Bilingual
    certainty: Bilingual
    source: str
    url: str


RESULTS = (
    Result(
        Bilingual(
            en="High Point, North Carolina",
            es="High Point, Carolina del Norte",
        ),
        LESS,
        Bilingual(
            en="About 15 fewer violent incidents of every 100 in the treated neighborhoods (rate ratio 0.854).",
            es="Unos 15 hechos violentos menos por cada 100 en los barrios donde se trabajó (razón de tasas 0.854).",
        ),
        Bilingual(
            en="Treated neighborhoods compared with others over the years, with trends taken into account.",
            es="Los barrios donde se trabajó, comparados con otros a lo largo de los años, tomando en cuenta las "
            "tendencias.",
        ),
        Bilingual(
            en="Chance alone is unlikely. But the rate of the whole city rose at the same time, the effect differed "
            "from one neighborhood to the next, and the places were not drawn by lot.",
            es="Es poco probable que sea solo azar. Pero la tasa de toda la ciudad subió en ese tiempo, el efecto "
            "fue distinto en cada barrio y los lugares no se eligieron por sorteo.",
        ),
        "Corsaro, Hunt, Hipple, McGarrell, 2012",
        "https://www.ojp.gov/library/publications/impact-drug-market-pulling-levers-policing-neighborhood-violence-evaluation",
    ),
    Result(
        Bilingual(
            en="High Point, an earlier look",
            es="High Point, una mirada anterior",
        ),
        LESS,
        Bilingual(
            en="Violent crime 7.3 percent lower.",
            es="Delitos violentos: 7.3 por ciento menos.",
        ),
        Bilingual(
            en="37 months before compared with 37 months after.",
            es="37 meses antes, comparados con 37 meses después.",
        ),
        Bilingual(
            en="Only just beyond what chance could do, say the authors. Before and after alone cannot tell what "
            "would have happened anyway.",
            es="Apenas más de lo que podría deberse al azar, dicen los autores. Comparar solo antes y después no "
            "muestra qué habría pasado de todos modos.",
        ),
        "Hipple, Corsaro, McGarrell, 2010",
        "https://www.ojp.gov/ncjrs/virtual-library/abstracts/high-point-drug-market-initiative-process-and-impact-assessment",
    ),
    Result(
        Bilingual(
            en="Nashville, Tennessee",
            es="Nashville, Tennessee",
        ),
        LESS,
        Bilingual(
            en="Drug crimes 55 percent lower, calls to the police 18.1 percent lower.",
            es="Delitos de drogas: 55 por ciento menos. Llamadas a la policía: 18.1 por ciento menos.",
        ),
        Bilingual(
            en="One neighborhood over five years, with the streets next to it and the rest of the city for comparison.",
            es="Un barrio durante cinco años, comparado con las calles vecinas y con el resto de la ciudad.",
        ),
        Bilingual(
            en="Chance alone is unlikely, and the streets next to it got better too. It is one neighborhood, chosen "
            "and not drawn by lot.",
            es="Es poco probable que sea solo azar, y las calles vecinas también mejoraron. Es un solo barrio, "
            "elegido y no sorteado.",
        ),
        "Corsaro, McGarrell, 2009",
        "https://www.ncjrs.gov/App/Publications/abstract.aspx?ID=256095",
    ),
    Result(
        Bilingual(
            en="Rockford, Illinois",
            es="Rockford, Illinois",
        ),
        PARTLY,
        Bilingual(
            en="Crimes without violence fell. Violent crimes did not change clearly.",
            es="Bajaron los delitos sin violencia. En los violentos no hubo un cambio claro.",
        ),
        Bilingual(
            en="One neighborhood compared with the rest of the city, and talks with residents.",
            es="Un barrio comparado con el resto de la ciudad, y entrevistas con vecinos.",
        ),
        Bilingual(
            en="For crimes without violence chance alone is unlikely. For violent crimes we cannot tell.",
            es="En los delitos sin violencia es poco probable que sea solo azar. En los violentos no se puede saber.",
        ),
        "Corsaro, Brunson, McGarrell, 2009",
        "https://www.ojp.gov/library/publications/problem-oriented-policing-and-open-air-markets-examining-rockford-pulling",
    ),
    Result(
        Bilingual(
            en="Peoria, Illinois",
            es="Peoria, Illinois",
        ),
        NO_CHANGE,
        Bilingual(
            en="No clear change in crime. Most residents who were asked had never heard of it.",
            es="Ningún cambio claro en los delitos. La mayoría de los vecinos encuestados nunca había oído de la "
            "iniciativa.",
        ),
        Bilingual(
            en="One neighborhood over time, before and after, and a survey of residents.",
            es="Un barrio a lo largo del tiempo, antes y después, y una encuesta a los vecinos.",
        ),
        Bilingual(
            en="That nothing was found is no proof that nothing happened: a small effect could have been missed.",
            es="No haber encontrado nada no prueba que no pasó nada: un efecto pequeño pudo pasar sin verse.",
        ),
        "Corsaro, Brunson, 2013",
        "https://doi.org/10.1016/j.drugpo.2012.12.006",
    ),
    Result(
        Bilingual(
            en="Seven cities that were trained together",
            es="Siete ciudades capacitadas juntas",
        ),
        MOSTLY_NOT,
        Bilingual(
            en="Three never held the meeting. Of the four that did, one had clearly less crime (28 percent less; 56 "
            "percent less drug crime). On average 16 percent less where the meeting was held, 4 percent over all "
            "seven.",
            es="Tres nunca hicieron la reunión. De las cuatro que sí, una tuvo claramente menos delitos (28 por "
            "ciento menos; 56 por ciento menos de drogas). En promedio, 16 por ciento menos donde hubo reunión y "
            "4 por ciento entre las siete.",
        ),
        Bilingual(
            en="Each place compared with a mix of streets that had been most like it.",
            es="Cada lugar comparado con una mezcla de calles que antes se le parecían mucho.",
        ),
        Bilingual(
            en="The average hides that one city did well and three saw no clear change. The 4 percent is the fair "
            "number for a city that is only thinking of it.",
            es="El promedio esconde que a una ciudad le fue bien y en tres no hubo un cambio claro. Para una ciudad "
            "que apenas lo piensa, el número justo es el 4 por ciento.",
        ),
        "Saunders, Robbins, Ober (RAND), 2017",
        "https://www.rand.org/pubs/external_publications/EP67307.html",
    ),
    Result(
        Bilingual(
            en="Seattle, Washington",
            es="Seattle, Washington",
        ),
        CAME_BACK,
        Bilingual(
            en="Neighbors said that it was much better. Eight months after the meeting they saw selling again, "
            "before anybody acted.",
            es="Los vecinos decían que estaba mucho mejor. Ocho meses después de la reunión vieron ventas otra vez, "
            "antes de que nadie hiciera algo.",
        ),
        Bilingual(
            en="No study: what neighbors said, in the news of their own neighborhood.",
            es="Ningún estudio: lo que dijeron los vecinos, en las noticias de su barrio.",
        ),
        Bilingual(
            en="It cannot be measured. It shows who notices first.",
            es="No se puede medir. Muestra quién se da cuenta primero.",
        ),
        "Central District News, 2010",
        "https://www.centraldistrictnews.com/2010/05/drug-market-initiative-setback-neighbors-say-its-back/",
    ),
    Result(
        Bilingual(
            en="24 studies taken together",
            es="24 estudios en conjunto",
        ),
        LESS,
        Bilingual(
            en="A moderate drop in crime, over this and related strategies.",
            es="Una baja moderada del delito, con esta estrategia y otras parecidas.",
        ),
        Bilingual(
            en="Every study that could be found, put together. In none of them were places or people drawn by lot.",
            es="Todos los estudios que se encontraron, reunidos. En ninguno se sortearon los lugares ni las personas.",
        ),
        Bilingual(
            en="The stricter the study, the smaller the drop. Studies that find nothing are published less often, so "
            "the truth may be smaller still.",
            es="Los estudios más estrictos encontraron una baja más pequeña. Los que no encuentran nada se publican "
            "menos, así que la verdad puede ser aún menor.",
        ),
        "Braga, Weisburd, Turchan, 2018",
        "https://doi.org/10.1111/1745-9133.12353",
    ),
)
