"""What every schedule promises, looked up in the catalogue: a new one is covered by its line in the examples."""

import inspect
from collections.abc import Iterator

import numpy as np
import pytest

from lrlab.schedules import SCHEDULES, Schedule, parse
from lrlab.testing.schedules import ScheduleContract
from support.schedules import EXAMPLES, HORIZON, VARIANTS
from support.strategies import COMPOSED, PLAIN

T = HORIZON.updates
ALL = EXAMPLES | VARIANTS
UPDATES = np.arange(T + 1.0)

every_schedule = pytest.mark.parametrize("name", sorted(ALL))
every_name = pytest.mark.parametrize("name", sorted(SCHEDULES))

# First, last and after, by hand from the docstrings, at T = 20, 6 updates an epoch (so 4 epochs, the last of 2).
SINE = np.sin(np.pi / 40) ** 2  # (1 + cos(19 pi / 20)) / 2
ENDS = {
    "constant": (1, 1, 1),
    "cosine": (1, SINE, 0),
    "cosine_cycles": (1, np.sin(np.pi / 8) ** 2, 0),  # 5 cycles of 4
    "cyclic": (0.1, 0.1 + 0.9 * 0.5, 0.1),  # periods of 4 updates: t = 19 is half-way down, t = 20 begins another
    "exponential": (1, 0.01**0.95, 0.01),
    "flat_cosine": (1, np.sin(np.pi / 10) ** 2, 0),  # over 5 updates
    "floored": (1, 0.1, 0.1),
    "hard_restarts": (1, np.sin(np.pi / 10) ** 2, 0),  # 4 cycles of 5
    "inverse_sqrt": (1, np.sqrt(2 / 21), np.sqrt(2 / 22)),
    "inverse_time": (1, 1 / 1.19, 1 / 1.2),
    "knee": (1, 0.1, 0),
    "linear": (1, 0.05, 0),
    "multi_step": (1, 0.01, 0.01),
    "natural_exponential": (1, np.exp(-4.75), np.exp(-5)),
    "noam": (1 / np.sqrt(512 * 8), 1 / np.sqrt(512 * 20), 1 / np.sqrt(512 * 21)),  # R = 2
    "one_cycle": (0.04, 4e-6, 4e-6),
    "piecewise_constant": (1, 0.1, 0.1),
    "piecewise_linear": (0.1, 1 / 16, 0),  # falls over 16 updates
    "polynomial": (1, 0.0025, 0),
    "power_law": (1, (2 / 21) ** 0.51, (2 / 22) ** 0.51),
    "product": (1, 0.05 / 8, 0),  # a line, and cuts at 6, 12, 18
    "repeat": (1, 0.2, 1),  # rounds of 5
    "rex": (1, 2 / 21, 0),
    "scale": (0.5, 0.025, 0),
    "seq1": (1, 1 / 3, 1 / 3),
    "seq2": (1, 1 / np.sqrt(3), 1 / np.sqrt(3)),
    "seq3": (1, 0.729, 0.729),
    "seq4": (1, 0.8, 0.8),
    "sequence": (1, 0.1, 0),
    "sgdr": (1, np.sin(np.pi / 12) ** 2, np.sin(np.pi / 24) ** 2),  # cycles of 3, 6 and 12, so until 21
    "slanted_triangular": (1 / 32, (1 + 31 / 18) / 32, 1 / 32),
    "staircase": (1, 0.1, 0),  # steps of 2 updates
    "step": (1, 0.001, 0.001),  # cuts at 6, 12, 18
    "stretch": (1, 0.01, 0.01),
    "tanh": ((1 - np.tanh(-6)) / 2, (1 - np.tanh(2.55)) / 2, (1 - np.tanh(3)) / 2),
    "warmup": (1 / 3, np.sin(np.pi / 36) ** 2, 0),  # W = 2, then a cosine over 18 updates
    "wsd": (1, 0.25, 0),
    "cosine, closed, to a floor": (1, 0.1, 0.1),
    "cosine, squared": (1, 0.2 + 0.8 * SINE**2, 0.2),
    "cosine cycles, by the epoch": (1, 0.5, 0.5),  # 2 cycles of 2 epochs: the last is half-way
    "cosine cycles that do not divide the run": (1, np.sin(np.pi / 7) ** 2, np.sin(np.pi / 14) ** 2),  # of 7, until 21
    "cyclic, exponential": (0.1, 0.1 + 0.9 * 0.5 * 0.9**19, 0.1),
    "cyclic, halving": (0.2, 0.2 + 0.8 * 0.5 / 16, 0.2),  # the fifth triangle
    "cyclic, uneven, from 0": (0, 2 / 5.6, 1 / 5.6),  # t = 19 is 5 of 7, t = 20 is 6 of 7; the fall is 5.6 long
    "exponential, by the epoch": (1, 0.5 ** (19 / 6), 0.5 ** (20 / 6)),
    "flat cosine, closed": (1, 0.1, 0.1),
    "floor under steps": (1, 0.2, 0.2),
    "hard restarts between updates": (1, np.sin(np.pi / 2 * 3 / 20) ** 2, 0),
    "inverse square root, after its warm-up": (0, np.sqrt(4 / 19), np.sqrt(4 / 20)),
    "inverse time, by the epoch": (1, 1 / 2.8, 1 / 2.8),
    "inverse time, by the peak": (1, 1 / (1 + 19 / 4), 1 / (1 + 20 / 4)),
    "knee, closed": (1, 0, 0),
    "linear, closed": (1, 0, 0),
    "multi-step, in three units": (1, 0.125, 0.125),
    "noam, of a narrow model": (1 / 16, 1 / np.sqrt(80), 1 / np.sqrt(84)),
    "one cycle, 3 phases": (0.04, 4e-6, 4e-6),
    "one cycle, 3 phases, linear, with momentum": (0.2, 0.1, 0.1),
    "one cycle, linear, the peak between two updates": (0.04, 4e-6, 4e-6),
    "one cycle, with momentum": (0.04, 4e-6, 4e-6),
    "piecewise constant, above the peak": (0.5, 2, 2),
    "piecewise linear, held": (0, 0.2, 0.2),
    "polynomial, closed, late": (1, 0, 0),
    "product of three": (1, 0.05 * 0.01, 0),
    "product with a prefix": (1 / 5, 0.05 * np.sin(np.pi / 2 * 5 / 20) ** 2, 0),
    "repeat, the last round cut": (1, np.sin(np.pi / 2 * 5 / 6) ** 2, np.sin(np.pi / 2 * 4 / 6) ** 2),
    "rex, closed, to a floor": (1, 0.1, 0.1),
    "scale of a warm-up": (2 / 3, 2 * np.sin(np.pi / 36) ** 2, 0),
    "sequence of three": (1 / 3, 2 * (1 / 4) / (1 + 1 / 4), 1),  # rounds of 4 of the last 8: t = 19 is 3 of 4
    "sgdr, equal, to a floor": (1, 0.1 + 0.9 * np.cos(np.pi / 12) ** 2, 0.1 + 0.9 * np.cos(np.pi / 6) ** 2),
    "sgdr, falling, growing by half": (1, 1 / 8, 1 / 8 * np.cos(np.pi / 2 / 13.5) ** 2),  # of 4, 6, 9: starts at 19
    "slanted, even": (0.25, (1 + 0.3) / 4, 0.25),
    "step, by the epoch": (1, 0.125, 0.125),  # cuts at 6, 12, 18
    "stretch of a longer schedule": (1, 0.5**6, 0.5**6),  # t = 38 of 40
    "stretch of a shorter one with momentum": (0.04, 4e-6, 4e-6),  # t = 9.5 of 10 is after the last update, 9
    "tanh, closed": ((1 + np.tanh(3)) / 2, (1 - np.tanh(3)) / 2, (1 - np.tanh(3)) / 2),
    "warm-up along a cosine": (np.sin(np.pi / 10) ** 2, 1, 1),
    "warm-up along a logarithm": (0, 1, 1),
    "warm-up along an exponential": (0.01**0.8, 1 / 16, 0),
    "warm-up as a factor": (0.25, 0.05, 0),
    "warm-up before the whole of it": (0.2, 0.25, 0.2),  # t = 19 is 15 of the line's 20
    "warm-up of half the run, reaching the peak": (0.1, 0.1, 0),  # W = 10, then a line over 10 updates
    "warm-up from 0, before one cycle": (0, 4e-6, 4e-6),
    "warm-up from a third": (1 / 3, np.sin(np.pi / 30) ** 2, 0),
    "warm-up with one low rate": (0.1, 1 / 8, 0),
    "warm-up with the momentum of one cycle": (0.04 / 5, 4e-6, 4e-6),
    "wsd, 1-sqrt": (1, 0.1 + 0.9 * (1 - np.sqrt(7 / 8)), 0.1),
    "wsd, cosine": (1, np.sin(np.pi / 16) ** 2, 0),
    "wsd, exponential": (1, 2 * 0.5 ** (7 / 8) - 1, 0),
    "wsd, square, closed": (1, 0, 0),
}
# The highest fraction of the peak, where it is not 1 or below.
HIGHEST = {
    "noam": 1 / np.sqrt(512 * 2),
    "noam, of a narrow model": 1 / 4,
    "piecewise constant, above the peak": 2,
    "scale": 0.5,
    "scale of a warm-up": 2,
    "tanh": (1 + np.tanh(6)) / 2,
    "tanh, closed": (1 + np.tanh(3)) / 2,
}


