"""What to try next: ask and tell."""

from ._grid import Best as Best
from ._grid import Grid as Grid

__all__ = ["Best", "Grid"]
