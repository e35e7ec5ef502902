"""What the newer entries refuse, as a text, a value or a horizon; every message says the way out."""

import re

import numpy as np
import pytest

from lrlab.errors import LabError, ScheduleError
from lrlab.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    CosineCycles,
    Cyclic,
    Floored,
    Horizon,
    InverseTime,
    Linear,
    MultiStep,
    Noam,
    OneCycle,
    PiecewiseConstant,
    PiecewiseLinear,
    Product,
    Repeat,
    Scale,
    Sequence,
    Sgdr,
    Staircase,
    Stretch,
    Tanh,
    Warmup,
    from_dict,
    parse,
)

WAYS = re.escape('write "20%", "5 epochs" or "500 updates"')
DEEP = "scale(of=" * 12 + "linear" + ", by=0.5)" * 12


@pytest.mark.parametrize(
    ("build_it", "message"),
    [
        (lambda: MultiStep(at="30%"), r"`at` must be a list of 1 to 100 spans, but got '30%'; write as in: \[\"30%\""),
        (lambda: MultiStep(at=()), r"`at` must be a list of 1 to 100 spans, but got \(\)"),
        (lambda: MultiStep(at=(0.3,)), f"multi_step: `at`: a span .* but got 0.3; {WAYS}"),
        (lambda: MultiStep(at=("30%",) * 101), "must be a list of 1 to 100 spans"),
        (lambda: PiecewiseConstant(values=0.1), r"`values` must be a list .*; write as in: \[1, 0.1, 0.01\]"),
        (lambda: PiecewiseConstant(values=(1, "2", 3)), r"`values` must hold numbers in \[0, 100\], but got '2'"),
        (lambda: PiecewiseLinear(values=(1, float("nan"), 3)), r"must hold numbers in \[0, 100\], but got nan"),
        (lambda: PiecewiseLinear(values=(1, -1, 3)), r"must hold numbers in \[0, 100\], but got -1"),
        (lambda: PiecewiseConstant(values=(1, 2)), "one more than `at`, but got 2 and 2; add 1 of the values"),
        (lambda: PiecewiseLinear(values=(1, 2, 3, 4)), "but got 4 and 2; leave out 1 of the values"),
        (lambda: OneCycle(momenta=0.9), r"`momenta` must be a list .*; write as in: \[0.95, 0.85\]"),
        (lambda: OneCycle(momenta=(1.0, 0.85)), r"hold numbers in \[0, 1\), but got 1.0; write as in: \[0.95, 0.85\]"),
        (lambda: OneCycle(momenta=(0.9, 1)), r"`momenta` must hold numbers in \[0, 1\), but got 1;"),
        (lambda: OneCycle(momenta=(0.9, 1.5)), r"`momenta` must hold numbers in \[0, 1\), but got 1.5;"),
        (lambda: CosineCycles(cycles=2.5), "`cycles` must be a whole number from 1 to 1000000, but got 2.5; write 1"),
        (lambda: CosineCycles(cycles=0), "`cycles` must be a whole number from 1"),
        (lambda: CosineCycles(cycles=float("nan")), "must be a whole number from 1 to 1000000, but got nan"),
        (lambda: CosineCycles(per="hour"), "unknown cosine_cycles per 'hour'; known: epoch, update"),
        (lambda: Cyclic(decay=1), 'must be a number in .0, 1. or a word, but got 1; write "none", "halving" or 0.9994'),
        (lambda: Cyclic(decay=True), 'but got True; write "none", "halving" or 0.9994'),
        (lambda: Cyclic(decay="halved"), r"unknown cyclic decay 'halved'; did you mean halving\?"),
        (lambda: InverseTime(decay="peak"), r"unknown inverse_time decay 'peak'; known: peak/epochs"),
        (lambda: InverseTime(decay=0), r"`decay` must be a number in \(0, 1000\], but got 0"),
        (lambda: Tanh(lower=3, upper=3), "must hold, but got 3 and 3; raise upper above 3, as in lower=-6"),
        (lambda: OneCycle(phases=4), "`phases` must be a whole number from 2 to 3, but got 4"),
        (lambda: OneCycle(momenta=(0.9,)), r"but got \(0.9,\); write momenta=\[0.95, 0.85\]"),
        (lambda: Sgdr(growth=0.5), r"`growth` must be a number in \[1, 10\], but got 0.5"),
        (lambda: Noam(width=0), "`width` must be a whole number from 1"),
        (lambda: Warmup(curve="exponential", then=Cosine()), r"`start > 0` must hold .* got 0; write start=0.1"),
        (lambda: Warmup(curve="constant", then=Cosine()), 'curve="constant", which never leaves 0'),
        (lambda: Warmup(curve="constant", start=0.1, first="0", then=Cosine()), 'but got "0"; leave it out'),
        (lambda: Warmup(mode="added", then=Cosine()), "unknown warmup mode 'added'; known: included, prefix, product"),
        (lambda: Sequence(of=(Constant(),), at=("50%",)), r"two schedules or more, .*; write as in: sequence\(of="),
        (lambda: Product(of=(Constant(), "linear")), r"two schedules or more, .*; write as in: product\(of="),
        (lambda: Product(of=Linear()), "`of` must be a list of 1 to 100 schedules"),
        (lambda: Sequence(of=(Constant(), Linear()), at=("10%", "50%")), "but got 2 and 2; leave out 1 of the spans"),
        (lambda: Sequence(of=(Constant(),) * 3, at=("10%",)), "but got 1 and 3; add 1 of the spans"),
        (lambda: Scale(of="linear", by=1), r"`of` must be a schedule, .* got 'linear'; write as in: scale\(of=linear"),
        (lambda: Scale(of=Linear(), by=0), r"`by` must be a number in \(0, 100\], but got 0"),
        (lambda: Floored(of=Linear(), floor=1.5), r"`floor` must be a number in \(0, 1\], but got 1.5"),
        (lambda: Stretch(of=Linear(), length="50%"), 'got "50%" of this run; write "90 epochs" or "64000 updates"'),
        (lambda: Repeat(of=Linear(), every=5), f"repeat: `every`: a span .* but got 5; {WAYS}"),
        (lambda: Staircase(of=Linear(), every="0 epochs"), f"staircase: `every`: a span must be longer .*; {WAYS}"),
        (lambda: Staircase(of="linear"), r"`of` must be a schedule, .* write as in: staircase\(of=linear, every=10%\)"),
        (lambda: parse("staircase"), r"staircase: needs of; write as in: staircase\(of=linear, every=10%\)"),
        (lambda: parse("scale"), r"scale: needs of, by; write as in: scale\(of=linear, by=0.5\)"),
        (lambda: parse("product"), r"product: needs of; write as in: product\(of=\[linear, step\(gamma=0.5\)\]\)"),
        (lambda: parse("multi_step(at=30%)"), r"`at` must be a list, but read '30%'; write as in: at=\[50%, 75%\]"),
        (lambda: parse("multi_step(at=[30%)"), r'a "\)" has no partner'),
        (lambda: parse("multi_step(at=[30%, 5])"), WAYS),
        (lambda: parse("multi_step(at=[])"), "must be a list of 1 to 100 spans"),
        (lambda: parse("multi_step(0.1)"), r"write as in: at=\[50%, 75%\], gamma=0.1"),
        (lambda: parse("scale(0.5)"), "write as in: of=linear, by=0.5"),
        (lambda: parse("piecewise_constant(values=[1, x])"), "`values` must be a number, but read 'x'; write 0.5 or"),
        (lambda: parse("cosine_cycles(cycles=five)"), "`cycles` must be a number, but read 'five'"),
        (lambda: parse("cosine_cycles(cycles=2.5)"), "must be a whole number from 1 to 1000000, but got 2.5"),
        (lambda: parse("product(of=[linear, linnear])"), r"unknown schedule 'linnear'; did you mean linear\?"),
        (lambda: parse("product(of=[linear+cosine, step])"), 'only warmup may stand before a "\\+"'),
        (lambda: parse("product(of=[warmup, step])"), "warmup needs a schedule after it"),
        (lambda: parse("product(of=linear)"), r"a list, but read 'linear'; write as in: of=\[linear, step\("),
        (lambda: parse(DEEP), r"scale: schedules may stand inside one another at most 10 deep; put parts side by side"),
        (lambda: parse("scale(of=" * 900), 'has no partner'),
        (lambda: from_dict({"name": "scale", "of": "linear", "by": 1}), "`of` must be a schedule"),
        (lambda: from_dict({"name": "product", "of": [{"name": "linear"}, {}]}), r'such as \{"name": "cosine"\}'),
    ],
)  # fmt: skip
def test_what_cannot_be_built(build_it, message):
    with pytest.raises(LabError, match=message):
        build_it()


