"""What `progress=function` is called with while a study runs: frozen values. Losing some loses nothing.

Of a run: `Said`, `StudyBegun`, `PhaseBegun`, `TrialsFound`, `TrialsStored`, `TrialsFailed`, `StudyCut`, `SetApart`.
Of a job, by its name and attempt: `Begun`, then `EpochMeasured`, `Checkpointed` and `Warned`, and one of `Ended`,
`Failed` and `Paused` last.
"""

from .spec import Begun as Begun
from .spec import Checkpointed as Checkpointed
from .spec import Ended as Ended
from .spec import EpochMeasured as EpochMeasured
from .spec import Event as Event
from .spec import Failed as Failed
from .spec import JobEvent as JobEvent
from .spec import Listener as Listener
from .spec import Paused as Paused
from .spec import PhaseBegun as PhaseBegun
from .spec import Said as Said
from .spec import SetApart as SetApart
from .spec import StudyBegun as StudyBegun
from .spec import StudyCut as StudyCut
from .spec import Timing as Timing
from .spec import TrainedTrial as TrainedTrial
from .spec import TrialsFailed as TrialsFailed
from .spec import TrialsFound as TrialsFound
from .spec import TrialsStored as TrialsStored
from .spec import Warned as Warned

__all__ = [
    "Begun",
    "Checkpointed",
    "Ended",
    "EpochMeasured",
    "Event",
    "Failed",
    "JobEvent",
    "Listener",
    "Paused",
    "PhaseBegun",
    "Said",
    "SetApart",
    "StudyBegun",
    "StudyCut",
    "Timing",
    "TrainedTrial",
    "TrialsFailed",
    "TrialsFound",
    "TrialsStored",
    "Warned",
]
