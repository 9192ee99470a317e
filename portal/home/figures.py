"""Content of the progress pages: panels of a snapshot by kind with their drawings, and published results elsewhere.

The numbers in `RESULTS` are only those of the study named in `source`; values that it does not report are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from portal.core.i18n import Bilingual, language
from portal.core.statuses import NotFound
from portal.indicators.charts import Sizes, drawings_of
from portal.indicators.panel_reading import Panel, panels_of, panels_of_city, place_named
from portal.indicators.panel_texts import KINDS
from portal.indicators.panels import Because, Lead, lead_of
from portal.indicators.snapshots import Frozen, latest, snapshot
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.schema import PlaceShown


@dataclass(frozen=True)
class PublishedProgress:
    """Everything published in one snapshot about a place, or about the city (`place` None)."""

    frozen: Frozen
    is_latest: bool
    place: PlaceShown | None
    panels: Sequence[Panel]
    drawn: Mapping[str, Sizes]
    """The measures that have drawings, with the sizes of these."""

    @cached_property
    def lead(self) -> Lead:
        """The leading measure and the reason why it leads."""
        return lead_of(self.frozen.document, self.place, self.panels) if self.place else Lead(Because.NO_PLAN)

    @property
    def studied(self) -> Sequence[Panel]:
        """All measures fixed in the plan: good news and bad in the same size."""
        return [panel for panel in self.panels if panel.main]

    @property
    def beside(self) -> Sequence[Panel]:
        """The measures of the plan except the leading one."""
        return [panel for panel in self.studied if panel is not self.lead.panel]

    @property
    def compared(self) -> int:
        """Number of comparison areas: those of the plan, else all that are counted."""
        areas = [one.key for one in self.place.areas if one.part == "comparison"] if self.place else []
        plan = self.place.registration if self.place else None
        return len(set(areas) & set((fixed(plan.plan).comparison if plan else ()) or areas))

    @property
    def by_kind(self) -> Iterator[tuple[str, Sequence[Panel]]]:
        """All other measures, grouped in the order of kinds."""
        rest = [panel for panel in self.panels if not panel.main]
        for kind in KINDS:
            if found := [panel for panel in rest if panel.measure.kind == kind]:
                yield kind, found


def progress_at(slug: str, digest: str | None = None) -> PublishedProgress:
    """Return the published progress of a place, now or in an earlier snapshot. Raises `NotFound`."""
    frozen, is_latest = _chosen(digest)
    place = place_named(frozen.document, slug)
    if place is None:
        raise NotFound
    return _progress(frozen, is_latest, place)


def progress_of_city(digest: str | None = None) -> PublishedProgress:
    """Return the published progress of the whole city. Raises `NotFound`."""
    return _progress(*_chosen(digest), None)


def lead_at(slug: str) -> Lead | None:
    """Return the leading measure of a place in the newest snapshot, or None if that leaves the place out."""
    return progress_at(slug).lead if is_in_numbers(slug) else None


def is_in_numbers(slug: str) -> bool:
    """Whether the newest snapshot contains a place."""
    newest = latest()
    return newest is not None and place_named(newest.document, slug) is not None


def _chosen(digest: str | None) -> tuple[Frozen, bool]:
    newest = latest()
    if newest is None:
        raise NotFound
    return (newest, True) if digest in (None, newest.digest) else (snapshot(digest or ""), False)


def _progress(frozen: Frozen, is_latest: bool, place: PlaceShown | None) -> PublishedProgress:
    panels = panels_of(frozen.document, place) if place else panels_of_city(frozen.document)
    drawn = drawings_of(frozen.digest, place.slug, language()) if is_latest and place else {}
    return PublishedProgress(frozen, is_latest, place, panels, drawn)


LESS = Bilingual(en="Less crime", es="Menos delitos")
PARTLY = Bilingual(en="Less of some crimes, not of others", es="Menos de unos delitos, de otros no")
NO_CHANGE = Bilingual(en="No change found", es="Sin cambio")
MOSTLY_NOT = Bilingual(en="Less crime in one of seven", es="Menos delitos en una de siete")
CAME_BACK = Bilingual(en="Better, then it came back", es="Mejoró y luego volvió")


@dataclass(frozen=True)
class PublishedStudy:
    """A published study: place, finding, design, certainty and source."""

    place: Bilingual
    finding: Bilingual
    numbers: Bilingual
    design: Bilingual
    certainty: Bilingual
    source: str
    url: str


RESULTS = (
    PublishedStudy(
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
    PublishedStudy(
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
    PublishedStudy(
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
    PublishedStudy(
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
    PublishedStudy(
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
    PublishedStudy(
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
    PublishedStudy(
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
    PublishedStudy(
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
