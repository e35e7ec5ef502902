"""The rates of a trial: those its schedule asks for, and those that its optimizer used."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError
from ..rules import Rule
from ..schedules import Horizon
from ..spec import Trial

BLOCK = 4096  # updates whose rates are worked out at once: a call costs as much as some hundred of them
CLOSE = 1e-6  # the share of a rate by which another may differ and be the same


class AskedRates:
    """The rate that a trial's schedule asks of each update; a rule's as far as reports go."""

    def __init__(self, trial: Trial, horizon: Horizon) -> None:
        self.horizon = horizon
        plan = trial.schedule
        self._drive = plan.bind(peak=trial.peak, horizon=horizon) if isinstance(plan, Rule) else None
        self._curve = None if isinstance(plan, Rule) else plan.bind(peak=trial.peak, horizon=horizon)
        self._states: list[Any] = [] if self._drive is None else [self._drive.init()]  # before each epoch
        self._start, self._block = 0, list[float]()
        self._looked_at = np.arange(0), np.empty(0)  # updates, and what the curve gives for them

    @property
    def watches(self) -> bool:
        """Whether they depend on validation losses."""
        return self._drive is not None and self._drive.rule.watches != "nothing"

    def rate(self, t: int) -> float:
        """The rate of update t. Raises RunError where it depends on what was not reported yet."""
        place = t - self._start
        if 0 <= place < len(self._block):
            return self._block[place]
        self._load_block(t)
        return self._block[t - self._start]

    def tell(self, number: int, loss: float | None) -> None:
        """Show the rule the validation loss of an epoch, counted from 1; the ones between were not measured."""
        if self._drive is None:
            return
        while len(self._states) <= number:
            epoch = len(self._states) - 1
            shown = loss if epoch == number - 1 else None
            self._states.append(self._drive.update(self._states[-1], shown, epoch))

    def all_known(self) -> NDArray[np.float64]:
        """The rates of updates 0 .. T-1, NaN where they are not known; shape (T,)."""
        known = np.full(self.horizon.updates, np.nan)
        if self._curve is not None:
            return self._curve(np.arange(self.horizon.updates))
        assert self._drive is not None
        for epoch, state in enumerate(self._states):
            updates = self._drive.updates(epoch)
            known[updates] = self._drive(state, updates)
        return known

    def between(self, start: int, stop: int) -> NDArray[np.float64]:
        """The rates of updates start .. stop-1, of those below T; NaN where they are not known."""
        stop = min(stop, self.horizon.updates)
        if self._curve is None:
            return self.all_known()[start:stop]
        updates, rates = self._looked_at
        if not (len(updates) and updates[0] <= start and stop <= updates[-1] + 1):
            updates = np.arange(start, max(stop, min(start + BLOCK, self.horizon.updates)))
            rates = self._curve(updates)
            self._looked_at = updates, rates
        return rates[start - updates[0] : stop - updates[0]] if len(updates) else rates

    def _load_block(self, t: int) -> None:
        """Work out the rates from update t on."""
        if self._curve is not None:
            updates = np.arange(t, t + BLOCK)
            self._start, self._block = t, self._curve(updates).tolist()
            return
        assert self._drive is not None
        length = self.horizon.updates_per_epoch
        epoch = min(t // length, self.horizon.epochs - 1)
        if epoch >= len(self._states):
            raise RunError(
                f"run.rate({t}) depends on the validation loss of epoch {epoch}, which was not reported yet; call "
                f"run.report(epoch={epoch}, validation_loss=...) before it"
            )
        updates = np.arange(t, max((epoch + 1) * length, t + 1))
        self._start, self._block = t, self._drive(self._states[epoch], updates).tolist()


class UsedRates:
    """The rates that updates used, (T,) with NaN where none was recorded.

    made: how many updates were made. last, first: the updates recorded last and least in this attempt; -1: none.
    """

    def __init__(self, updates: int) -> None:
        self.rates: NDArray[np.float64] = np.full(updates, np.nan)
        self.made = 0
        self.last = self.first = -1

    def record(self, t: int, rate: float) -> None:
        """Note the rate of update t, counted from 0."""
        if t < len(self.rates):
            self.rates[t] = rate
        if self.first < 0 or t < self.first:
            self.first = t
        self.last = t
        if t >= self.made:
            self.made = t + 1

    def known(self) -> int:
        """Of how many updates a rate was recorded."""
        return int(np.isfinite(self.rates).sum())

    def place_of(self, rate: float, least: int) -> int:
        """The update that an optimizer is at which uses this rate, where these rates were asked for; from `least` on.

        The last that was asked for, unless a loop asked ahead: then the first that has this rate. Of all that was asked
        for, to the end, the last says nothing.
        """
        last, end = self.last, len(self.rates) - 1
        if last <= least or least > end or (last < end and _is_close(self.rates[last], rate)):
            return max(last, least)
        if _is_close(self.rates[least], rate):
            return least
        with np.errstate(invalid="ignore"):
            places = np.flatnonzero(_is_close(self.rates[least : last + 1], rate))
        if len(places):
            return least + int(places[0])
        return last if last < end else least

    def restore(self, start: int, rates: list[float]) -> None:
        """Take up the rates of the updates from one on, as an attempt before noted them."""
        end = min(start + len(rates), len(self.rates))
        self.rates[start:end] = rates[: end - start]
        self.made = max(self.made, start + len(rates))


def first_difference(asked: NDArray[np.float64], used: NDArray[np.float64]) -> tuple[int, int] | None:
    """The first update whose rate is not the one asked for, and how many there are; None where there is none.

    Of equal shape; where either is NaN nothing is compared.
    """
    with np.errstate(invalid="ignore"):
        apart = ~_is_close(used, asked) & ~np.isnan(used - asked)
    places = np.flatnonzero(apart)
    return (int(places[0]), len(places)) if len(places) else None


def _is_close(one: Any, other: Any) -> Any:
    return np.abs(one - other) <= CLOSE * np.maximum(np.abs(one), np.abs(other))
