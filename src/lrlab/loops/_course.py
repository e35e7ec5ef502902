"""The course of a trial: what the loop has reported and used so far, and whether it is over."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError
from ..schedules import Horizon
from ..spec import Epoch, Trial
from ..stats import LARGEST
from ._declared import Declared
from ._metric import check_one_unit
from ._numbers import is_sound, read_count, read_values
from ._rates import AskedRates, UsedRates, first_difference
from ._reports import TEST, TRAIN, VALIDATION, Report, Reports
from ._saved import Note, Notebook, load, own_folder
from ._warn import warn_always
from ._watch import Watch

TellMeasured = Callable[[int, float, Epoch], None]


class Stopped(BaseException):
    """Ends a loop whose trial is over. No Exception, so that what a loop catches of its own lets it pass."""


class Place(NamedTuple):
    """Where and until when a trial runs. folder: its own; until: as `time.monotonic` counts; None: to its end.

    rung: the report, counted from 1, after which it is told to stop; 0: none.
    """

    folder: Path
    until: float | None = None
    device: str = "cpu"
    rung: int = 0


@contextmanager
def _told_of(folder: Path) -> Iterator[None]:
    """What the system refuses of a trial's folder is a RunError."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"cannot use the folder {folder}, which the loop is handed for its checkpoints: "
            f"{error.strerror or error}; make room there, or give another --store"
        ) from None


