"""How often intervals hold the truth, on real trials: where arms are ordinary, and where one collapses."""

import numpy as np
import polars as pl

from lrlab.stats import Interval, bootstrap_band, fallen_behind, mean_interval, paired

from . import twins

TITLE = "Intervals that hold the truth"
ORDINARY = (
    ("linear@0.1", "cosine@0.1"),
    ("linear@0.1", "one_cycle@0.1"),
    ("linear@0.1", "constant@0.05"),
    ("linear@0.1", "constant@0.1"),
    ("linear@0.1", "warmup+constant@0.1"),
    ("linear@0.1", "step@0.1"),
    ("linear@0.1", "exponential@0.3"),
    ("linear@0.2", "cosine@0.2"),
    ("constant@0.05", "constant@0.1"),
    ("constant@0.2", "step@0.3"),
)
COLLAPSING = (("one_cycle@0.2", "linear@0.1"), ("linear@0.3", "linear@0.1"), ("cosine@0.3", "linear@0.1"))
CHANCE = 20.0  # per cent: what is below collapsed, in words
