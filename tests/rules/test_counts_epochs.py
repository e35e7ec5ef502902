"""Whether it matters to a plan how many updates make an epoch."""

import pytest

from lrlab.rules import counts_epochs, parse
from lrlab.schedules import Horizon

PLANS = {
    "repeat(of=seq1, every=5 updates)": True,  # the same at 257 even places of 1281 updates
    "scale(of=floored(of=seq4, floor=0.1), by=0.5)": True,
    "repeat(of=inverse_time(per=epoch), every=5 updates)": True,
    "step(every=1 epochs)": True,
    "plateau+constant": True,
    "repeat(of=cosine, every=5 updates)": False,
    "warmup(span=10%)+wsd": False,
    "step(every=5 updates)": False,
}


@pytest.mark.parametrize("text", PLANS)
def test_whatever_the_length(text):
    for updates in (1281, 1280, 10_241):
        assert counts_epochs(parse(text), Horizon(updates=updates, updates_per_epoch=2)) is PLANS[text]
