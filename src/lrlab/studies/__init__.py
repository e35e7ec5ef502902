"""Studies: functions that return one complete plan."""

from ._catalogue import STUDIES as STUDIES
from ._catalogue import find as find
from ._compare import compare as compare

__all__ = ["STUDIES", "compare", "find"]
