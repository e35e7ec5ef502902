"""The contracts of schedules and rules pass for classes of a user's own, and fail for what breaks a promise."""

from dataclasses import dataclass

import numpy as np
import pytest

from lrlab.rules import parse, register
from lrlab.schedules import Horizon, Schedule
from lrlab.testing.rules import RuleContract
from lrlab.testing.schedules import ScheduleContract
from support.own import HalvedState, Halving, Waves, catalogue_kept

HORIZON = Horizon(updates=20, updates_per_epoch=6)


@pytest.fixture(autouse=True)
def _catalogue():
    with catalogue_kept():
        register("halving")(Halving)
        register("waves")(Waves)
        yield


class TestWaves(ScheduleContract):
    @pytest.fixture(params=["waves", "waves(waves=1, low=0.5, corners=[1, 0.5], after=cosine)"])
    def schedule(self, request):
        return parse(request.param)

    @pytest.fixture
    def ends(self, schedule):
        if schedule.waves == 1:
            return 1, 0.5 + 0.5 * np.cos(np.pi / 20) ** 2, 1
        return None


class TestHalving(RuleContract):
    @pytest.fixture(params=["halving+constant", "halving(limit=0.5, most=2)+warmup+cosine"])
    def rule(self, request):
        return parse(request.param)


@dataclass(frozen=True, kw_only=True)
class Unkept(Schedule):
    """First update: it breaks promises. Last update: by the word in `what`."""

    what: str = "high"

    def shape(self, t, horizon):
        if self.what == "changed":
            t += 0.0
            return t
        if self.what == "sizes":
            return np.where(t.size > 1, t / horizon.updates, 0.5)
        return np.full(np.shape(t), {"high": 2.0, "below": -0.1}.get(self.what, 1.0))


@pytest.mark.parametrize(
    ("what", "promise"),
    [
        ("high", "test_fractions_are_finite_and_no_higher_than_stated"),
        ("below", "test_fractions_are_finite_and_no_higher_than_stated"),
        ("sizes", "test_one_update_and_many_agree"),
        ("sizes", "test_the_order_of_calls_does_not_matter"),
        ("changed", "test_what_is_given_is_not_changed"),
        ("none", "test_the_docstring_states_the_ends_and_the_fields"),
    ],
)
def test_a_promise_that_is_not_kept_fails(what, promise):
    Unkept.name = "unkept"
    check = getattr(ScheduleContract(), promise)
    wanted = {"schedule": Unkept(what=what), "horizon": HORIZON}
    with pytest.raises(AssertionError):
        check(**{name: wanted[name] for name in check.__annotations__ if name in wanted})


def test_a_name_that_leads_to_another_class_fails():
    @register("unkept")
    @dataclass(frozen=True, kw_only=True)
    class Forgetful(Waves):
        def to_dict(self):
            return {"name": "unkept"}

    with pytest.raises(AssertionError):
        ScheduleContract().test_text_and_json_lead_back(Forgetful(low=0.5))


@dataclass(frozen=True, kw_only=True)
class Growing(Halving):
    """Epoch 0: it breaks promises."""

    def scale(self, state):
        return 2.0**state.halvings


@dataclass(frozen=True, kw_only=True)
class Mixing(Halving):
    """Epoch 0: each trial is halved when any is."""

    def advance(self, state, value):
        return HalvedState(state.halvings + (np.max(value) > self.limit))


@pytest.mark.parametrize(
    ("cls", "promise"),
    [
        (Growing, "test_rates_are_finite_and_between_0_and_the_peak"),
        (Growing, "test_the_docstring_says_when_it_acts"),
        (Mixing, "test_alone_equals_together"),
    ],
)
def test_a_promise_that_a_rule_does_not_keep_fails(cls, promise):
    cls.name = "unkept"
    check = getattr(RuleContract(), promise)
    wanted = {"rule": cls(then=Waves()), "horizon": Horizon(updates=47, updates_per_epoch=5)}
    with pytest.raises(AssertionError):
        check(**{name: wanted[name] for name in check.__annotations__ if name in wanted})
