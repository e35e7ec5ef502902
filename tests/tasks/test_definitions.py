"""What runs of functions and classes that stand in no file others import."""

import dataclasses
import functools

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.tasks._definitions import definitions_of

START = {"__name__": "__main__", "dataclasses": dataclasses, "functools": functools, "nn": nn, "torch": torch}


def read(text, name="f", **names):
    """The definitions behind a name that a REPL, which keeps no text, has defined."""
    scope = START | names
    exec(text, scope)
    return definitions_of([scope[name]])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(x):\n    return x + 1\n", "\n\ndef f(x):\n    'One more.'\n    # a comment\n    return (x + 1)\n"),
        ("A = 3\ndef f(): return A\n", "B = 4\nA = 3\ndef f(): return A\n"),
        ("shape = 3\ndef f(x): return x.shape\n", "shape = 4\ndef f(x): return x.shape\n"),
        ("class f:\n    def g(self): return 1\n", "class f:\n    'A class.'\n    def g(self): return 1\n"),
        ("f = lambda x: {1, 2, 3} > {x}\n", "f = lambda x: {1, 2, 3} > { x }\n"),
        ("def f(): return f\n", "def f(): return (f)\n"),
        ("A = object()\ndef f(): return A\n", "A = object()\nunused = 1\ndef f(): return A\n"),
    ],
)
def test_what_does_not_run_is_not_seen(one, other):
    assert read(one)[:2] == read(other)[:2]


CLASS = "class f:\n    @{}\n    def a(self): return 1\n"
WRAPPED = "def w(f):\n    @functools.wraps(f)\n    def g(): return f()\n    return g\n@w\ndef f(): return 1\n"
NESTED = "def g(): return 1\ndef f():\n    class A:\n        b = g()\n"
LAYER = "a = nn.Linear(1, 1)\nnn.init.ones_(a.weight)\nnn.init.ones_(a.bias)\ndef f(): return a\n"


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("def f(x): return x + 1\n", "1", "2"),
        ("def f(x): return x + 1\n", "+", "-"),
        ("def f(x=1): return x\n", "1", "2"),
        ("def f(*, x=1): return x\n", "1", "2"),
        ("A = 3\ndef f(): return A\n", "3", "4"),
        ("A = {'a': [1]}\ndef f(): return A\n", "1", "2"),
        ("def g(a):\n    return lambda: a\nf = g(1)\n", "1", "2"),
        ("def f(): return lambda: 1\n", "1", "2"),
        (NESTED, "1", "2"),
        ("class f:\n    a = 1\n", "1", "2"),
        ("class g:\n    a = 1\nclass f(g): pass\n", "1", "2"),
        (CLASS.format("property"), "1", "2"),
        (CLASS.format("functools.cached_property"), "1", "2"),
        (CLASS.format("staticmethod"), "1", "2"),
        ("@dataclasses.dataclass\nclass g:\n    a: int = 1\nc = g()\ndef f(): return c\n", "g()", "g(2)"),
        (WRAPPED, "1", "2"),
        ("def g(): return 1\nf = functools.partial(g)\n", "1", "2"),
        ("a = torch.relu\ndef f(): return a\n", "relu", "tanh"),
        ("a = nn.ReLU\ndef f(): return a\n", "ReLU", "Tanh"),
        (LAYER, "ones_(a.weight)", "zeros_(a.weight)"),
        ("class g(nn.Module):\n    def h(self): return 1\na = nn.Sequential(g())\ndef f(): return a\n", "1", "2"),
        ("class g:\n    def h(self): return 1\na = [g()]\ndef f(): return a\n", "1", "2"),
    ],
)
def test_what_runs_is_seen(text, old, new):
    assert read(text).texts != read(text.replace(old, new)).texts


def test_code_elsewhere_is_a_place_and_stands_under_no_name():
    definitions = read("import support.tasks as s\ndef f(): return s.blobs, nn.Linear\n")
    assert set(definitions.texts) == {"the code of f"}
    assert "support.tasks" in definitions.places


def test_buffers_of_layers_are_left_to_the_structure():
    text = "class g(nn.Module):\n    def __init__(self): super().__init__()\nf = g()\nf.register_buffer('b', b)\n"
    assert set(read(text, b=torch.zeros(1_200_000)).texts) == {"the code of g"}


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_a_large_array_counts_by_every_value(kind):
    values = np.zeros(1_200_000)
    before = read("def f(): return a\n", a=kind(values))
    values[700_000] = 1
    after = read("def f(): return a\n", a=kind(values.copy()))
    assert set(after.texts) == {"the code of f", "large arrays"}
    assert before.texts["large arrays"] != after.texts["large arrays"]
    assert before.texts["the code of f"] == after.texts["the code of f"]
