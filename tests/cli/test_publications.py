"""The published studies as a user runs them: at the scale smoke, on real data, kept and gone on with."""

import json
import shutil
from pathlib import Path

import pytest

from lrlab.publications import PUBLICATIONS
from support.command import lrlab

KEPT = Path(__file__).parents[2] / "results"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PUBLICATIONS))
def test_a_published_study_runs_at_the_scale_smoke_and_is_kept(name, tmp_path, real_data):
    words = ["run", name, "--scale", "smoke", "--data-dir", str(real_data)]
    done = lrlab(*words, cwd=tmp_path)
    folder = tmp_path / "results" / name / "smoke"
    assert {"records.json", "records.parquet", "epochs.parquet", "tables.md"} <= {
        file.name for file in folder.iterdir()
    }
    assert list(folder.glob("*.svg"))
    assert "smoke" in (folder / "tables.md").read_text(encoding="utf-8")
    page = (tmp_path / "lrlab-results" / f"{name}-smoke.html").read_text(encoding="utf-8")
    for claim in PUBLICATIONS[name]("smoke").claims:
        assert claim.id in page or claim.text.split(",")[0] in page
    assert "not testable" in done.stdout
    assert "All runs of this store: lrlab-results/index.html" in done.stdout
    index = (tmp_path / "lrlab-results" / "index.html").read_text(encoding="utf-8")
    assert index.count(f'href="{name}-smoke.html"') == len(PUBLICATIONS[name]("smoke").parts)
    kept = {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}

    shutil.rmtree(tmp_path / "lrlab-results")  # a fresh clone has the kept results and no store
    again = lrlab(*words, "--json", cwd=tmp_path)
    assert "nothing is run twice" in again.stderr
    assert {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()} == kept
    found = json.loads(again.stdout)
    assert found["publication"]["scale"] == "smoke"
    assert {answer["word"] for answer in found["answers"]} == {"not testable"}


@pytest.mark.slow
def test_a_stopped_study_keeps_what_it_has_and_goes_on(tmp_path, real_data):
    words = ["run", "decay-rules", "--scale", "smoke", "--data-dir", str(real_data), "--workers", "1"]
    stopped = lrlab(*words, "--max-seconds", "3", cwd=tmp_path, code=3)
    assert "time is up" in stopped.stderr
    lrlab(*words, cwd=tmp_path)
    assert (tmp_path / "results" / "decay-rules" / "smoke" / "tables.md").exists()


def test_a_page_is_made_from_kept_results_without_data_or_store(tmp_path):
    done = lrlab("report", "Decay_Curves", "--results", str(KEPT), cwd=tmp_path)
    page = tmp_path / "lrlab-results" / "decay-curves-reduced.html"
    assert "linear" in done.stdout
    assert "The whole report: lrlab-results/decay-curves-reduced.html" in done.stdout
    assert "supported" in page.read_text(encoding="utf-8")
    assert [file.name for file in page.parent.iterdir()] == [page.name]
    words = ["--results", str(KEPT), "--json", "--page", "own.html"]
    found = json.loads(lrlab("report", "initial-rate", *words, cwd=tmp_path).stdout)
    assert found["publication"]["scale"] == "full"
    assert found["folder"] == str(KEPT / "initial-rate" / "full")
    assert (tmp_path / "own.html").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "decay-curves"], "results keeps no results of decay-curves; `lrlab run decay-curves` makes them"),
        (
            ["report", "decay-curves", "--scale", "full"],
            "of decay-curves at scale full; `lrlab run decay-curves --scale",
        ),
        (["report", "decay-curves", "--scale", "ful"], "did you mean full"),
        (["report", "decay-curves", "--png", "a.png"], "--png is for plain studies"),
        (
            ["report", "decay-curves", "--target", "0.9"],
            "--target is for plain studies; a published one's page has its",
        ),
        (["report", "decay-curves", "--code"], "--code is for plain studies; a published one names no schedule"),
        (["run", "decay-curves", "--code"], "--code is for plain studies; a published one names no schedule"),
        (["report", "decay-curves", "--results", str(KEPT), "--page", "no/a.html"], "there is no folder no"),
        (["report", "demo", "--scale", "full"], "--scale is for published studies"),
        (["run", "initial-rate", "--scale", "reducd"], "did you mean reduced"),
        (["run", "demo", "--scale", "full"], "--scale is for published studies"),
        (["run", "initial-rat"], "did you mean initial-rate"),
        (["run", "initial-rate", "--data-dir", "nowhere"], "there is no data folder"),
    ],
)
def test_mistakes_are_answered_with_a_way_out(words, message, tmp_path):
    done = lrlab(*words, cwd=tmp_path, code=2)
    assert message in done.stderr
