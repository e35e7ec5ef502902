"""Rules in a study, from question to answer, in this process."""

import io

import numpy as np
import pytest

from lrlab import lab
from lrlab.errors import StudyError
from lrlab.execution import Inline
from lrlab.rules import simulate
from lrlab.spec import Setup
from lrlab.store import Store
from support.tasks import BLOBS_FILE, study
from support.watching import Watching

LABELS = ("constant", "plateau(patience=0, threshold=0.5)+constant", "by_epoch+warmup(span=1 epochs)+seq2")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return lab.open_task(f"{tmp_path / 'mine.py'}:task")


def test_rules_and_schedules_are_compared_in_one_study(place, tmp_path):
    prepared = lab.prepare(study("t", schedules=LABELS, budget="5 epochs"), place)
    crew = lab.Crew(Inline(), Setup(layout="grouped", size=8), place.where)
    with Store(tmp_path / "s.db", write=True) as store:
        results = lab.run_study(prepared, store, crew, Watching(), "")
        rates = {r.trial.key: np.load(io.BytesIO(store.array(r.trial.key, "rates"))) for r in results.confirmed}
        assert lab.run_study(prepared, store, crew, Watching(), "") == results
        assert lab.stored_results(store.studies()[-1], store) == results
    assert {row.label for row in results.rows} == set(LABELS)
    assert {curve.label for curve in results.curves} == set(LABELS)
    for record in results.confirmed:
        losses = [epoch.validation_loss for epoch in record.epochs]
        if str(record.trial.schedule) != "constant":
            expected = simulate(record.trial.schedule, losses, peak=record.trial.peak, horizon=prepared.horizon)
            np.testing.assert_array_equal(rates[record.trial.key], expected)


def test_a_rule_whose_schedule_does_not_fit_is_listed(place):
    bad = study("t", schedules=("constant", "by_epoch+warmup(span=90 updates)+seq1", "plateau+step(every=1%)"))
    with pytest.raises(StudyError) as caught:
        lab.prepare(bad, place)
    first, second = str(caught.value).splitlines()
    assert first.startswith("by_epoch+warmup(span=90 updates)+seq1: warmup: `span < run` must hold")
    assert second.startswith("plateau+step(every=1%): step: `every`:")
