"""Trials that are asked for together, and where they belong."""

from typing import NamedTuple

from ..spec import Record, Trial

Records = dict[str, Record]  # by trial key
BEYOND = "tune beyond the edge"  # the phase of trials that no plan could foresee


class Batch(NamedTuple):
    """Trials that can run side by side, of one phase."""

    phase: str
    trials: tuple[Trial, ...]
