"""The study files in studies/ are read and ask what they say they ask; the judge agrees with their kept answers."""

from pathlib import Path

import pytest

import lrlab
from lrlab.spec import load_study

ROOT = Path(__file__).parents[1]
STUDIES = sorted((ROOT / "studies").glob("*.yaml"))
ANSWERS = sorted((ROOT / "results").glob("*/answer.txt"))


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_a_study_is_read(file):
    study = load_study(file)
    assert study.name == file.stem
    assert f"lrlab run studies/{file.name}" in file.read_text(encoding="utf-8")
    assert len(study.confirm.seeds) >= 10
    assert study.task == "text/char-gpt"


@pytest.mark.parametrize("file", ANSWERS, ids=lambda file: file.parent.name)
def test_the_judge_leads_with_what_the_kept_answer_recommends(file):
    """It reads the folder as it is, the answer and the page in it too."""
    judgement = lrlab.judge(file.parent).judgement
    recommended, _, _ = file.read_text(encoding="utf-8").partition(" at ")
    assert judgement.arms[0].label.partition("+ema")[0] in recommended
    assert (judgement.metric.higher_is_better, {len(arm.values) for arm in judgement.arms}) == (False, {10})
