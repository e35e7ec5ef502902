"""One comparison of two arms: its random numbers, and its words."""

import math

import numpy as np

from ..spec import Claim
from ..stats import Verdict


def generator(key: str, *words: str) -> np.random.Generator:
    """Random numbers from a study's key and some words: the same records give the same answers, to the digit."""
    return np.random.default_rng([int(key, 16), *(int.from_bytes(word.encode(), "big") for word in words)])


def claim_of(a: str, b: str, verdict: Verdict, higher_is_better: bool) -> Claim:
    """What a verdict on a - b says of the two labels."""
    found = verdict.difference
    larger, smaller = (a, b) if higher_is_better else (b, a)
    return Claim(
        a=a,
        b=b,
        verdict={"a": larger, "b": smaller, "none": ""}[verdict.claim],
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=found.p,
        adjusted_p=verdict.adjusted_p,
        seeds=found.n,
        correlation=None if math.isnan(found.rho) else found.rho,
        superiority=found.superiority if higher_is_better else 1 - found.superiority,
        smallest_visible=verdict.smallest_visible if math.isfinite(verdict.smallest_visible) else None,
    )
