"""Every number of a record that has a name: its unit, its direction, its heading."""

from ._measures import MEASURES as MEASURES
from ._measures import Measure as Measure
from ._measures import measure as measure
from ._measures import watched_accuracy as watched_accuracy
from ._measures import watched_loss as watched_loss
from ._rows import epoch_columns as epoch_columns
from ._rows import epoch_rows as epoch_rows
from ._rows import trial_columns as trial_columns
from ._rows import trial_row as trial_row

__all__ = [
    "MEASURES",
    "Measure",
    "epoch_columns",
    "epoch_rows",
    "measure",
    "trial_columns",
    "trial_row",
    "watched_accuracy",
    "watched_loss",
]
