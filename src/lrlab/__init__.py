"""lrlab: which learning-rate schedule, at what peak rate, and how sure are we?

    import lrlab

    results = lrlab.compare("digits/convnet", ["constant", "cosine", "warmup+one_cycle"], budget="90s")
    results             # the answer and its table; results.verdicts, results.trials(), results.page() have the rest

The names below are all there is; each is loaded when first used, so `import lrlab` costs next to nothing.

Ask: `compare`, `run`, `judge`, `find`, `decays`, `plan`, `plan_run`, `load`, `runs`, `so_far`, `watch`, `verify`.
Answers: `Results`, `Judged`, `FindResults`, `DecayResults`, `Planned`, `RunPlan`, `PublicationResults`, `StoredRun`,
`RunSoFar`.
Say what is asked: `Study`, `Task`, `Metric`, `Optimizer`, `Augment`, `Normalize`; a task's loss and metrics: those of
`objectives`; of a training loop of your own: `trial`, `command`.
Look after a store: `check_store`, `export_store`, `merge_stores`, `forget_trials`, `tidy_store`, `write_index`.
Schedules: `parse`, `schedules`, `rules`, `register`, `load_plugins`, `Horizon`, `simulate`; in a loop of your own:
`Scheduler`; in JAX: `optax_schedule`.
What goes wrong: `errors`, with `LabError` above all. What happens meanwhile: the events in `events`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import errors as errors
    from . import events as events
    from . import objectives as objectives
    from . import rules as rules
    from . import schedules as schedules
    from .adapters import Scheduler as Scheduler
    from .api import DecayResults as DecayResults
    from .api import FindResults as FindResults
    from .api import Judged as Judged
    from .api import Planned as Planned
    from .api import Results as Results
    from .api import RunPlan as RunPlan
    from .api import RunSoFar as RunSoFar
    from .api import StoredRun as StoredRun
    from .api import check_store as check_store
    from .api import compare as compare
    from .api import decays as decays
    from .api import export_store as export_store
    from .api import find as find
    from .api import forget_trials as forget_trials
    from .api import judge as judge
    from .api import load as load
    from .api import merge_stores as merge_stores
    from .api import plan as plan
    from .api import plan_run as plan_run
    from .api import run as run
    from .api import runs as runs
    from .api import so_far as so_far
    from .api import tidy_store as tidy_store
    from .api import verify as verify
    from .api import watch as watch
    from .api import write_index as write_index
    from .errors import LabError as LabError
    from .errors import LabWarning as LabWarning
    from .loops import command as command
    from .loops import trial as trial
    from .publications import PublicationResults as PublicationResults
    from .rules import parse as parse
    from .rules import register as register
    from .rules import simulate as simulate
    from .schedules import Horizon as Horizon
    from .schedules import load_plugins as load_plugins
    from .spec import Metric as Metric
    from .spec import Optimizer as Optimizer
    from .spec import Study as Study
    from .tasks import Augment as Augment
    from .tasks import Normalize as Normalize
    from .tasks import Task as Task
    from .trainers import optax_schedule as optax_schedule

__version__ = "0.1.0"

_ROOMS = {
    "Augment": "tasks",
    "DecayResults": "api",
    "FindResults": "api",
    "Horizon": "schedules",
    "Judged": "api",
    "LabError": "errors",
    "LabWarning": "errors",
    "Metric": "spec",
    "Normalize": "tasks",
    "Optimizer": "spec",
    "Planned": "api",
    "RunPlan": "api",
    "PublicationResults": "publications",
    "Results": "api",
    "Scheduler": "adapters",
    "RunSoFar": "api",
    "StoredRun": "api",
    "so_far": "api",
    "Study": "spec",
    "Task": "tasks",
    "command": "loops",
    "compare": "api",
    "decays": "api",
    "judge": "api",
    "find": "api",
    "load": "api",
    "load_plugins": "schedules",
    "optax_schedule": "trainers",
    "parse": "rules",
    "plan": "api",
    "plan_run": "api",
    "register": "rules",
    "run": "api",
    "runs": "api",
    "simulate": "rules",
    "trial": "loops",
    "check_store": "api",
    "export_store": "api",
    "forget_trials": "api",
    "merge_stores": "api",
    "tidy_store": "api",
    "verify": "api",
    "watch": "api",
    "write_index": "api",
}
_MODULES = ("errors", "events", "objectives", "rules", "schedules")
__all__ = sorted([*_ROOMS, *_MODULES])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _ROOMS:
        raise AttributeError(f"module 'lrlab' has no attribute {name!r}; it has {', '.join(__all__)}")
    import random

    state = random.getstate()  # rich draws from Python's generator where it is imported first
    try:
        return getattr(import_module(f".{_ROOMS[name]}", __name__), name)
    finally:
        random.setstate(state)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
