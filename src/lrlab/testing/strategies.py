"""Hypothesis strategies for schedules. Everything drawn fits everything else: no span is refused by a horizon."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ..schedules import (
    Constant,
    Cosine,
    Cyclic,
    Exponential,
    Horizon,
    Linear,
    OneCycle,
    Polynomial,
    Rates,
    Schedule,
    Step,
    Warmup,
)

law = settings(deadline=None, max_examples=100)  # a deadline would measure the machine, not the law

fractions = st.floats(0, 1)
gammas = st.floats(1e-3, 1)
ends = st.sampled_from(["open", "closed"])
peaks = st.floats(1e-6, 1e3)
horizons = st.builds(Horizon, updates=st.integers(40, 300), updates_per_epoch=st.integers(2, 8))
spans = st.one_of(
    st.floats(10, 50).map(lambda share: f"{share:.12g}%"),
    st.integers(1, 2).map(lambda count: f"{count} epochs"),
    st.integers(2, 16).map(lambda count: f"{count} updates"),
)

PLAIN: dict[str, SearchStrategy[Schedule]] = {
    "constant": st.builds(Constant),
    "cosine": st.builds(Cosine, floor=fractions, end=ends),
    "cyclic": st.builds(Cyclic, period=spans, rise=st.floats(0.01, 0.99), low=fractions),
    "exponential": st.builds(Exponential, gamma=gammas, every=spans),
    "linear": st.builds(Linear, floor=fractions, end=ends),
    "one_cycle": st.builds(
        OneCycle, start=fractions, final=fractions, rise=spans, anneal=st.sampled_from(["cosine", "linear"])
    ),
    "polynomial": st.builds(Polynomial, power=st.floats(0.1, 10), floor=fractions, end=ends),
    "step": st.builds(Step, gamma=gammas, every=spans),
}

warmups = st.builds(Warmup, then=st.one_of(*PLAIN.values()), span=spans, first=st.sampled_from(["1/(W+1)", "1/W", "0"]))
schedules: SearchStrategy[Schedule] = st.one_of(*PLAIN.values(), warmups)


def bound(schedule: SearchStrategy[Any] = schedules) -> SearchStrategy[Rates]:
    """A schedule at some peak over some horizon."""
    return st.builds(Rates, schedule=schedule, peak=peaks, horizon=horizons)
