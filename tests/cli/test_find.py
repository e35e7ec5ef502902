"""`lrlab find` as a process: what is printed, kept, and the exit code."""

import json

import pytest

from support.command import lrlab

SMALL = ("--rates", "0.003,0.03,0.3,3", "--updates", "40", "--seeds", "2", "--workers", "0")
LOOP = """
import lrlab


@lrlab.trial(metric="loss")
def train(run):
    for update in range(run.updates):
        run.record_rate(update, run.rate(update))
    run.report(update=run.updates, validation_loss=1.0)
    run.finish(test_loss=1.0)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("find")


def test_a_suggestion_with_its_curve_and_picture(folder):
    done = lrlab("find", "digits/mlp", *SMALL, "--png", "a.png", cwd=folder)
    assert "Suggested rate: " in done.stdout
    assert "^" in done.stdout
    assert (folder / "a.png").stat().st_size > 1000
    again = lrlab("find", "digits/mlp", *SMALL, "--json", cwd=folder)
    data = json.loads(again.stdout)
    assert data["suggestion"] is not None
    assert data["text"] in done.stdout.replace("\n", " ")
    assert "8 of them done before" in again.stderr


def test_no_suggestion_is_exit_code_4(folder):
    (folder / "loop.py").write_text(LOOP, encoding="utf-8")
    done = lrlab("find", "loop.py:train", *SMALL, cwd=folder, code=4)
    assert "No suggestion: nothing was learned: no rate" in done.stdout
    assert "range test of loop:train: " in done.stderr


def test_a_loop_without_a_loss_is_told_so_after_one_trial(folder):
    text = LOOP.replace('"loss"', '"accuracy", higher_is_better=True').replace("_loss", "_accuracy")
    (folder / "scored.py").write_text(text, encoding="utf-8")
    done = lrlab("find", "scored.py", *SMALL, "--store", "scored.db", cwd=folder, code=2)
    assert "validation_loss=" in done.stderr
    again = lrlab("find", "scored.py", *SMALL, "--store", "scored.db", cwd=folder, code=2)
    assert "8 trials, 1 of them done before" in again.stderr


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        (("digits/mlp", "--rates", "0.1,0.2"), "leave them out"),
        (("digits/mlp", "--rates", "few"), "0.01,0.03"),
        (("digits/mlp", "--seeds", "1"), "leave it out for 3"),
        (("digits/nope",), "did you mean"),
        (("digits/mlp", *SMALL, "--png", "a.txt"), "end its name in .png"),
    ],
)
def test_a_mistake_ends_in_words(folder, words, way_out):
    done = lrlab("find", *words, cwd=folder, code=2)
    assert way_out in done.stderr
