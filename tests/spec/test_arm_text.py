"""An average or an optimizer where a schedule alone stands, and the other way round: the rule, and the way out."""

import re

import pytest

from lrlab.errors import LabError, StudyError
from lrlab.spec import Candidate, Optimizer, make_study, read_arm

FIELDS = {"name": "n", "task": "t", "budget": "1 epochs"}
TUNED = FIELDS | {"schedules": ["cosine"], "tune": {"peaks": [0.1]}}


def arm(*candidates):
    return FIELDS | {"arms": [{"label": "a", "candidates": list(candidates)}]}


WRONG = [
    (arm("cosine+ema"), "write {schedule: cosine, average: ema, peak: 0.1}, or the text under `schedules`"),
    (arm("cosine"), "write {schedule: cosine, peak: 0.1}"),
    (
        arm({"schedule": "cosine+ema(decay=0.9)@adamw", "peak": 0.1}),
        'has a field of its own, but read {0}; write schedule: cosine, average: "ema(decay=0.9)", optimizer: adamw',
    ),
    (arm({"schedule": "cosine", "optimizer": "adamw(weight_deca=0.1)", "peak": 0.1}), "did you mean weight_decay?"),
    (FIELDS | {"arms": ["cosine+ema"]}, "an arm is a label with candidates, but got 'cosine+ema'; write it under"),
    (TUNED | {"schedules": [{"schedule": "cosine+ema"}]}, "write schedule: cosine, average: ema"),
    (TUNED | {"schedules": [{"name": "cosine+ema"}]}, "a schedule alone stands here, but read 'cosine+ema' with an"),
    (
        TUNED | {"schedules": ["ema+cosine"]},
        'stands after the schedule that trains, .* write "cosine[+]ema"',
    ),
    (TUNED | {"schedules": ["+ema"]}, 'stands after the schedule that trains, .* write "constant[+]ema"'),
    (TUNED | {"schedules": ["@adamw"]}, 'the schedule that trains stands before the "@", .* write "constant@adamw"'),
    (TUNED | {"schedules": ["cosine@adamw+ema"]}, 'an average stands before it, as in "cosine+ema@adamw"'),
    (TUNED | {"schedules": ["cosine@adamw@sgd"]}, "an optimizer has no other parts, but read 'adamw@sgd'"),
    (TUNED | {"schedules": ["cosine@adamw(eps=1, eps=0.1)"]}, "adamw: eps is given twice, .* leave one of them out"),
    (TUNED | {"optimizer": "cosine@adamw"}, "an optimizer has no other parts, but read 'cosine@adamw'; it alone"),
    (TUNED | {"optimizer": "sgd+ema(decay=0.9)"}, 'an average stands before it, as in "cosine[+]ema@adamw"'),
    (
        TUNED | {"optimizer": {"name": "adamw", "decay_schedule": "cosine+ema"}},
        "optimizer.decay_schedule: a schedule alone stands here, but read 'cosine[+]ema' with an average; write cosine",
    ),
    (
        TUNED | {"optimizer": {"name": "adamw", "momentum_schedule": "cosine@adamw"}},
        "a schedule alone stands here, .* with an optimizer; write cosine",
    ),
]


@pytest.mark.parametrize(("fields", "words"), WRONG)
def test_what_stands_at_the_wrong_place_is_refused_with_the_way_out(fields, words):
    with pytest.raises(StudyError) as raised:
        make_study(fields)
    pattern = words if ".*" in words or "[+]" in words else re.escape(words).replace(r"\{0\}", ".*")
    assert re.search(pattern, str(raised.value)), str(raised.value)


def test_an_optimizer_is_written_as_text_wherever_it_is_named():
    expected = Optimizer(name="adamw", weight_decay=0.1)
    assert make_study(TUNED | {"optimizer": "adamw(weight_decay=0.1)"}).optimizer == expected
    candidate = Candidate(schedule="cosine", peak=0.1, optimizer="adamw(weight_decay=0.1)")
    assert candidate.optimizer == expected
    assert read_arm("cosine@adamw(weight_decay=0.1)").optimizer == expected


@pytest.mark.parametrize("text", ["adamw(0.1)", "(x=1)", "adamw(eps=1) 2"])
def test_an_optimizers_text_that_cannot_be_read_is_refused_with_its_form(text):
    with pytest.raises(LabError, match=r'write "adamw" or "adamw\(weight_decay=0.1\)"'):
        read_arm(f"cosine@{text}")
