"""How runs ended, where a column of their table says it."""

import math
import re
from itertools import product

import pytest

from lrlab.judging import JudgeOptions, judge_runs
from lrlab.trackers import read_runs

ARMS = ("a", "b")
BEFORE = 6  # of 8 runs of b, that did not end well


def rows(column, bad, good):
    """Runs of which the better arm's ended badly."""
    return [
        {
            "arm": arm,
            "seed": seed,
            column: bad if arm == "b" and seed < BEFORE else good,
            "test_acc": value + seed / 100,
        }
        for arm, value in zip(ARMS, (0.7, 0.85), strict=True)
        for seed in range(8)
    ]


def said(table):
    return " / ".join(table.guessed)


@pytest.mark.parametrize(
    ("column", "bad", "good"),
    [
        ("diverged", True, False),
        ("diverged", "True", "False"),
        ("diverged", 1, 0),
        ("Diverged", "yes", ""),
        ("outcome", "diverged", "finished"),
        ("tags.outcome", "Diverged", "finished"),
        ("state", "Diverged (loss nan)", "finished"),
        ("status", "diverged: 12 of 40", "ok"),
        ("diverged", 120, None),  # at which update
        ("diverged", "120.0", "NaN"),
        ("diverged", 120, -1),
        ("state", "diverged", "finished"),
    ],
)
def test_runs_that_diverged_have_no_value(column, bad, good):
    table = read_runs(rows(column, bad, good))
    assert table.diverged == {("b", str(seed)) for seed in range(BEFORE)}
    assert f"diverged, as the column `{column}` says: 6 of 8 runs of b" in said(table)
    judged = judge_runs(table)
    assert {arm.label: sum(value is None for value in arm.values) for arm in judged.arms} == {"a": 0, "b": 6}
    assert not any(pair.verdict == "b" for pair in judged.pairs)


@pytest.mark.parametrize(
    ("column", "bad", "good", "word"),
    [
        ("State", "crashed", "finished", "crashed"),
        ("state", "PRUNED", "COMPLETE", "pruned"),
        ("state", "TrialState.PRUNED", "TrialState.COMPLETE", "pruned"),
        ("status", "FAILED", "FINISHED", "failed"),
        ("status", "killed", "finished", "killed"),
        ("status", "RUNNING", "FINISHED", "running"),
        ("status", "ERROR", "TERMINATED", "error"),  # of Ray, whose trials end as terminated
        ("outcome", "failed", "finished", "failed"),
        ("state", "FAILED (oom)", "finished", "failed"),
        ("state", "Out of memory", "finished", "out_of_memory"),
        ("status", "oom", "done", "oom"),
        ("status", "timed-out after 3 h", "done", "timed_out"),
    ],
)
def test_runs_that_broke_off_are_said_and_keep_their_values(column, bad, good, word):
    table = read_runs(rows(column, bad, good))
    sentence = f"broke off, as the column `{column}` says ({word}), and count as far as they came"
    assert sentence in said(table)
    assert "6 of 8 runs of b" in said(table)
    assert not table.diverged
    assert not table.frame["value"].is_nan().any()


@pytest.mark.parametrize(
    ("column", "bad", "good"),
    [
        ("diverged", 0.17, 0.25),  # a share
        ("state", "Ohio", "Iowa"),
        ("outcome", 0.5, 0.75),
        ("status", "", "finished"),
        ("status", "finished", "finished"),
    ],
)
def test_other_columns_of_these_names_say_nothing(column, bad, good):
    table = read_runs(rows(column, bad, good), metric="test_acc")
    assert not table.diverged
    assert "broke off" not in said(table)
    assert "diverged" not in said(table)


def test_a_column_that_is_asked_for_is_what_it_was_asked_for():
    status = [{"status": word, "seed": seed, "test_acc": 0.5} for word in ("failed", "fine") for seed in range(3)]
    table = read_runs(status, arm="status")
    assert set(table.frame["arm"]) == {"failed", "fine"}
    assert "broke off" not in said(table)
    share = [{"arm": arm, "seed": seed, "diverged": seed % 2} for arm in ARMS for seed in range(4)]
    assert not read_runs(share, metric="diverged", higher_is_better=False).diverged


def test_of_curves_the_last_word_counts_and_one_divergence_is_enough():
    curves = [
        {"arm": arm, "seed": seed, "epoch": epoch, "status": word, "val_loss": 1.0 / epoch}
        for arm in ARMS
        for seed in range(2)
        for epoch, word in ((1, "running"), (2, "diverged" if (arm, seed) == ("b", 1) else "running"), (3, "finished"))
    ]
    table = read_runs(curves)
    assert table.diverged == {("b", "1")}
    assert "broke off" not in said(table)


@pytest.mark.parametrize(
    ("column", "bad", "good", "words"),
    [
        ("state", "exploded", "finished", "`exploded` of 6 of 8 runs of b, which is not understood"),
        ("state", "diverged: no", "ok", "`diverged:_no` of 6 of 8 runs of b, which is not understood"),
        ("diverged", 17, 0, "`17` of 6 of 8 runs of b, which is not understood, .*; write yes or no"),
        ("diverged", "perhaps", "no", "`perhaps` of 6 of 8 runs of b, which is not understood, .*; write yes or no"),
    ],
)
def test_a_word_that_is_not_known_is_said_beside_others_that_are(column, bad, good, words):
    table = read_runs(rows(column, bad, good))
    assert re.search(f"the column `{column}` says {words}", said(table))
    assert not table.diverged


def long_curves(last, flag=None):
    """Runs of 20 steps, of which those of a are better and the last one blew up at step 3; with a column of states."""
    made = []
    for arm, seed in product(ARMS, range(7)):
        gone = (arm, seed) == ("a", 6)
        for step in range(1, 4 if gone else 21):
            value = last if gone and step == 3 else 1.0 if step < (5 if arm == "a" else 12) + seed else 0.1 + seed / 1e3
            state = {} if flag is None else {flag[0]: flag[1] if gone else flag[2]}
            made.append({"arm": arm, "seed": seed, "step": step, "loss": value, "mae": 2 * value, **state})
    return made


@pytest.mark.parametrize("asked", [{"target": 0.5}, {"area": True}, {"at_step": 20}, {"at_step": 2}, {}])
@pytest.mark.parametrize("flag", [("state", "diverged", "finished"), ("diverged", 3, None), ("diverged", True, False)])
def test_a_run_that_a_column_says_diverged_is_one_whose_curve_ends_with_nan(flag, asked):
    by_curve, by_column = (
        judge_runs(read_runs(long_curves(*spelt), metric="loss,mae"), JudgeOptions(**asked))
        for spelt in ((math.nan,), (9.9, flag))
    )
    assert (by_column.arms, by_column.pairs) == (by_curve.arms, by_curve.pairs)
    missing = next(arm for arm in by_column.arms if arm.label == "a").missing
    assert missing == (asked != {"at_step": 2})  # there it had a value


def test_what_a_run_did_before_it_diverged_counts():
    runs = [
        {"arm": arm, "seed": seed, "step": step, "acc": min(0.9, (step + seed) / at), "diverged": arm == "a"}
        for (arm, at), seed, step in product((("a", 10), ("b", 20)), range(7), range(1, 21))
    ]
    for asked in ({"target": 0.5}, {"at_step": 5}):
        assert judge_runs(read_runs(runs), JudgeOptions(**asked)).pairs[0].verdict == "a"
    assert judge_runs(read_runs(runs)).pairs[0].verdict == "b"  # of the final value a has none
