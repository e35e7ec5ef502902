"""Loops that need no torch, and runs of one without a store."""

import pytest

import lrlab
from lrlab.execution import Inline, teller
from lrlab.loops import open_loop, perform_loop
from lrlab.spec import RunLoop, Trial

__all__ = ["teller"]


@pytest.fixture
def perform(tmp_path):
    """Performs a loop as a job, in this process; gives its events. Again with the same folder, it is resumed."""

    def perform(function, schedule="linear", budget="8 updates", until=None, validated=False, folder="a", **options):
        loop = function if isinstance(function, lrlab.loops.OwnLoop) else lrlab.trial(**options)(function)
        opened = open_loop(loop, send=False)
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
            folder=str(tmp_path / folder),
            until=until,
            validated=validated,
        )
        assert job.entry == f"lrlab.loops:{perform_loop.__name__}"
        return list(Inline().run([job]))

    return perform