def test_schedules_nested_by_hand_or_in_json_are_told_too():
    schedule, data = Linear(), {"name": "linear"}
    for _ in range(9):
        schedule = Scale(of=schedule, by=0.5)
    with pytest.raises(ScheduleError, match="at most 10 deep"):
        Scale(of=schedule, by=0.5)
    for _ in range(500):
        data = {"name": "scale", "of": data, "by": 0.5}
    with pytest.raises(ScheduleError, match="at most 10 deep"):
        from_dict(data)


@pytest.mark.parametrize(
    ("text", "updates", "message"),
    [
        ("multi_step(at=[60%, 30%])", 10, '`at` must increase, .* are updates 6 and 3 .*put them in order'),
        ("multi_step(at=[50%, 51%])", 10, r"are updates 5 and 5 of 10; leave one of them out or .* to 101 updates"),
        ("multi_step(at=[12 updates])", 10, 'is 12 of 10 updates; write at most "9 updates" or .* by 3 updates'),
        ("multi_step(at=[100%])", 10, 'is 10 of 10 updates; write at most "9 updates"$'),
        ("multi_step(at=[50%, 75%])", 2, '"75%" is 2 of 2 updates; leave one of them out or lengthen the run to 5 up'),
        ("multi_step(at=[1 updates, 4 updates])", 2, 'is 4 of 2 .*; leave one of them out or lengthen the run by 3'),
        ("multi_step(at=[30%, 60%])", 1, r"3 updates is needed .* `at`, but got 1; lengthen the run by 2 updates"),
        ("piecewise_constant", 1, r"lengthen the run by 2 updates"),
        ("sequence(of=[constant, linear], at=[50%])", 1, r"2 updates is needed .*; lengthen the run by 1 updates"),
        ("warmup(span=1 updates)+cosine", 1, r"`span < run` must hold, but the run is 1 update; lengthen the run by 1"),
        ("slanted_triangular", 1, r"`rise < run` must hold, but the run is 1 update; lengthen the run by 1 update"),
        ("flat_cosine", 1, r"`flat < run` must hold, but the run is 1 update; lengthen the run by 1 update"),
        ("cyclic", 2, r'"20%" is 0.4 of 2 updates; write at least period="2 updates" or lengthen the run$'),
        ("cyclic(period=1 updates)", 2, r'is 1 of 2 updates; write at least period="2 updates"$'),
        ("multi_step(at=[1%])", 10, 'less than one of the 10 updates; write at least "10%" or "1 updates"'),
        ("piecewise_constant(at=[4 epochs, 5 epochs])", 10, r"`at <= 9 updates` .* lengthen the run by 7"),
        ("piecewise_linear(at=[3 updates, 11 updates])", 10, r"`at <= 10 updates` must hold.*lengthen the run by 1"),
        ("cosine_cycles(cycles=11)", 10, r"got 11 > 10; write cycles=10 or lengthen the run by 1 updates"),
        ("cosine_cycles(cycles=5, per=epoch)", 10, r"got 5 > 3; write cycles=3 or lengthen the run by 2 epochs"),
        ("hard_restarts(cycles=12)", 10, r"write cycles=10 or lengthen the run by 2 updates"),
        ("sgdr(first=12 updates)", 10, r'`first <= run` must hold, but "12 updates" is 12 of 10 .* run by 2 updates'),
        ("sgdr(first=1%)", 10, 'write at least "10%" or "1 updates"'),
        ("noam(rise=12 updates)", 10, r"`rise <= run` must hold.* shorten it or lengthen the run by 2 updates"),
        ("slanted_triangular(rise=10 updates)", 10, r"`rise < run` must hold.*shorten it by at least 1 updates"),
        ("wsd(cooldown=12 updates)", 10, r"`cooldown <= run` must hold.* lengthen the run by 2 updates"),
        ("wsd(cooldown=1 updates, end=closed)", 10, r'got 1; write end="open" or at least cooldown="2 updates"'),
        ("knee(explore=100%)", 10, r"`explore < run` must hold.*shorten it by at least 1 updates"),
        ("knee(explore=9 updates, end=closed)", 10, 'got 1; write end="open" or at most explore="8 updates"'),
        ("flat_cosine(flat=12 updates)", 10, r"`flat < run` must hold.*shorten it by at least 3 updates"),
        ("rex(end=closed)", 1, 'rex: .*; write end="open" or lengthen the run by 1 update'),
        ("tanh(end=closed)", 1, 'tanh: .*; write end="open"'),
        ("one_cycle(phases=3)", 3, "3 phases need 4 updates, but got 3; lengthen the run by 1"),
        ("one_cycle(phases=3, rise=60%)", 10, r'`2 updates <= rise <= half the run` .*shorten it to rise="5 updates"'),
        ("inverse_sqrt(timescale=1%)", 10, 'write at least "10%" or "1 updates"'),
        ("power_law(timescale=1%)", 10, 'write at least "10%" or "1 updates"'),
        ("natural_exponential(every=1%)", 10, 'write at least "10%" or "1 updates"'),
        ("repeat(of=linear, every=12 updates)", 10, r"`every <= run` must hold.* lengthen the run by 2 updates"),
        ("repeat(of=linear(end=closed), every=1 updates)", 10, 'linear: .*; write end="open"'),
        ("staircase(of=linear, every=3 epochs)", 10, r"staircase: `every <= run` must hold.* the run by 2 updates"),
        ("staircase(of=linear, every=1%)", 10, 'staircase: `every`: .* write at least "10%" or "1 updates"'),
        ("staircase(of=knee(explore=100%))", 10, "knee: `explore < run` must hold"),
        ("sequence(of=[constant, linear], at=[100%])", 10, r"`at <= 9 updates` must hold"),
        ("sequence(of=[constant, one_cycle], at=[8 updates])", 10, "one_cycle: .* need 3 updates, but got 2"),
        ("product(of=[linear, knee(explore=100%)])", 10, "knee: `explore < run` must hold"),
        ("scale(of=knee(explore=100%), by=0.5)", 10, "knee: `explore < run` must hold"),
        ("floored(of=knee(explore=100%), floor=0.5)", 10, "knee: `explore < run` must hold"),
        ("stretch(of=multi_step(at=[30 epochs]), length=20 epochs)", 10, r"multi_step: `at <= 79 updates` must hold"),
        ("warmup(span=6 updates)+wsd(cooldown=5 updates)", 10, r"`cooldown <= run` .* is 5 of 4 updates"),
        ("warmup(span=10 updates, mode=product)+linear", 10, r"`span < run` must hold"),
        ("warmup(span=10 updates, mode=prefix)+linear", 10, r"`span < run` must hold"),
    ],
)  # fmt: skip
def test_a_horizon_it_does_not_fit(text, updates, message):
    with pytest.raises(ScheduleError, match=message):
        parse(text).bind(peak=0.1, horizon=Horizon(updates=updates, updates_per_epoch=4))


