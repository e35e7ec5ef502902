"""What a study is worked on with: where records go, who trains and how, who is told."""

from typing import NamedTuple

from ..execution import Executor
from ..spec import Listener
from ..store import Store
from ._calibrate import Engine


class Workshop(NamedTuple):
    """Who trains, how, and where the records go.

    store: open for writing. executor: who trains. listen: is told every event, and what is worth a word. engine: "auto"
    (measured), "lanes", "stacked" or "reference". device: as torch names it. until: when training pauses, as
    `time.monotonic` has it; None: at its end.
    """

    store: Store
    executor: Executor
    listen: Listener
    engine: Engine
    device: str
    until: float | None
