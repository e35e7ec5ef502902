"""What every rule promises, looked up in the catalogue: a new one is covered by its line in the examples."""

import inspect
import json
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from lrlab.rules import RULES, Rule, from_dict, parse, parse_rule, simulate
from lrlab.schedules import SCHEDULES, Horizon
from support.rules import ALL, EXAMPLES, HORIZON, losses

E, K, T = HORIZON.epochs, 7, HORIZON.updates
PEAKS = np.geomspace(0.01, 1, K)

every_rule = pytest.mark.parametrize("name", sorted(ALL))
every_name = pytest.mark.parametrize("name", sorted(RULES))


def same(one, two):
    """Whether two states are the same, bit for bit, in values, kinds and shapes."""
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(one, two, strict=True)]
    return type(one) is type(two) and all((a.dtype, a.tobytes()) == (b.dtype, b.tobytes()) for a, b in pairs)


def test_every_rule_has_an_example_and_a_name_of_its_own():
    assert EXAMPLES.keys() == RULES.keys()
    assert all(type(EXAMPLES[name]) is RULES[name] for name in EXAMPLES)
    assert not RULES.keys() & SCHEDULES.keys()


def test_every_rule_is_abstract_or_final():
    for cls in RULES.values():
        assert getattr(cls, "__final__", False), f"{cls.__name__} lacks @final"
        assert not cls.__subclasses__(), f"{cls.__name__}: wrap it, do not subclass it"
        assert not inspect.isabstract(cls)
    assert {cls for cls in Rule.__subclasses__() if cls.__module__.startswith("lrlab.")} == set(RULES.values())


@every_name
def test_the_docstring_says_when_it_acts_and_where_it_is_from(name):
    doc = RULES[name].__doc__
    for needed in ("Epoch 0:", "Last epoch:", ".. math::", "<https://", ">>> ", "warm-up"):
        assert needed in doc, f"{name}: the docstring lacks {needed!r}"
    for field in fields(RULES[name]):
        assert field.name in doc, f"{name}: the docstring does not say what `{field.name}` is"


@every_name
def test_the_text_it_is_shown_with_is_one(name):
    assert type(parse_rule(RULES[name].written)) is RULES[name]


@every_rule
def test_epoch_0_uses_what_its_schedule_begins_with(name):
    rule = ALL[name]
    first = rule.bind(peak=0.3, horizon=HORIZON)
    alone = rule.then.bind(peak=0.3, horizon=HORIZON)
    assert first.row(first.init(), 0)[0] == alone(0)


@every_rule
def test_rates_are_finite_and_between_0_and_the_peak(name):
    rates = simulate(ALL[name], losses(K), peak=PEAKS, horizon=HORIZON)
    assert rates.shape == (K, T)
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()
    assert (rates <= PEAKS[:, None]).all()


@every_rule
def test_alone_equals_together(name):
    loss_KE = losses(K)
    loss_KE[2, 3] = np.nan  # one trial was not measured once
    loss_KE[3, 4:] = np.inf  # another has diverged
    together = simulate(ALL[name], loss_KE, peak=PEAKS, horizon=HORIZON)
    alone = [simulate(ALL[name], loss_KE[k], peak=PEAKS[k], horizon=HORIZON) for k in range(K)]
    np.testing.assert_array_equal(together, alone)


@every_rule
def test_a_rule_acts_in_the_examples(name):
    """Else the sweep would say nothing."""
    rates = simulate(ALL[name], losses(K), peak=0.1, horizon=HORIZON)
    assert not (rates == ALL[name].then.bind(peak=0.1, horizon=HORIZON).all()).all() or name == "by_epoch"


