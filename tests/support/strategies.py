"""Hypothesis strategies for schedules. Everything drawn fits everything else: no span is refused by a horizon."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lrlab.schedules import (
    Constant,
    Cosine,
    CosineCycles,
    Cyclic,
    Exponential,
    FlatCosine,
    Floored,
    HardRestarts,
    Horizon,
    InverseSqrt,
    InverseTime,
    Knee,
    Linear,
    MultiStep,
    NaturalExponential,
    Noam,
    OneCycle,
    PiecewiseConstant,
    PiecewiseLinear,
    Polynomial,
    PowerLaw,
    Product,
    Rates,
    Repeat,
    Rex,
    Scale,
    Schedule,
    Seq1,
    Seq2,
    Seq3,
    Seq4,
    Sequence,
    Sgdr,
    SlantedTriangular,
    Staircase,
    Step,
    Stretch,
    Tanh,
    Warmup,
    Wsd,
)

law = settings(deadline=None, max_examples=100)  # a deadline would measure the machine, not the law

fractions = st.floats(0, 1)
positive = st.floats(1e-3, 1)
gammas = st.floats(1e-3, 1)
ends = st.sampled_from(["open", "closed"])
peaks = st.floats(1e-6, 1e3)
horizons = st.builds(Horizon, updates=st.integers(40, 300), updates_per_epoch=st.integers(2, 8))
spans = st.one_of(
    st.floats(10, 50).map(lambda share: f"{share:.12g}%"),
    st.integers(1, 2).map(lambda count: f"{count} epochs"),
    st.integers(2, 16).map(lambda count: f"{count} updates"),
)
units = st.sampled_from(["update", "epoch"])
below_one = st.floats(0, 0.999)
momenta = st.one_of(st.just(()), st.tuples(below_one, below_one))
# Increasing over every horizon drawn: 8 updates at most, then at least 12.
milestones = st.tuples(
    st.integers(2, 8).map(lambda count: f"{count} updates"), st.floats(30, 60).map(lambda share: f"{share:.12g}%")
)
values = st.tuples(st.floats(0, 5), st.floats(0, 5), st.floats(0, 5))

PLAIN: dict[str, SearchStrategy[Schedule]] = {
    "constant": st.builds(Constant),
    "cosine": st.builds(Cosine, floor=fractions, power=st.floats(0.1, 10), end=ends),
    "cosine_cycles": st.builds(CosineCycles, cycles=st.integers(1, 5), per=units),
    "cyclic": st.builds(
        Cyclic,
        period=spans,
        rise=st.floats(0.01, 0.99),
        low=fractions,
        decay=st.one_of(st.sampled_from(["none", "halving"]), st.floats(0.5, 0.999)),
    ),
    "exponential": st.builds(Exponential, gamma=gammas, every=spans),
    "flat_cosine": st.builds(FlatCosine, flat=spans, floor=fractions, end=ends),
    "hard_restarts": st.builds(HardRestarts, cycles=st.integers(1, 20)),
    "inverse_sqrt": st.builds(InverseSqrt, timescale=spans),
    "inverse_time": st.builds(InverseTime, decay=st.one_of(st.just("peak/epochs"), st.floats(1e-4, 10)), per=units),
    "knee": st.builds(Knee, explore=spans, end=ends),
    "linear": st.builds(Linear, floor=fractions, end=ends),
    "multi_step": st.builds(MultiStep, at=milestones, gamma=gammas),
    "natural_exponential": st.builds(NaturalExponential, decay=st.floats(1e-3, 10), every=spans),
    "noam": st.builds(Noam, width=st.integers(1, 4096), rise=spans),
    "one_cycle": st.builds(
        OneCycle,
        start=fractions,
        final=fractions,
        rise=spans,
        anneal=st.sampled_from(["cosine", "linear"]),
        phases=st.sampled_from([2, 3]),
        momenta=momenta,
    ),
    "piecewise_constant": st.builds(PiecewiseConstant, at=milestones, values=values),
    "piecewise_linear": st.builds(PiecewiseLinear, at=milestones, values=values),
    "polynomial": st.builds(Polynomial, power=st.floats(0.1, 10), floor=fractions, end=ends),
    "power_law": st.builds(PowerLaw, exponent=st.floats(0.1, 3), timescale=spans),
    "rex": st.builds(Rex, floor=fractions, end=ends),
    "seq1": st.builds(Seq1),
    "seq2": st.builds(Seq2),
    "seq3": st.builds(Seq3),
    "seq4": st.builds(Seq4),
    "sgdr": st.builds(Sgdr, first=spans, growth=st.sampled_from([1, 1.25, 1.5, 2, 3]), decay=positive, floor=fractions),
    "slanted_triangular": st.builds(SlantedTriangular, rise=spans, ratio=st.floats(1, 1000)),
    "step": st.builds(Step, gamma=gammas, every=spans),
    "tanh": st.builds(Tanh, lower=st.floats(-10, -1), upper=st.floats(0, 10), end=ends),
    "wsd": st.builds(
        Wsd,
        cooldown=spans,
        curve=st.sampled_from(["linear", "1-sqrt", "cosine", "square", "exponential"]),
        floor=fractions,
        end=ends,
    ),
}

plain: SearchStrategy[Schedule] = st.one_of(*PLAIN.values())
# Of any length, even one update: what a part of a composition may be without being refused.
short: SearchStrategy[Schedule] = st.one_of(
    *(PLAIN[name] for name in ("constant", "seq1", "seq2", "seq3", "seq4")),
    st.builds(Cosine, floor=fractions, power=st.floats(0.1, 10)),
    st.builds(Linear, floor=fractions),
    st.builds(Rex, floor=fractions),
    st.builds(Step, gamma=gammas, every=st.just("1 epochs")),
    st.builds(InverseTime, decay=st.one_of(st.just("peak/epochs"), st.floats(1e-4, 10)), per=units),
)
shares = st.floats(10, 50).map(lambda share: f"{share:.12g}%")

COMPOSED: dict[str, SearchStrategy[Schedule]] = {
    "floored": st.builds(Floored, of=plain, floor=positive),
    "product": st.builds(Product, of=st.lists(plain, min_size=2, max_size=3)),
    "repeat": st.builds(Repeat, of=short, every=spans),
    "scale": st.builds(Scale, of=plain, by=st.floats(0.01, 10)),
    "sequence": st.builds(Sequence, of=st.tuples(short, short, short), at=milestones),
    "staircase": st.builds(Staircase, of=plain, every=spans),
    "stretch": st.builds(Stretch, of=plain, length=st.integers(40, 400).map(lambda count: f"{count} updates")),
    "warmup": st.builds(
        Warmup,
        then=plain,
        span=shares,
        first=st.sampled_from(["1/(W+1)", "1/W", "0"]),
        curve=st.sampled_from(["linear", "cosine", "log"]),
        start=fractions,
        mode=st.sampled_from(["included", "prefix", "product"]),
    ),
}

warmups = COMPOSED["warmup"]
schedules: SearchStrategy[Schedule] = st.one_of(plain, *COMPOSED.values())


def bound(schedule: SearchStrategy[Any] = schedules) -> SearchStrategy[Rates]:
    """A schedule at some peak over some horizon."""
    return st.builds(Rates, schedule=schedule, peak=peaks, horizon=horizons)
