"""How K models run as one: grouped (hand-made, the fast one), vmap, loop (any module); and compiled ones."""

from ...errors import Unstackable as Unstackable
from ._base import Layout as Layout
from ._base import first_names as first_names
from ._make import COMPILED as COMPILED
from ._make import LAYOUTS as LAYOUTS
from ._make import make_layout as make_layout

__all__ = ["COMPILED", "LAYOUTS", "Layout", "Unstackable", "first_names", "make_layout"]
