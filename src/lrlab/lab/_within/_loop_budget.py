"""A study of a user's own loop within a budget: its pace is that of its first trials, and what does not fit is cut."""

from collections.abc import Sequence
from math import ceil
from time import monotonic

import numpy as np

from ...errors import StudyError
from ...spec import Listener, Record, Said, Setup, Study, Trial, counted, duration
from ...store import Store
from .._batch import Batch
from .._calibrate import Pace
from .._own_loops import loop_setup
from .._prepare import Prepared
from .._stacking import Crew
from .._workshop import Workshop
from ._budget import CAUTION, Budget, Keeper, enough_seeds, settings_option


def loop_keeper(prepared: Prepared, budget: Budget, workshop: Workshop) -> "LoopKeeper":
    """Who keeps a study of a loop within a budget. workshop: its store has the seconds of earlier trials, if any."""
    assert prepared.task.loop is not None
    setup = loop_setup(prepared.task.loop, workshop.executor, workshop.device)
    return LoopKeeper(prepared, setup, budget, workshop.store)


class LoopKeeper(Keeper):
    """Keeps a study of a loop within its budget: trials of the length that was asked, as many as fit.

    Until some have ended nothing is foreseen; then seeds and growing grids are cut, as for tasks, and where not even
    that fits the study is refused, with what would.
    """

    def __init__(self, prepared: Prepared, setup: Setup, budget: Budget, store: Store) -> None:
        super().__init__(prepared, setup, Pace(0.0, 0.0, 0.0), budget)
        self.may_shorten, self.store = False, store

    def before(self, study: Study, batch: Batch, missing: Sequence[Trial]) -> None:
        """Raise Changed where this batch must be smaller than planned, by the pace of what ended before."""
        ended = self.store.get(trial.key for trial in batch.trials).values()
        if ended and not self.pace.update:
            self._take_pace(float(np.median([record.train_seconds for record in ended])))
        super().before(study, batch, missing)

    def train(self, missing: Sequence[Trial], store: Store, crew: Crew, listen: Listener) -> dict[str, Record]:
        """Train what is missing: first one trial in each process, whose pace says what fits. As `Keeper.train`.

        Raises StudyError where what was asked does not fit; what ended is stored.
        """
        first = [] if self.pace.update else list(missing[: self.setup.processes])
        rest = list(missing[len(first) :])
        if not first:
            return super().train(rest, store, crew, listen)
        begun = monotonic()
        records = super().train(first, store, crew, listen)
        self._take_pace(monotonic() - begun)
        self.factor = 1.0
        self._check_fit(len(rest), listen)
        return records | super().train(rest, store, crew, listen)

    def _take_pace(self, seconds: float) -> None:
        """Reckon with trials of so many seconds."""
        self.pace = Pace(seconds / self.prepared.horizon.updates, 0.0, 0.0)

    def _check_fit(self, missing: int, listen: Listener) -> None:
        """Raise StudyError where the rest of the phase, and the fewest seeds that answer, do not fit."""
        study, left = self.prepared.study, self.left()
        confirmed = 0 if self.batch.phase == "confirm" else len(study.labels) * enough_seeds(study)
        needed = (self.seconds(missing) + self.seconds(confirmed)) / CAUTION
        each = self.pace.update * self.prepared.horizon.updates
        listen(Said(text=f"a trial takes {duration(each)}: about {duration(needed)} more for the fewest that answer"))
        if needed <= left:
            return
        least = ceil(needed + self.budget.seconds - left)
        processes = counted(self.setup.processes, "process", "processes")
        raise StudyError(
            f"{counted(missing + confirmed, 'more trial')} of {duration(each)} each, on {processes}, need about "
            f"{duration(needed)}, but {duration(max(left, 0))} of the budget are left; raise it to --budget {least}s, "
            f"or take fewer schedules, {settings_option(study)}, --seeds or updates. What was trained is stored"
        )
