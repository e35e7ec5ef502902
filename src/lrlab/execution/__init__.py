"""Where jobs run. Executors know jobs and events, nothing of trials or engines."""

from ._alarm import Overtime as Overtime
from ._alarm import call_within as call_within
from ._executor import Executor as Executor
from ._executor import Limit as Limit
from ._executor import kind_of as kind_of
from ._executor import machine_slots as machine_slots
from ._failure import failure_of as failure_of
from ._failure import signal_name as signal_name
from ._inline import Inline as Inline
from ._machine import machine_words as machine_words
from ._perform import teller as teller
from ._processes import Processes as Processes
from ._processes import usable_cores as usable_cores
from ._ray import RayCluster as RayCluster
from ._ray_address import SharedFolder as SharedFolder

__all__ = [
    "Executor",
    "Inline",
    "Limit",
    "Overtime",
    "Processes",
    "RayCluster",
    "SharedFolder",
    "call_within",
    "failure_of",
    "kind_of",
    "machine_slots",
    "machine_words",
    "signal_name",
    "teller",
    "usable_cores",
]