@pytest.mark.parametrize(
    ("text", "updates"),
    [
        ("multi_step(at=[3 updates, 9 updates])", 10),
        ("piecewise_linear(at=[3 updates, 10 updates])", 10),
        ("cosine_cycles(cycles=10)", 10),
        ("cosine_cycles(cycles=3, per=epoch)", 10),
        ("hard_restarts(cycles=10)", 10),
        ("sgdr(first=10 updates)", 10),
        ("noam(rise=10 updates)", 10),
        ("slanted_triangular(rise=9 updates)", 10),
        ("wsd(cooldown=10 updates)", 10),
        ("wsd(cooldown=1 updates)", 10),
        ("knee(explore=9 updates)", 10),
        ("one_cycle(phases=3, rise=2 updates)", 4),
        ("one_cycle(phases=3, rise=5 updates)", 10),
        ("repeat(of=linear, every=10 updates)", 10),
        ("sequence(of=[constant, linear], at=[9 updates])", 10),
        ("staircase(of=linear, every=10 updates)", 10),
    ],
)
def test_what_the_messages_advise_fits(text, updates):
    rates = parse(text).bind(peak=1.0, horizon=Horizon(updates=updates, updates_per_epoch=4))
    values = rates(np.arange(updates + 1))
    assert np.isfinite(values).all()
    assert ((values >= 0) & (values <= 1)).all()


