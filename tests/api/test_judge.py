"""`lrlab.judge` on the lab's own records, exported as CSV, and on frames and rows."""

import csv
import json

import numpy as np
import pytest

import lrlab
from lrlab.api import Results
from lrlab.errors import RunsError, StudyError, UnknownName
from support.ends import ACCURACY, ERROR, answered, record, study
from support.run_tables import lucky

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


@pytest.mark.parametrize("kind", ["file", "path", "folder", "files", "polars", "rows"])
def test_runs_come_in_any_form(kind, tmp_path):
    import polars

    rows = [
        {"arm": arm, "seed": seed, "accuracy": value}
        for arm, runs in lucky({"a": 0.6, "b": 0.5}).items()
        for seed, value in runs.items()
    ]
    for arm in "ab":
        with (tmp_path / f"{arm}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(row for row in rows if row["arm"] == arm)
    whole = tmp_path / "whole" / "runs.csv"
    whole.parent.mkdir()
    polars.DataFrame(rows).write_csv(whole)
    forms = {
        "file": str(whole),
        "path": whole,
        "folder": whole.parent,
        "files": [tmp_path / "a.csv", tmp_path / "b.csv"],
        "polars": polars.DataFrame(rows),
        "rows": rows,
    }
    judged = lrlab.judge(forms[kind])
    assert [(pair.a, pair.b, pair.verdict) for pair in judged.verdicts] == [("a", "b", "a")]


def three():
    return [
        {"arm": arm, "seed": seed, "accuracy": value, "validation_accuracy": 1 - value}
        for arm, runs in lucky({"a": 0.6, "b": 0.5, "c": 0.5002}, own=0.01).items()
        for seed, value in runs.items()
    ]


def test_the_answer_shows_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    judged = lrlab.judge(three(), metric="accuracy", questions="pairs")
    assert judged.answer in str(judged) == repr(judged)
    assert "<table" in judged._repr_html_()
    assert json.loads(judged.to_json())["answer"] == judged.answer
    assert judged.page().name == "judge-accuracy.html"
    assert judged.page() == judged.page()  # the same question goes over the same page
    assert lrlab.judge(three(), metric="accuracy").page().name == "judge-accuracy-2.html"
    assert judged.page(tmp_path / "mine.html").read_text(encoding="utf-8") == judged.page().read_text(encoding="utf-8")


def test_claims_are_checked():
    judged = lrlab.judge(three(), metric="accuracy", questions="pairs")
    assert [judged.check(claim) for claim in ("a>b", "b > a", "c>b")] == ["yes", "no", "undecided"]
    against = lrlab.judge(three(), metric="accuracy", baseline="a")
    with pytest.raises(RunsError, match="each arm against a; ask for all pairs, or for c as the baseline"):
        against.check("b>c")
    leading = lrlab.judge(three(), metric="accuracy", leader="b", baseline="b")
    with pytest.raises(RunsError, match="b against each other arm and each against b"):
        leading.check("a>c")
    with pytest.raises(RunsError, match="write A>B"):
        judged.check("a")
    with pytest.raises(RunsError, match=r"a claim is of two arms, such as .*, but got None; write A>B or A=B"):
        judged.check(None)
    with pytest.raises(UnknownName, match="unknown arm 'd'"):
        judged.check("a>d")


def test_a_metric_that_is_guessed_goes_with_the_one_that_picks_the_leader():
    judged = lrlab.judge(three(), metric="accuracy", leader_by="validation_accuracy")
    assert judged.judgement.metric.name == "accuracy"
    assert judged.judgement.leader in "bc"
    only = [
        {name: row[name] for name in ("arm", "seed", "accuracy")} | {"train_loss": row["accuracy"]} for row in three()
    ]
    guessed = lrlab.judge(only, leader_by="train_loss").judgement
    assert (guessed.metric.name, guessed.chosen_by) == ("accuracy", "train_loss")
    assert any("accuracy" in note for note in guessed.notes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"arm": 3}, "arm is a column, or a list of columns"),
        ({"baseline": 3}, "baseline is a text"),
        ({"at_step": "10"}, "at_step is a finite number"),
        ({"target": float("nan")}, "target is a finite number"),
        ({"area": 1}, "area is True or False"),
        ({"higher_is_better": "yes"}, "higher_is_better is True or False"),
    ],
)
def test_arguments_of_another_kind_are_refused(options, words):
    with pytest.raises(StudyError, match=words):
        lrlab.judge(three(), metric="accuracy", **options)


@pytest.mark.parametrize("kind", [list, iter])
def test_the_metric_that_picks_the_leader_may_be_written_otherwise_and_rows_come_once(kind):
    rows = [
        {"arm": arm, "seed": seed, "loss": seed + (arm == "b"), "Val_Acc": (seed * 3 % 7) / 10 + 0.1 * (arm == "a")}
        for arm in "abc"
        for seed in range(7)
    ]
    judged = lrlab.judge(kind(rows), metric="loss", leader_by="val acc")
    assert (judged.judgement.leader, judged.judgement.chosen_by) == ("a", "Val_Acc")
    assert lrlab.judge(rows, metric="loss", leader_by="LOSS").judgement.chosen_by == "loss"


def test_a_path_of_nothing():
    with pytest.raises(RunsError, match=r"the path of the runs is empty; write that of a file, or \. for all"):
        lrlab.judge("")


@pytest.mark.parametrize("name", ["arm", "seed", "metric", "value", "step", "baseline", "leader", "leader_by"])
def test_an_empty_name_is_no_name(name):
    with pytest.raises(RunsError, match=f"{name} is empty; write a name, or leave it out"):
        lrlab.judge([{"arm": "a", "seed": 1, "acc": 0.5}], **{name: " ,"})


def test_a_claim_of_one_arm():
    rows = [{"arm": arm, "seed": seed, "acc": seed / 10} for arm in "ab" for seed in range(3)]
    with pytest.raises(RunsError, match="a claim is of two arms, but 'a>a' names one twice; write A>B"):
        lrlab.judge(rows).check("a>a")


def test_arms_within_the_margin_are_checked_as_equal_and_never_as_better():
    rng = np.random.default_rng(0)
    luck = rng.normal(0.9, 0.01, size=10)
    arms = {"a": luck, "b=c": luck + rng.normal(0, 0.001, size=10), "d": luck - 0.1 + rng.normal(0, 0.004, size=10)}
    rows = [
        {"arm": arm, "seed": seed, "accuracy": float(value)}
        for arm, runs in arms.items()
        for seed, value in enumerate(runs)
    ]
    judged = lrlab.judge(rows, questions="pairs")
    assert [judged.check(claim) for claim in ("a=b=c", "b=c = a", "a=d", "a>b=c")] == ["yes", "yes", "no", "undecided"]
    narrow = lrlab.judge(rows, questions="pairs", margin=0.001)
    assert narrow.check("a=b=c") == "undecided"
    assert narrow.judgement.margin.value == 1e-5
    with pytest.raises(RunsError, match="above 0, but got -1; give one, or leave it out"):
        lrlab.judge(rows, margin=-1)
