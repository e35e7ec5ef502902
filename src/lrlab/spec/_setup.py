"""Setup and StackPlan: how trials are run on this machine. Written down before the first update, and used on resume."""

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from ._layouts import LAYOUT_KINDS, LayoutKind, LayoutName
from ._noun import Noun, omit_defaults

MOST = 10_000  # of anything a setup counts; a store or a cache that says more was not written by lrlab
StackKey = Annotated[str, Field(pattern=r"\A[0-9a-f]{16}\z")]  # it becomes the name of a file


class Setup(Noun):
    """What calibration found best: which layout, how many trials a stack, how many processes of how many threads.

    layout: "reference" is the plain loop; "loop" and "channels_last" are one model after the other; "vmap" and
    "grouped" are one batched model; in "lanes" each trial is a lane of the processor's vectors, by compiled code. The
    training passes of "loop_compiled" and "grouped_compiled" are made by `torch.compile`.
    ratio: how many times faster per trial than "loop" with one trial a process, measured side by side; None: not asked.
    graph: updates are recorded once as a graph of kernels and replayed; on graphics cards alone.
    update, look: seconds per trial in each process, for one update and for one look at a split; None: not measured.
    why: what kept the trials from being stacked, or from lanes, in words.
    enough_for: the updates, of all trials together, that were too few to look any further; None: nothing was left out.
    """

    layout: LayoutName
    size: int = Field(default=1, ge=1, le=MOST)
    processes: int = Field(default=1, ge=1, le=MOST)
    threads: int = Field(default=1, ge=1, le=MOST)
    device: str = "cpu"
    graph: bool = False
    ratio: float | None = None
    update: float | None = None
    look: float | None = None
    why: str = ""
    enough_for: int | None = None

    @property
    def kind(self) -> LayoutKind:
        """What there is to know of its layout."""
        return LAYOUT_KINDS[self.layout]


class StackPlan(Noun):
    """A stack: its trials by key, in order, and how they are run.

    rung, begin_from: as in `TrainStack`; the stacks it begins from by key.
    """

    trials: tuple[str, ...]
    setup: Setup
    rung: str = ""
    begin_from: tuple[StackKey, ...] = ()

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones at their default, so that older plans stay the same text."""
        return omit_defaults(self, write(self), "rung", "begin_from")
