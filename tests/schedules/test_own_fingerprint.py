"""What a schedule of the user's own does is in its fingerprint, and nothing else is."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from types import FunctionType
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

from lrlab.schedules import (
    Horizon,
    Schedule,
    class_fingerprint,
)
from lrlab.schedules._fingerprint import _parts_of_class
from support.own import catalogue_kept
from support.schedules import EXAMPLES

TEN = Horizon(updates=10, updates_per_epoch=5)
frozen = dataclass(frozen=True, kw_only=True)


@pytest.fixture(autouse=True)
def _catalogue():
    with catalogue_kept():
        yield


FORMULA = """
from dataclasses import dataclass
import numpy as np
from lrlab.schedules import Schedule
{before}
@dataclass(frozen=True, kw_only=True)
class Own(Schedule):
    {doc}
    low: float = {low}
    def shape(self, t, horizon):
        return {formula}
"""
PLAIN = {"before": "HALF = 0.5\ndef half(x): return HALF * x", "doc": "", "low": 0.1, "formula": "half(t) + self.low"}


def class_of(**changed):
    space = {"__name__": "plugin"}
    exec(compile(FORMULA.format(**PLAIN | changed), "plugin.py", "exec"), space)
    return space["Own"]


@pytest.mark.parametrize(
    "changed",
    [
        {"formula": "half(t) - self.low"},
        {"formula": "half(t) + 2 * self.low"},
        {"formula": "np.cos(t) + self.low"},
        {"low": 0.2},
        {"before": "HALF = 0.25\ndef half(x): return HALF * x"},
        {"before": "HALF = 0.5\ndef half(x): return HALF / x"},
    ],
)
def test_another_formula_has_another_fingerprint(changed):
    assert class_fingerprint(class_of(**changed)) != class_fingerprint(class_of())


def class_of_text(text, file="<string>"):
    """A class as `exec` of a text makes it, which `python -c` does too."""
    space = {"__name__": "plugin"}
    exec(compile(text, file, "exec"), space)
    return space["Own"]


IN_TEXT = {
    "a method": ("", "def shape(self, t, horizon): return {}"),
    "under a decorator": (
        "def same(function):\n    return lambda *given: function(*given)",
        "@same\n    def shape(self, t, horizon): return {}",
    ),
    "with a cache": ("import functools", "@functools.lru_cache\n    def shape(self, t, horizon): return {}"),
    "a lambda": ("", "shape = lambda self, t, horizon: {}"),
    "a property": ("", "@property\n    def half(self): return {}"),
    "a constructor": ("", "def __init__(self, low=0.1): object.__setattr__(self, 'low', {})"),
}


@pytest.mark.parametrize("case", IN_TEXT)
def test_a_class_of_exec_has_its_formula_in_its_fingerprint(case):
    before, body = IN_TEXT[case]
    head = (
        f"from dataclasses import dataclass\n{before}\n@dataclass(frozen=True)\nclass Own:\n    low: float = 0.1\n    "
    )
    one, other, again = (class_of_text(head + body.format(value)) for value in ("0.5", "0.25", "0.5"))
    assert class_fingerprint(one) == class_fingerprint(again) != class_fingerprint(other)


def test_what_dataclass_writes_is_not_in_the_fingerprint_of_a_class_of_exec():
    text = FORMULA.format(**PLAIN)
    assert class_fingerprint(class_of_text(text)) == class_fingerprint(class_of_text(text, "plugin.py"))


class Pair(NamedTuple):
    """What namedtuple writes has the file name of code that is given as text."""

    low: float = 0.1

    def half(self):
        return self.low / 2


@dataclass(frozen=True, order=True)
class Ordered:
    """It has all that dataclass writes."""

    low: float = 0.1

    def half(self):
        return self.low / 2


class Given:
    """A library put methods into it, of code that it wrote."""

    def half(self):
        return 0.5


exec("def to_dict(self): return {}")
Given.to_dict = to_dict  # noqa: F821  # pyright: ignore


@pytest.mark.parametrize("cls", [Pair, Ordered, Given, class_of(), *map(type, EXAMPLES.values())])
def test_of_a_class_in_a_file_no_code_that_was_given_as_text_counts(cls):
    """Their keys stay what they were."""
    counted = {part for part in _parts_of_class(cls) if isinstance(part, FunctionType)}
    functions = [part for base in cls.__mro__ for part in vars(base).values() if isinstance(part, FunctionType)]
    left_out = [part for part in functions if part.__code__.co_filename == "<string>"]
    assert not counted & {*left_out}
    assert {part for part in functions if part in vars(cls).values()} - {*left_out} <= counted


READ_WITH = "def f(x): return x\ndef g(x): return 2 * x\n"
VALUES = {
    "names met again": (READ_WITH + "A = f; B = g; C = {}", "A(B(C(t)))", "f", "g"),
    "members met again": (READ_WITH + "C = [f, g, {}]", "sum(part(t) for part in C)", "f", "g"),
    "constants": ("", "np.interp(t, (0, 9), (1.0, 0.5)) + np.interp(t, (0, 9), {})", "(0, 9)", "(1.0, 0.5)"),
    "a curve": ("from scipy.interpolate import CubicSpline as K\nC = K([0, 1, 2], [1, 2, {}])", "C(t)", "3", "4"),
    "a tensor": ("import torch\nC = torch.tensor({})", "t * float(C)", "1.0", "2.0"),
    "a range": ("C = range({})", "t * len(C)", "3", "4"),
    "a deque": ("from collections import deque\nC = deque({})", "t * C[0]", "[1]", "[2]"),
    "a fraction": ("from fractions import Fraction\nC = Fraction(1, {})", "t * float(C)", "2", "3"),
    "a decimal": ("from decimal import Decimal\nC = Decimal({})", "t * float(C)", "'0.5'", "'0.6'"),
    "an item": ("from operator import itemgetter\nC = itemgetter({})", "t * C([1, 2])", "0", "1"),
    "slots": ("class K: __slots__ = ('a',)\nC = K(); C.a = {}", "t * C.a", "1", "2"),
    "functions by function": (READ_WITH + "C = {{f: f, g: {}}}", "C[g](t)", "f", "g"),
    "a cached function": ("import functools\n@functools.lru_cache\ndef C(): return {}", "t * C()", "1", "2"),
    "a lock": ("import threading\nC = threading.Lock(), {}", "t * C[1]", "1", "2"),
    "a set of texts": ("C = {{'a', 'b', 'c', frozenset({{'d', 'e', {}}})}}", "t * len(C)", "'f'", "'g'"),
}  # fmt: skip


def class_of_value(case, value):
    before, formula, *_ = VALUES[case]
    return class_of(before=before.format(value), formula=formula.format(value))


@pytest.mark.parametrize("case", VALUES)
def test_every_value_that_a_formula_reads_is_in_a_fingerprint(case):
    *_, one, other = VALUES[case]
    assert class_fingerprint(class_of_value(case, one)) == class_fingerprint(class_of_value(case, one))
    assert class_fingerprint(class_of_value(case, one)) != class_fingerprint(class_of_value(case, other))


def test_a_cell_that_is_not_filled_has_a_fingerprint():
    def make():
        def shape(self, t, horizon):
            return later(t)

        cls = frozen(type("Own", (Schedule,), {"shape": shape}))
        fingerprint = class_fingerprint(cls)
        later = np.cos
        return fingerprint, class_fingerprint(cls), later

    assert make()[0] != make()[1]


HELPERS = """
import helping.inner

