"""From the question to the verdict on what was written to a tracker: the same numbers, and as a process."""

import json

import pytest

import lrlab
from support import command
from support.tasks import blobs

SMALL = ["--epochs", "1", "--peaks", "0.1", "--seeds", "6", "--tuning-seeds", "1", "--workers", "1"]
SMALL += ["--engine", "reference"]


def test_the_judge_has_the_scores_of_the_lab(tmp_path, library):
    library("tensorboardX")
    results = lrlab.compare(
        blobs(),
        ["constant", "cosine"],
        epochs=2,
        peaks=(0.03, 0.1),
        seeds=6,
        tuning_seeds=1,
        workers=0,
        store=tmp_path / "records.db",
        track=f"tensorboard:{tmp_path / 'runs'}",
        progress=False,
    )
    judged = {arm.label: arm.score for arm in lrlab.judge(tmp_path / "runs").rows}
    assert judged == {row.label: pytest.approx(row.score, rel=1e-6) for row in results.rows}


@pytest.mark.slow
def test_on_the_command_line(tmp_path, library):
    library("tensorboardX")
    library("optuna")
    words = ["compare", "digits/mlp", "constant", "cosine", *SMALL, "--json"]
    done = command.lrlab(*words, "--track", "tensorboard", "--track", "optuna:tuned.db", cwd=tmp_path, timeout=600)
    assert "trials written to tensorboard: tensorboard --logdir " in done.stderr
    assert "trials written to optuna:tuned.db: optuna-dashboard sqlite:///" in done.stderr
    answer = json.loads(done.stdout)
    judged = command.lrlab("judge", "lrlab-results/tensorboard", "--json", cwd=tmp_path, code=(0, 3))
    scores = {arm["label"]: arm["score"] for arm in json.loads(judged.stdout)["arms"]}
    assert scores == {row["label"]: pytest.approx(row["score"], rel=1e-6) for row in answer["rows"]}
    again = command.lrlab(*words, "--track", "tensorboard", cwd=tmp_path)
    assert "trials written to" not in again.stderr  # nothing is written twice
    assert "had been written to tensorboard before, and none is new" in again.stderr


def test_an_unknown_tracker_ends_before_anything_is_made(tmp_path):
    done = command.lrlab(
        "compare", "digits/mlp", "constant", "cosine", *SMALL, "--track", "comet", cwd=tmp_path, code=2
    )
    assert "unknown tracker 'comet'; known: mlflow, optuna, tensorboard, trackio, wandb" in done.stderr
    assert not list(tmp_path.iterdir())
