"""The catalogue of schedules: pure functions of the update index, peak 1, bound late. Numpy only."""

from ._base import HIGHEST_PEAK as HIGHEST_PEAK
from ._base import SCHEDULES as SCHEDULES
from ._base import Rates as Rates
from ._base import Schedule as Schedule
from ._base import build as build
from ._base import checked_peak as checked_peak
from ._base import find as find
from ._base import from_dict as from_dict
from ._base import register as register
from ._clock import Horizon as Horizon
from ._clock import Span as Span
from ._constant import Constant as Constant
from ._cosine import Cosine as Cosine
from ._cyclic import Cyclic as Cyclic
from ._exponential import Exponential as Exponential
from ._one_cycle import OneCycle as OneCycle
from ._polynomial import Linear as Linear
from ._polynomial import Polynomial as Polynomial
from ._step import Step as Step
from ._table import FIELDS as FIELDS
from ._table import Table as Table
from ._table import table as table
from ._text import parse as parse
from ._warmup import Warmup as Warmup

__all__ = [  # noqa: RUF022 -- sorted by casefold, as every door is
    "build",
    "checked_peak",
    "Constant",
    "Cosine",
    "Cyclic",
    "Exponential",
    "FIELDS",
    "find",
    "from_dict",
    "HIGHEST_PEAK",
    "Horizon",
    "Linear",
    "OneCycle",
    "parse",
    "Polynomial",
    "Rates",
    "register",
    "Schedule",
    "SCHEDULES",
    "Span",
    "Step",
    "Table",
    "table",
    "Warmup",
]