@pytest.mark.parametrize("name", ["one_cycle", "multi_step", "piecewise_constant", "piecewise_linear"])
def test_the_form_of_a_list_that_a_message_shows_can_be_written(name):
    defaults = SCHEDULES[name].parameters()
    for field in (field for field, default in defaults.items() if isinstance(default, tuple)):
        with pytest.raises(ScheduleError, match=r"must be a list, but read .0\.9.; write as in: ") as told:
            parse(f"{name}({field}=0.9)")
        assert getattr(parse(f"{name}({str(told.value).partition('as in: ')[2]})"), field)


def test_a_decay_by_the_peak_needs_the_peak():
    schedule, horizon = InverseTime(decay="peak/epochs"), Horizon(updates=40, updates_per_epoch=4)
    with pytest.raises(ScheduleError, match=r"but got no peak; use schedule.bind\(peak=..., horizon=...\)"):
        schedule.shape(np.arange(4.0), horizon)
    assert schedule.bind(peak=0.5, horizon=horizon).resolved == InverseTime(decay=0.05)
    assert schedule.bind(peak=0.5, horizon=horizon).schedule == schedule
    inside = parse("sequence(of=[warmup(span=50%)+inverse_time(decay=peak/epochs), linear], at=[80%])")
    resolved = inside.bind(peak=0.5, horizon=horizon).resolved
    assert resolved.of[0].then == InverseTime(decay=0.125)  # 32 updates, 16 of them after the warm-up: 4 epochs


def test_lists_of_any_kind_become_tuples():
    assert MultiStep(at=["30 %", "2 epoch"]) == MultiStep(at=("30%", "2 epochs"))
    assert hash(PiecewiseConstant(values=[1, np.float32(0.5), 0])) == hash(PiecewiseConstant(values=(1.0, 0.5, 0.0)))
    assert Product(of=[Constant(), Linear()]).to_dict()["of"][1]["name"] == "linear"
    assert str(CosineCycles(cycles=4.0)) == "cosine_cycles(cycles=4)"