class TestEverySchedule(ScheduleContract):
    @pytest.fixture(params=sorted(ALL))
    def case(self, request) -> str:
        return request.param

    @pytest.fixture
    def schedule(self, case) -> Schedule:
        return ALL[case]

    @pytest.fixture
    def ends(self, case) -> tuple[float, float, float]:
        return ENDS[case]


def fractions(name: str) -> np.ndarray:
    return ALL[name].resolve(1.0, HORIZON).shape(UPDATES, HORIZON)


def family(cls: type) -> Iterator[type]:
    yield cls
    for sub in cls.__subclasses__():
        yield from family(sub)


def test_every_schedule_has_an_example_and_a_strategy():
    assert EXAMPLES.keys() == SCHEDULES.keys()
    assert PLAIN.keys() | COMPOSED.keys() == SCHEDULES.keys()
    assert ENDS.keys() == ALL.keys()
    assert all(type(EXAMPLES[name]) is SCHEDULES[name] for name in EXAMPLES)


@pytest.mark.parametrize("cls", [cls for cls in family(Schedule) if cls.__module__.startswith("lrlab.schedules.")])
def test_every_schedule_is_abstract_or_final(cls):
    if inspect.isabstract(cls):
        return
    assert getattr(cls, "__final__", False), f"{cls.__name__} lacks @final"
    inside = [sub for sub in cls.__subclasses__() if sub.__module__.startswith("lrlab.")]
    assert not inside, f"{cls.__name__}: wrap it, do not subclass it"
    assert cls in SCHEDULES.values(), f"{cls.__name__} is not registered"


@every_name
def test_the_docstring_has_a_formula_a_source_and_numbers(name):
    doc = SCHEDULES[name].__doc__
    for needed in (".. math::", "<https://", ">>> "):
        assert needed in doc, f"{name}: the docstring lacks {needed!r}"


@every_schedule
def test_the_highest_fraction_is_as_stated(name):
    shape = fractions(name)
    assert shape.max() <= HIGHEST.get(name, 1) * (1 + 1e-15)
    if name in HIGHEST:
        assert ALL[name].highest != "1"
        assert shape.max() == pytest.approx(HIGHEST[name], rel=1e-12)


@every_name
def test_the_text_it_is_written_as_is_its_own(name):
    written = SCHEDULES[name].written
    assert str(parse(written)) == written
    assert parse(written) == EXAMPLES[name]
    if name not in COMPOSED:
        assert written == name
