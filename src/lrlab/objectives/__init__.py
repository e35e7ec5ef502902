"""Objectives: loss, metrics and predictions of a task as one value; a kind for each form of labels and outputs."""

from ._classification import BALANCED as BALANCED
from ._classification import Classification as Classification
from ._multi_label import MultiLabel as MultiLabel
from ._next_token import NextToken as NextToken
from ._objective import LOSS as LOSS
from ._objective import Objective as Objective
from ._objective import Sums as Sums
from ._objective import check_methods as check_methods
from ._own import OwnObjective as OwnObjective
from ._per_pixel import PerPixel as PerPixel
from ._regression import Regression as Regression

__all__ = [
    "BALANCED",
    "LOSS",
    "Classification",
    "MultiLabel",
    "NextToken",
    "Objective",
    "OwnObjective",
    "PerPixel",
    "Regression",
    "Sums",
    "check_methods",
]
