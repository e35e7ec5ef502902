"""Every number of a record that has a name: its unit, its direction, its heading."""

from ._learning_curves import LEARNING_CURVES as LEARNING_CURVES
from ._learning_curves import CurveName as CurveName
from ._learning_curves import LearningCurve as LearningCurve
from ._measures import MEASURES as MEASURES
from ._measures import MOST_SHARE as MOST_SHARE
from ._measures import Measure as Measure
from ._measures import are_shares as are_shares
from ._measures import class_measures as class_measures
from ._measures import further_measures as further_measures
from ._measures import measure as measure
from ._measures import score_measure as score_measure
from ._measures import watched_accuracy as watched_accuracy
from ._measures import watched_loss as watched_loss
from ._rows import epoch_columns as epoch_columns
from ._rows import epoch_rows as epoch_rows
from ._rows import further_columns as further_columns
from ._rows import further_row as further_row
from ._rows import trial_columns as trial_columns
from ._rows import trial_row as trial_row

__all__ = [
    "LEARNING_CURVES",
    "MEASURES",
    "MOST_SHARE",
    "CurveName",
    "LearningCurve",
    "Measure",
    "are_shares",
    "class_measures",
    "epoch_columns",
    "epoch_rows",
    "further_columns",
    "further_measures",
    "further_row",
    "measure",
    "score_measure",
    "trial_columns",
    "trial_row",
    "watched_accuracy",
    "watched_loss",
]
