"""What every schedule promises, looked up in the catalogue: a new one is covered by its line in the examples."""

import inspect
import json
import pickle
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from lrlab.schedules import SCHEDULES, Schedule, from_dict, parse
from lrlab.testing.schedules import EXAMPLES, HORIZON, VARIANTS
from lrlab.testing.strategies import PLAIN

T = HORIZON.updates
ALL = EXAMPLES | VARIANTS
UPDATES = np.arange(T + 1.0)

every_schedule = pytest.mark.parametrize("name", sorted(ALL))
every_name = pytest.mark.parametrize("name", sorted(SCHEDULES))

# First, last and after, by hand from the docstrings, at T = 20.
SINE = np.sin(np.pi / 40) ** 2  # (1 + cos(19 pi / 20)) / 2
ENDS = {
    "constant": (1, 1, 1),
    "cosine": (1, SINE, 0),
    "cyclic": (0.1, 0.1 + 0.9 * 0.5, 0.1),  # periods of 4 updates: t = 19 is half-way down, t = 20 begins another
    "exponential": (1, 0.01**0.95, 0.01),
    "linear": (1, 0.05, 0),
    "one_cycle": (0.04, 4e-6, 4e-6),
    "polynomial": (1, 0.0025, 0),
    "step": (1, 0.001, 0.001),  # cuts at 6, 12, 18
    "warmup": (1 / 3, np.sin(np.pi / 36) ** 2, 0),  # W = 2, then a cosine over 18 updates
    "cosine, closed, to a floor": (1, 0.1, 0.1),
    "cyclic, uneven, from 0": (0, 2 / 5.6, 1 / 5.6),  # t = 19 is 5 of 7, t = 20 is 6 of 7; the fall is 5.6 long
    "exponential, by the epoch": (1, 0.5 ** (19 / 6), 0.5 ** (20 / 6)),
    "linear, closed": (1, 0, 0),
    "one cycle, linear, the peak between two updates": (0.04, 4e-6, 4e-6),
    "polynomial, closed, late": (1, 0, 0),
    "step, by the epoch": (1, 0.125, 0.125),  # cuts at 6, 12, 18
    "warm-up of half the run, reaching the peak": (0.1, 0.1, 0),  # W = 10, then a line over 10 updates
    "warm-up from 0, before one cycle": (0, 4e-6, 4e-6),
}


def family(cls: type) -> Iterator[type]:
    yield cls
    for sub in cls.__subclasses__():
        yield from family(sub)


def test_every_schedule_has_an_example_and_a_strategy():
    assert EXAMPLES.keys() == SCHEDULES.keys()
    assert PLAIN.keys() | {"warmup"} == SCHEDULES.keys()
    assert all(type(EXAMPLES[name]) is SCHEDULES[name] for name in EXAMPLES)


@pytest.mark.parametrize("cls", [cls for cls in family(Schedule) if cls.__module__.startswith("lrlab.")])
def test_every_schedule_is_abstract_or_final(cls):
    if inspect.isabstract(cls):
        return
    assert getattr(cls, "__final__", False), f"{cls.__name__} lacks @final"
    assert not cls.__subclasses__(), f"{cls.__name__}: wrap it, do not subclass it"
    assert cls in SCHEDULES.values(), f"{cls.__name__} is not registered"


@every_name
def test_the_docstring_states_the_ends_and_the_source(name):
    doc = SCHEDULES[name].__doc__
    for needed in ("First update:", "Last update:", "After:", ".. math::", "<https://", ">>> "):
        assert needed in doc, f"{name}: the docstring lacks {needed!r}"


@every_name
def test_the_docstring_names_every_field(name):
    doc = SCHEDULES[name].__doc__
    for field in fields(SCHEDULES[name]):
        assert field.name in doc, f"{name}: the docstring does not say what `{field.name}` is"


@every_schedule
def test_the_ends_are_as_stated(name):
    rates = ALL[name].bind(peak=1.0, horizon=HORIZON)
    np.testing.assert_allclose(rates([0, T - 1, T]), ENDS[name], rtol=1e-12, atol=1e-16)


@every_schedule
def test_one_update_and_many_agree(name):
    rates = ALL[name].bind(peak=0.3, horizon=HORIZON)
    many = rates(UPDATES)
    np.testing.assert_array_equal(many, [rates(t) for t in range(T + 1)])
    np.testing.assert_array_equal(many[::-3], rates(UPDATES[::-3]))
    np.testing.assert_array_equal(many[:20].reshape(4, 5), rates(UPDATES[:20].reshape(4, 5)))
    np.testing.assert_array_equal(many[:T], rates.all())


@every_schedule
def test_a_shape_keeps_the_shape_of_t(name):
    schedule = ALL[name]
    for t in (np.float64(3), np.array(3.0), UPDATES, UPDATES[:20].reshape(4, 5), np.empty(0)):
        assert np.shape(schedule.shape(t, HORIZON)) == np.shape(t)
        assert schedule.bind(peak=1.0, horizon=HORIZON)(t).shape == np.shape(t)


@every_schedule
def test_fractions_are_finite_and_between_0_and_1(name):
    shape = ALL[name].shape(UPDATES, HORIZON)
    assert np.isfinite(shape).all()
    assert (shape >= 0).all()
    assert (shape <= 1).all()


@every_schedule
def test_the_value_at_the_end_is_held(name):
    rates = ALL[name].bind(peak=0.3, horizon=HORIZON)
    assert set(rates([T, T + 1, 10 * T]).tolist()) == {float(rates(T))}


@every_schedule
def test_a_schedule_is_pure(name):
    schedule, t = ALL[name], UPDATES.copy()
    first = schedule.shape(t, HORIZON)
    np.testing.assert_array_equal(t, UPDATES)
    np.testing.assert_array_equal(first, schedule.shape(t, HORIZON))
    assert not np.shares_memory(first, t)


@every_schedule
def test_a_schedule_is_a_value(name):
    schedule = ALL[name]
    for twin in (replace(schedule), pickle.loads(pickle.dumps(schedule)), from_dict(schedule.to_dict())):
        assert twin == schedule
        assert hash(twin) == hash(schedule)
    with pytest.raises(FrozenInstanceError):
        schedule.anything = 1


@every_schedule
def test_json_and_text_lead_back(name):
    schedule = ALL[name]
    assert from_dict(json.loads(json.dumps(schedule.to_dict(), allow_nan=False))) == schedule
    assert parse(str(schedule)) == schedule


@every_name
def test_a_schedule_of_defaults_is_written_by_its_name_alone(name):
    text = "warmup+cosine" if name == "warmup" else name
    assert str(parse(text)) == text
    assert parse(text) == EXAMPLES[name]
