"""The range test: short trainings at many constant rates, of a task or of the user's own objects."""

from ._find import RangePlan as RangePlan
from ._find import find_rate as find_rate
from ._find_live import find_live_rate as find_live_rate
from ._range_test import MeasuredRates as MeasuredRates
from ._range_test import SweepSubject as SweepSubject
from ._range_test import checked_rates as checked_rates
from ._range_test import lengths_of as lengths_of
from ._range_test import sweep_rates as sweep_rates
from ._range_test import usual_rates as usual_rates

__all__ = [
    "MeasuredRates",
    "RangePlan",
    "SweepSubject",
    "checked_rates",
    "find_live_rate",
    "find_rate",
    "lengths_of",
    "sweep_rates",
    "usual_rates",
]
