"""What runs of a function: its text where there is one, from a file, a notebook's cell or a REPL, else its code."""

import __future__

import ast
import copy
import linecache
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})


class Sources:
    """Reads the text of functions, of each file or cell once."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, int], tuple[ast.Module, list[CodeType]] | None] = {}

    def text_of(self, function: FunctionType) -> str:
        """The function without comments, spaces and docstrings; its code where the text is gone, or is no longer it."""
        code = function.__code__
        key = code.co_filename, code.co_flags & FUTURE
        if key not in self.files:
            self.files[key] = _read_file(*key, function.__globals__)
        file = self.files[key]
        form = code_form(code, function.__doc__)
        if file is not None and any(
            _stands_at(other, code) and code_form(other) == code_form(code) for other in file[1]
        ):
            node = _definition_of(code, file[0])
            text = None if node is None else what_runs(copy.deepcopy(node))
            if text is not None:
                return text
        return form


def tree_of(text: bytes | str) -> ast.Module | None:
    """The tree of a program; None where it cannot be read."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def what_runs(tree: ast.AST) -> str | None:
    """A program, or a part of one, without comments, spaces and docstrings; None where it is too deep.

    The tree itself is changed.
    """
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    try:
        return ast.unparse(tree)
    except RecursionError:
        return None


def _read_file(name: str, flags: int, scope: dict[str, Any]) -> tuple[ast.Module, list[CodeType]] | None:
    """The tree of a file or cell and the code of all its functions; None where there is no text of it."""
    text = "".join(linecache.getlines(name, scope))
    tree = tree_of(text) if text else None
    if tree is None:
        return None
    try:
        # A cell of a notebook may await at its top.
        flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return tree, compiled_functions(tree, flags)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def compiled_functions(tree: ast.Module, flags: int = 0) -> list[CodeType]:
    """The code of all functions and classes of a program, as Python compiles it whole and as a notebook does.

    A notebook compiles each statement alone; then `torch.relu(x)` is other code, for Python sees no import of torch.
    Raises what `compile` raises.
    """
    programs = [tree, *(ast.Module([statement], []) for statement in tree.body)]
    codes = [compile(program, "<program>", "exec", flags=flags, dont_inherit=True) for program in programs]
    return [part for code in codes for part in _codes_in(code)]


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from _codes_in(part)


def _stands_at(other: CodeType, code: CodeType) -> bool:
    return (other.co_name, other.co_firstlineno) == (code.co_name, code.co_firstlineno)


def _definition_of(code: CodeType, tree: ast.Module) -> ast.AST | None:
    """The node that a function was made of; None where several may be it."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS) and _may_be(node, code)]
    if len(nodes) > 1:  # lambdas on one line, perhaps in each other: what runs of one stands in its body
        runs = [place for place in code.co_positions() if place[3]]
        nodes = [node for node in nodes if isinstance(node, ast.Lambda) and _place_of(node.body) in runs]
    return nodes[0] if len(nodes) == 1 else None


def _may_be(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, code: CodeType) -> bool:
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return node.name == code.co_name and first == code.co_firstlineno


def _place_of(node: ast.expr) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def code_form(code: CodeType, docstring: str | None = None) -> str:
    """Code as text: the same in every process of one version of Python, wherever it stands in its file."""
    consts = list(code.co_consts)
    if docstring is not None and consts and consts[0] == docstring:
        consts[0] = None
    counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return f"{code.co_name} {counts} {names} {code.co_code.hex()} {[_constant_form(value) for value in consts]}"


def _constant_form(value: Any) -> str:
    if isinstance(value, CodeType):
        return code_form(value)
    if isinstance(value, frozenset):
        return f"frozenset {sorted(map(_constant_form, value))}"
    if isinstance(value, tuple):
        return f"tuple {list(map(_constant_form, value))}"
    return repr(value)
