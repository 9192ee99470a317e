"""From the package of a snapshot others reckon every printed change anew, in Python and in R."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from portal.indicators.evaluation.findings import findings
from portal.indicators.evaluation.plans import canonical as plan_text
from portal.indicators.measures import written
from portal.indicators.replication.package import package_of
from portal.indicators.snapshots.derived import with_changes
from portal.indicators.snapshots.snapshots import Document, canonical, digest
from tests.indicators.evaluation.material import CALL_IN, MONTHS, six_areas
from tests.indicators.published import a_document, a_place, measure, publish

RSCRIPT = shutil.which("Rscript")


def studied(**planned: object) -> Document:
    """A snapshot with a study that was computed, and with surveys of a place and of the city."""
    whole = six_areas(**planned)
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


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


PLANS = (
    {},
    {"main": "did:placebo", "with_slope": True, "harmonics": 1, "wash_out": 3},
    {"main": "synthetic:placebo", "months_before": 33},
)


@pytest.mark.parametrize("planned", PLANS)
def test_every_printed_change_comes_out_the_same_in_python(tmp_path, planned) -> None:
    folder = unpacked(studied(**planned), tmp_path)
    made = run(sys.executable, "replicate.py", cwd=folder)
    assert made.returncode == 0, made.stdout + made.stderr
    assert made.stdout.rstrip().endswith("11 of 11 come out the same"), made.stdout


@pytest.mark.skipif(RSCRIPT is None, reason="R is not installed")
@pytest.mark.parametrize("planned", PLANS)
def test_every_printed_change_comes_out_the_same_in_r(tmp_path, planned) -> None:
    folder = unpacked(studied(**planned), tmp_path)
    made = run(str(RSCRIPT), "replicate.R", cwd=folder)
    assert made.returncode == 0, made.stdout + made.stderr
    assert made.stdout.rstrip().endswith("11 of 11 come out the same"), made.stdout


@pytest.mark.skipif(RSCRIPT is None, reason="R is not installed")
@pytest.mark.parametrize("older", [False, True])
def test_a_changed_file_stops_r_too(tmp_path, older) -> None:
    folder = unpacked(studied(), tmp_path)
    script = (folder / "replicate.R").read_text()
    if older:  # R before 4.5 has no SHA-256 of its own.
        script = script.replace('exists("sha256sum", asNamespace("tools"))', "FALSE")
    (folder / "again.R").write_text(script)
    (folder / "counts.csv").write_text((folder / "counts.csv").read_text().replace(",before,", ",after,", 1))
    made = run(str(RSCRIPT), "again.R", cwd=folder)
    assert made.returncode == 1 and "counts.csv was changed" in made.stderr and "same" not in made.stdout


def test_a_package_says_what_it_does_not_reckon(tmp_path) -> None:
    words = (unpacked(a_document(), tmp_path) / "README.txt").read_text()
    for left_out in ("left_out.csv", "ranks", "half years", "the ring by itself"):
        assert left_out in words.partition("What is not:")[2]


def test_a_number_that_was_printed_wrongly_is_found_and_so_is_a_changed_file(tmp_path) -> None:
    document = studied()
    place = document.places[0]
    wrong = place.findings[0].model_copy(update={"percent_low": -80.0})
    place = place.model_copy(update={"findings": (wrong, *place.findings[1:])})
    folder = unpacked(document.model_copy(update={"places": (place,)}), tmp_path)
    made = run(sys.executable, "replicate.py", cwd=folder)
    assert made.returncode == 1 and "DIFFERS elm-street drug_calls did newey_west" in made.stdout
    (folder / "counts.csv").write_text((folder / "counts.csv").read_text().replace(",before,", ",after,", 1))
    made = run(sys.executable, "replicate.py", cwd=folder)
    assert made.returncode == 1 and "counts.csv was changed" in made.stderr


def with_finding(document: Document, design: str, **changed: object) -> Document:
    """The same with one finding changed."""
    [place] = document.places
    found = [one.model_copy(update=changed) if one.design == design else one for one in place.findings]
    return document.model_copy(update={"places": (place.model_copy(update={"findings": tuple(found)}),)})


def test_weights_that_do_not_come_from_the_months_before_are_found(tmp_path) -> None:
    document = studied()
    weights = next(one.weights for one in document.places[0].findings if one.weights)
    first, second, *rest = weights
    swapped = (
        first.model_copy(update={"percent": second.percent}),
        second.model_copy(update={"percent": first.percent}),
        *rest,
    )
    folder = unpacked(with_finding(document, "synthetic", weights=swapped), tmp_path)
    made = run(sys.executable, "replicate.py", cwd=folder)
    assert made.returncode == 1
    assert "DIFFERS elm-street drug_calls synthetic placebo" in made.stdout


def test_an_interval_by_placebo_areas_is_left_out_and_the_weights_stay_in_the_snapshot(tmp_path) -> None:
    """Their counts are kept back on purpose, so that nobody outside can work the interval out."""
    folder = unpacked(with_finding(studied(), "synthetic", diagnostics={"placebos": 56.0}), tmp_path)
    said = (folder / "left_out.csv").read_text()
    assert "synthetic,placebo,the counts of placebo areas are not published; the change alone follows from" in said
    assert (folder / "weights.csv").read_text() == "finding,area,percent,times\n"
    assert '"weights":[{"area":"comparison-1","percent":' in (folder / "snapshot.json").read_text()


def test_a_package_says_what_it_leaves_out_and_why(tmp_path) -> None:
    folder = unpacked(a_document(), tmp_path)
    assert "not counted in this snapshot: its months" in (folder / "left_out.csv").read_text()


def test_the_same_snapshot_makes_the_same_bytes() -> None:
    document = studied()
    assert package_of(document, canonical(document)) == package_of(document, canonical(document))


def test_the_package_of_a_snapshot_is_on_its_page(app, client, page, work) -> None:
    with work() as session:
        name = publish(session)
    address = f"/data/v1/snapshots/{name}.zip"
    for place in ("/en/progress/", "/es/progress/", "/en/open-data/"):
        assert address in page(place).response.text
    response = client.get(address)
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert digest(archive.read("replication/snapshot.json")) == name
    assert client.get(f"/data/v1/snapshots/{'0' * 64}.zip").status_code == 404
