"""What to try next: ask and tell."""

from ._grid import BestPeak as BestPeak
from ._grid import Grid as Grid
from ._grid import PeakResult as PeakResult

__all__ = ["BestPeak", "Grid", "PeakResult"]