class LoopCourse:
    """What is known of a trial under way. Raises RunError where its folder cannot be used.

    diverged_at: the update at which a loss left the finite numbers; None: none did. told: whether the loop was told
    that time is up. finished: whether it called `finish`. measured: is called with each epoch.
    """

    def __init__(
        self, declared: Declared, trial: Trial, horizon: Horizon, place: Place, measured: TellMeasured
    ) -> None:
        self.declared, self.trial, self.horizon, self.place = declared, trial, horizon, place
        self.counts_epochs = declared.updates_per_epoch is not None
        self.asked = AskedRates(trial, horizon)
        self.used, self.taken = UsedRates(horizon.updates), UsedRates(horizon.updates)
        self.watch = Watch(self.used, self.taken)
        self.reports = Reports(declared.metric)
        self.schedulers: list[Any] = []
        self.diverged_at: int | None = None
        self.told = False
        self.returned: object = None  # by the loop's function
        self.before = 0.0  # seconds of the attempts before
        self.begun = monotonic()
        self._measured, self._warned, self._looked = measured, False, 0
        self._notebook, self._noted, self._cannot_note = Notebook(place.folder), 0, False
        with _told_of(own_folder(place.folder)):
            self._go_on()
            own_folder(place.folder).mkdir(parents=True, exist_ok=True)

    @property
    def finished(self) -> bool:
        """Whether the loop said that it is finished."""
        return self.reports.final is not None

    @property
    def cut_short(self) -> bool:
        """Whether it said that it is finished after fewer updates than asked for, as it was told to stop."""
        return self.finished and self.told and self._made_at_end() < self.horizon.updates

    @property
    def at_rung(self) -> bool:
        """Whether it has come to the rung at which it is to stop."""
        return bool(self.place.rung and self.reports.rows) and self.reports.rows[-1].number >= self.place.rung

    @property
    def seconds(self) -> float:
        """How long the trial took, all attempts together."""
        return self.before + monotonic() - self.begun

    @property
    def share(self) -> float:
        """How much of the trial is done, 0 to 1, as far as it shows."""
        made = self.used.made or self._made_here()
        if not made and self.reports.rows:
            made = self._made_by(self.reports.rows[-1])
        return min(made / self.horizon.updates, 1.0)

    def _made_by(self, report: Report) -> int:
        """How many updates were made by a report, where rates do not tell; 0: not known."""
        if report.update is not None:
            return report.update
        if self.counts_epochs:
            return report.number * self.horizon.updates_per_epoch
        # of a loop that asks as it goes, all are asked for at its end
        return self.taken.made if self.reports.any_made else 0

    def _made_at_end(self) -> int:
        """How many updates were made by a loop that says it is finished; 0: not known.

        Where no rates were recorded and all were asked for, perhaps ahead, its last report tells.
        """
        made, rows = self.used.made or self.taken.made, self.reports.rows
        if self.used.made or 0 < made < self.horizon.updates:
            return made
        asked_on_the_way = any(row.made and row.update is None for row in rows)
        return made if asked_on_the_way else self._made_by(rows[-1]) if rows else 0

    def is_over(self) -> bool:
        """Whether the loop should stop; from then on it is known that it was told."""
        if self.diverged_at is None:
            until = self.place.until
            self.told = self.told or self.at_rung or (until is not None and monotonic() >= until)
        return self.told or self.diverged_at is not None

    def report(self, epoch: int | None, update: int | None, values: Mapping[str, Any]) -> None:
        """Keep what was measured after an epoch. Raises RunError for what cannot be, Stopped once the trial is over."""
        self._check_open("run.report")
        epoch = None if epoch is None else read_count("run.report: epoch", epoch)
        update = None if update is None else read_count("run.report: update", update)
        read = read_values("run.report", values, plain=VALIDATION)
        if not read:
            raise RunError("run.report was given no value; write run.report(epoch=epoch, validation_loss=...)")
        stray = next((name for name in read if name.startswith(TEST)), None)
        if stray is not None:
            raise RunError(f"run.report was given {stray}; test data is looked at once, so give it to run.finish")
        made = update or self._made_here()
        length = self.horizon.updates_per_epoch if self.counts_epochs else None
        number = self.reports.number_of(epoch, made, length)
        self._check_place(epoch, number, update)
        report = Report(number, update, read, made)
        self.reports.add(report)
        self._note_divergence(report)
        if self.diverged_at is None:
            self._tell_rule(number, read.get("validation_loss"))
        self._measured(number, self.share, self.reports.epoch_of(report))
        self._look_at_rates()
        self.save(report)

    def finish(self, values: Mapping[str, Any]) -> None:
        """Keep what was measured at the end. Raises as `report` does."""
        if self.diverged_at is not None:
            return
        self._check_open("run.finish")
        read = read_values("run.finish", values, plain=TEST)
        if not read:
            raise RunError("run.finish was given no value; write run.finish(test_loss=..., test_accuracy=...)")
        self.reports.final = read
        metric = self.reports.finished_metric()
        names = ("loss", metric.name)
        before = self.reports.evaluation(VALIDATION, metric)
        if before is not None and before.score is not None and f"{TEST}{metric.name}" in read:
            check_one_unit(metric, before.score, read[f"{TEST}{metric.name}"])
        self._say_limit(read, metric.name)
        if not all(is_sound(read.get(f"{TEST}{name}", 0.0)) for name in names):
            self.diverged_at = self.horizon.updates - 1

    def reopen(self) -> None:
        """Forget what it finished with: it goes on from its folder."""
        self.reports.final = None

    def save(self, row: Report | None = None) -> None:
        """Note how far the trial is, beside the loop's own checkpoints; a full disk is a LabWarning, once.

        row: what was just reported.
        """
        rates = self.used if self.used.made else self.taken
        start = min(self._noted, rates.made)
        new = rates.rates[start : rates.made].tolist()
        self._noted = start + len(new)
        try:
            self._notebook.add(Note(row, self.reports.zero, rates is self.used, start, new, self.seconds, self.share))
        except OSError as error:
            if not self._cannot_note:
                self._cannot_note = True
                warn_always(
                    f"cannot write to {self.place.folder}: {error.strerror or error}; the trial goes on, and stopped "
                    f"before that can be written it starts over; make room there"
                )

    def rates(self) -> NDArray[np.float64]:
        """The rates that updates used, (T,); NaN where nothing is known. Those handed out where none was recorded."""
        return self.used.rates if self.used.made else self.taken.rates

    def say_what_is_odd(self) -> None:
        """Warn of a schedule that the loop did not follow to its end."""
        self._look_at_rates()
        made, asked = self.used.made, min(self.taken.made, self.horizon.updates)
        if not (made or asked):
            self._warn(
                "asked for no rate and recorded none, so whether it followed its schedule is not known; use "
                "run.scheduler(optimizer), run.rate(t) or run.record_rate(t, rate)"
            )
        elif self.diverged_at is not None:
            return
        elif 0 < made < asked and not self.watch.follows:
            self._warn(
                f"recorded the rates of {self.used.known()} of {self.horizon.updates} updates, so whether it followed "
                f"its schedule in the others is not known; call run.record_rate(t, rate) after every update"
            )
        elif (made or asked) != self.horizon.updates:
            self._warn(
                f"made {made or asked} updates, where {self.horizon.updates} were asked for; train for run.updates "
                f"updates"
            )

    def _go_on(self) -> None:
        """Take up what attempts before left."""
        for note in load(self.place.folder):
            self.reports.zero, self.before = note.zero, note.seconds
            self.reports.resumed = self.reports.went_on = True
            for rates in (self.used, self.taken) if note.used else (self.taken,):
                rates.restore(note.start, note.rates)
            if note.row is not None:
                self.reports.restore(note.row)
        for row in self.reports.rows:
            self.asked.tell(row.number, row.values.get("validation_loss"))

    def _made_here(self) -> int:
        """How many updates were made by now, as the last one shows; 0: not known, as where all were asked for ahead."""
        asked = self.taken.last + 1
        return self.used.last + 1 or (asked if asked < self.horizon.updates else 0)

    def _check_open(self, call: str) -> None:
        if self.diverged_at is not None:
            raise Stopped
        if self.finished:
            raise RunError(f"{call} was called after run.finish; let run.finish be the last call, and the only one")

    def _check_place(self, epoch: int | None, number: int, update: int | None) -> None:
        """Raise RunError for a report from beyond the end, or before one that was made."""
        said = f"run.report(epoch={epoch})" if epoch is not None else "run.report()"
        if self.counts_epochs and number > self.horizon.epochs:
            raise RunError(
                f"{said} is report {number}, but the trial has {self.horizon.epochs} epochs; report no later epoch, or "
                f"mend updates_per_epoch={self.horizon.updates_per_epoch} of @lrlab.trial"
            )
        if update is None:
            return
        if update > self.horizon.updates:
            raise RunError(
                f"run.report(update={update}) lies beyond the {self.horizon.updates} updates of the trial; report "
                f"how many updates were made, run.updates at most"
            )
        last = next((row.update for row in reversed(self.reports.rows) if row.update is not None), None)
        if last is not None and update < last:
            raise RunError(f"run.report(update={update}) came after update {last}; report updates in their order")

    def _note_divergence(self, report: Report) -> None:
        """Whether a loss or a score is no number any more."""
        name = self.reports.known_metric()
        watched = {f"{prefix}{part}" for prefix in (TRAIN, VALIDATION) for part in ("loss", name)}
        if all(is_sound(value) for key, value in report.values.items() if key in watched):
            return
        self._say_limit(report.values, name)
        made = report.update or self._made_here() or report.number * self.horizon.updates_per_epoch
        self.diverged_at = min(max(made - 1, 0), self.horizon.updates - 1)

    def _say_limit(self, values: Mapping[str, float], metric: str) -> None:
        """Warn of a finite value of the metric that is taken as diverged for its size; a loss of such a size did."""
        names = [f"{prefix}{metric}" for prefix in (TEST, VALIDATION, TRAIN) if metric != "loss"]
        large = next(
            (name for name in names if isfinite(values.get(name, 0.0)) and not is_sound(values.get(name, 0.0))), None
        )
        if large is not None:
            self._warn(
                f"reported {large} {values[large]:g}, beyond {LARGEST:g}, so squares overflow and the trial counts as "
                "diverged; if it did not, report it in a larger unit"
            )

    def _tell_rule(self, number: int, loss: float | None) -> None:
        self.asked.tell(number, loss)
        for scheduler in self.schedulers if self.asked.watches else ():
            scheduler.step_metric(loss)

    def _look_at_rates(self) -> None:
        """Warn, once, where the optimizer uses other rates than the schedule asks for."""
        if self._warned or not self.used.made:
            return
        start, self._looked = self._looked, max(self.used.made, self._looked)
        asked = self.asked.between(start, self._looked)
        found = first_difference(asked, self.used.rates[start : self._looked])
        if found is not None:
            self._warned = True
            t, count = start + found[0], found[1]
            self._warn(
                f"update {t} used the rate {self.used.rates[t]:g}, where {self.trial.schedule} asks for "
                f"{asked[t - start]:g} ({count} updates so far); call scheduler.step() after every "
                f"optimizer.step(), and let nothing else "
                f"set the rate"
            )

    def _warn(self, what: str) -> None:
        trial = self.trial
        who = f"{trial.task} ({trial.schedule} at {trial.peak:g}, seed {trial.seed})"
        warn_always(f"{who} {what}")
