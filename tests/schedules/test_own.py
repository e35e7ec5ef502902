"""A schedule of the user's own is registered once, read back from text and JSON, and refused where it cannot be."""

import json
import pickle
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from lrlab.errors import LabError, ScheduleError, UnknownName
from lrlab.schedules import (
    SCHEDULES,
    Cosine,
    Horizon,
    Scale,
    Schedule,
    from_dict,
    parse,
    register,
    table,
)
from support.own import Waves, catalogue_kept

TEN = Horizon(updates=10, updates_per_epoch=5)
frozen = dataclass(frozen=True, kw_only=True)


@pytest.fixture(autouse=True)
def _catalogue():
    with catalogue_kept():
        yield


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"waves": 2, "low": 0.5},
        {"upright": False, "corners": (1.0, 0.5)},
        {"part": "2 epochs", "after": Cosine(floor=0.1)},
        {"after": Waves(waves=1, after=Cosine())},
    ],
)
def test_text_json_and_pickle_lead_back(fields):
    register("waves")(Waves)
    schedule = Waves(**fields)
    assert parse(str(schedule)) == schedule
    assert from_dict(json.loads(json.dumps(schedule.to_dict()))) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert parse(f"warmup(span=20%)+{schedule}").then == schedule


def test_a_text_gives_each_field_its_type():
    register("Own-Waves")(Waves)
    read = parse("own_waves(waves=2, upright=FALSE, part='30%', corners=[1, 1e-1], after=none)")
    assert read == Waves(waves=2, upright=False, part="30%", corners=(1.0, 0.1))
    assert type(read.waves) is int
    with pytest.raises(ScheduleError, match="`upright` must be True or False, but read 'yes'; write true or false"):
        parse("own-waves(upright=yes)")
    with pytest.raises(UnknownName, match="unknown field of schedule own_waves 'wave'; did you mean waves"):
        parse("own-waves(wave=3)")


def test_the_same_class_again_takes_its_own_place():
    def cell(low):
        @register("again")
        @frozen
        class Again(Schedule):
            def shape(self, t, horizon):
                return np.full_like(t, low)

        return Again

    first, second = cell(0.5), cell(0.25)
    assert SCHEDULES["again"] is second is not first
    assert parse("again").bind(peak=1.0, horizon=TEN)(3) == 0.25


def test_the_name_of_another_class_is_refused():
    register("waves")(Waves)
    other = frozen(type("Other", (Waves,), {}))
    with pytest.raises(ScheduleError, match=r"schedule 'waves' is already Waves of support.own; take another name"):
        register("waves")(other)
    with pytest.raises(ScheduleError, match=r"schedule 'cosine' is already Cosine of lrlab.* take another name"):
        register("cosine")(other)


class Shapeless(Schedule):
    pass


BAD = {
    "no class": ("x", lambda: 3, r"a Schedule is registered, but got 3; write class X\(Schedule\)"),
    "no schedule": ("x", lambda: int, r"a Schedule is registered, but got <class 'int'>; write class X\(Schedule\)"),
    "no dataclass": (
        "x",
        lambda: type("Bare", (Waves,), {}),
        r'Bare must be a frozen dataclass; write @dataclass\(frozen=True, kw_only=True\) above the class, and @reg',
    ),
    "no shape": ("x", lambda: frozen(Shapeless), "Shapeless lacks shape; write what Schedule says of each"),
    "two words": ("my waves", lambda: Waves, "is named by one word, but got 'my waves'; write letters, digits and _"),
    "no letters": ("wäves", lambda: Waves, "is named by one word, but got 'wäves'; write letters, digits and _"),
    "an array": (
        "x",
        lambda: frozen(type("Own", (Waves,), {"__annotations__": {"data": np.ndarray}, "data": None})),
        "`data` must be a number, a word, True or False, a schedule, or a tuple of these, .*; write one of them",
    ),
    "an unknown type": (
        "x",
        lambda: frozen(type("Own", (Waves,), {"__annotations__": {"data": "Missing"}, "data": 1})),
        r"types of Own's fields cannot be read \(name 'Missing' is not defined\); import what they name at the top",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_class_that_cannot_be_read_back_is_refused(case):
    name, make, message = BAD[case]
    with pytest.raises(ScheduleError, match=message):
        register(name)(make())
    assert "x" not in SCHEDULES


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        (lambda t: 0.5, r"its shape must be a finite number for each update, .* makes 0.2?5; return an array like t"),
        (lambda t: t / 0.0 * 0, "its shape must be a finite number for each update"),
        (lambda t: t.missing, r"its class fails: .*test_own.py:\d+: AttributeError: .*; mend it"),
    ],
)
@pytest.mark.parametrize("within", [False, True])
def test_a_shape_that_gives_no_numbers_is_refused_before_a_run(fractions, message, within):
    @frozen
    class Broken(Schedule):
        name = "broken"

        def shape(self, t, horizon):
            with np.errstate(all="ignore"):
                return fractions(t)

    with pytest.raises(ScheduleError, match=message):
        (Scale(of=Broken(), by=0.5) if within else Broken()).bind(peak=0.1, horizon=TEN)


