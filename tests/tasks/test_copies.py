"""What the code of a task made in a program names counts by value, whatever class it is of."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.tasks import Task
from lrlab.tasks._definitions import definitions_of

MAKE = """\
import array, collections, datetime, decimal, fractions, functools, itertools, operator, random, re, threading, types
import weakref
import numpy as np, torch
from torch import nn
CONFIG, PAIR = {'a': [1]}, (1, (2, 3))
def shared(): return CONFIG
def other_shared(): return [CONFIG]
class Bare: pass
class Slots: __slots__ = ('a',)
def made(kind, a):
    thing = kind()
    thing.a = a
    return thing
"""
DEEP = "[" * 30 + "{}" + "]" * 30
CHANGES = [
    ("nn.LeakyReLU(0.1)", "nn.LeakyReLU(0.2)"),
    ("nn.Sequential(nn.ReLU())", "nn.Sequential(nn.GELU())"),
    ("[nn.Sequential(nn.Dropout(0.1))]", "[nn.Sequential(nn.Dropout(0.2))]"),
    ("nn.LazyLinear(2)", "nn.LazyLinear(3)"),
    ("made(Bare, 1)", "made(Bare, 2)"),
    ("made(Slots, 1)", "made(Slots, 2)"),
    ("made(Slots, lambda: 1)", "made(Slots, lambda: 2)"),
    ("collections.OrderedDict(a=lambda: 1)", "collections.OrderedDict(a=lambda: 2)"),
    ("collections.defaultdict(lambda: 1)", "collections.defaultdict(lambda: 2)"),
    ("collections.deque([1])", "collections.deque([2])"),
    ("types.SimpleNamespace(a=lambda: 1)", "types.SimpleNamespace(a=lambda: 2)"),
    ("types.MappingProxyType({'a': lambda: 1})", "types.MappingProxyType({'a': lambda: 2})"),
    ("range(3)", "range(4)"),
    ("slice(0, 3)", "slice(0, 4)"),
    ("fractions.Fraction(1, 2)", "fractions.Fraction(1, 3)"),
    ("decimal.Decimal('0.1')", "decimal.Decimal('0.2')"),
    ("datetime.timedelta(1)", "datetime.timedelta(2)"),
    ("re.compile('a')", "re.compile('a', re.I)"),
    ("bytearray(b'a')", "bytearray(b'b')"),
    ("bytes(5000)", "bytes(4999) + b'a'"),
    ("array.array('d', [1])", "array.array('d', [2])"),
    ("np.sin", "np.cos"),
    ("operator.itemgetter(0)", "operator.itemgetter(1)"),
    ("operator.methodcaller('relu')", "operator.methodcaller('tanh')"),
    ("{'a': 1}.get", "{'a': 2}.get"),
    ("{'a': lambda: 1}.get", "{'a': lambda: 2}.get"),
    ("np.vectorize(lambda x: x)", "np.vectorize(lambda x: 2 * x)"),
    ("np.poly1d([1.0, 2.0])", "np.poly1d([1.0, 3.0])"),
    ("np.array([1.0, None], dtype=object)", "np.array([2.0, None], dtype=object)"),
    ("np.array([lambda: 1])", "np.array([lambda: 2])"),
    ("np.array([(1.0,)], dtype=[('a', 'f8')])", "np.array([(2.0,)], dtype=[('a', 'f8')])"),
    ("np.longdouble(1)", "np.longdouble(2)"),
    ("np.datetime64('2020-01-01')", "np.datetime64('2020-01-02')"),
    ("np.arange(1e5)", "np.arange(1e5) + (np.arange(1e5) == 7) * 1e-3"),
    ("torch.arange(1e5)", "torch.arange(1e5) + (torch.arange(1e5) == 7) * 0.01"),
    ("{'a': torch.zeros(1_200_000)}", "{'a': (torch.arange(1_200_000) == 7).float()}"),
    ("torch.eye(3).to_sparse()", "(2 * torch.eye(3)).to_sparse()"),
    ("np.float32(1.0)", "np.float32(1.00001)"),
    (DEEP.format(1), DEEP.format(2)),
]
AS_MADE = [
    "{str(i): i for i in range(9)}",
    "frozenset(map(str, range(9)))",
    "{shared, other_shared, lambda: CONFIG}",
    "{(str(i), PAIR) for i in range(9)}",
    "collections.Counter('abcab')",
    "nn.LeakyReLU(0.1)",
    "re.compile('a')",
    "np.sin",
]
AS_FOUND = [
    "object()",
    "random.Random()",
    "np.random.default_rng()",
    "iter([random.random()])",
    "itertools.count(random.randrange(1000))",
    "threading.Lock()",
    "torch.zeros(3, device='meta')",
    "weakref.WeakKeyDictionary({Bare: random.random()})",
]


def texts_of(value, **names):
    scope = {"__name__": "__main__", **names}
    exec(f"{MAKE}A = {value}\ndef f(): return A\n", scope)
    return definitions_of([scope["f"]]).texts


@pytest.mark.parametrize(("one", "other"), CHANGES)
def test_a_value_that_code_names_counts(one, other):
    assert texts_of(one) == texts_of(one) != texts_of(other)


@pytest.mark.parametrize("value", AS_MADE + AS_FOUND)
def test_what_was_made_alike_has_one_text(value):
    assert texts_of(value) == texts_of(value)


def test_a_frame_and_what_a_library_has_fitted_count():
    polars, sklearn = pytest.importorskip("polars"), pytest.importorskip("sklearn.preprocessing")
    values = np.arange(6.0).reshape(3, 2)
    for make in (polars.DataFrame, lambda x: sklearn.StandardScaler().fit(x)):
        one, again, other = (texts_of("given", given=make(x)) for x in (values, values, values * 2))
        assert one == again != other


def test_weights_of_a_layer_that_code_names_count_as_far_as_every_machine_computes_them():
    one, again, other = (nn.Linear(3, 3) for _ in range(3))
    with torch.no_grad():
        again.weight.copy_(one.weight * (1 + 1e-7))
        again.bias.copy_(one.bias)
    assert texts_of("given", given=one) == texts_of("given", given=again) != texts_of("given", given=other)


def test_a_task_that_code_names_is_the_same_whatever_it_has_computed():
    task = Task.from_arrays(model=nn.Identity, inputs=[[0.0]] * 20, labels=[0, 1] * 10)
    before = texts_of("given", given=task)
    assert task.fingerprint
    assert texts_of("given", given=task) == before


def test_what_holds_itself_has_an_end():
    loop = np.array([None, random.random()], dtype=object)
    loop[0] = loop
    assert texts_of("given", given=loop) == texts_of("given", given=loop)


def test_sets_and_dicts_have_one_fingerprint_under_every_seed_of_hashes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        f"{MAKE}import lrlab\nfrom lrlab.tasks import by_value\nA = [{', '.join(AS_MADE)}]\n"
        "def net(): return nn.Linear(1, 2 + 0 * len(A))\n"
        "task = lrlab.Task.from_arrays(model=net, inputs=[[0.0]] * 20, labels=[0, 1] * 10)\n"
        "by_value(task, send=False)\nprint(task.fingerprint)\n"
    )
    prints = set()
    for seed in "12":
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        prints.add(done.stdout)
    assert len(prints) == 1
