"""What to try next: ask and tell."""

from ._grid import BestPeak as BestPeak
from ._grid import Grid as Grid
from ._grid import PeakResult as PeakResult
from ._optuna import check_sampler as check_sampler
from ._point_search import Point as Point
from ._point_search import PointSearch as PointSearch

__all__ = ["BestPeak", "Grid", "PeakResult", "Point", "PointSearch", "check_sampler"]
