"""A schedule in a training loop: a torch LRScheduler that is right after every resume."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..errors import ScheduleError, UnknownName
from ..rules import Rule
from ..schedules import Horizon, Schedule
from ._curves import After
from ._groups import put, rates, remember
from ._plan import FieldSource, Plan, Source, make_plan
from ._resume import OnChange, Saved, resumed, unreadable
from ._tracks import BLOCK, Tracks, lay
from ._watch import Watch

PATIENCE = 100  # calls of step() in a row that find no update, before a warning; no gradient scaler skips that many


class Scheduler(LRScheduler):
    """A schedule that drives an optimizer. Update t, counted from 0, uses `peak * schedule(t)`.

    optimizer: its groups keep their ratios: one at 1/10 of the fastest group's rate stays at 1/10.
    schedule: a schedule or a rule, or its text: "warmup(span=5%)+cosine". A rule watches a metric, which `step_metric`
    reports. The momentum a schedule brings along (that of one_cycle, with `momenta`) is set too.
    updates: the horizon T; or `epochs` and `updates_per_epoch`, which spans in epochs need. One update is one step of
    the optimizer, whatever the number of batches whose gradients it accumulates.
    peak: the rate of the fastest group where the schedule is 1. By default, the rates the groups have now, or had
    before a scheduler first touched them (`initial_lr`, which a loaded optimizer brings along).
    fields: further fields of the groups, such as {"weight_decay": "cosine"}. The value a group has now is where its
    schedule is 1. "momentum" is beta1 where the optimizer is Adam-like. {"weight_decay": {1: "cosine"}} names group 1
    alone, and {"lr": {1: "constant"}} gives its rate a schedule of its own.
    on_change: what `load_state_dict` does when the run was saved under another schedule, peak or horizon. "error"
    refuses; "keep" goes on as saved; "rescale" goes on with this one at the same progress, t / T.
    after: what updates beyond T get. "hold" keeps the schedule's value at T; "repeat" begins again; "error" refuses.

    First and last update: as the schedule's. The groups have the rate of the next update at all times: from
    construction on, after every `step()` and after loading, in whichever order optimizer and scheduler are built and
    loaded. Raises ScheduleError or UnknownName for what cannot be scheduled.

    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    >>> scheduler = Scheduler(optimizer, "linear", updates=4)
    >>> for t in range(4):
    ...     print(scheduler.t, scheduler.get_last_lr())
    ...     optimizer.step()
    ...     scheduler.step()
    0 [0.5]
    1 [0.375]
    2 [0.25]
    3 [0.125]
    """

    _idle = 0  # calls of step() in a row that found no update

    def __init__(
        self,
        optimizer: Optimizer,
        schedule: Source,
        *,
        updates: int | None = None,
        epochs: int | None = None,
        updates_per_epoch: int | None = None,
        peak: float | None = None,
        fields: Mapping[str, FieldSource] | None = None,
        on_change: OnChange = "error",
        after: After = "hold",
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"`optimizer` must be a torch optimizer, but got {optimizer!r}; write SGD(parameters, lr=)")
        if on_change not in ("error", "keep", "rescale"):
            raise UnknownName("word for on_change", str(on_change), ("error", "keep", "rescale"))
        plan = make_plan(
            schedule,
            updates=updates,
            epochs=epochs,
            updates_per_epoch=updates_per_epoch,
            peak=peak,
            fields=fields,
            after=after,
        )
        self.optimizer = optimizer
        self.on_change: OnChange = on_change
        laid = lay(plan, optimizer.param_groups, {}, len(optimizer.param_groups))
        self._watch = Watch(self)
        self._follow(plan, len(optimizer.param_groups), laid)
        super().__init__(optimizer)  # ends in _initial_step
        self.base_lrs = [*laid.peaks]

    @property
    def t(self) -> int:
        """The next update, counted from 0: as many as the optimizer had made when `step()` was last called."""
        return self.last_epoch

    @property
    def schedule(self) -> Schedule | Rule:
        """The schedule or rule of the rate."""
        return self._plan.schedule

    @property
    def horizon(self) -> Horizon:
        """The length the schedules are bound to."""
        return self._plan.horizon

    def step(self, epoch: int | None = None, *, updates: int | None = None) -> None:
        """Take into account the updates the optimizer made since the last call, and write the rates of the next one.

        Without a real update in between (gradients are still accumulating, a gradient scaler skipped, another process
        is counted) nothing changes. Call it after every optimizer step, or after every batch.

        updates: how many updates were made, for an optimizer whose steps cannot be seen from here.
        epoch: torch's name for t; go to update t.
        """
        made = self._watch.made
        if epoch is None and updates is None:
            if not made:
                self._wait()
                return
            t = self.last_epoch + made
        else:
            t = self._target(epoch, updates)
        self._write(t)
        self._watch.made = self._idle = 0
        self._step_count += 1

    def step_metric(self, metric: float | Tensor | None) -> None:
        """Show the rule what it watches: once after each epoch, from its end on. None: not measured this time.

        The next update has the rate that follows. A rule that watches nothing needs no call, and ignores it.
        """
        feedback = self._laid.feedback
        if feedback is None:
            raise ScheduleError(
                f"step_metric: {self.schedule} watches no metric; leave the call out, or put a rule before it, "
                f'such as "plateau+{self.schedule}"'
            )
        if not self.last_epoch + self._watch.made:
            raise ScheduleError(
                "step_metric: no update was made yet, so there is no epoch to report; report after an epoch "
                "(in Lightning, not while trainer.sanity_checking)"
            )
        if self._plan.watches:
            feedback.report(metric.item() if isinstance(metric, Tensor) else metric)
            self._start = self._stop = 0
            self._write(self.last_epoch)

    def _write(self, t: int) -> None:
        """Write the values of update t into the groups."""
        if not self._start <= t < self._stop:
            self._turn(t)
        index = t - self._start
        groups = self.optimizer.param_groups
        for track in self._laid.tracks:
            value, key = track.block[index], track.key
            for place, peak in track.members:
                group = groups[place]
                if type(group[key]) is float:
                    group[key] = peak * value
                else:
                    put(group, key, peak * value)
        self.last_epoch = t

    def _turn(self, t: int) -> None:
        """Evaluate the block of updates that holds t. Blocks lie on a fixed grid, so a resumed run has the same."""
        extent, strict = self._plan.extent, self._plan.after == "error"
        if strict and t > extent:
            raise ScheduleError(
                f'update {t - 1} was made beyond the horizon of {extent} updates; lengthen it, or write after="hold"'
            )
        start = t - t % BLOCK
        for track in self._laid.tracks:
            track.load(start)
        self._start = start
        self._stop = min(start + BLOCK, extent + 1) if strict else start + BLOCK

    def _target(self, epoch: int | None, updates: int | None) -> int:
        """The update that explicit arguments of `step` lead to."""
        for name, value in (("epoch", epoch), ("updates", updates)):
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
                raise ScheduleError(
                    f"step: `{name}` must be a whole number of updates, at least 0, but got {value!r}; "
                    f"a metric is reported by step_metric"
                )
        if epoch is not None and updates is not None:
            raise ScheduleError(f"step: give `epoch` or `updates`, but got epoch={epoch} and updates={updates}")
        return int(epoch) if epoch is not None else self.last_epoch + int(updates or 0)

    def _wait(self) -> None:
        """Nothing to take into account; say so when it looks like a mistake."""
        self._idle += 1
        if self._idle == PATIENCE:
            warnings.warn(
                f"step() was called {PATIENCE} times in a row without a step of the optimizer, so the rate has not "
                f"changed; where its steps cannot be seen, write step(updates=1). To look at a schedule beforehand, "
                f"write schedule.bind(peak=..., horizon=...).all()",
                UserWarning,
                stacklevel=3,
            )

    def get_last_lr(self) -> list[float | Tensor]:
        """The rates the next update will use, one per group; tensors are copies."""
        if len(self.optimizer.param_groups) != self._watch.groups:
            self.refresh()
        return rates(self.optimizer.param_groups)

    def get_lr(self) -> list[float | Tensor]:
        """As `get_last_lr`: the rates are a function of t."""
        return self.get_last_lr()

    def refresh(self) -> None:
        """Look at the groups again, after some were added or loaded, and write the values of update t into them."""
        self._follow(self._plan, self._built, self._lay(self._plan, self._built))
        self._write(max(self.last_epoch, 0))

    def state_dict(self) -> dict[str, Any]:
        """Plain data: t, the plan by which a changed run is recognised, and how many groups the run began with.

        t counts every update made, also one that `step()` was not yet called for. With a rule that watches a metric,
        also what it has seen.
        """
        feedback = self._laid.feedback
        seen = feedback.to_dict() if feedback is not None and self._plan.watches else None
        return Saved(self.last_epoch + self._watch.made, self._plan, self._built, seen).to_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a saved state; what happens when the plan is another is `on_change`. Raises ScheduleError."""
        saved = resumed(state_dict, self._plan, self.on_change, len(self.optimizer.param_groups))
        laid = self._lay(saved.plan, saved.built)
        if laid.feedback is not None and saved.seen is not None:
            try:
                laid.feedback.load(saved.seen)
            except (KeyError, TypeError) as error:
                raise unreadable(error) from error
        self._follow(saved.plan, saved.built, laid)
        self._write(saved.t)
        self._watch.made = self._idle = 0

    def _lay(self, plan: Plan, built: int) -> Tracks:
        """A plan over the groups as they are now; a rule goes on from what it has seen."""
        laid = lay(plan, self.optimizer.param_groups, self._laid.initial, built)
        before = self._laid.feedback
        if laid.feedback is not None and before is not None and plan == self._plan:
            laid.feedback.go_on_from(before)
        return laid

    def _follow(self, plan: Plan, built: int, laid: Tracks) -> None:
        """Follow a plan that was laid over the groups. built: how many groups the run began with."""
        groups = self.optimizer.param_groups
        for (field, index), value in laid.initial.items():
            remember(groups[index], field, value)
        self._plan, self._built, self._laid = plan, built, laid
        self._watch.groups = len(groups)
        self._start = self._stop = 0  # no block is evaluated yet
        self.base_lrs = [*laid.peaks]

    def _initial_step(self) -> None:
        """Torch calls this at the end of construction, and SequentialLR once more."""
        self._step_count = 0
        self._write(max(self.last_epoch + 1, 0))

    def _update_lr(self, epoch: int | None = None) -> None:
        """SequentialLR calls this with 0 where our turn begins."""
        self._write(self.last_epoch + 1 if epoch is None else epoch)
        self._watch.made = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_watch": self._watch.made}  # hooks and weak references cannot be copied

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._watch = Watch(self, made=state["_watch"])

    def __repr__(self) -> str:
        return f"Scheduler({self._plan}: next is update {self.t})"
