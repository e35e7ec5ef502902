"""`lrlab.judge` on the lab's own records, exported as CSV, and on frames and rows."""

import csv

import numpy as np
import pytest

import lrlab
from lrlab.api import Results
from lrlab.errors import RunsError, StudyError, UnknownName
from support.ends import ACCURACY, ERROR, answered, record, study

FIXED = {"schedules": ("constant", "cosine", "linear", "one_cycle"), "confirm": {"seeds": 10}}


def exported(found, folder):
    """The confirm phase as a user writes it to a file."""
    path = folder / "trials.csv"
    Results(found, folder / "records.db").trials().filter(phase="confirm").write_csv(path)
    return path


def scores_of(trial, gone=(), chance=()):
    """A score that the seed's luck, the schedule and chance make; None: diverged."""
    name = trial.schedule.name
    luck = np.random.default_rng(trial.seed).normal(scale=0.02)
    own = np.random.default_rng([trial.seed, *name.encode(), int(trial.peak * 100)]).normal(scale=0.01)
    if (name, trial.seed % 3) in gone or (name, "all") in gone:
        return None
    if name in chance:
        return round(0.1 + own / 100, 6)
    return round(0.7 + {"cosine": 0.03, "linear": 0.02}.get(name, 0.0) + luck + own, 6)


STUDIES = {
    "plain": ({}, {}, ACCURACY),
    "an error": ({}, {}, ERROR),
    "some diverged": ({"gone": {("constant", 0), ("linear", 1)}}, {}, ACCURACY),
    "an arm diverged": ({"gone": {("one_cycle", "all")}}, {}, ACCURACY),
    "an arm at chance": ({"chance": {"one_cycle"}}, {}, ACCURACY),
    "chance against an arm that diverged": (
        {"chance": {"one_cycle"}, "gone": {("constant", "all"), ("linear", 1)}},
        {},
        ACCURACY,
    ),
    "all pairs": ({}, {"confirm": {"seeds": 12, "questions": "pairs"}}, ACCURACY),
}


@pytest.mark.parametrize("name", STUDIES)
def test_verdicts_on_exported_records_are_those_of_the_lab(name, tmp_path):
    ends, changes, metric = STUDIES[name]
    plan = study(**(FIXED | changes))

    def made(trial):
        score = scores_of(trial, **ends)
        loss = 2.3 if score is not None and score < 0.2 else 0.5
        scored = score if score is None or metric is ACCURACY else 1 - score
        return record(trial, scored, loss, metric)

    found = answered(plan, made)
    asked = (
        {"questions": "pairs"}
        if plan.confirm.questions == "pairs"
        else {"leader": found.leader, "baseline": plan.reference}
    )
    judged = lrlab.judge(exported(found, tmp_path), **asked)
    fields = ("a", "b", "verdict", "difference", "low", "high", "p", "adjusted_p", "correlation", "superiority")
    fields += ("smallest_visible",)
    assert [[getattr(pair, field) for field in fields] for pair in judged.verdicts] == [
        [getattr(claim, field) for field in fields] for claim in found.claims
    ]
    assert [pair.runs_a for pair in judged.verdicts] == [claim.seeds for claim in found.claims]
    rows = {row.label: (row.score, row.low, row.high, row.diverged) for row in found.rows}
    assert {arm.label: (arm.score, arm.low, arm.high, arm.missing) for arm in judged.rows} == rows
    if name != "an error":
        assert any(pair.verdict for pair in judged.verdicts)
