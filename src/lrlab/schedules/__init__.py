"""The catalogue of schedules: pure functions of the update index, peak 1, bound late. Numpy only."""

from ._base import SCHEDULES as SCHEDULES
from ._base import Rates as Rates
from ._base import Schedule as Schedule
from ._base import build as build
from ._base import checked_peak as checked_peak
from ._base import find as find
from ._base import from_dict as from_dict
from ._clock import Horizon as Horizon
from ._clock import Span as Span
from ._cosine import Cosine as Cosine
from ._warmup import Warmup as Warmup
