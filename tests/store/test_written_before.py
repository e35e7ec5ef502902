"""A small store of an earlier lrlab: its records keep their keys and their answer, so that nothing is trained twice."""

import shutil
from pathlib import Path

import pytest

from lrlab.lab import comparison_study, open_task, progress, stored_results
from lrlab.report import answer, table
from lrlab.store import Store, StoredStudy

WRITTEN = Path(__file__).parent / "data" / "before.db"
DATA = "e044c7289eb6116d"
ANSWER = (
    "Use cosine at peak 0.3: 66.8 % test accuracy. Undecided against constant: with 3 seeds no difference can be "
    "claimed, however clear it is; 6 seeds can."
)
HEADER = (
    "schedule",
    "peak",
    "accuracy (%)",
    "95 % interval",
    "precision (%)",
    "recall (%)",
    "F1 (%)",
    "loss",
    "s per trial",
    "diverged",
)
ROWS = (
    ("cosine", "0.3", "66.8", "53.2 to 80.4", "68.4", "66.5", "61.4", "1.22", "0.0345", "0 of 3"),
    ("constant", "0.1", "53.3", "48.7 to 58.0", "56.0", "53.9", "47.5", "1.5", "0.0336", "0 of 3"),
)


@pytest.fixture(scope="module", params=[False, True], ids=["to read", "to write"])
def store(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "records.db"
    shutil.copyfile(WRITTEN, path)
    with Store(path, write=request.param) as opened:
        yield opened


def test_every_record_is_found_under_the_key_of_its_trial(store):
    keys = store.record_keys()
    assert len(store) == len(keys) == 13  # seven of tuning, as a grid grew by a peak, and six of two confirmed arms
    found = store.get(keys)
    assert [record.trial.key for record in found.values()] == keys
    assert all(store.array(key, "rates") for key in keys)


def test_a_study_of_the_same_plan_has_nothing_left_to_run(store):
    plan = comparison_study(
        "digits/mlp",
        ["constant", "cosine"],
        name="compare-digits-mlp",
        budget="1 epochs",
        optimizer={"name": "sgd", "momentum": 0.9, "weight_decay": 0.0},
        peaks=[0.03, 0.1, 0.3],
        tuning_seeds=1,
        confirm_seeds=3,
        tune={"refine": None, "finalists": 1, "final_seeds": (), "choose": "score"},
        confirm={"rivals": False},
    )
    assert store.studies() == [StoredStudy(plan, DATA, "", "2026-11-29T00:28:33+00:00")]
    assert progress(plan, open_task("digits/mlp").data, store) == (13, 0, 0)


def test_its_numbers_are_what_they_were_and_its_intervals_of_today(store):
    results = stored_results(store.studies()[-1], store)
    assert answer(results) == ANSWER
    assert table(results) == (HEADER, ROWS)
