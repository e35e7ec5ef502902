"""Loops that need no torch, and runs of one without a store."""

import pytest

import lrlab
from lrlab.execution import Inline
from lrlab.loops import OwnLoop, open_loop
from lrlab.spec import RunLoop, Trial


@pytest.fixture
def perform(tmp_path):
    """Performs a loop as a job, in this process or by an executor; gives its events.

    Again with the same folder, it is resumed.
    """

    def perform(
        function,
        schedule="linear",
        budget="8 updates",
        until=None,
        validated=False,
        folder="a",
        executor=None,
        relative=False,
        rung="",
        **options,
    ):
        loop = function if isinstance(function, OwnLoop) else lrlab.trial(**options)(function)
        opened = open_loop(loop, send=executor is not None)
        trial = Trial(
            task=opened.name,
            data=opened.data,
            optimizer="sgd",
            schedule=schedule,
            peak=0.5,
            seed=3,
            budget=budget,
            batch_size=1,
        )
        job = RunLoop(
            name="one",
            trial=trial,
            where=opened.where,
            folder=folder if relative else str(tmp_path / folder),
            until=until,
            validated=validated,
            rung=rung,
        )
        return list((executor or Inline()).run([job]))

    return perform
