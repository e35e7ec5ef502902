"""Candidates of an arm are told apart, whatever they differ in."""

import pytest

from lrlab.report import answer, table
from lrlab.spec import Arm, Candidate, Optimizer
from support.ends import answered, record, study

ADAMW = {"name": "adamw"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            [(0.1, ADAMW | {"weight_decay": 0.01}), (0.1, ADAMW | {"weight_decay": 0.1})],
            ("constant at 0.1 with adamw (weight decay 0.01)", "constant at 0.1 with adamw (weight decay 0.1)"),
        ),
        ([(0.1, {"clip": 1.0}), (0.1, None)], ("constant at 0.1 with sgd (clip 1)", "constant at 0.1 (clip none)")),
        ([(0.1, None), (0.3, None)], ("constant at 0.1", "constant at 0.3")),
        ([(0.1, None), (0.1, ADAMW)], ("constant at 0.1 with sgd", "constant at 0.1 with adamw")),
        ([(0.1, None), (0.10000001, None)], ("constant at 0.1", "constant at 0.10000001")),
        (
            [(0.1, {"momentum": 0.9}), (0.1, {"momentum": 0.5, "nesterov": True})],
            (
                "constant at 0.1 with sgd (momentum 0.9, nesterov false)",
                "constant at 0.1 with sgd (momentum 0.5, nesterov true)",
            ),
        ),
    ],
)
def test_candidates_that_differ_in_anything_show_it_and_one_is_chosen(settings, words):
    candidates = [
        Candidate(schedule="constant", peak=peak, optimizer=None if how is None else Optimizer(**how))
        for peak, how in settings
    ]
    plan = study(schedules=(), arms=[Arm(label="a", candidates=candidates)], tune={})
    found = answered(plan, lambda trial: record(trial, 0.9 if trial.peak < 0.2 else 0.95, 0.3))
    (choice,) = found.choices
    assert choice.tried == words
    assert len(set(words)) == len(words)
    assert found.rows[0].setting == choice.tried[choice.chosen]
    assert table(found).rows[0][1] == words[choice.chosen]
    assert words[choice.chosen] in answer(found)
