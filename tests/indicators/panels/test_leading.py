"""What leads at a place is what the locked plan says, whichever way it came out, and the page says why."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.i18n import speaking
from portal.indicators.evaluation.plans import AREAS, DRAWN_MARK
from portal.indicators.panels.panels import NOTES, Because, Lead, lead_notes, lead_of, lead_sentence, lone_notes
from portal.indicators.panels.reading import panels_of
from portal.indicators.panels.texts import next_decision
from tests.indicators.published import a_document, a_place, finding

BOTH = "Measure: drug_calls (Calls about drugs)\nMeasure: violent (Violent crime)\n"
ROSE = {"measure": "violent", "percent": 41.0, "percent_low": 8.0, "percent_high": 83.0}
CHANGED = {
    "on": "2025-03-04",
    "what": {"en": "Two areas.", "es": "Dos zonas."},
    "why": {"en": "It fell.", "es": "Bajó."},
}


def lead(plan: str | None, *findings: dict[str, Any], **registered: Any) -> Lead:
    place = a_place(findings=list(findings))
    place["registration"] |= {"plan": plan or "", "deviations": []} | registered
    document = a_document(place if plan is not None else place | {"registration": None})
    return lead_of(document, document.places[0], panels_of(document, document.places[0]))


def led(found: Lead) -> tuple[str | None, str]:
    return found.panel.measure.key if found.panel else None, found.because.value


@pytest.mark.parametrize("named", ["drug_calls", "violent"])
@pytest.mark.parametrize("findings", [(finding(), finding(**ROSE)), (finding(**ROSE), finding())])
def test_the_one_named_leads_however_it_came_out(named: str, findings: tuple[dict[str, Any], ...]) -> None:
    assert led(lead(f"{BOTH}Primary measure: {named} (x)\n", *findings)) == (named, "named")


def test_nothing_takes_the_place_of_what_was_not_counted() -> None:
    found = lead(f"{BOTH}Primary measure: violent (x)\n", finding())
    assert led(found) == (None, "not_counted")
    assert led(lead(BOTH)) == (None, "too_early")
    assert led(lead(None, finding())) == (None, "no_plan")


def test_the_panel_that_leads_stands_first() -> None:
    place = a_place(findings=[finding(), finding(**ROSE)])
    place["registration"]["plan"] = f"{BOTH}Primary measure: violent (x)\n"
    document = a_document(place)
    keys = [one.measure.key for one in panels_of(document, document.places[0])]
    assert keys[:2] == ["violent", "drug_calls"]


def test_every_lead_has_its_words(app, lang: str) -> None:
    with app.app_context(), speaking(lang):
        plan = f"{BOTH}Primary measure: violent (x)\n"
        leads = [lead(plan, finding(**ROSE), finding()), lead(plan, finding()), lead(BOTH), lead(None)]
        assert {one.because for one in leads} == set(Because)
        assert len({lead_sentence(one) for one in leads}) == 4
        assert [len(lead_notes(one)) for one in leads] == [1, 1, 0, 0]
        assert len({str(words) for words in NOTES.values()}) == len(NOTES)


def test_what_was_said_late_or_changed_later_is_said(app, lang: str) -> None:
    plan = f"{BOTH}Primary measure: violent (x)\n"
    plain, late = lead(plan, finding(**ROSE), finding()), lead(plan, finding(**ROSE), before_call_in=False)
    changed = lead(plan, finding(**ROSE), finding(), deviations=[CHANGED])
    with app.app_context(), speaking(lang):
        assert lead_notes(plain) != lead_notes(late)
        assert {"en": "after the meeting and not before", "es": "después de la reunión y no antes"}[lang] in lead_notes(
            late
        )[0]
        assert led(changed) == led(plain)
        assert {"en": "Two areas. Why: It fell.", "es": "Dos zonas. Por qué: Bajó."}[lang] in lone_notes(changed)[1]
    assert [one.is_as_promised for one in (plain, late, changed)] == [True, False, False]


@pytest.mark.parametrize(
    ("areas", "drawn", "design", "said"),
    [
        (3, False, "did", {"en": "With only 3 similar areas", "es": "Con solo 3 zonas parecidas"}),
        (1, False, "did", {"en": "With only 1 similar area,", "es": "Con solo 1 zona parecida,"}),
        (3, False, "its", {"en": "Without similar areas to compare", "es": "Sin zonas parecidas"}),
        (0, False, "its", {"en": "Without similar areas to compare", "es": "Sin zonas parecidas"}),
        (5, False, "did", None),
        (3, True, "did", None),
    ],
)
def test_what_can_never_be_sure_is_said_before_verdict(app, lang, areas, drawn, design, said) -> None:
    names = ", ".join(f"comparison-{rank}" for rank in range(1, areas + 1)) or "none"
    mark = f"{DRAWN_MARK}{'0' * 64}\n" if drawn else ""
    plan = f"Measure: drug_calls (x)\nPrimary measure: drug_calls (x)\n{AREAS}{names}\n{mark}"
    waits = finding(design=design, refusal="not_yet", diagnostics={"next_look": 12.0}, percent=None)
    with app.app_context(), speaking(lang):
        sentence = next_decision(lead(plan, waits).panel)
        assert {"en": "August 2025 are in: 12 months", "es": "agosto de 2025: 12 meses"}[lang] in sentence
        assert (said is None) is (" entonces podremos" not in sentence and "then either" not in sentence)
        assert said is None or said[lang] in sentence
        assert {"en": "No other result", "es": "No está previsto"}[lang] in next_decision(lead(plan, finding()).panel)


@pytest.mark.parametrize(
    ("design", "ring", "said"),
    [
        ("did", (2.0, 9.0), {"en": "In the streets around it rose", "es": "En las calles de alrededor subió"}),
        ("did", (-9.0, -2.0), {"en": "In the streets around it fell,", "es": "En las calles de alrededor bajó,"}),
        ("did", (-9.0, 2.0), None),
        ("its", (-9.0, 2.0), {"en": "This does not look at other areas", "es": "Esto no mira otras zonas"}),
    ],
)
def test_a_sentence_alone_tells_what_happened_around(app, lang, design, ring, said) -> None:
    measured = {"ring_low": ring[0], "ring_high": ring[1]}
    named = lead(f"{BOTH}Primary measure: violent (x)\n", finding(**ROSE, design=design, diagnostics=measured))
    with app.app_context(), speaking(lang):
        why, *others = lone_notes(named)
        assert [why] == lead_notes(named)
        assert lone_notes(named, beforehand=False) == others
        assert len(others) == (said is not None)
        assert said is None or others[0].startswith(said[lang])
