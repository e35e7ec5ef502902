"""Whatever cannot be used is refused when it is built or bound, with the smallest change that mends it."""

from fractions import Fraction

import numpy as np
import pytest

from lrlab.errors import LabError, ScheduleError, UnknownName
from lrlab.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Cyclic,
    Exponential,
    Horizon,
    Linear,
    OneCycle,
    Polynomial,
    Rates,
    Schedule,
    Step,
    Warmup,
    checked_peak,
    from_dict,
    register,
)

WAYS = 'write "20%", "5 epochs" or "500 updates"'


def over(updates: int) -> Horizon:
    return Horizon(updates=updates, updates_per_epoch=4)


@pytest.mark.parametrize(
    ("cls", "field", "bounds"),
    [
        (Cosine, "floor", "[0, 1]"),
        (Linear, "floor", "[0, 1]"),
        (Polynomial, "floor", "[0, 1]"),
        (Polynomial, "power", "(0, 10]"),
        (Step, "gamma", "(0, 1]"),
        (Exponential, "gamma", "(0, 1]"),
        (OneCycle, "start", "[0, 1]"),
        (OneCycle, "final", "[0, 1]"),
        (Cyclic, "rise", "[0.01, 0.99]"),
        (Cyclic, "low", "[0, 1]"),
    ],
)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 10.1, True, np.True_, "0.5", None, 1j, [0.5]])
def test_a_number_out_of_bounds_is_told_them(cls, field, bounds, value):
    with pytest.raises(ScheduleError) as caught:
        cls(**{field: value})
    way = "; write 0.5 without quotes" if value == "0.5" else ""
    assert f"{cls.name}: `{field}` must be a number in {bounds}, but got {value!r}{way}" == str(caught.value)


@pytest.mark.parametrize(("cls", "field"), [(Step, "gamma"), (Exponential, "gamma"), (Polynomial, "power")])
def test_an_open_bound_is_left_out(cls, field):
    with pytest.raises(ScheduleError, match=r"must be a number in \(0, "):
        cls(**{field: 0})


@pytest.mark.parametrize("value", [np.float32(0.5), np.float64(0.5), Fraction(1, 2), 0.5])
def test_a_number_of_any_kind_becomes_a_float(value):
    schedule = Cosine(floor=value)
    assert schedule == Cosine(floor=0.5)
    assert type(schedule.floor) is float
    assert str(schedule) == "cosine(floor=0.5)"


def test_whole_numbers_and_minus_zero_become_floats():
    assert repr(Cosine(floor=np.int64(1)).floor) == "1.0"
    assert repr(Cosine(floor=-0.0).floor) == "0.0"


@pytest.mark.parametrize(
    ("cls", "field"), [(Step, "every"), (Exponential, "every"), (OneCycle, "rise"), (Cyclic, "period")]
)
@pytest.mark.parametrize("value", [5, 0.3, "5", None, "120%", "0 epochs"])
def test_a_span_that_cannot_be_names_its_field(cls, field, value):
    with pytest.raises(ScheduleError, match=f"{cls.name}: `{field}`: a span .*{WAYS}"):
        cls(**{field: value})


@pytest.mark.parametrize(("cls", "field"), [(Step, "every"), (Exponential, "every")])
def test_a_span_of_less_than_one_update_is_refused_when_bound(cls, field):
    with pytest.raises(ScheduleError, match=rf'{cls.name}: `{field}`: .*; write at least "20%" or "1 updates"'):
        cls(**{field: "5%"}).bind(peak=0.1, horizon=over(5))


@pytest.mark.parametrize(
    ("build_it", "message"),
    [
        (lambda: Cosine(end="shut"), "unknown cosine end 'shut'; known: closed, open"),
        (lambda: OneCycle(anneal="cosin"), r"unknown one_cycle anneal 'cosin'; did you mean cosine\?"),
        (
            lambda: Warmup(first=0, then=Cosine()),
            r'warmup: `first` must be a word, but got 0; write "1/\(W\+1\)" or .*"0"',
        ),
        (lambda: Cosine(end=None), 'cosine: `end` must be a word, but got None; write "open" or "closed"'),
        (lambda: Warmup(then="cosine"), r"warmup: `then` must be a schedule, such as Cosine\(\), but got 'cosine'"),
        (lambda: Warmup(then=Warmup(then=Cosine())), "write one warm-up with a longer span"),
        (lambda: SCHEDULES.find("cosin"), r"unknown schedule 'cosin'; did you mean cosine or flat_cosine\?"),
        (
            lambda: SCHEDULES.build("cosine", {"flor": 0}),
            r"unknown field of schedule cosine 'flor'; did you mean floor\?",
        ),
        (lambda: SCHEDULES.build("warmup", {}), "warmup: needs then"),
        (lambda: from_dict({"floor": 0.1}), r'such as \{"name": "cosine"\}, but got'),
        (lambda: from_dict({"name": 5}), r'such as \{"name": "cosine"\}'),
        (lambda: from_dict("cosine"), r'such as \{"name": "cosine"\}'),  # pyright: ignore[reportArgumentType]
        (lambda: from_dict({"name": "cosine", 1: 2}), "unknown field of schedule cosine '1'"),
        (lambda: from_dict({"name": "warmup", "then": "cosine"}), "`then` must be a schedule"),
    ],
)
def test_words_names_and_parts(build_it, message):
    with pytest.raises(LabError, match=message):
        build_it()


