"""A study within its time: the epochs and seeds that fit, and what is cut where they do not."""

from ._budget import Budget as Budget
from ._budget import Changed as Changed
from ._budget import Keeper as Keeper
from ._budget import asked_before as asked_before
from ._budget import comparison_before as comparison_before
from ._fit_budget import fit_budget as fit_budget
from ._fit_length import fit_length as fit_length
from ._fit_seeds import fit_seeds as fit_seeds
from ._loop_budget import loop_keeper as loop_keeper

__all__ = [
    "Budget",
    "Changed",
    "Keeper",
    "asked_before",
    "comparison_before",
    "fit_budget",
    "fit_length",
    "fit_seeds",
    "loop_keeper",
]
