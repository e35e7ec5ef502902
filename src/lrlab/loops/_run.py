"""What a training loop is handed: what it is to do, and whom it tells."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..errors import RunError
from ..spec import SettingValue
from ._course import LoopCourse
from ._numbers import read_count, read_number
from ._saved import own_folder

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from ..adapters import Scheduler

SET_HERE = ("updates", "epochs", "updates_per_epoch", "peak", "last_epoch")


class Run:
    """One trial, as the user's loop sees it.

    seed: of everything random. peak: the peak rate. updates: T, how many to make. updates_per_epoch: of one epoch, as
    declared; T where nothing was declared. schedule: its text. settings: by name, the loop's usual values where the
    study gives no others. folder: for checkpoints, an absolute path; the same one, as it was left, when the trial is
    resumed. device: where to train, "cpu" or "cuda:0", as the study was asked.
    """

    def __init__(self, course: LoopCourse) -> None:
        trial = course.trial
        self._course = course
        self.seed: int = trial.seed
        self.peak: float = trial.peak
        self.updates: int = course.horizon.updates
        self.updates_per_epoch: int = course.horizon.updates_per_epoch
        self.schedule: str = str(trial.schedule)
        self.settings: Mapping[str, SettingValue] = MappingProxyType({**course.declared.settings, **trial.settings})
        self.folder: Path = own_folder(course.place.folder)
        self.device: str = course.place.device
        self._asked = course.asked.rate
        self._take = course.taken.record

    @property
    def should_stop(self) -> bool:
        """Whether to save into `folder` and return: time is up, or the trial has diverged."""
        return self._course.is_over()

    def rate(self, t: int) -> float:
        """The rate that update t, counted from 0, is to use.

        Of a rule as far as reports go: RunError where it depends on a validation loss that was not reported yet.
        """
        if type(t) is not int or t < 0:
            t = read_count("run.rate: t", t)
        rate = self._asked(t)
        self._take(t, rate)
        return rate

    def scheduler(self, optimizer: "Optimizer", **options: Any) -> "Scheduler":
        """A scheduler that drives a torch optimizer through this trial; call its `step()` after every update.

        options: those of `lrlab.Scheduler`, except for the horizon and the peak, which are the trial's. The rates that
        the optimizer uses are recorded. A rule is shown what `report` is given.
        """
        from ..adapters import Scheduler  # torch is loaded here, not before

        given = next((name for name in SET_HERE if name in options), None)
        if given is not None:
            raise RunError(f"run.scheduler sets `{given}` itself, as the trial asks; leave it out")
        course = self._course
        epoch = {"updates_per_epoch": self.updates_per_epoch} if course.counts_epochs else {}
        scheduler = Scheduler(
            optimizer, course.trial.schedule, updates=self.updates, peak=self.peak, **epoch, **options
        )
        course.schedulers.append(scheduler)
        course.watch.follow(optimizer, scheduler)
        return scheduler

    def watch(self, optimizer: "Optimizer") -> None:
        """Record the rate of each update of a torch optimizer, that of its fastest group, as it is used."""
        self._course.watch.follow(optimizer)

    def record_rate(self, update: int, rate: float) -> None:
        """Record the rate that an update, counted from 0, has used: for what is not torch."""
        t = read_count("run.record_rate: update", update)
        self._course.used.record(t, read_number("run.record_rate: rate", rate))

    def report(self, *, epoch: int | None = None, update: int | None = None, **values: Any) -> None:
        """Say what was measured after an epoch: once for each epoch, in order.

        epoch: which, counted from 0 or from 1; the next one unless given. update: how many updates were made so far.
        values: numbers by name, such as train_loss, validation_loss, validation_accuracy; a name without a kind of data
        is of the validation data. A loss that is no number any more ends the trial, as diverged: `should_stop` is true,
        and a further report ends the loop.

        Raises RunError for an epoch that comes twice, too late or out of order, and for what is not a number.
        """
        self._course.report(epoch, update, values)

    def finish(self, **values: Any) -> None:
        """Say what was measured at the end on test data, such as test_loss and test_accuracy. Once, and last.

        Raises RunError as `report` does, and where the metric is not among them.
        """
        self._course.finish(values)

    def __repr__(self) -> str:
        trial = self._course.trial
        return f"Run({trial.task}: {self.schedule} at {self.peak:g}, seed {self.seed}, {self.updates} updates)"
