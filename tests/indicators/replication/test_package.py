"""From the package of a snapshot others reckon every printed change anew."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from portal.indicators.replication import package_of
from portal.indicators.statistics.closed_form import with_changes
from portal.indicators.statistics.findings import findings
from portal.indicators.statistics.plans import ByMonth, canonical as plan_text
from portal.indicators.statistics.schema import Document, canonical, digest
from portal.indicators.statistics.terms import written
from tests.indicators.evaluation.material import CALL_IN, MONTHS, counts, six_areas
from tests.indicators.published import a_document, a_place, measure, publish


def studied(placebos: Mapping[str, Sequence[ByMonth]] = MappingProxyType({}), **planned: object) -> Document:
    """A snapshot with a study that was computed, and with surveys of a place and of the city."""
    whole = replace(six_areas(**planned), placebos=placebos)
    [areas] = whole.series.values()
    plan = plan_text(whole.plan, {"drug_calls": "Calls about drugs"}, {}, areas)
    place = a_place(
        delivered_on=CALL_IN.isoformat(),
        areas=[{"key": key, "part": key.split("-")[0]} for key in areas],
        series=[
            *(
                {"measure": "drug_calls", "area": key, "values": [counts[month] for month in MONTHS]}
                for key, counts in areas.items()
            ),
            *surveys("place"),
        ],
        registration={
            "digest": digest(plan.encode()),
            "locked_on": "2024-06-03",
            "before_call_in": True,
            "delivered_on": CALL_IN.isoformat(),
            "plan": plan,
        },
        findings=[one.model_dump() for one in findings(whole)],
    )
    listed = [measure(key) for key in ("drug_calls", "asked", "aware")]
    city = [one | {"moved_from": written(MONTHS[40])} for one in surveys("city")]
    return with_changes(a_document(place, months=[written(month) for month in MONTHS], measures=listed, city=city))


def surveys(area: str) -> list[dict[str, object]]:
    before, after = [None] * 20, [None] * (len(MONTHS) - 22)
    return [
        {"measure": "asked", "area": area, "values": [*before, 60, *after, 80]},
        {"measure": "aware", "area": area, "values": [*before, 21, *after, 47]},
    ]


def unpacked(document: Document, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(package_of(document, canonical(document)))) as archive:
        archive.extractall(folder)
    return folder / "replication"


def replicated(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "replicate.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_printed_change_and_sentence_is_same_in_python(tmp_path) -> None:
    plans = (
        ({"ratio": 0.4}, "fell"),
        ({"main": "did:placebo", "wash_out": 3, "investigation": 6, "months_before": 24}, "fell_or_chance"),
        ({"main": "its:newey_west", "ratio": 1.9}, "rose_or_chance"),
        ({"ratio": 1.0}, "unclear"),
    )
    for number, (planned, sentence) in enumerate(plans):
        folder = unpacked(studied(**planned), tmp_path / str(number))
        made = replicated(folder)
        assert made.returncode == 0, made.stdout + made.stderr
        assert "7 of 7 come out the same" in made.stdout, made.stdout
        assert made.stdout.rstrip().endswith(f"{sentence} {sentence}"), made.stdout


def test_placebo_areas_are_replicated_without_telling_where_they_lie(tmp_path) -> None:
    """Their counts by month, beside a city's file of incidents, would tell it, and so where none may be drawn."""
    drawn = [counts(30, seed=50 + number) for number in range(24)]
    document = studied(main="did:placebo", placebos={"drug_calls": drawn})
    assert package_of(document, canonical(document)) == package_of(document, canonical(document))
    folder = unpacked(document, tmp_path)
    made = replicated(folder)
    assert made.returncode == 0, made.stdout + made.stderr
    scores = [line.partition(",")[2] for line in (folder / "placebos.csv").read_text().splitlines()[1:]]
    assert len(scores) == 24 and scores == sorted(scores, key=float), "in the order of their size, not of their draw"
    assert document.places[0].findings[2].diagnostics["placebos"] == 24


def test_a_package_says_what_it_leaves_out_and_why(tmp_path) -> None:
    folder = unpacked(a_document(), tmp_path)
    words = (folder / "README.txt").read_text()
    for left_out in ("left_out.csv", "all places together", "placebo\nareas"):
        assert left_out in words.partition("What is not:")[2]
    assert "not counted in this snapshot: its months" in (folder / "left_out.csv").read_text()


def test_wrongly_printed_number_and_changed_file_are_found(tmp_path) -> None:
    document = studied()
    place = document.places[0]
    wrong = place.findings[0].model_copy(update={"percent_low": -80.0})
    place = place.model_copy(update={"findings": (wrong, *place.findings[1:])})
    folder = unpacked(document.model_copy(update={"places": (place,)}), tmp_path)
    made = replicated(folder)
    assert made.returncode == 1 and "DIFFERS elm-street drug_calls did newey_west" in made.stdout
    (folder / "counts.csv").write_text((folder / "counts.csv").read_text().replace(",before,", ",after,", 1))
    made = replicated(folder)
    assert made.returncode == 1 and "counts.csv was changed" in made.stderr


def test_the_package_of_a_snapshot_is_on_its_page(app, client, page, work) -> None:
    with work() as session:
        name = publish(session)
    address = f"/data/v1/snapshots/{name}.zip"
    for place in ("/en/open-data/", "/es/open-data/"):
        assert address in page(place).response.text
    response = client.get(address)
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert digest(archive.read("replication/snapshot.json")) == name
    assert client.get(f"/data/v1/snapshots/{'0' * 64}.zip").status_code == 404
