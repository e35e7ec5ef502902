"""Optimizers that torch lacks, each as plainly as its paper has it: what the plain loop trains with.

Stacks are tested against these, and these against their authors' packages and formulas (`tests/engine/plain/`). They
differ from the packages where a trial must come out the same bit for bit, whoever looked at it: evaluation weights are
kept, not computed back, and nothing is done in less than the weights' precision.
"""

from ._lamb import Lamb as Lamb
from ._muon import Muon as Muon
from ._prodigy import Prodigy as Prodigy
from ._rmsprop import RMSprop as RMSprop
from ._schedule_free import ScheduleFreeAdamW as ScheduleFreeAdamW
from ._schedule_free import ScheduleFreeSGD as ScheduleFreeSGD
from ._signs import Lion as Lion
from ._signs import Signum as Signum

__all__ = ["Lamb", "Lion", "Muon", "Prodigy", "RMSprop", "ScheduleFreeAdamW", "ScheduleFreeSGD", "Signum"]
