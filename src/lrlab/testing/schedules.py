"""What every schedule promises. Inherit, provide `schedule`, and each promise is checked against your class."""

import json
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from ..errors import ScheduleError
from ..schedules import Horizon, Schedule, from_dict, parse


class ScheduleContract:
    """The promises of a schedule. The class must be registered; several instances make the better test.

    class TestMine(ScheduleContract):
        @pytest.fixture(params=["mine", "mine(power=2)"])
        def schedule(self, request):
            return parse(request.param)
    """

    @pytest.fixture
    def schedule(self) -> Schedule:
        """The schedule whose promises are checked."""
        raise NotImplementedError

    @pytest.fixture
    def horizon(self) -> Horizon:
        """A horizon that it fits: 20 updates, the last epoch shorter than the others."""
        return Horizon(updates=20, updates_per_epoch=6)

    @pytest.fixture
    def ends(self) -> tuple[float, float, float] | None:
        """The fractions of the first update, the last update and after, worked out by hand; None: not checked."""
        return None

    def test_fractions_are_finite_and_no_higher_than_stated(self, schedule: Schedule, horizon: Horizon) -> None:
        """From 0 to the highest, which is 1 where the class says nothing else."""
        fractions = schedule.bind(peak=1.0, horizon=horizon)(_updates_of(schedule, horizon))
        assert np.isfinite(fractions).all()
        assert (fractions >= 0).all()
        if schedule.highest == "1":
            assert fractions.max() <= 1 + 1e-12, f"{schedule} is above the peak; say how far, in `highest`"

    def test_the_ends_are_as_stated(
        self, schedule: Schedule, horizon: Horizon, ends: tuple[float, float, float] | None
    ) -> None:
        """The first update, the last update and after."""
        if ends is not None:
            rates = schedule.bind(peak=1.0, horizon=horizon)
            last = horizon.updates - 1
            np.testing.assert_allclose(rates([0, last, last + 1]), ends, rtol=1e-12, atol=1e-16)

    def test_one_update_and_many_agree(self, schedule: Schedule, horizon: Horizon) -> None:
        """To the bit, in every order and shape."""
        rates, t = schedule.bind(peak=0.3, horizon=horizon), _updates_of(schedule, horizon)
        many = rates(t)
        np.testing.assert_array_equal(many, [rates(update) for update in t])
        np.testing.assert_array_equal(many[::-3], rates(t[::-3]))
        np.testing.assert_array_equal(many[: horizon.updates], rates.all())
        np.testing.assert_array_equal(np.stack([many, many]), rates(np.stack([t, t])))

    def test_the_order_of_calls_does_not_matter(self, schedule: Schedule, horizon: Horizon) -> None:
        """No state stands between two calls."""
        rates, t = schedule.bind(peak=0.3, horizon=horizon), _updates_of(schedule, horizon)
        backwards = [float(rates(update)) for update in reversed(t)]
        assert backwards[::-1] == schedule.bind(peak=0.3, horizon=horizon)(t).tolist()

    def test_a_shape_keeps_the_shape_of_t(self, schedule: Schedule, horizon: Horizon) -> None:
        """A number, a list and a table of updates, and none."""
        resolved, t = schedule.resolve(1.0, horizon), np.arange(float(horizon.updates // 2 * 2))
        for part in (np.float64(0), np.array(0.0), t, t.reshape(2, -1), np.empty(0)):
            assert np.shape(resolved.shape(part, horizon)) == np.shape(part)  # pyright: ignore[reportArgumentType]
            assert schedule.bind(peak=1.0, horizon=horizon)(part).shape == np.shape(part)

    def test_what_is_given_is_not_changed(self, schedule: Schedule, horizon: Horizon) -> None:
        """Neither by the rates nor by the momentum; the same question has the same answer."""
        resolved, t = schedule.resolve(1.0, horizon), _updates_of(schedule, horizon)
        kept = t.copy()
        fractions, moved = resolved.shape(t, horizon), resolved.momentum(t, horizon)
        np.testing.assert_array_equal(t, kept)
        assert not np.shares_memory(fractions, t)
        np.testing.assert_array_equal(fractions, resolved.shape(t, horizon))
        if moved is not None:
            np.testing.assert_array_equal(moved, resolved.momentum(t, horizon))

    def test_the_value_at_the_end_is_held(self, schedule: Schedule, horizon: Horizon) -> None:
        """However far beyond; or the curve begins again, or is refused, where that was asked for."""
        end, t = schedule.extent(horizon), np.arange(horizon.updates)
        assert end >= horizon.updates
        rates = schedule.bind(peak=0.3, horizon=horizon)
        assert set(rates([end, end + 1, 10 * end]).tolist()) == {float(rates(end))}
        again = schedule.bind(peak=0.3, horizon=horizon, after="repeat")
        np.testing.assert_array_equal(again(end + t), again(t))
        with pytest.raises(ScheduleError, match=f"is beyond the horizon of {end} updates; bind a longer horizon"):
            schedule.bind(peak=0.3, horizon=horizon, after="error")(end)

    def test_a_horizon_it_does_not_fit_is_refused_in_words(self, schedule: Schedule) -> None:
        """Over a few updates it has numbers, or a ScheduleError says what to change."""
        for updates in (1, 2, 3, 5, 8, 13):
            horizon = Horizon(updates=updates, updates_per_epoch=2)
            try:
                rates = schedule.bind(peak=1.0, horizon=horizon)
            except ScheduleError:
                continue
            assert np.isfinite(rates(np.arange(updates + 1))).all()

    def test_text_and_json_lead_back(self, schedule: Schedule) -> None:
        """So a study file, a record and the command line name the very same schedule."""
        assert parse(str(schedule)) == schedule
        assert from_dict(json.loads(json.dumps(schedule.to_dict(), allow_nan=False))) == schedule
        assert type(parse(schedule.written)) is type(schedule)

    def test_it_is_a_frozen_value(self, schedule: Schedule) -> None:
        """Equal to its copies, in this process and the next, and never changed."""
        for twin in (replace(schedule), pickle.loads(pickle.dumps(schedule)), from_dict(schedule.to_dict())):
            assert twin == schedule
            assert hash(twin) == hash(schedule)
        with pytest.raises(FrozenInstanceError):
            schedule.name = "another"  # type: ignore[misc]

    def test_the_docstring_states_the_ends_and_the_fields(self, schedule: Schedule) -> None:
        """First update, last update, after; the highest value where it is not the peak; each field by its name."""
        text = " ".join((type(schedule).__doc__ or "").split())
        for needed in ("First update:", "Last update:", "After:"):
            assert needed in text, f"{schedule.name}: the docstring lacks {needed!r}"
        for field in fields(schedule):
            assert field.name in text, f"{schedule.name}: the docstring does not say what `{field.name}` is"
        assert ("Highest:" in text) == (schedule.highest != "1")
        if schedule.highest != "1":
            assert f"Highest: {schedule.highest}" in text


def _updates_of(schedule: Schedule, horizon: Horizon) -> np.ndarray:
    """The updates of the curve, and the one after."""
    return np.arange(schedule.extent(horizon) + 1.0)
