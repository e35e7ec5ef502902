"""What holds of Keras on every backend; `test_keras.py` runs it once for each, in a process of its own."""

import os

import pytest

if "KERAS_BACKEND" not in os.environ:
    pytest.skip("run by test_keras.py, which names a backend", allow_module_level=True)

import keras
import numpy as np

from lrlab.errors import LabWarning, ScheduleError, TaskError
from lrlab.rules import parse_rule
from lrlab.schedules import SCHEDULES, Cosine, Horizon, parse
from lrlab.trainers import KerasCallback, KerasSchedule
from support.fake_run import FakeRun
from support.schedules import HORIZON

JAX = keras.backend.backend() == "jax"
TWELVE = Horizon(updates=12, updates_per_epoch=4)
# Keras itself asks for arrays in a way that numpy warns of
asks_for_arrays = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def rates_of(text, peak=0.1, horizon=TWELVE):
    return parse(text).bind(peak=peak, horizon=horizon)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
@pytest.mark.filterwarnings("ignore::lrlab.errors.LabWarning")
def test_every_rate_is_the_float32_nearest_to_the_schedules(name):
    schedule = parse(SCHEDULES.find(name).written)
    given = {"updates": HORIZON.updates, "updates_per_epoch": HORIZON.updates_per_epoch}
    rate, t = KerasSchedule(schedule, 0.3, **given), np.arange(30)
    expected = schedule.bind(peak=0.3, horizon=HORIZON)(t).astype(np.float32)
    np.testing.assert_array_equal([float(rate(step)) for step in t], expected)


def test_after_the_end_the_value_at_the_end_is_held():
    rate = KerasSchedule("cosine(floor=0.25)", 1.0, 8)
    assert [float(rate(step)) for step in (0, 8, 9, 10**6)] == [1.0, 0.25, 0.25, 0.25]


def test_fields_are_saved_and_read():
    rate = KerasSchedule(Cosine(floor=0.1), 0.3, 12, updates_per_epoch=4, batches_per_update=2)
    again = KerasSchedule.from_config(rate.get_config())
    assert again.get_config() == rate.get_config()
    assert [float(again(step)) for step in range(30)] == [float(rate(step)) for step in range(30)]
    through = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(rate))
    assert through.get_config() == rate.get_config()


def test_what_cannot_be_a_schedule_is_refused():
    with pytest.raises(ScheduleError, match=r"watches the run.*callbacks=\[KerasCallback\(run\)\], which sets each"):
        KerasSchedule("plateau+cosine", 0.1, 12)
    with pytest.raises(ScheduleError, match="give the optimizer's gradient_accumulation_steps, or leave both out"):
        KerasSchedule("cosine", 0.1, 12, batches_per_update=0)
    with pytest.raises(ScheduleError, match="write updates_per_epoch="):
        KerasSchedule("step(gamma=0.5, every=1 epochs)", 0.1, 12)
    with pytest.warns(LabWarning, match="moves the momentum, and Keras is given its rate alone"):
        KerasSchedule("one_cycle(momenta=[0.95, 0.85])", 0.1, 12)


def make_model(rate, accumulated=None, steps=1):
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dropout(0.3), keras.layers.Dense(1)]
    )
    optimizer = keras.optimizers.SGD(rate, gradient_accumulation_steps=accumulated)
    model.compile(optimizer, "mse", metrics=["mae"], steps_per_execution=steps)
    return model


def data():
    inputs = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    return inputs, inputs.sum(axis=1, keepdims=True)


def fit(run, *, rate=None, accumulated=None, steps=1, epochs=3, more=(), names=None):
    callback = KerasCallback(run, names=names)
    model = make_model(callback.schedule(accumulated or 1) if rate is None else rate, accumulated, steps)
    batch = 16 // (run.updates_per_epoch * (accumulated or 1))
    options = {"batch_size": batch, "epochs": epochs, "verbose": 0, "callbacks": [callback, *more]}
    model.fit(*data(), validation_data=data(), **options)
    return callback, model


def value_of(weight):
    return float(keras.ops.convert_to_numpy(weight)[0])


def weights_of(model):
    return [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]


def used_by(run):
    assert [*run.rates] == [*range(run.updates)]
    return [*run.rates.values()]


def test_a_run_has_the_trials_rates_and_reports_each_epoch(tmp_path):
    run = FakeRun(tmp_path, schedule="warmup(span=25%)+cosine")
    callback, model = fit(run)
    np.testing.assert_array_equal(np.float32(used_by(run)), rates_of(run.schedule).all().astype(np.float32))
    assert [(report["epoch"], report["update"]) for report in run.reports] == [(1, 4), (2, 8), (3, 12)]
    assert set(run.reports[0]) > {"train_loss", "train_mae", "validation_loss", "validation_mae"}
    callback.finish(model.evaluate(*data(), verbose=0, return_dict=True))
    assert run.finished["test_loss"] == pytest.approx(run.reports[-1]["validation_loss"])
    assert set(run.finished) == {"test_loss", "test_mae"}


@pytest.mark.parametrize("measured", [[0.5, 0.25], 0.5])
def test_what_was_measured_without_names_is_refused(tmp_path, measured):
    with pytest.raises(TaskError, match=r"numbers by name, but got .*model.evaluate\(..., return_dict=True\)\)$"):
        KerasCallback(FakeRun(tmp_path)).finish(measured)


