"""The catalogue of schedules: pure functions of the update index, peak 1, bound late. Numpy only."""

from ._averages import AVERAGES as AVERAGES
from ._averages import Ema as Ema
from ._averages import Lawa as Lawa
from ._averages import Merged as Merged
from ._averages import Swa as Swa
from ._averages import WeightAverage as WeightAverage
from ._averages import average_from_dict as average_from_dict
from ._averages import parse_average as parse_average
from ._base import HIGHEST_PEAK as HIGHEST_PEAK
from ._base import SCHEDULES as SCHEDULES
from ._base import After as After
from ._base import Rates as Rates
from ._base import Schedule as Schedule
from ._base import checked_peak as checked_peak
from ._base import from_dict as from_dict
from ._base import register as register
from ._by_epoch import Seq1 as Seq1
from ._by_epoch import Seq2 as Seq2
from ._by_epoch import Seq3 as Seq3
from ._by_epoch import Seq4 as Seq4
from ._checks import canonical_span as canonical_span
from ._checks import check_number as check_number
from ._checks import check_whole as check_whole
from ._checks import check_word as check_word
from ._checks import span_updates as span_updates
from ._clock import Horizon as Horizon
from ._clock import Span as Span
from ._compose import Product as Product
from ._compose import Sequence as Sequence
from ._constant import Constant as Constant
from ._cosine import Cosine as Cosine
from ._cyclic import Cyclic as Cyclic
from ._entry import CatalogueEntry as CatalogueEntry
from ._entry import parts_of as parts_of
from ._entry import types_of_field as types_of_field
from ._entry import types_of_fields as types_of_fields
from ._exponential import Exponential as Exponential
from ._exponential import NaturalExponential as NaturalExponential
from ._fingerprint import class_fingerprint as class_fingerprint
from ._fingerprint import is_own_module as is_own_module
from ._fingerprint import value_fingerprint as value_fingerprint
from ._inverse_time import InverseTime as InverseTime
from ._one_cycle import OneCycle as OneCycle
from ._own_class import is_own as is_own
from ._piecewise import PiecewiseConstant as PiecewiseConstant
from ._piecewise import PiecewiseLinear as PiecewiseLinear
from ._plugins import load_entry_points as load_entry_points
from ._plugins import load_plugins as load_plugins
from ._plugins import own_line as own_line
from ._polynomial import Linear as Linear
from ._polynomial import Polynomial as Polynomial
from ._power_law import InverseSqrt as InverseSqrt
from ._power_law import Noam as Noam
from ._power_law import PowerLaw as PowerLaw
from ._reader import NAME as NAME
from ._reader import NamedText as NamedText
from ._reader import UnpairedError as UnpairedError
from ._reader import read_number as read_number
from ._reader import split_fields as split_fields
from ._reader import split_name as split_name
from ._reader import split_outside as split_outside
from ._reader import strip_quotes as strip_quotes
from ._registry import EntryClass as EntryClass
from ._registry import Registry as Registry
from ._registry import add_to as add_to
from ._registry import plain_name as plain_name
from ._restarts import CosineCycles as CosineCycles
from ._restarts import HardRestarts as HardRestarts
from ._restarts import Sgdr as Sgdr
from ._rex import Rex as Rex
from ._slanted import SlantedTriangular as SlantedTriangular
from ._step import MultiStep as MultiStep
from ._step import Step as Step
from ._table import FIELDS as FIELDS
from ._table import ValueTable as ValueTable
from ._table import table as table
from ._tanh import Tanh as Tanh
from ._text import parse as parse
from ._text import read_arguments as read_arguments
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
    "AVERAGES",
    "FIELDS",
    "HIGHEST_PEAK",
    "NAME",
    "SCHEDULES",
    "After",
    "CatalogueEntry",
    "Constant",
    "Cosine",
    "CosineCycles",
    "Cyclic",
    "Ema",
    "EntryClass",
    "Exponential",
    "FlatCosine",
    "Floored",
    "HardRestarts",
    "Horizon",
    "InverseSqrt",
    "InverseTime",
    "Knee",
    "Lawa",
    "Linear",
    "Merged",
    "MultiStep",
    "NamedText",
    "NaturalExponential",
    "Noam",
    "OneCycle",
    "PiecewiseConstant",
    "PiecewiseLinear",
    "Polynomial",
    "PowerLaw",
    "Product",
    "Rates",
    "Registry",
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
    "Swa",
    "Tanh",
    "UnpairedError",
    "ValueTable",
    "Warmup",
    "WeightAverage",
    "Wsd",
    "add_to",
    "average_from_dict",
    "canonical_span",
    "check_number",
    "check_whole",
    "check_word",
    "checked_peak",
    "class_fingerprint",
    "from_dict",
    "is_own",
    "is_own_module",
    "load_entry_points",
    "load_plugins",
    "own_line",
    "parse",
    "parse_average",
    "parts_of",
    "plain_name",
    "read_arguments",
    "read_number",
    "register",
    "span_updates",
    "split_fields",
    "split_name",
    "split_outside",
    "strip_quotes",
    "table",
    "types_of_field",
    "types_of_fields",
    "value_fingerprint",
]
