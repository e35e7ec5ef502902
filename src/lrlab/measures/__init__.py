"""Every number of a record that has a name: its unit, its direction, its heading."""

from ._measures import MEASURES as MEASURES
from ._measures import Measure as Measure
from ._measures import measure as measure
from ._measures import watched_accuracy as watched_accuracy
from ._measures import watched_loss as watched_loss

__all__ = ["MEASURES", "Measure", "measure", "watched_accuracy", "watched_loss"]
