"""The catalogue of schedules: pure functions of the update index, peak 1, bound late. Numpy only."""

from ._base import HIGHEST_PEAK as HIGHEST_PEAK
from ._base import SCHEDULES as SCHEDULES
from ._base import Rates as Rates
from ._base import Schedule as Schedule
from ._base import build as build
from ._base import check_fields as check_fields
from ._base import checked_peak as checked_peak
from ._base import find as find
from ._base import from_dict as from_dict
from ._base import plain_name as plain_name
from ._base import register as register
from ._by_epoch import Seq1 as Seq1
from ._by_epoch import Seq2 as Seq2
from ._by_epoch import Seq3 as Seq3
from ._by_epoch import Seq4 as Seq4
from ._checks import check_number as check_number
from ._checks import check_whole as check_whole
from ._checks import check_word as check_word
from ._clock import Horizon as Horizon
from ._clock import Span as Span
from ._compose import Product as Product
from ._compose import Sequence as Sequence
from ._constant import Constant as Constant
from ._cosine import Cosine as Cosine
from ._cyclic import Cyclic as Cyclic
from ._exponential import Exponential as Exponential
from ._exponential import NaturalExponential as NaturalExponential
from ._inverse_time import InverseTime as InverseTime
from ._one_cycle import OneCycle as OneCycle
from ._piecewise import PiecewiseConstant as PiecewiseConstant
from ._piecewise import PiecewiseLinear as PiecewiseLinear
from ._polynomial import Linear as Linear
from ._polynomial import Polynomial as Polynomial
from ._power_law import InverseSqrt as InverseSqrt
from ._power_law import Noam as Noam
from ._power_law import PowerLaw as PowerLaw
from ._restarts import CosineCycles as CosineCycles
from ._restarts import HardRestarts as HardRestarts
from ._restarts import Sgdr as Sgdr
from ._rex import Rex as Rex
from ._slanted import SlantedTriangular as SlantedTriangular
from ._step import MultiStep as MultiStep
from ._step import Step as Step
from ._table import FIELDS as FIELDS
from ._table import Table as Table
from ._table import table as table
from ._tanh import Tanh as Tanh
from ._text import parse as parse
from ._warmup import Warmup as Warmup
from ._wrap import Floored as Floored
from ._wrap import Repeat as Repeat
from ._wrap import Scale as Scale
from ._wrap import Staircase as Staircase
from ._wrap import Stretch as Stretch
from ._wsd import FlatCosine as FlatCosine
from ._wsd import Knee as Knee
from ._wsd import Wsd as Wsd

__all__ = [
    "FIELDS",
    "HIGHEST_PEAK",
    "SCHEDULES",
    "Constant",
    "Cosine",
    "CosineCycles",
    "Cyclic",
    "Exponential",
    "FlatCosine",
    "Floored",
    "HardRestarts",
    "Horizon",
    "InverseSqrt",
    "InverseTime",
    "Knee",
    "Linear",
    "MultiStep",
    "NaturalExponential",
    "Noam",
    "OneCycle",
    "PiecewiseConstant",
    "PiecewiseLinear",
    "Polynomial",
    "PowerLaw",
    "Product",
    "Rates",
    "Repeat",
    "Rex",
    "Scale",
    "Schedule",
    "Seq1",
    "Seq2",
    "Seq3",
    "Seq4",
    "Sequence",
    "Sgdr",
    "SlantedTriangular",
    "Span",
    "Staircase",
    "Step",
    "Stretch",
    "Table",
    "Tanh",
    "Warmup",
    "Wsd",
    "build",
    "check_fields",
    "check_number",
    "check_whole",
    "check_word",
    "checked_peak",
    "find",
    "from_dict",
    "parse",
    "plain_name",
    "register",
    "table",
]
