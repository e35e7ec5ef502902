"""Momentum and weight decay that move are looked at before anything is trained, of every arm and of a whole search."""

import pytest

from lrlab.errors import StudyError
from lrlab.lab import OpenedTask, prepare
from lrlab.spec import make_study

DOUBLE = "adamw(momentum_schedule=scale(of=constant, by=2))"


def prepared(**changes):
    fields = {"name": "x", "task": "t", "schedules": ["cosine", "constant"], "budget": "4 epochs"}
    return prepare(make_study(fields | {"tune": {"peaks": [0.1]}} | changes), OpenedTask("t", "here", "d", 320))


def test_the_optimizer_of_a_study_an_arm_and_a_candidate():
    message = (
        r"adamw\(momentum_schedule=scale\(.*\)\): momentum must be .* less than 1, but .*; give momentum below 0\.5"
    )
    with pytest.raises(StudyError, match=message):
        prepared(optimizer=DOUBLE)
    with pytest.raises(StudyError, match=message):
        prepared(schedules=["cosine", f"constant@{DOUBLE}"])
    candidate = {"schedule": "constant", "peak": 0.1, "optimizer": DOUBLE}
    with pytest.raises(StudyError, match=message):
        prepared(schedules=[], tune={}, arms=[{"label": "a", "candidates": [candidate]}])


def test_a_schedule_that_does_not_fit():
    with pytest.raises(StudyError, match=r"sgd\(decay_schedule=.*\): warmup: .*"):
        prepared(optimizer="sgd(decay_schedule=warmup(span=9 epochs)+constant)")


def test_the_ends_of_what_is_searched():
    search = {"search": "random", "space": {"peak": "0.1..0.3", "momentum": "0.1..0.9"}}
    grown = "sgd(momentum_schedule=scale(of=constant, by=1.5))"
    with pytest.raises(StudyError, match=r"^cosine: .* takes 0\.9 to 1\.35 at update 0; .*\nconstant: [^\n]*$"):
        prepared(optimizer=grown, tune=search)
    search["space"]["momentum"] = "0.1..0.6"
    prepared(optimizer=grown, tune=search)


def test_what_stays_below_1_is_prepared():
    prepared(optimizer="sgd(momentum=0.4, momentum_schedule=scale(of=constant, by=2))")