@asks_for_arrays
def test_the_rate_moves_the_weights(tmp_path):
    weight = keras.Variable([1.0])
    optimizer = keras.optimizers.SGD(KerasSchedule("cosine", 0.1, 12))
    used = []
    for _ in range(14):
        before = value_of(weight)
        optimizer.apply([keras.ops.ones(1)], [weight])
        used.append(before - value_of(weight))
    np.testing.assert_allclose(used, rates_of("cosine")(np.arange(14)), atol=2e-7)


@asks_for_arrays
def test_batches_whose_gradients_are_accumulated_are_one_update(tmp_path):
    run = FakeRun(tmp_path)
    _, model = fit(run, accumulated=2)
    np.testing.assert_array_equal(np.float32(used_by(run)), rates_of("cosine").all().astype(np.float32))
    assert int(model.optimizer.iterations) == 12
    weight, used = keras.Variable([1.0]), []
    optimizer = keras.optimizers.SGD(
        KerasSchedule("cosine", 0.1, 4, batches_per_update=2), gradient_accumulation_steps=2
    )
    for _ in range(8):
        before = value_of(weight)
        optimizer.apply([keras.ops.ones(1)], [weight])
        used.append(before - value_of(weight))
    expected = rates_of("cosine", horizon=Horizon(updates=4, updates_per_epoch=4)).all()
    np.testing.assert_allclose(used[1::2], expected, atol=2e-7)
    assert used[::2] == [0.0] * 4


@asks_for_arrays
def test_a_rate_that_is_no_schedule_is_recorded_as_it_was(tmp_path):
    run = FakeRun(tmp_path)
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 / 2**epoch)
    fit(run, rate=0.5, more=[halve])
    assert used_by(run) == [0.5] * 4 + [0.25] * 4 + [0.125] * 4


def test_another_schedule_is_recorded_as_it_was(tmp_path):
    run = FakeRun(tmp_path)
    fit(run, rate=keras.optimizers.schedules.CosineDecay(0.1, 24))
    expected = rates_of("cosine", horizon=Horizon(updates=24, updates_per_epoch=24))(np.arange(12))
    np.testing.assert_allclose(used_by(run), expected, rtol=1e-5)


class Ruled(FakeRun):
    def rate(self, t):
        drive = parse_rule(self.schedule).bind(peak=self.peak, horizon=TWELVE)
        state = drive.init()
        for epoch, report in enumerate(self.reports):
            state = drive.update(state, report["validation_loss"], epoch)
        return float(drive(state, t))


@pytest.mark.parametrize("accumulated", [None, 2])
def test_a_rule_sets_the_rate_of_each_update(tmp_path, accumulated):
    run = Ruled(tmp_path, schedule="plateau(patience=0, threshold=1.0, factor=0.5)+cosine")
    fit(run, accumulated=accumulated)
    expected = rates_of("cosine").all() * ([1.0] * 8 + [0.5] * 4)
    np.testing.assert_array_equal(np.float32(used_by(run)), expected.astype(np.float32))


@pytest.mark.skipif(not JAX, reason="one update at a time is all that Keras does on this backend")
def test_several_updates_at_once(tmp_path):
    run = FakeRun(tmp_path)
    fit(run, steps=2)
    np.testing.assert_array_equal(np.float32(used_by(run)), rates_of("cosine").all().astype(np.float32))
    with pytest.raises(TaskError, match=r"compile\(steps_per_execution=2\) makes several at once; leave it out"):
        fit(Ruled(tmp_path, schedule="plateau+constant"), steps=2)


def test_a_fit_of_another_length_is_refused(tmp_path):
    with pytest.raises(TaskError, match=r"fit makes 8 updates \(2 epochs of 4 batches\).*write epochs=run.updates //"):
        fit(FakeRun(tmp_path), epochs=2)


@asks_for_arrays
def test_a_stopped_run_resumes_bit_for_bit(tmp_path):
    def backup():
        return [keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)]

    whole = FakeRun(tmp_path)
    expected = weights_of(fit(whole)[1])
    stopped = FakeRun(tmp_path, stop_after=1)
    fit(stopped, more=backup())
    assert len(stopped.reports) == 1
    again = FakeRun(tmp_path)
    _, model = fit(again, more=backup())
    assert stopped.reports + again.reports == whole.reports
    assert [*stopped.rates.items(), *again.rates.items()] == [*whole.rates.items()]
    assert all(np.array_equal(one, other) for one, other in zip(expected, weights_of(model), strict=True))


def test_the_seed_decides_all(tmp_path):
    runs = [FakeRun(tmp_path, seed=seed) for seed in (3, 3, 4)]
    for run in runs:
        fit(run)
    assert runs[0].reports == runs[1].reports
    assert runs[0].reports != runs[2].reports


def test_a_name_of_the_users_own(tmp_path):
    run = FakeRun(tmp_path)
    fit(run, names={"val_mae": "validation_error"})
    assert "validation_error" in run.reports[0]


@asks_for_arrays
def test_a_model_is_saved_with_its_schedule_and_loaded(tmp_path):
    run = FakeRun(tmp_path)
    _, model = fit(run)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.optimizer._learning_rate.get_config() == model.optimizer._learning_rate.get_config()
    assert int(loaded.optimizer.iterations) == 12
    assert float(loaded.optimizer.learning_rate) == float(model.optimizer.learning_rate)
