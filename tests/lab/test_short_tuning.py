"""Peaks tuned on trials much shorter than the study's: said before, with the way out."""

import re

import pytest

from lrlab import lab
from support.tasks import BLOBS_FILE, study


@pytest.mark.parametrize(
    ("tuned", "budget", "words"),
    [
        ("1 epochs", "4 epochs", "peaks are tuned on trials of 1 epoch for ones of 4 epochs: .* leave out `budget` .*"),
        ("3 updates", "4 epochs", "peaks are tuned on trials of 3 updates for ones of 4 epochs: .* 2.4 to 4.8 .*"),
        ("2 epochs", "4 epochs", ""),  # measured harmless
        (None, "4 epochs", ""),
    ],
)
def test_a_short_tuning_phase_warns(tmp_path, tuned, budget, words):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    place = lab.open_task(f"{tmp_path / 'mine.py'}:task")
    plan = study(place.where, budget=budget, batch_size=18, tune={"peaks": (0.03, 0.1), "seeds": 1, "budget": tuned})
    assert re.fullmatch(words, lab.short_tuning_words(lab.prepare(plan, place)))


def test_what_is_not_tuned_warns_of_nothing(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    place = lab.open_task(f"{tmp_path / 'mine.py'}:task")
    arms = [{"label": name, "candidates": [{"schedule": name, "peak": 0.1}]} for name in ("constant", "cosine")]
    plan = study(place.where, schedules=(), arms=arms, batch_size=18, budget="4 epochs", tune={"budget": "1 epochs"})
    assert lab.short_tuning_words(lab.prepare(plan, place)) == ""
