"""Makes a snapshot that was published, with everything that can be on it; invented, and always the same."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.core.page_cache import renew_cache_version
from portal.indicators.snapshots import Snapshot
from portal.indicators.statistics.schema import Document, canonical, digest
from portal.indicators.statistics.terms import plus, written

FIRST = date(2022, 10, 1)
MONTHS = tuple(written(plus(FIRST, number)) for number in range(48))
DELIVERED = 22
"""The place in MONTHS of the month in which the message was delivered."""
WORDS = {
    "drug_calls": ("Calls about drugs", "Llamadas por drogas", "calls"),
    "violent": ("Violent crime", "Delitos violentos", "crime"),
    "asked": ("People asked", "Personas encuestadas", "survey"),
    "aware": ("Have heard of the effort", "Han oído hablar de la iniciativa", "survey"),
    "reports": ("Reports sent to us", "Avisos que recibimos", "portal"),
}
PLAN = "Measure: drug_calls (Calls about drugs)\nPrimary measure: drug_calls (Calls about drugs)\n"


def measure(key: str, **given: Any) -> dict[str, Any]:
    """What was counted."""
    en, es, kind = WORDS[key]
    values = {
        "key": key,
        "name": {"en": en, "es": es},
        "about": {"en": "What was counted in the month.", "es": "Lo que se contó en el mes."},
        "source": {"en": "City records", "es": "Registros de la ciudad"},
        "unit": {"en": "cases", "es": "casos"},
        "kind": kind,
        "direction": "down",
        "of": "asked" if key == "aware" else None,
        "guarded": kind in ("survey", "portal"),
    }
    return values | given


def finding(**given: Any) -> dict[str, Any]:
    """A fall by about a third."""
    after = len(MONTHS) - DELIVERED
    values = {
        "measure": "drug_calls", "design": "its", "model": "newey_west", "is_main": True,
        "months_before": DELIVERED, "months_after": after,
        "percent": -34.2, "percent_low": -49.0, "percent_high": -19.5,
        "expected": [36.0] * after, "expected_low": [29.0] * after, "expected_high": [44.0] * after,
        "expected_from": MONTHS[DELIVERED],
    }  # fmt: skip
    return values | given


def calls(base: int, fall: int = 0) -> list[int]:
    """A count for each month: a season, and a fall after the message."""
    return [base + (number * 7) % 11 - (fall if number >= DELIVERED else 0) for number in range(len(MONTHS))]


def a_place(slug: str = "elm-street", **given: Any) -> dict[str, Any]:
    """All that is published of a place."""
    yearly = [number % 12 == 3 for number in range(len(MONTHS))]

    def surveyed(value: int) -> list[int | None]:
        return [value + number // 4 if is_due else None for number, is_due in enumerate(yearly)]

    def series(key: str, values: list[Any], area: str = "place") -> dict[str, Any]:
        return {"measure": key, "area": area, "values": values}

    reports: list[Any] = calls(8)
    values = {
        "slug": slug,
        "name": {"en": "Elm Street", "es": "Calle Elm"},
        "delivered_on": f"{MONTHS[DELIVERED]}-14",
        "status": "holding",
        "areas": [
            {"key": "place", "part": "place"},
            {"key": "comparison-1", "part": "comparison"},
            {"key": "comparison-2", "part": "comparison"},
            {"key": "ring-1", "part": "ring"},
        ],
        "series": [
            series("drug_calls", calls(30, 12)),
            series("drug_calls", calls(33, 1), "comparison-1"),
            series("drug_calls", calls(28), "comparison-2"),
            series("drug_calls", calls(14), "ring-1"),
            series("violent", calls(11)),
            series("asked", surveyed(60)),
            series("aware", surveyed(21)),
            series("reports", [value if value > 9 else "hidden" for value in reports]),
        ],
        "registration": {
            "digest": digest(PLAN.encode()),
            "locked_on": "2024-06-03",
            "before_call_in": True,
            "plan": PLAN,
            "deviations": [{"on": "2025-02-01", "what": {"en": "One area was left out.", "es": "Se dejó una zona."}}],
        },
        "findings": [
            finding(),
            finding(design="did", model="placebo", is_main=False, percent=-28.0, percent_low=-51.0, percent_high=4.0),
        ],
    }
    return values | given


def a_document(*places: dict[str, Any], **given: Any) -> Document:
    """A snapshot of November 2026."""
    values = {
        "site": "Alder Falls",
        "frozen_on": "2026-11-15",
        "previous": None,
        "months": MONTHS,
        "measures": [measure(key) for key in WORDS],
        "places": places or (a_place(),),
        "city": [{"measure": "reports", "area": "city", "values": calls(40)}],
    }
    return Document.model_validate(values | given)


def publish(session: Session, document: Document | None = None) -> str:
    """Put a snapshot into the database, and return its hash."""
    document = document or a_document()
    content = canonical(document)
    known = digest(content)
    session.add(Snapshot(frozen_on=date.fromisoformat(document.frozen_on), digest=known, content=content))
    renew_cache_version()
    session.flush()
    return known