def test_a_momentum_of_another_shape_is_refused_before_a_run():
    @frozen
    class Moving(Waves):
        name = "moving"

        def momentum(self, t, horizon):
            return 0.9

    with pytest.raises(ScheduleError, match=r"its momentum must be one number .* makes 0.9; return an array like t, w"):
        Moving().bind(peak=0.1, horizon=TEN)


def test_a_rate_that_is_no_number_never_reaches_a_run():
    @frozen
    class Hole(Schedule):
        name = "hole"

        def shape(self, t, horizon):
            return np.where(t == 3, np.nan, 1.0)

    with pytest.raises(ScheduleError, match="hole gives nan at update 3; its shape must be a finite number"):
        table([Hole().bind(peak=0.1, horizon=TEN)], [0.0], [0.0])


def test_what_the_class_says_of_its_fields_is_passed_on():
    @register("picky")
    @frozen
    class Picky(Schedule):
        low: float = 0.5

        def __post_init__(self):
            if not 0 < self.low < 1:
                raise ValueError(f"low is between 0 and 1, not {self.low}")

        def shape(self, t, horizon):
            return np.full_like(t, self.low)

    with pytest.raises(ScheduleError, match=r"picky: .*test_own.py:\d+: ValueError: low is between 0 and 1, not 2.0"):
        parse("picky(low=2)")


SENT = """
from __future__ import annotations
import sys
from dataclasses import dataclass
import cloudpickle
from lrlab.rules import own_classes, register
from lrlab.schedules import Schedule, class_fingerprint

HALF = 0.5

@register("sent")
@dataclass(frozen=True, kw_only=True)
class Sent(Schedule):
    low: float = 0.1
    after: Schedule | None = None

    def shape(self, t, horizon):
        return HALF + 0 * t

sys.stdout.buffer.write(cloudpickle.dumps((own_classes(), class_fingerprint(Sent))))
"""
RECEIVED = """
import pickle, sys
from lrlab.rules import parse, register
from lrlab.schedules import Horizon, class_fingerprint

classes, fingerprint = pickle.loads(sys.stdin.buffer.read())
for name, cls in classes.items():
    register(name)(cls)
schedule = parse("warmup+sent(low=0.2, after=sent(after=cosine))")
assert schedule.then.after.after.name == "cosine"
assert class_fingerprint(type(schedule.then)) == fingerprint
assert schedule.then.bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)).all().tolist() == [0.5] * 4
"""


def test_a_class_of_a_script_is_registered_in_another_process():
    pytest.importorskip("cloudpickle")
    sent = subprocess.run([sys.executable, "-c", SENT], capture_output=True, check=True, timeout=100).stdout
    subprocess.run([sys.executable, "-c", RECEIVED], input=sent, capture_output=True, check=True, timeout=100)


def test_a_field_made_by_a_function_must_be_given_in_a_text():
    @register("made")
    @frozen
    class Made(Schedule):
        low: float = field(default_factory=lambda: 0.5)

        def shape(self, t, horizon):
            return np.full_like(t, self.low)

    with pytest.raises(LabError, match="made: needs low; write as in: made"):
        parse("made")


def test_the_manual_is_true():
    page = (Path(__file__).parents[2] / "docs" / "own-schedule.md").read_text(encoding="utf-8")
    space = {"__name__": "manual"}
    for block in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(block, space)
    contract, horizon = space["TestDip"](), Horizon(updates=20, updates_per_epoch=6)
    for text in ("dip", "dip(low=0.5)"):
        contract.test_the_docstring_states_the_ends_and_the_fields(parse(text))
        contract.test_fractions_are_finite_and_no_higher_than_stated(parse(text), horizon)
        contract.test_one_update_and_many_agree(parse(text), horizon)
