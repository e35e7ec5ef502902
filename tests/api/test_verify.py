"""Options of `verify` that say nothing to a task are refused, not ignored."""

import pytest

import lrlab
from lrlab.errors import StudyError


@pytest.mark.parametrize("option", [{"device": "cuda"}, {"updates": 20}, {"trial_timeout": "5m"}])
def test_what_says_nothing_to_a_task_is_refused(option, monkeypatch):
    monkeypatch.setattr("lrlab.api._verify.check_device", lambda device: None)  # as on a machine that has it
    with pytest.raises(StudyError, match=f"{next(iter(option))} says nothing to a task; leave it out"):
        lrlab.verify("digits/mlp", **option)
