"""`--transfer` and `--split` as a user meets them."""

import json

import pytest

from support.command import lrlab
from support.loops import file_of

COMPARE = ["compare", "train.py:train", "constant", "linear", "--updates", "20", "--seeds", "10", "--tuning-seeds", "1"]


@pytest.fixture
def folder(tmp_path):
    file_of(tmp_path)
    return tmp_path


def test_the_answer_says_how_far_it_carries_and_the_report_says_it_again(folder):
    done = lrlab(*COMPARE, "--workers", "0", "--transfer", "budget=2", cwd=folder)
    assert "carrying 1 claim among 2 arms to 1 place" in done.stderr
    line = "How far it carries (1 claim among constant and linear): the order holds at twice the budget."
    assert line in done.stdout
    assert line in lrlab("report", cwd=folder).stdout
    data = json.loads(lrlab(*COMPARE, "--workers", "0", "--transfer", "budget=2", "--json", cwd=folder).stdout)
    assert [place["answer"] for place in data["transfer"]["places"]] == ["holds"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--transfer", "deep=2"], "unknown axis of a transfer 'deep'"),
        (["--transfer", "budget=0"], "write budget=1/2,2"),
        (["--transfer", "width=2"], "ask for the budget alone"),
        (["--split", "fresh"], 'write split="fresh" in Task.from_arrays'),
    ],
)
def test_a_slip_is_answered_with_the_way_out(folder, words, message):
    done = lrlab(*COMPARE, "--workers", "0", *words, cwd=folder, code=2)
    assert message in done.stderr
