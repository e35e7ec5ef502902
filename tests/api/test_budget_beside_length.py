"""A budget beside the length of a trial: it limits the seeds, and is refused where nothing fits."""

import pytest

import lrlab
from lrlab.errors import StudyError
from support.tasks import blobs

SMALL = {"epochs": 2, "peaks": (0.03, 0.1), "seeds": 4, "tuning_seeds": 1, "batch_size": 16, "workers": 0}


def test_a_budget_beside_a_length_is_kept(tmp_path):
    task, store = blobs(), tmp_path / "records.db"
    with pytest.raises(StudyError, match=r"--budget \d+s, leave out --epochs"):
        lrlab.compare(task, ["constant", "cosine"], store=store, progress=False, budget="0.001s", **SMALL)
    results = lrlab.compare(task, ["constant", "cosine"], store=store, progress=False, budget="300s", **SMALL)
    assert (results.study.budget, len(results.study.confirm.seeds)) == ("2 epochs", 4)
