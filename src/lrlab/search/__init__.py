"""What to try next: ask and tell."""

from ._grid import Best as Best
from ._grid import Grid as Grid
from ._grid import Told as Told

__all__ = ["Best", "Grid", "Told"]
