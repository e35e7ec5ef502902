"""RangeTest: the losses of short trainings at many constant rates, and what they say."""

from typing import Literal

from pydantic import Field

from ._noun import Noun, Shown

NoRate = Literal["", "diverged", "flat", "lower", "higher", "seeds"]
Losses = tuple[float | None, ...]
LOWEST_RATE, HIGHEST_RATE = 1e-9, 1e3  # that can be tried


class RangeTest(Noun):
    """The loss after k updates at each of many constant rates, over several seeds, and the rate it suggests.

    of: what was trained, a task's name or a model's. optimizer: its name. measured: which loss, "validation loss" or
    "training loss". updates: k. length: updates of the training that the answer is for. seeds: of the trainings; the
    orders of batches where live objects were trained.
    rates: ascending. losses: of each rate, seed by seed; None: diverged. untrained: of each seed, before
    training, or at the lowest rate where that is not known.
    smooth: the blurred mean; low, high: the least and the largest of the seeds, None where all diverged; diverged: the
    share of seeds that did; each by rate.
    suggestion: the rate, None with the reason: all "diverged", "flat": no rate learned more than noise, the best lies
    on the "lower" or "higher" edge of the range, the "seeds" disagree; "" with a suggestion.
    interval: the lowest rate within tolerance of the best and the highest stable one; None where nothing was learned.
    open_low, open_high: whether the range ended before the interval did.
    asked: the rates it began with; the others were added as the best lay on the edge.
    optimizer_from: "task": the task suggests it, and nobody named one.
    highest: the highest rate that the optimizer tells from those above, so that none is tried.
    """

    of: Shown
    optimizer: Shown
    measured: Shown
    updates: int = Field(ge=1)
    length: int = Field(ge=1)
    seeds: tuple[int, ...] = Field(min_length=2)
    rates: tuple[float, ...] = Field(min_length=3)
    losses: tuple[Losses, ...]
    untrained: tuple[float, ...]
    smooth: tuple[float, ...]
    low: Losses
    high: Losses
    diverged: tuple[float, ...]
    suggestion: float | None
    reason: NoRate
    interval: tuple[float, float] | None
    open_low: bool
    open_high: bool
    asked: tuple[float, ...]
    optimizer_from: Literal["", "task"] = ""
    highest: float = HIGHEST_RATE

    @property
    def added(self) -> tuple[float, ...]:
        """The rates that were added."""
        return tuple(rate for rate in self.rates if rate not in self.asked)
