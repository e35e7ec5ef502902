"""A schedule in a training loop: a torch LRScheduler that is right after every resume."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Never

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..rules import Rule
from ..schedules import After, Horizon, Schedule
from ._arguments import check_arguments, check_no_metric, check_report, first_update, metric_of, target_update
from ._first_values import FirstValues
from ._groups import copy_rates, keep_initial_values, separate_rates
from ._initial_rates import InitialRates
from ._nesting import unwrap_optimizer
from ._ownership import ownership_of
from ._plan import FieldSource, SchedulePlan, ScheduleSource, make_plan
from ._remarks import Remarks
from ._resume import OnChange, load_seen, state_to_resume, state_to_save
from ._tracks import Tracks, lay_tracks, without_late_momentum
from ._update_counter import UpdateCounter
from ._writer import RateWriter


class Scheduler(LRScheduler):
    """A schedule that drives an optimizer. Update t, counted from 0, uses `peak * schedule(t)`.

    optimizer: its groups keep their ratios: one at 1/10 of the fastest group's rate stays at 1/10.
    schedule: a schedule or a rule, or its text: "warmup(span=5%)+cosine". A rule watches a metric, which `step_metric`
    reports. The momentum a schedule brings along (that of one_cycle, with `momenta`) is set too. A function from t to
    the fraction of the peak will do as well; without `updates`, it goes on without end.
    updates: the horizon T; or `epochs` and `updates_per_epoch`, which spans in epochs need. One update is one step of
    the optimizer, whatever the number of batches whose gradients it accumulates.
    peak: the rate of the fastest group where the schedule is 1. By default, the rates the groups have now, or had
    before a scheduler first touched them (`initial_lr`, which a loaded optimizer brings along). Needed where the
    optimizer's rates are all 0; every group has it then.
    fields: further fields of the groups, such as {"weight_decay": "cosine"}. The value a group has now is where its
    schedule is 1. "momentum" is beta1 where the optimizer is Adam-like. {"weight_decay": {1: "cosine"}} names group 1
    alone, and {"lr": {1: "constant"}} gives its rate a schedule of its own.
    on_change: what `load_state_dict` does when the run was saved under another schedule, peak (that of the rates the
    groups had when the scheduler was built) or horizon. "error" refuses; "keep" goes on as saved; "rescale" goes on
    with this one at the same progress, t / T. The optimizer may be loaded before or after.
    after: what updates beyond T get. "hold" keeps the schedule's value at T; "repeat" begins again; "error" refuses.
    last_epoch: torch's word for the number of the last update made; -1: none.

    Another library's scheduler of the same optimizer multiplies the rate, or sets it, as beside torch's own: what it
    made of the rate is kept as a factor. Of lrlab's own, one is in charge: the last built, or the one whose turn it is.

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

    _get_lr_called_within_step = False  # torch's, which other libraries set

    def __init__(
        self,
        optimizer: Optimizer,
        schedule: ScheduleSource,
        *misplaced: Never,
        updates: int | None = None,
        epochs: int | None = None,
        updates_per_epoch: int | None = None,
        peak: float | None = None,
        fields: Mapping[str, FieldSource] | None = None,
        on_change: OnChange = "error",
        after: After = "hold",
        last_epoch: int = -1,
    ) -> None:
        check_arguments(optimizer, schedule, misplaced, on_change, type(self).get_lr is not Scheduler.get_lr)
        plan = make_plan(schedule, updates, epochs, updates_per_epoch, peak=peak, fields=fields, after=after)
        # torch's own __init__ is left out: it puts a method around optimizer.step, to warn of what cannot go wrong
        # here, and fails where that is a function already, such as a compiled one.
        self.optimizer = optimizer
        self.on_change: OnChange = on_change
        self._start_run(plan, last_epoch)

    def _start_run(self, plan: SchedulePlan, last_epoch: int) -> None:
        """Take charge of the optimizer, from its rates as they stand."""
        self._ownership = ownership_of(unwrap_optimizer(self.optimizer))
        before = self._ownership.owner
        self._t = first_update(last_epoch, None if before is None else before.updates_seen)
        initial = InitialRates(self.optimizer, self._ownership)
        tracks = without_late_momentum(lay_tracks(plan, initial.groups, {}, None), self.optimizer, plan.extent)
        initial.keep()
        self._first = FirstValues(tracks.initial)
        self._waits, self._step_count, self._alarm = False, 0, 0
        self._remarks = Remarks(plan, self._t)
        self.writer = RateWriter(self.optimizer, initial.factors())
        self._counter = UpdateCounter(self)
        self._follow_plan(plan, tracks)
        self._ownership.take(self)
        self.writer.write(self._t)
        if plan.peak is None and last_epoch < 0:
            self._remarks.difference = initial.difference(self.writer.written)

    @property
    def t(self) -> int:
        """The next update, counted from 0: as many as the optimizer had made when `step()` was last called."""
        return self._t

    @property
    def last_epoch(self) -> int:  # type: ignore[override]
        """Torch's name for t. Whoever sets it counts the updates from then on, as ignite does."""
        return self._t

    @last_epoch.setter
    def last_epoch(self, t: int) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._t = t
        self._counter.forget()
        self.writer.written.clear()
        if t < 0:  # a SequentialLR was built: our turn is yet to come
            self.writer.factors = self._remarks.difference = None
            self._wait_for_turn()

    @property
    def _last_lr(self) -> list[float | Tensor]:  # type: ignore[override]
        """Torch's place for what `get_last_lr` returns."""
        return copy_rates(self.optimizer.param_groups)

    @property
    def schedule(self) -> Schedule | Rule:
        """The schedule or rule of the rate."""
        return self._plan.schedule

    @property
    def horizon(self) -> Horizon:
        """The length the schedules are bound to."""
        return self._plan.horizon

    def step(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, position: object = None, /, *, epoch: int | None = None, updates: int | None = None, metrics: Any = None
    ) -> None:
        """Take into account the updates the optimizer made since the last call, and write the rates of the next one.

        Without a real update in between (gradients are still accumulating, a gradient scaler skipped, another process
        is counted) nothing changes. Call it after every optimizer step, or after every batch.

        updates: how many updates were made, for an optimizer whose steps cannot be seen from here.
        epoch: torch's name for t; go to update t. Its name may be left out, but not where a rule watches a metric.
        metrics: torch's name for what ReduceLROnPlateau is told; refused, with the way to report it.
        """
        counter = self._counter
        if position is None and epoch is None and updates is None and metrics is None and (pending := counter.pending):
            t = self._t + pending
            if t < self._alarm and self.writer.advance(t):
                self._t, counter.pending, counter.foreign = t, 0, 0
                self._step_count += 1
                return
        check_no_metric(position, metrics, self._plan.schedule)
        self._take_into_account(position, epoch, updates)

    def _take_into_account(self, position: object, epoch: int | None, updates: int | None) -> None:
        """All that `step` does, in whatever state the optimizer and the schedulers beside this one are."""
        counter = self._counter
        if position is None and epoch is None and updates is None:
            pending = self._updates_to_count()
            if not pending:
                self._note_idle_call()
                return
            t = self._t + pending
        else:
            t, pending = target_update(self._t, position, epoch, updates), 0
            self._remarks.difference = None if updates is None else self._remarks.difference  # told where to go on
            if self._waits:
                self._ownership.check_free(self)
                self._take_turn()
        counter.look_away()
        if self.writer.was_moved():
            self._absorb_changes()
        self._step_count += 1
        self._write_update(t, pending, since=self._t)

    def _updates_to_count(self) -> int:
        """How many updates `step()` takes into account: all pending ones, or one where its turn begins, as in torch."""
        counter, pending = self._counter, self._counter.count_pending()
        if self._waits and (pending or self._t < 0):  # a sequence inside another begins its first part by step()
            self._ownership.check_free(self)
            self._take_turn()
            counter.pending = 1
        elif not (self._step_count or self._t) and counter.was_driven_by_another():
            counter.pending = self._remarks.say_late(pending)
        else:
            return pending
        return counter.pending

    def step_metric(self, metric: float | Tensor | None) -> None:
        """Show the rule what it watches: once after each epoch, from its end on. None: not measured this time.

        The next update has the rate that follows. A rule that watches nothing needs no call, and ignores it.
        """
        begun = self._t >= 0 and self.updates_seen > 0
        feedback = check_report(self._tracks.feedback, self.schedule, begun or self._counter.has_stepped)
        if self._plan.watches and begun:  # the epochs of another's turn are not the rule's
            value, in_charge = metric_of(metric), self.keep_factors()
            self._remarks.count_report(value, self.updates_seen)
            feedback.report(value)
            self.writer.forget_curve()
            if in_charge:
                self.writer.write(self._t)

    def _write_update(self, t: int, made: int = 0, since: int | None = None) -> None:
        """Write the values of update t into the groups. made: how many updates one call of step() covered."""
        self.writer.write(t, since)
        self._t = t
        self._counter.forget()
        if t >= self._alarm:
            if since is not None:
                self._first.built = self._tracks.initial  # also of an optimizer that was loaded alone
            self._remarks.look_at_update(t, made, self._tracks.feedback, self.writer.has_stopped(t))
            self._alarm = self._remarks.alarm

    def _absorb_changes(self) -> None:
        """Schedule groups that were added, and keep as factors what others have made of the rates."""
        self._follow_moved()
        if self.writer.written and self._t >= 0:
            if self.writer.lost_rate(self._t):
                self._remarks.say_lost()
            self.writer.factors = self.writer.measure_factors(self._t)

    def _is_in_charge(self) -> bool:
        """Whether this scheduler is in charge: another may write the rates, and ours be called no more."""
        touched = self._counter.count_pending() and self.writer.was_touched()
        return not (self._waits or touched or self.writer.left_rates(self._t))  # ended at 0, and others go on

    def _note_idle_call(self) -> None:
        """Nothing to take into account; say so when it looks like a mistake."""
        self._alarm, counter = 0, self._counter
        counter.look_around()
        self._remarks.say_idle(counter.idle, 0 if self._step_count else counter.others, counter.shared)

    def get_last_lr(self) -> list[float | Tensor]:
        """The rates the next update will use, one per group; tensors are copies."""
        self.look_at_groups()
        self._remarks.say_difference()
        return copy_rates(self.optimizer.param_groups)

    def get_lr(self) -> list[float | Tensor]:
        """The rates of update `last_epoch`, one per group, whatever the groups have; tensors are copies."""
        self.look_at_groups()
        self._follow_moved()  # where another is in charge too
        return self.writer.rates_at(max(self._t, 0))

    def look_at_groups(self) -> None:
        """Schedule groups that were added, unless another is in charge."""
        if not self.writer.groups.are_all() and self.keep_factors():
            self.rewrite()

    def keep_factors(self) -> bool:
        """Keep what others have made of the rates, unless another is in charge; whether this one is."""
        in_charge = self._is_in_charge()
        if in_charge and self.writer.was_moved():
            self._absorb_changes()
        return in_charge

    def follow_loaded(self, in_charge: bool) -> None:
        """Go on over an optimizer that was loaded: what a loaded state of this scheduler has settled stays."""
        self._alarm = 0
        self._first.put_back(self.optimizer, self.writer.groups, self._tracks.initial)
        if in_charge:
            self.rewrite()

    def rewrite(self) -> None:
        """Write the rates of update t into groups that were added or loaded."""
        self._follow_groups()
        self.writer.write(max(self._t, 0))

    def _follow_moved(self) -> None:
        if not self.writer.groups.are_all():
            self._follow_groups()

    def state_dict(self) -> dict[str, Any]:
        """Plain data, with the same keys at every update: t, the plan, what groups began with, what a rule has seen.

        t counts every update made, also one that `step()` was not yet called for; these lie in `made` where another
        has written the rates since. By group: the factor by which others have multiplied its rate, and the rate as it
        stands where they have, else None.
        """
        self.look_at_groups()
        self._follow_moved()
        pending = None if self._waits else self._counter.count_pending()
        return state_to_save(self._t, self._plan, self._tracks, self.writer, pending).to_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a saved state; what happens when the plan is another is `on_change`. Raises ScheduleError."""
        self._follow_moved()
        saved = state_to_resume(state_dict, self._plan, self.on_change, len(self.optimizer.param_groups))
        groups, same = self.optimizer.param_groups, saved.plan == self._plan
        saved, fastest = saved.begin_in(groups, self._first, self._tracks.initial, self.on_change)
        tracks = self._tracks.lay_again(saved.plan, groups, range(len(groups)), fastest, same=same)
        load_seen(tracks.feedback, saved.seen)
        self._remarks, self._alarm = Remarks(saved.plan, saved.t), 0
        self.writer.factors = saved.factors
        self._follow_plan(saved.plan, tracks)
        self._counter.forget()
        self._t = saved.t
        if saved.waits:
            self._wait_for_turn()
        else:
            self._take_turn()
            self.writer.write(saved.t)
        self._counter.pending = saved.pending
        if saved.rates is not None:
            self.writer.restore(saved.rates, others=saved.pending > 0, waits=saved.waits)

    def _follow_plan(self, plan: SchedulePlan, tracks: Tracks) -> None:
        """Follow a plan that was laid over the groups."""
        groups = self.optimizer.param_groups
        keep_initial_values(groups, tracks.initial)
        self._plan, self._tracks = plan, tracks
        separate_rates(groups, unwrap_optimizer(self.optimizer).defaults)
        self.writer.follow(tracks, plan.extent, plan.after)
        if not self._waits:
            self._ownership.last_rates = self.writer.written
        self.base_lrs = [*tracks.peaks]

    def _follow_groups(self) -> None:
        """Follow the same plan over the groups as they are now, each at its place."""
        places = self.writer.groups.places()
        plan = self._plan.renumber(places)
        tracks = self._tracks.lay_again(plan, self.optimizer.param_groups, places, self._tracks.fastest, same=True)
        self.writer.move(places)
        self._first.move(places, tracks.initial)
        self._follow_plan(plan, tracks)

    @property
    def updates_seen(self) -> int:
        """The updates of the optimizer so far, those included that `step()` was not yet called for."""
        return self._t + self._counter.pending

    def _take_turn(self) -> None:
        """Be in charge of the optimizer's rates from now on."""
        self._waits = False
        self._ownership.take_alone(self)
        self.writer.forget_groups()
        self._ownership.last_rates = self.writer.written
        self._follow_moved()

    def _wait_for_turn(self) -> None:
        """Leave the rates to another."""
        self.relieve()
        self._ownership.leave(self)

    def relieve(self) -> None:
        """Another scheduler of lrlab takes charge."""
        self._waits, self._alarm = True, 0

    def come_back(self) -> None:
        """Be in charge again: the scheduler that was built after this one is gone."""
        self._waits = False
        if self._is_in_charge():
            self.rewrite()

    def _initial_step(self) -> None:
        """SequentialLR calls this where our turn is the first."""
        self._step_count = 0
        self._update_lr(max(self._t + 1, 0))

    def _update_lr(self, epoch: int | None = None) -> None:
        """SequentialLR calls this with 0 where our turn begins."""
        self._take_turn()
        self._write_update(self._t + 1 if epoch is None else epoch)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_counter": self._counter.count_pending(), "_ownership": None}  # no hooks are copied

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._ownership = ownership_of(unwrap_optimizer(self.optimizer))
        shared = self._ownership.owner is not None  # by copy.copy; the original goes on
        if shared:
            mine = RateWriter(self.optimizer, self.writer.factors)
            mine.groups, self.writer, self._remarks = copy(self.writer.groups), mine, copy(self._remarks)
            self._first = copy(self._first)
        self._counter = UpdateCounter(self, pending=state["_counter"])
        if shared:
            self.relieve()
            self._follow_groups()
            self._ownership.stand_behind(self)
            return
        self.writer.find_rates_again()
        if not self._waits:
            self._ownership.take(self)

    def __repr__(self) -> str:
        return f"Scheduler({self._plan}: next is update {self.t})"
