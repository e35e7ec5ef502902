"""The text of functions, where there is one and it is theirs; else their code."""

import ast
import itertools
import linecache

import pytest

from lrlab.tasks._source import Sources, tree_of, what_runs

CELLS = itertools.count()


def defined(text, name="f", shown=None):
    """What a cell defines; shown: the text that Python finds for it, where it is another."""
    file = f"<cell {next(CELLS)} of sources>"
    shown = text if shown is None else shown
    linecache.cache[file] = (len(shown), None, shown.splitlines(keepends=True), file)
    scope = {"__name__": "__main__"}
    exec(compile(text, file, "exec"), scope)
    return scope[name]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(x):\n    'Words.'\n    return x  # more\n", "def f(x):\n    return x"),
        ("def f(x):\n    'Words.'\n", "def f(x):\n    pass"),
        ("async def f(x):\n    await x\n", "async def f(x):\n    await x"),
        ("def w(g): return g\n@w\n@w\ndef f(x):\n    return x\n", "@w\n@w\ndef f(x):\n    return x"),
        ("f = lambda x: (x +\n  1)\n", "lambda x: x + 1"),
        ("g, f = (lambda x: x - 1), (lambda x: x + 1)\n", "lambda x: x + 1"),
        ("from __future__ import annotations\ndef f(x: int): return x\n", "def f(x: int):\n    return x"),
        ("class A:\n    def f(self): return super().f()\nf = A.f\n", "def f(self):\n    return super().f()"),
    ],
)
def test_a_function_has_its_own_text(text, found):
    sources, function = Sources(), defined(text)
    assert sources.text_of(function) == found
    assert sources.text_of(function) == found  # though a docstring was taken out once


@pytest.mark.parametrize("shown", ["", "def f(x):\n    return x + 2\n", "def g(:\n", "x = await y\n"])
def test_a_text_that_is_not_the_function_s_is_not_taken(shown):
    code = Sources().text_of(defined("def f(x):\n    return x + 1\n", shown=""))
    assert Sources().text_of(defined("def f(x):\n    return x + 1\n", shown=shown)) == code
    assert code != Sources().text_of(defined("def f(x):\n    return x + 3\n", shown=""))


def test_a_cell_of_a_notebook_may_await_at_its_top():
    text = "def f(x): return x\n"
    assert Sources().text_of(defined(text, shown=f"{text}await f(1)\n")) == "def f(x):\n    return x"


def test_what_cannot_be_read_has_no_tree():
    assert tree_of("def f(:") is None
    assert tree_of("(" * 5000) is None
    assert what_runs(tree_of("a=1 # one")) == "a = 1"


def test_a_function_beside_its_imports_has_its_text_in_a_notebook_too():
    text = "import torch\ndef f(x): return torch.relu(x)\n"
    functions = [defined(text)]
    file, scope = functions[0].__code__.co_filename, {"__name__": "__main__"}
    for statement in ast.parse(text).body:  # as a notebook compiles a cell
        exec(compile(ast.Module([statement], []), file, "exec"), scope)
    functions.append(scope["f"])
    assert [Sources().text_of(function) for function in functions] == ["def f(x):\n    return torch.relu(x)"] * 2
