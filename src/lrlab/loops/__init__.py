"""A training loop of the user's own as a trial: what it is handed, what it reports, how it is run. No torch."""

from ._command import command as command
from ._numbers import metric_name as metric_name
from ._observe import LoopObserved as LoopObserved
from ._observe import ObserveLoop as ObserveLoop
from ._observe import observe_loop as observe_loop
from ._own_loop import USUAL_PEAKS as USUAL_PEAKS
from ._own_loop import OwnLoop as OwnLoop
from ._own_loop import trial as trial
from ._perform import loop_horizon as loop_horizon
from ._perform import perform_loop as perform_loop
from ._place import OpenedLoop as OpenedLoop
from ._place import loop_sent_away as loop_sent_away
from ._place import may_be_loop as may_be_loop
from ._place import open_loop as open_loop
from ._run import Run as Run
from ._saved import remove as remove_folder
from ._saved import share_saved as share_saved

__all__ = [
    "USUAL_PEAKS",
    "LoopObserved",
    "ObserveLoop",
    "OpenedLoop",
    "OwnLoop",
    "Run",
    "command",
    "loop_horizon",
    "loop_sent_away",
    "may_be_loop",
    "metric_name",
    "observe_loop",
    "open_loop",
    "perform_loop",
    "remove_folder",
    "share_saved",
    "trial",
]
