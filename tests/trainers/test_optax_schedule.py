"""The schedule for optax gives the schedule's own rates, to float32, whatever JAX does with it."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings

import lrlab
from lrlab.errors import LabWarning, ScheduleError, UnknownName
from lrlab.rules import Plateau
from lrlab.schedules import Cosine, Horizon, Rates, parse
from lrlab.trainers import optax_schedule
from support.strategies import bound

CURVE = "warmup(span=25%)+cosine"
TWELVE = Horizon(updates=12, updates_per_epoch=12)


@pytest.fixture(scope="module", autouse=True)
def jax(library):
    library("optax")
    return library("jax")


@pytest.fixture(scope="module")
def optax(library):
    return library("optax")


def rates_of(text, updates=12, peak=0.1):
    return parse(text).bind(peak=peak, horizon=Horizon(updates=updates, updates_per_epoch=updates))


@settings(max_examples=30)
@given(bound())
@pytest.mark.filterwarnings("ignore::lrlab.errors.LabWarning")
def test_every_rate_is_the_float32_nearest_to_the_schedules(rates: Rates):
    given = {"peak": rates.peak, "updates": rates.horizon.updates, "updates_per_epoch": rates.horizon.updates_per_epoch}
    t = np.arange(rates.resolved.extent(rates.horizon) + 5)
    np.testing.assert_array_equal(optax_schedule(rates.schedule, **given)(t), rates(t).astype(np.float32))


def test_the_door_opens_it():
    assert lrlab.optax_schedule is optax_schedule


def test_traced_mapped_and_one_by_one_are_the_same(jax):
    rate = optax_schedule(CURVE, 0.1, 12)
    t = np.arange(15)
    expected = rates_of(CURVE)(t).astype(np.float32)
    np.testing.assert_array_equal([rate(count) for count in range(15)], expected)
    np.testing.assert_array_equal(jax.jit(rate)(t), expected)
    np.testing.assert_array_equal(jax.vmap(rate)(t), expected)
    np.testing.assert_array_equal(jax.lax.map(rate, jax.numpy.asarray(t)), expected)
    np.testing.assert_array_equal(jax.jit(jax.vmap(jax.vmap(rate)))(t.reshape(3, 5)), expected.reshape(3, 5))
    assert float(jax.grad(lambda x: x * rate(3))(1.0)) == expected[3]


def test_after_the_end_the_value_at_the_end_is_held_and_before_the_beginning_the_first():
    rate = optax_schedule("cosine(floor=0.25)", 1.0, 8)
    assert [float(rate(count)) for count in (8, 9, 2**31 - 1)] == [0.25] * 3
    assert float(rate(-1)) == float(rate(0)) == 1.0


def test_a_prefixed_warm_up_lies_before_the_updates():
    rate = optax_schedule("warmup(span=4 updates, mode=prefix)+linear", 1.0, 8)
    assert [float(rate(count)) for count in (4, 8, 12, 20)] == [1.0, 0.5, 0.0, 0.0]


def used_by(optax, jax, optimizer, updates):
    """How far each update moves a parameter whose gradient is 1, by plain gradient descent."""

    @jax.jit
    def step(value, state):
        moves, state = optimizer.update(jax.numpy.float32(1.0), state, value)
        return optax.apply_updates(value, moves), state, moves

    value = jax.numpy.float32(0.0)
    state, moved = optimizer.init(value), []
    for _ in range(updates):
        value, state, moves = step(value, state)
        moved.append(-float(moves))
    return moved, state


@pytest.mark.parametrize("injected", [False, True])
def test_gradient_descent_moves_by_it(optax, jax, injected):
    rate = optax_schedule(CURVE, 0.1, 12)
    optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=rate) if injected else optax.sgd(rate)
    moved, state = used_by(optax, jax, optimizer, 14)
    np.testing.assert_array_equal(moved, rates_of(CURVE)(np.arange(14)).astype(np.float32))
    if injected:
        assert float(state.hyperparams["learning_rate"]) == moved[-1]


def test_accumulated_batches_are_one_update(optax, jax):
    optimizer = optax.MultiSteps(optax.sgd(optax_schedule(CURVE, 0.1, 12)), every_k_schedule=3)
    moved, _ = used_by(optax, jax, optimizer, 36)
    assert moved[0] == moved[1] == 0.0
    np.testing.assert_array_equal(moved[2::3], rates_of(CURVE).all().astype(np.float32))


def test_adamw_is_optaxs_own_under_the_same_curve(optax, jax):
    ours = optax_schedule("cosine", 0.1, 12)
    theirs = optax.cosine_decay_schedule(0.1, 12)
    runs = [used_by(optax, jax, optax.adamw(rate), 12)[0] for rate in (ours, theirs)]
    np.testing.assert_allclose(*runs, rtol=1e-4, atol=1e-8)


def test_it_is_joined_with_optaxs_own(optax):
    joined = optax.join_schedules([optax.constant_schedule(0.5), optax_schedule("linear", 1.0, 4)], [2])
    assert [float(joined(count)) for count in range(6)] == [0.5, 0.5, 1.0, 0.75, 0.5, 0.25]


def test_with_wide_floats_it_is_the_schedule_itself():
    code = (
        "import jax, numpy as np, lrlab; jax.config.update('jax_enable_x64', True);"
        "rate = lrlab.optax_schedule('warmup(span=5%)+cosine', 0.1, 1000);"
        "rates = lrlab.parse('warmup(span=5%)+cosine').bind(peak=0.1, "
        "horizon=lrlab.Horizon(updates=1000, updates_per_epoch=1000));"
        "assert (np.asarray(jax.jit(rate)(np.arange(1000))) == rates.all()).all();"
        "import sys; sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_says_what_it_is():
    rate = optax_schedule(Cosine(), 0.1, 12)
    assert repr(rate) == "optax_schedule('cosine', peak=0.1, updates=12)"
    assert (rate.schedule, rate.peak, rate.updates, rate.updates_per_epoch) == (Cosine(), 0.1, 12, 12)


def test_epochs_are_counted_where_they_are_given():
    rate = optax_schedule("step(gamma=0.5, every=1 epochs)", 1.0, 4, updates_per_epoch=2)
    assert [float(rate(count)) for count in range(4)] == [1.0, 1.0, 0.5, 0.5]
    with pytest.raises(ScheduleError, match="counts epochs, but no `updates_per_epoch` was given; write"):
        optax_schedule("step(gamma=0.5, every=1 epochs)", 1.0, 4)


@pytest.mark.parametrize("rule", ["plateau+cosine", Plateau(then=Cosine())])
def test_a_rule_is_refused_with_the_way_out(rule):
    with pytest.raises(ScheduleError, match=r'watches the run.*state.hyperparams\["learning_rate"\] = run.rate\(t\)'):
        optax_schedule(rule, 0.1, 12)


def test_the_way_out_for_a_rule_works(optax, jax):
    optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=0.1)
    update = jax.jit(optimizer.update)
    state, moved = optimizer.init(0.0), []
    losses = [1.0, 1.0, 1.0]
    rates = lrlab.simulate(
        lrlab.parse("plateau(patience=0, factor=0.5)+constant"),
        losses,
        peak=0.1,
        horizon=Horizon(updates=6, updates_per_epoch=2),
    )
    for rate in rates.tolist():
        state.hyperparams["learning_rate"] = jax.numpy.float32(rate)
        moves, state = update(jax.numpy.float32(1.0), state)
        moved.append(-float(moves))
    np.testing.assert_array_equal(moved, rates.astype(np.float32))
    assert moved[-1] < moved[0]


def test_what_is_no_schedule_is_refused():
    with pytest.raises(UnknownName, match="did you mean cosine"):
        optax_schedule("cosin", 0.1, 12)
    with pytest.raises(ScheduleError, match=r"but got <function.*write \"warmup"):
        optax_schedule(lambda t: 1.0, 0.1, 12)
    with pytest.raises(ScheduleError, match="a peak rate must lie in"):
        optax_schedule("cosine", 0.0, 12)
    with pytest.raises(ScheduleError, match="`1 <= updates"):
        optax_schedule("cosine", 0.1, 0)
    with pytest.raises(ScheduleError, match=r"at most 50,000,000 updates.*give fewer `updates`"):
        optax_schedule("cosine", 0.1, 10**9)


def test_a_count_that_is_no_whole_number_is_refused(jax):
    rate = optax_schedule("cosine", 0.1, 12)
    with pytest.raises(ScheduleError, match=r"got float32; write count.astype\(jnp.int32\)"):
        rate(2.5)
    with pytest.raises(ScheduleError, match="got float32"):
        jax.jit(rate)(2.5)


def test_a_momentum_that_is_left_alone_is_said():
    with pytest.warns(LabWarning, match="moves the momentum, and optax is given its rate alone; leave `momenta` out"):
        rate = optax_schedule("one_cycle(momenta=[0.95, 0.85])", 0.1, 12)
    assert float(rate(3)) == np.float32(rates_of("one_cycle")(3))


def test_a_class_of_the_users_own_must_give_numbers_everywhere():
    class Holed(Cosine):
        name = "holed"

        def shape(self, t, horizon):
            return np.where(t == 5, np.nan, super().shape(t, horizon))

    with pytest.raises(ScheduleError, match="gives nan at update 5; its shape must be a finite number"):
        optax_schedule(Holed(), 0.1, 12)
