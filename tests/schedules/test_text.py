"""Schedules as the command line writes them: what is read, and what a malformed text is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import LabError, ScheduleError, UnknownName
from lrlab.schedules import (
    Constant,
    Cosine,
    CosineCycles,
    Cyclic,
    InverseTime,
    Linear,
    MultiStep,
    OneCycle,
    PiecewiseConstant,
    Product,
    Repeat,
    Scale,
    Sequence,
    Staircase,
    Step,
    Warmup,
    Wsd,
    parse,
)
from support.strategies import law


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("cosine", Cosine()),
        ("  Cosine ( ) ", Cosine()),
        ("one-cycle", OneCycle()),
        ("one_cycle", OneCycle()),
        ("step(gamma=0.5, every=5 epochs)", Step(gamma=0.5, every="5 epochs")),
        ("step(every='5 epochs',gamma=5e-1)", Step(gamma=0.5, every="5 epochs")),
        ('step( every = "5  epoch" )', Step(every="5 epochs")),
        ("cosine(floor=1e-3, end=closed)", Cosine(floor=0.001, end="closed")),
        ("cosine(floor=.5)", Cosine(floor=0.5)),
        ("warmup+cosine", Warmup(then=Cosine())),
        (
            "warmup(span=5%) + one_cycle(rise=20%)",
            Warmup(span="5%", then=OneCycle(rise="20%")),
        ),
        ("staircase(of=linear, every=1 epochs)", Staircase(of=Linear())),
        ("staircase(of=warmup+cosine, every='2 epoch')", Staircase(of=Warmup(then=Cosine()), every="2 epochs")),
        ("multi_step(at=[30%, 5 epochs], gamma=0.1)", MultiStep(at=("30%", "5 epochs"))),
        ("multi_step( at = [ '30 %' ,'5 epoch' ] )", MultiStep(at=("30%", "5 epochs"))),
        ("piecewise-constant(at=[50%], values=[1, 1e-1])", PiecewiseConstant(at=("50%",), values=(1, 0.1))),
        ("cosine_cycles(cycles=6)", CosineCycles(cycles=6)),
        ("cyclic(decay=halving)", Cyclic(decay="halving")),
        ("cyclic(decay=0.999)", Cyclic(decay=0.999)),
        ("inverse_time(decay=peak/epochs)", InverseTime(decay="peak/epochs")),
        ("wsd(curve=1-sqrt)", Wsd(curve="1-sqrt")),
        ("one_cycle(momenta=[0.95, 0.85])", OneCycle(momenta=(0.95, 0.85))),
        ("one_cycle(momenta=[])", OneCycle()),
        (
            "sequence(of=[warmup(span=10%)+constant, linear], at=[50%])",
            Sequence(of=(Warmup(span="10%", then=Constant()), Linear()), at=("50%",)),
        ),
        (
            "warmup+product(of=[cosine, scale(of=multi-step(at=[30%, 60%]), by=0.5)])",
            Warmup(then=Product(of=(Cosine(), Scale(of=MultiStep(at=("30%", "60%")), by=0.5)))),
        ),
        ("warmup(curve=exponential, start=0.1)+step", Warmup(curve="exponential", start=0.1, then=Step())),
        ("warmup(mode=prefix)+step", Warmup(mode="prefix", then=Step())),
        ("warmup(first=0)+constant", Warmup(first="0", then=Constant())),
        ("warmup(first=1/(W+1))+constant", Warmup(then=Constant())),
        ("warmup(first='1/W', span=1 update)+constant", Warmup(first="1/W", span="1 updates", then=Constant())),
    ],
)
def test_a_text_names_a_schedule(text, schedule):
    assert parse(text) == schedule
    assert parse(str(schedule)) == schedule


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (Cosine(), "cosine"),
        (Step(gamma=0.1, every="5  epoch"), "step(every=5 epochs)"),
        (OneCycle(final=1e-5, anneal="linear"), "one_cycle(final=1e-05, anneal=linear)"),
        (Warmup(then=Step(gamma=1 / 3)), "warmup+step(gamma=0.3333333333333333)"),
        (Warmup(span="5 %", first="0", then=Cosine()), "warmup(span=5%, first=0)+cosine"),
        (MultiStep(at=["30 %", "2 epoch"]), "multi_step(at=[30%, 2 epochs])"),
        (PiecewiseConstant(at=["50%"], values=[1, 1e-3]), "piecewise_constant(at=[50%], values=[1.0, 0.001])"),
        (
            Repeat(of=Warmup(mode="product", then=Linear()), every="5 epochs"),
            "repeat(of=warmup(mode=product)+linear, every=5 epochs)",
        ),
    ],
)
def test_the_shortest_text_is_printed(schedule, text):
    assert str(schedule) == text
    assert f"{schedule}" == text


FORMS = r'write "cosine", "step\(gamma=0.5, every=5 epochs\)" or "warmup\+cosine"'
WAYS = r'write "20%", "5 epochs" or "500 updates"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"needs a name, but read ''; {FORMS}"),
        ("  \n", FORMS),
        (None, f"but read None; {FORMS}"),
        (0.1, f"but read 0.1; {FORMS}"),
        ("cosine)", rf'a "\)" has no partner in .*; {FORMS}'),
        ("cosine(", rf'a "\(" has no partner in .*; {FORMS}'),
        ("step(every='5 epochs)", f"the quote ' has no partner in .*; {FORMS}"),
        ("step(gamma=0.5)(every=20%)", FORMS),
        ("step(gamma=0.5) cosine", f"a name and its fields in parentheses, but read .*; {FORMS}"),
        ("cosine linear", FORMS),
        ("5 epochs", FORMS),
        ("cosine+", f"but read ''; {FORMS}"),
        ("+cosine", f"but read ''; {FORMS}"),
        ("warmup++cosine", FORMS),
        ("cosin", r"unknown schedule 'cosin'; did you mean cosine or flat_cosine\?"),
        ("onecycle", r"did you mean one_cycle or cosine_cycles\?"),
        ("warm-up+cosine", r"did you mean warmup\?"),
        ("zebra", "known: constant, cosine, cosine_cycles, cyclic"),
        ("cosine(flor=0.1)", r"unknown field of schedule cosine 'flor'; did you mean floor\?"),
        ("constant(peak=0.1)", "unknown field of schedule constant 'peak'"),
        ("step(gamma=0.5, gamma=0.5)", "step: `gamma` is given twice, .*; leave one of them out"),
        ("step(0.5)", "fields are given by name, but read '0.5'; write as in: gamma=0.1, every=30%"),
        ("step(gamma=)", "but read 'gamma='; write as in: gamma=0.1"),
        ("step(=0.5)", "but read '=0.5'; write as in: gamma=0.1"),
        ("step(gamma=0.5,)", "but read ''; write as in: gamma=0.1"),
        ("constant(1)", "fields are given by name, but read '1'; write as in: it has none"),
        ("step(gamma=half)", "step: `gamma` must be a number, but read 'half'; write 0.5 or 1e-3"),
        ("step(gamma=5%)", "`gamma` must be a number, but read '5%'"),
        ("step(gamma=nan)", "`gamma` must be a number, but read 'nan'"),
        ("step(gamma=1_0)", "`gamma` must be a number, but read '1_0'"),
        ("step(gamma=((((0.5)))))", "`gamma` must be a number"),
        ("step(gamma=-1)", r"step: `gamma` must be a number in \(0, 1\], but got -1.0"),
        ("step(gamma=1e999)", r"must be a number in \(0, 1\], but got inf"),
        ("step(every=5)", f"step: `every`: a span needs a number and its unit, but got '5'; {WAYS}"),
        ("step(every=5 eons)", WAYS),
        ("step(every=120%)", f'at most 100%, but got "120%"; {WAYS}'),
        ("cosine(end=opne)", r"unknown cosine end 'opne'; did you mean open\?"),
        ("warmup", r'warmup needs a schedule after it, but read \'warmup\'; write "warmup\+cosine"'),
        ("warmup(span=5%)", r'write "warmup\(span=5%\)\+cosine"'),
        ("linear+warmup(span=5%)", r'write "warmup\(span=5%\)\+linear"$'),
        ("warmup+linear+warmup", r'write "warmup\+linear"$'),
        ("cosine+warmup+linear", r'write "linear" or "warmup\+linear"$'),
        ("cosine+linear", r'only warmup may stand before a "\+", but read cosine .*; write "linear" or "warm'),
        ("cosine+warmup", "warmup needs a schedule after it"),
        ("warmup(then=cosine)+linear", r"unknown field of schedule warmup 'then'"),
        ("warmup+warmup+cosine", "write one warm-up with a longer span"),
        ("warmup+" * 100 + "cosine", "write one warm-up with a longer span"),
        ("warmup+" * 100_000 + "cosine", "at most 10000 characters, but read 700006"),
        ("step(" + "(" * 900, 'has no partner'),
    ],
)  # fmt: skip
def test_a_malformed_text_is_told_the_form_expected(text, message):
    with pytest.raises((ScheduleError, UnknownName), match=message):
        parse(text)


@law
@given(st.text(alphabet="cosinewarmup step(gamma=0.5,every=20%)[of]+-'\" \n", max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        schedule = parse(text)
    except LabError:
        return
    assert parse(str(schedule)) == schedule
