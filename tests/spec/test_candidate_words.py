"""Candidates in words: settings that differ never look the same."""

import pytest

from lrlab.errors import StudyError
from lrlab.spec import make_study

ADAMW = "adamw(weight_decay={})"


def study_of(*arms, **fields):
    named = [{"label": label, "candidates": candidates} for label, candidates in zip("aAb", arms, strict=False)]
    return make_study({"name": "s", "task": "digits/mlp", "budget": "2 epochs", "arms": named} | fields)


def candidate(peak=0.01, schedule="constant", **fields):
    return {"schedule": schedule, "peak": peak, **fields}


def words_of(study):
    return [study.candidate_words(arm) for arm in study.arms]


def test_what_differs_between_arms_is_told_of_each():
    decays = (0.01, 0.1)
    study = study_of(*([candidate(peak, optimizer=ADAMW.format(decay)) for peak in (0.003, 0.01)] for decay in decays))
    assert words_of(study) == [
        tuple(f"constant at {peak} with adamw (weight decay {decay})" for peak in ("0.003", "0.01")) for decay in decays
    ]


def test_no_arm_is_silent_on_what_another_one_says():
    first = [candidate(optimizer=f"adamw(clip={clip})") for clip in ("1", "1.0000001")]
    second = [candidate(peak, optimizer="adamw(clip=2, accumulate=2)") for peak in (0.01, 0.010000001)]
    third = [candidate(optimizer="adamw")]
    told = [words for arm in words_of(study_of(first, second, third)) for words in arm]
    assert told == [
        "constant at 0.01 with adamw (clip 1, accumulate 1)",
        "constant at 0.01 with adamw (clip 1.0000001, accumulate 1)",
        "constant at 0.01 with adamw (clip 2, accumulate 2)",
        "constant at 0.010000001 with adamw (clip 2, accumulate 2)",
        "constant at 0.01 with adamw (clip none, accumulate 1)",
    ]


def test_what_is_the_studys_is_named_where_another_candidate_has_its_own():
    study = study_of([candidate(), candidate(optimizer="adamw", batch_size=32)], optimizer="sgd")
    assert words_of(study) == [
        ("constant at 0.01 with sgd, batch size 64", "constant at 0.01 with adamw, batch size 32")
    ]


def test_what_all_have_in_common_is_not_told():
    study = study_of([candidate()], [candidate(schedule="cosine")], optimizer="adamw(clip=1)")
    assert words_of(study) == [("constant at 0.01",), ("cosine at 0.01",)]


def test_one_that_stands_there_twice_is_told_as_it_differs_from_the_others():
    decays = ([0.01, 0.1], [0.1])
    arms = [[candidate(optimizer=ADAMW.format(decay)) for decay in arm] for arm in decays]
    words = r"differ, but constant at 0.01 with adamw \(weight decay 0.1\) stands in a and again in A"
    with pytest.raises(StudyError, match=words):
        study_of(*arms)
