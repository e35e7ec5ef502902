"""A trial's `run` that keeps what it is told, for tests of what talks to one."""

from pathlib import Path
from types import SimpleNamespace

from lrlab import Scheduler
from lrlab.schedules import Horizon, parse


class FakeRun:
    """The part of `lrlab.loops.Run` that trainers use; should_stop: after so many reports."""

    def __init__(self, folder, schedule="cosine", updates=12, updates_per_epoch=4, peak=0.1, seed=0, stop_after=None):
        self.schedule, self.updates, self.updates_per_epoch = schedule, updates, updates_per_epoch
        self.peak, self.seed, self.folder, self.settings = peak, seed, Path(folder), {}
        self.reports, self.rates, self.finished, self.stop_after, self.watched = [], {}, None, stop_after, []

    @property
    def should_stop(self):
        return self.stop_after is not None and len(self.reports) >= self.stop_after

    @property
    def planned_rates(self):
        """The rate of each update, as its schedule has it."""
        horizon = Horizon(updates=self.updates, updates_per_epoch=self.updates_per_epoch)
        return dict(enumerate(parse(self.schedule).bind(peak=self.peak, horizon=horizon).all().tolist()))

    def watch(self, optimizer):
        if optimizer in self.watched:
            return
        self.watched.append(optimizer)
        count = SimpleNamespace(t=0)

        def note(optimizer, *_):
            self.rates[count.t] = optimizer.param_groups[0]["lr"]
            count.t += 1

        optimizer.register_step_pre_hook(note)

    def scheduler(self, optimizer, **options):
        self.watch(optimizer)
        return Scheduler(
            optimizer,
            self.schedule,
            updates=self.updates,
            updates_per_epoch=self.updates_per_epoch,
            peak=self.peak,
            **options,
        )

    def record_rate(self, update, rate):
        self.rates[update] = rate

    def report(self, *, epoch=None, update=None, **values):
        self.reports.append({"epoch": epoch, "update": update, **values})

    def finish(self, **values):
        self.finished = values
