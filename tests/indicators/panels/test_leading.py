"""What leads at a place is what the locked plan says, whichever way it came out, and the page says why."""

from typing import Any

from portal.core.i18n import speaking
from portal.indicators.panel_reading import panels_of
from portal.indicators.panel_texts import NOTES, Because, Lead, headlines, lead_of, lone_notes, next_decision
from portal.indicators.statistics.plans import AREAS, DRAWN_MARK
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
    return lead_of(document.places[0], panels_of(document, document.places[0]))


def led(found: Lead) -> tuple[str | None, str]:
    return found.panel.measure.key if found.panel else None, found.because.value


def test_the_one_named_leads_however_it_came_out() -> None:
    for named in ("drug_calls", "violent"):
        for findings in ((finding(), finding(**ROSE)), (finding(**ROSE), finding())):
            assert led(lead(f"{BOTH}Primary measure: {named} (x)\n", *findings)) == (named, "named")
    place = a_place(findings=[finding(), finding(**ROSE)])
    place["registration"]["plan"] = f"{BOTH}Primary measure: violent (x)\n"
    document = a_document(place)
    keys = [one.measure.key for one in panels_of(document, document.places[0])]
    assert keys[:2] == ["violent", "drug_calls"], "the panel that leads stands first"


def test_nothing_takes_the_place_of_what_was_not_counted() -> None:
    found = lead(f"{BOTH}Primary measure: violent (x)\n", finding())
    assert led(found) == (None, "not_counted")
    assert led(lead(BOTH)) == (None, "too_early")
    assert led(lead(None, finding())) == (None, "no_plan")


def test_every_lead_has_its_words(app) -> None:
    plan = f"{BOTH}Primary measure: violent (x)\n"
    leads = [lead(plan, finding(**ROSE), finding()), lead(plan, finding()), lead(BOTH), lead(None)]
    assert {one.because for one in leads} == set(Because)
    with app.app_context(), speaking("es"):
        assert len({headlines(one)[0] for one in leads}) == 4
        assert [len(lone_notes(one)) for one in leads] == [2, 1, 0, 0]
        assert len({str(words) for words in NOTES.values()}) == len(NOTES)


def test_what_was_said_late_or_changed_later_is_said(app) -> None:
    plan = f"{BOTH}Primary measure: violent (x)\n"
    plain, late = lead(plan, finding(**ROSE), finding()), lead(plan, finding(**ROSE), before_call_in=False)
    changed = lead(plan, finding(**ROSE), finding(), deviations=[CHANGED])
    assert led(changed) == led(plain)
    for lang, after, said in (
        ("en", "after the call-in and not before", "Two areas. Why: It fell."),
        ("es", "después de la reunión con quienes vendían y no antes", "Dos zonas. Por qué: Bajó."),
    ):
        with app.app_context(), speaking(lang):
            assert after in lone_notes(late, beforehand=False)[0] and after not in lone_notes(plain)[0]
            assert [len(lone_notes(one, beforehand=False)) for one in (plain, late, changed)] == [1, 2, 3]
            assert said in lone_notes(changed)[1]


def test_what_can_never_be_sure_is_said_before_verdict(app) -> None:
    for areas, drawn, design, said in [
        (3, False, "did", "Con solo 3 zonas parecidas"),
        (1, False, "did", "Con solo 1 zona parecida "),
        (3, False, "its", "Sin zonas parecidas"),
        (0, False, "its", "Sin zonas parecidas"),
        (5, False, "did", None),
        (3, True, "did", None),
    ]:
        names = ", ".join(f"comparison-{rank}" for rank in range(1, areas + 1)) or "none"
        mark = f"{DRAWN_MARK}{'0' * 64}\n" if drawn else ""
        plan = f"Measure: drug_calls (x)\nPrimary measure: drug_calls (x)\n{AREAS}{names}\n{mark}"
        waits = finding(design=design, refusal="not_yet", diagnostics={"next_look": 12.0}, percent=None)
        with app.app_context(), speaking("es"):
            sentence = next_decision(lead(plan, waits).panel)
            assert "agosto de 2025." in sentence
            assert (said is None) is (" tampoco entonces" not in sentence)
            assert said is None or said in sentence
            assert "No hay otro resultado" in next_decision(lead(plan, finding()).panel)


def test_a_sentence_alone_tells_what_happened_around(app) -> None:
    for design, low, high, said in [
        ("did", 2.0, 9.0, "En las calles de alrededor subió"),
        ("did", -9.0, -2.0, "En las calles de alrededor bajó,"),
        ("did", -9.0, 2.0, None),
        ("its", -9.0, 2.0, "Esto no mira otras zonas"),
    ]:
        measured = finding(**ROSE, design=design, diagnostics={"ring_low": low, "ring_high": high})
        named = lead(f"{BOTH}Primary measure: violent (x)\n", measured)
        with app.app_context(), speaking("es"):
            _why, *others = lone_notes(named)
            assert lone_notes(named, beforehand=False) == others
            assert len(others) == (said is not None)
            assert said is None or others[0].startswith(said)
