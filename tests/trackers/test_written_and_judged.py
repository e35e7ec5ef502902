"""From the question to the verdict on what was written to a tracker: the same numbers, and as a process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import lrlab
from support.tasks import blobs

LRLAB = str(Path(sys.executable).with_name("lrlab"))
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


def run(*words, cwd):
    return subprocess.run([LRLAB, *words], cwd=cwd, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.slow
def test_on_the_command_line(tmp_path, library):
    library("tensorboardX")
    library("optuna")
    words = ["compare", "digits/mlp", "constant", "cosine", *SMALL, "--json"]
    done = run(*words, "--track", "tensorboard", "--track", "optuna:tuned.db", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "trials written to tensorboard: tensorboard --logdir " in done.stderr
    assert "trials written to optuna:tuned.db: optuna-dashboard sqlite:///" in done.stderr
    answer = json.loads(done.stdout)
    judged = run("judge", "lrlab-results/tensorboard", "--json", cwd=tmp_path)
    assert judged.returncode in (0, 3), judged.stderr
    scores = {arm["label"]: arm["score"] for arm in json.loads(judged.stdout)["arms"]}
    assert scores == {row["label"]: pytest.approx(row["score"], rel=1e-6) for row in answer["rows"]}
    again = run(*words, "--track", "tensorboard", cwd=tmp_path)
    assert again.returncode == 0
    assert "trials written to" not in again.stderr  # nothing is written twice
    assert "had been written to tensorboard before, and none is new" in again.stderr


def test_an_unknown_tracker_ends_before_anything_is_made(tmp_path):
    done = run("compare", "digits/mlp", "constant", "cosine", *SMALL, "--track", "comet", cwd=tmp_path)
    assert done.returncode == 2
    assert "unknown tracker 'comet'; known: mlflow, optuna, tensorboard, trackio, wandb" in done.stderr
    assert not list(tmp_path.iterdir())
