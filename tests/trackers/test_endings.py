"""How runs ended, where a column of their table says it."""

import pytest

from lrlab.judging import judge_runs
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
        ("diverged", 17, 0),  # the update
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
