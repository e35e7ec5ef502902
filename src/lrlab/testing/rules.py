"""What every rule promises. Inherit, provide `rule`, and each promise is checked against your class."""

import json
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ..rules import Rule, RuleState, from_dict, parse, parse_rule, simulate
from ..schedules import Horizon

TRIALS = 7
PEAKS = np.geomspace(0.01, 1, TRIALS)


def example_losses(trials: int | None, epochs: int, seed: int = 0) -> NDArray[np.float64]:
    """Falling, rising and hardly changing losses, one after each epoch: shape (E,), or (K, E) for K trials.

    trials: K, None for one. epochs: E. seed: others are other losses.
    """
    rng = np.random.default_rng(seed)
    loss_KE = np.cumsum(rng.choice([-0.3, -0.01, 0.0, 0.2], size=(trials or 1, epochs)), axis=1) + 1.0
    return loss_KE if trials is not None else loss_KE[0]


class RuleContract:
    """The promises of a rule. The class must be registered; several instances make the better test.

    class TestMine(RuleContract):
        @pytest.fixture(params=["mine+constant", "mine(limit=2)+warmup+cosine"])
        def rule(self, request):
            return parse(request.param)
    """

    @pytest.fixture
    def rule(self) -> Rule:
        """The rule whose promises are checked."""
        raise NotImplementedError

    @pytest.fixture
    def horizon(self) -> Horizon:
        """A horizon that it fits: ten epochs, the last of two updates."""
        return Horizon(updates=47, updates_per_epoch=5)

    def test_epoch_0_uses_what_its_schedule_begins_with(self, rule: Rule, horizon: Horizon) -> None:
        """Nothing was seen yet."""
        drive = rule.bind(peak=0.3, horizon=horizon)
        assert drive.row(drive.init(), 0)[0] == rule.then.bind(peak=0.3, horizon=horizon)(0)

    def test_rates_are_finite_and_between_0_and_the_peak(self, rule: Rule, horizon: Horizon) -> None:
        """Whatever the losses are."""
        rates = simulate(rule, example_losses(TRIALS, horizon.epochs), peak=PEAKS, horizon=horizon)
        assert rates.shape == (TRIALS, horizon.updates)
        assert np.isfinite(rates).all()
        assert (rates >= 0).all()
        if rule.then.highest == "1":
            assert (rates <= PEAKS[:, None]).all()

    def test_alone_equals_together(self, rule: Rule, horizon: Horizon) -> None:
        """Each of K trials is as it would be alone, though one was not measured once and another has diverged."""
        loss_KE = example_losses(TRIALS, horizon.epochs)
        loss_KE[2, 3] = np.nan
        loss_KE[3, 4:] = np.inf
        together = simulate(rule, loss_KE, peak=PEAKS, horizon=horizon)
        alone = [simulate(rule, loss_KE[k], peak=PEAKS[k], horizon=horizon) for k in range(TRIALS)]
        np.testing.assert_array_equal(together, alone)

    @pytest.mark.parametrize("trials", [None, TRIALS], ids=["one", "together"])
    def test_a_resume_at_every_epoch_goes_on_to_the_bit(self, rule: Rule, horizon: Horizon, trials: int | None) -> None:
        """From a state that went through JSON."""
        losses, peak = example_losses(trials, horizon.epochs), PEAKS if trials else 0.1
        drive, whole = rule.bind(peak=peak, horizon=horizon), simulate(rule, losses, peak=peak, horizon=horizon)
        state = drive.init()
        for epoch in range(horizon.epochs):
            again = rule.state_from_dict(json.loads(json.dumps(rule.state_to_dict(state), allow_nan=False)))
            assert _are_same(again, state)
            np.testing.assert_array_equal(drive.row(again, epoch), whole[..., drive.updates(epoch)])
            state = drive.update(again, losses[..., epoch], epoch)

    def test_what_is_given_is_not_changed(self, rule: Rule, horizon: Horizon) -> None:
        """Whatever was asked before, and however often, the answer is the same."""
        drive, losses = rule.bind(peak=PEAKS, horizon=horizon), example_losses(TRIALS, horizon.epochs)[:, 0]
        before, kept_losses = drive.init(), losses.copy()
        kept = type(before)(*(np.array(field) for field in before))
        after = drive.update(before, losses, 3)
        drive.row(after, 4)
        assert _are_same(before, kept)
        np.testing.assert_array_equal(losses, kept_losses)
        assert _are_same(drive.update(before, losses, 3), after)

    def test_one_update_and_many_agree(self, rule: Rule, horizon: Horizon) -> None:
        """Under one state; what lies beyond the horizon is held."""
        drive, updates = rule.bind(peak=0.3, horizon=horizon), horizon.updates
        state = drive.init()
        for epoch, loss in enumerate(example_losses(None, horizon.epochs)):
            state = drive.update(state, loss, epoch)
        many = drive(state, np.arange(updates + 20))
        np.testing.assert_array_equal(many, [drive(state, t) for t in range(updates + 20)])
        assert set(many[updates:].tolist()) == {many[updates]}
        assert drive(state, 3).shape == ()
        assert drive.row(state, horizon.epochs).shape == (0,)

    def test_states_keep_the_kind_and_shape_of_every_field(self, rule: Rule, horizon: Horizon) -> None:
        """So a state can be saved, and stacked with others."""
        drive, losses = rule.bind(peak=PEAKS, horizon=horizon), example_losses(TRIALS, horizon.epochs)
        state = drive.init()
        for epoch in range(horizon.epochs):
            moved = drive.update(state, losses[:, epoch], epoch)
            for old, new in zip(state, moved, strict=True):
                assert (new.dtype, new.shape) == (old.dtype, (TRIALS,))
            state = moved

    def test_a_value_that_was_not_measured_is_passed_over(self, rule: Rule, horizon: Horizon) -> None:
        """A run with a hole goes on as one in which that epoch's value was never asked for."""
        drive = rule.bind(peak=0.1, horizon=horizon)
        state = drive.update(drive.update(drive.init(), 1.0, 3), 0.9, 4)
        for value in (None, np.nan, np.inf, -np.inf):
            assert _are_same(drive.update(state, value, 5), state) or rule.watches == "nothing"

    def test_text_and_json_lead_back(self, rule: Rule) -> None:
        """So a study file, a record and the command line name the very same rule."""
        assert parse(str(rule)) == parse_rule(str(rule)) == rule
        assert from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False))) == rule
        assert type(parse(rule.written)) is type(rule)

    def test_it_is_a_frozen_value(self, rule: Rule) -> None:
        """Equal to its copies, in this process and the next, and never changed."""
        for twin in (replace(rule), pickle.loads(pickle.dumps(rule)), from_dict(rule.to_dict())):
            assert twin == rule
            assert hash(twin) == hash(rule)
        with pytest.raises(FrozenInstanceError):
            rule.name = "another"  # type: ignore[misc]

    def test_the_docstring_says_when_it_acts(self, rule: Rule) -> None:
        """In epoch 0 and in the last epoch; each field by its name."""
        text = type(rule).__doc__ or ""
        for needed in ("Epoch 0:", "Last epoch:", *(field.name for field in fields(rule))):
            assert needed in text, f"{rule.name}: the docstring lacks {needed!r}"


def _are_same(first: RuleState, second: RuleState) -> bool:
    """Whether two states are the same, bit for bit, in values, kinds and shapes."""
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(first, second, strict=True)]
    return type(first) is type(second) and all((a.dtype, a.tobytes()) == (b.dtype, b.tobytes()) for a, b in pairs)