def half(x): return {} * x
def unused(x): return {}
"""


def fingerprint_of_helpers(tmp_path, monkeypatch, before, formula, *numbers):
    """What a class has that calls `half` of a module in a folder of its own."""
    (tmp_path / "helping").mkdir(exist_ok=True)
    (tmp_path / "helping" / "__init__.py").write_text(HELPERS.format(*numbers))
    (tmp_path / "helping" / "inner.py").write_text("import helping\ndef half(x): return helping.half(x)")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for name in ("helping", "helping.inner"):
        sys.modules.pop(name, None)
    try:
        return class_fingerprint(class_of(before=before, formula=formula))
    finally:
        for name in ("helping", "helping.inner"):
            sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("before", "formula"),
    [
        ("import helping", "helping.half(t)"),
        ("from helping import half", "half(t)"),
        ("import helping.inner", "helping.inner.half(t)"),
        ("from helping import inner as own", "own.half(t)"),
        ("def own(t):\n    from helping import half\n    return half(t)", "own(t)"),
        ("def own(t):\n    import helping.inner as own\n    return own.half(t)", "own(t)"),
        (
            "def own(t):\n    def inner():\n        import helping\n        return helping.half(t)\n    return inner()",
            "own(t)",
        ),
    ],
)
def test_what_a_module_of_the_users_own_does_is_in_a_fingerprint(tmp_path, monkeypatch, before, formula):
    first = fingerprint_of_helpers(tmp_path, monkeypatch, before, formula, 0.5, 1)
    assert fingerprint_of_helpers(tmp_path, monkeypatch, before, formula, 0.5, 2) == first
    assert fingerprint_of_helpers(tmp_path, monkeypatch, before, formula, 0.25, 1) != first


def test_comments_docstrings_and_places_are_not_in_a_fingerprint():
    documented = class_of(doc='"""What it is."""', before="\n\n# a comment\nOTHER = 1\n" + PLAIN["before"])
    assert class_fingerprint(documented) == class_fingerprint(class_of())
    spoken = class_of(before='HALF = 0.5\ndef half(x):\n    "Half."\n    return HALF * x')
    assert class_fingerprint(spoken) == class_fingerprint(class_of())


def test_an_import_that_fails_is_told_where_the_function_is_called():
    before = "def own(t):\n    import not_installed_anywhere\n    return t"
    assert class_fingerprint(class_of(before=before, formula="own(t)")) != class_fingerprint(class_of())


def test_a_fingerprint_is_the_same_in_another_process_and_by_value():
    cloudpickle = pytest.importorskip("cloudpickle")
    code = (
        "import sys, pickle\nfrom lrlab.schedules import class_fingerprint\n"
        "print(class_fingerprint(pickle.loads(sys.stdin.buffer.read())))"
    )
    there = subprocess.run(
        [sys.executable, "-c", code], input=cloudpickle.dumps(class_of()), capture_output=True, check=True, timeout=100
    )
    assert there.stdout.decode().strip() == class_fingerprint(class_of())


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_fingerprint_of_many_values_is_the_same_in_another_process(seed):
    code = (
        "import sys, json\nfrom lrlab.schedules import class_fingerprint\n"
        "for text in json.load(sys.stdin):\n"
        "    space = {'__name__': 'plugin'}\n"
        "    exec(compile(text, 'plugin.py', 'exec'), space)\n"
        "    print(class_fingerprint(space['Own']))"
    )
    texts = [
        FORMULA.format(**PLAIN | {"before": before.format(one), "formula": formula.format(one)})
        for before, formula, one, _ in VALUES.values()
    ]
    there = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(texts).encode(),
        capture_output=True,
        check=True,
        timeout=100,
        env=os.environ | {"PYTHONHASHSEED": seed},
    )
    here = [class_fingerprint(class_of_value(case, VALUES[case][2])) for case in VALUES]
    assert there.stdout.decode().split() == here


def test_a_class_with_slots_and_values_of_many_kinds_has_a_fingerprint():
    def make(last):
        @dataclass(frozen=True, kw_only=True, slots=True)
        class Own(Schedule):
            low: float = last

            values: ClassVar = [1, {"a": {2, 3}}, np.arange(3)]

            def shape(self, t, horizon):
                return np.interp(t, [0, 1], [last, 1])

        return Own

    assert class_fingerprint(make(0.5)) == class_fingerprint(make(0.5)) != class_fingerprint(make(0.25))
