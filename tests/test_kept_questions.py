"""The study files in studies/ are read, ask what they say they ask, and are small enough to be answered."""

from pathlib import Path

import pytest

from lrlab.errors import StudyError
from lrlab.spec import load_study

STUDIES = sorted((Path(__file__).parents[1] / "studies").glob("*.yaml"))
ARMS = ("+ema(", "+swa(", "@")  # words of arms with an average or an optimizer of their own


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_a_study_is_read(file):
    text = file.read_text(encoding="utf-8")
    try:
        study = load_study(file)
    except StudyError:
        if any(word in text for word in ARMS):
            pytest.skip("this lrlab has no arms of that kind")
        raise
    assert study.name == file.stem
    assert f"lrlab run studies/{file.name}" in text
    assert len(study.confirm.seeds) >= 10
    assert study.task == "text/char-gpt"