@every_rule
@pytest.mark.parametrize("shape", [(), (K,)], ids=["one", "together"])
def test_a_resume_at_every_epoch_goes_on_to_the_bit(name, shape):
    rule, loss_KE = ALL[name], losses(K)[(0,) * (not shape)]
    drive = rule.bind(peak=PEAKS if shape else 0.1, horizon=HORIZON)
    whole = simulate(rule, loss_KE, peak=PEAKS if shape else 0.1, horizon=HORIZON)
    state = drive.init()
    for epoch in range(E):
        text = json.dumps(rule.state_to_dict(state), allow_nan=False)
        again = rule.state_from_dict(json.loads(text))
        assert same(again, state)
        np.testing.assert_array_equal(drive.row(again, epoch), whole[..., drive.updates(epoch)])
        state = drive.update(again, loss_KE[..., epoch], epoch)


@every_rule
def test_a_rule_is_pure(name):
    """Whatever was asked before, and however often, the answer is the same; nothing given is changed."""
    drive, value = ALL[name].bind(peak=PEAKS, horizon=HORIZON), losses(K)[:, 0]
    before, seen = drive.init(), value.copy()
    kept = type(before)(*(np.array(field) for field in before))
    after = drive.update(before, value, 3)
    drive.row(after, 4)
    assert same(before, kept)
    np.testing.assert_array_equal(value, seen)
    assert same(drive.update(before, value, 3), after)


@every_rule
def test_one_update_and_many_agree(name):
    drive = ALL[name].bind(peak=0.3, horizon=HORIZON)
    state = drive.init()
    for epoch, loss in enumerate(losses()):
        state = drive.update(state, loss, epoch)
    many = drive(state, np.arange(T + 20))
    np.testing.assert_array_equal(many, [drive(state, t) for t in range(T + 20)])
    assert set(many[T:].tolist()) == {many[T]}  # held beyond the horizon
    assert drive(state, 3).shape == ()
    assert drive.row(state, E).shape == (0,)


@every_rule
def test_states_keep_the_kind_and_shape_of_every_field(name):
    drive = ALL[name].bind(peak=PEAKS, horizon=HORIZON)
    state = drive.init()
    for epoch in range(E):
        moved = drive.update(state, losses(K)[:, epoch], epoch)
        for one, two in zip(state, moved, strict=True):
            assert (two.dtype, two.shape) == (one.dtype, (K,))
        state = moved


@every_rule
def test_a_value_that_was_not_measured_is_passed_over(name):
    """A run with a hole goes on as one in which that epoch's value was never asked for."""
    rule = ALL[name]
    drive = rule.bind(peak=0.1, horizon=HORIZON)
    state = drive.update(drive.update(drive.init(), 1.0, 3), 0.9, 4)
    for value in (None, np.nan, np.inf, -np.inf):
        held = drive.update(state, value, 5)
        assert same(held, state) or rule.watches == "nothing"


@every_rule
def test_a_rule_is_a_value(name):
    rule = ALL[name]
    for twin in (replace(rule), pickle.loads(pickle.dumps(rule)), from_dict(rule.to_dict())):
        assert twin == rule
        assert hash(twin) == hash(rule)
    with pytest.raises(FrozenInstanceError):
        rule.anything = 1


@every_rule
def test_json_and_text_lead_back(name):
    rule = ALL[name]
    assert from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False))) == rule
    assert parse(str(rule)) == parse_rule(str(rule)) == rule


def test_the_last_epoch_may_be_shorter():
    rates = simulate(EXAMPLES["by_epoch"], losses(), peak=1.0, horizon=HORIZON)
    assert rates.shape == (T,)
    np.testing.assert_array_equal(rates, np.repeat(0.5 ** np.arange(E), 5)[:T])


def test_one_epoch_is_the_schedule_itself():
    short = Horizon(updates=3, updates_per_epoch=5)
    for rule in EXAMPLES.values():
        np.testing.assert_array_equal(simulate(rule, [1.0], peak=0.1, horizon=short), [0.1] * 3)
        np.testing.assert_array_equal(simulate(rule, [], peak=0.1, horizon=short), [0.1] * 3)