@pytest.mark.parametrize(
    ("schedule", "updates", "message"),
    [
        (Cosine(end="closed"), 1, 'cosine: .*; write end="open" or lengthen the run by 1 update'),
        (Linear(end="closed"), 1, 'linear: .*; write end="open"'),
        (Polynomial(end="closed"), 1, 'polynomial: .*; write end="open"'),
        (OneCycle(), 2, "one_cycle: a rise and a fall need 3 updates, but got 2; lengthen the run by 1"),
        (OneCycle(), 5, r'"30%" is 1.5 of 5 updates; lengthen it to rise="2 updates"'),
        (OneCycle(rise="100%"), 9, r'"100%" is 9 of 9 updates; shorten it to rise="8 updates"'),
        (OneCycle(rise="20 updates"), 9, r'"20 updates" is 20 of 9 updates; shorten it to rise="8 updates"'),
        (Cyclic(), 5, r'"20%" is 1 of 5 updates; write at least period="2 updates" or lengthen the run'),
        (Warmup(span="5 updates", then=Cosine()), 5, "is 5 of 5 updates; shorten it by at least 1 updates"),
        (Warmup(span="9 updates", then=Cosine()), 5, "is 9 of 5 updates; shorten it by at least 5 updates"),
        (Warmup(then=Cosine()), 4, 'warmup: `span`: .*; write at least "25%" or "1 updates"'),
        (Warmup(span="4 updates", then=Cosine(end="closed")), 5, 'cosine: .*; write end="open"'),
        (Warmup(span="4 updates", then=OneCycle()), 8, 'one_cycle: .* "30%" is 1.2 of 4 updates'),
    ],
)
def test_a_horizon_it_does_not_fit(schedule, updates, message):
    with pytest.raises(ScheduleError, match=message):
        schedule.bind(peak=0.1, horizon=over(updates))


@pytest.mark.parametrize(
    ("schedule", "updates"),
    [
        (OneCycle(rise="2 updates"), 3),
        (OneCycle(rise="8 updates"), 9),
        (Cyclic(period="2 updates"), 5),
        (Cyclic(period="2 updates"), 1),
        (Warmup(span="25%", then=Cosine()), 4),
        (Warmup(span="4 updates", then=Cosine()), 5),
        (Cosine(), 1),
        (Cosine(end="closed"), 2),
        (Step(every="1 updates"), 1),
    ],
)
def test_what_the_messages_advise_fits(schedule, updates):
    rates = schedule.bind(peak=1.0, horizon=over(updates)).all()
    assert np.isfinite(rates).all()
    assert ((rates >= 0) & (rates <= 1)).all()


@pytest.mark.parametrize("peak", [0, -0.1, float("nan"), float("inf"), 1001, True, "0.1", None, 1j])
def test_a_peak_is_a_rate(peak):
    message = r"a peak rate must lie in \(0, 1000\], but got .*; usual ones are 0.0001 to 1"
    with pytest.raises(ScheduleError, match=message):
        checked_peak(peak)
    with pytest.raises(ScheduleError, match=message):
        Constant().bind(peak=peak, horizon=over(5))
    with pytest.raises(ScheduleError, match=message):
        Rates(schedule=Constant(), peak=peak, horizon=over(5))


@pytest.mark.parametrize("peak", [1, np.float32(1), np.int64(1), 1000, 1e-9])
def test_a_peak_becomes_a_float(peak):
    assert type(Constant().bind(peak=peak, horizon=over(5)).peak) is float


@pytest.mark.parametrize("t", [-1, [0, -0.5], float("nan"), [3, float("nan")]])
def test_updates_are_numbered_from_0(t):
    with pytest.raises(ScheduleError, match="updates are numbered from 0, but got t = "):
        Constant().bind(peak=0.1, horizon=over(5))(t)


def test_after_the_horizon_one_may_ask_for_an_error():
    rates = Cosine().bind(peak=0.1, horizon=over(5), after="error")
    assert rates([0, 4]).shape == (2,)
    assert rates([]).shape == (0,)
    with pytest.raises(ScheduleError, match="update 5 is beyond the horizon of 5 updates; bind a longer horizon"):
        rates([4, 5])


def test_binding_needs_a_horizon_and_a_known_word():
    with pytest.raises(ScheduleError, match=r"a horizon is Horizon\(updates=..., updates_per_epoch=...\)"):
        Cosine().bind(peak=0.1, horizon=100)  # pyright: ignore[reportArgumentType]
    with pytest.raises(UnknownName, match=r"'holt'.*did you mean hold"):
        Cosine().bind(peak=0.1, horizon=over(5), after="holt")  # pyright: ignore[reportArgumentType]


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="schedule 'cosine' is already Cosine"):
        register("cosine")(Constant)
    assert SCHEDULES["cosine"] is Cosine
    assert Constant.name == "constant"


def test_an_abstract_schedule_cannot_be_built():
    with pytest.raises(TypeError, match="abstract"):
        Schedule()  # pyright: ignore[reportAbstractUsage]
