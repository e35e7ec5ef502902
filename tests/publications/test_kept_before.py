"""The results in `results/`, kept by earlier versions: every record is found by its key, and nothing is rewritten."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from lrlab.publications import find_publication, kept_results
from lrlab.publications._kept import read_kept, write_kept

RESULTS = Path(__file__).parents[2] / "results"
KEPT = sorted((file.parent.parent.name, file.parent.name) for file in RESULTS.glob("*/*/records.json"))


@pytest.fixture(scope="module", params=KEPT, ids="-".join)
def place(request, tmp_path_factory):
    """A publication, a copy of the folder with its kept results, and what is kept there."""
    name, scale = request.param
    folder = tmp_path_factory.mktemp("results") / name
    shutil.copytree(RESULTS / name / scale, folder)
    publication = find_publication(name, scale)
    return publication, folder, read_kept(folder, publication)


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_there_are_kept_results_of_every_study():
    assert {name for name, _ in KEPT} == {"decay-curves", "decay-rules", "googlenet-schedules", "initial-rate"}


def test_every_record_is_found_by_the_studies_as_they_are_now(place):
    publication, folder, kept = place
    answered = kept_results(publication, folder)
    keys = [record.trial.key for part in answered.parts for record in part.tuned + part.confirmed]
    assert sorted(keys) == sorted(record.trial.key for record in kept.records)


def test_what_is_kept_is_not_written_again(place):
    publication, folder, kept = place
    before = {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}
    write_kept(folder, publication, kept.data, kept.records, lambda key: npy(kept.rates[key]), kept.ensembles)
    assert {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()} == before
