"""Programs of a user's that lie in files of other endings than .py, and that another one runs by `exec`."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from ._source import tree_of

RUNNERS = {"exec", "eval", "compile", "execfile"}  # Python's own: `re.compile` and `model.eval` are not
LOADERS = {"run_path", "SourceFileLoader", "spec_from_file_location"}
LARGEST, LONGEST = 1_000_000, 200  # bytes of such a file; characters of its name
WRITTEN = re.compile(r"[rbtU]*[wax+][rwaxbtU+]*")  # modes of `open` under which a file is written


def is_path(name: str) -> bool:
    """Whether a name is a file's, and not a module's."""
    return name.endswith(".py") or Path(name).is_absolute()


def is_program(path: Path) -> bool:
    """Whether a file is one of Python, or may be: of any other ending, text of moderate size that Python reads."""
    if path.suffix == ".py":
        return True
    if not path.is_file() or path.stat().st_size > LARGEST:
        return False
    return tree_of(path.read_bytes()) is not None


def run_texts(nodes: Iterable[ast.AST], folder: Path) -> Iterator[str]:
    """The files of other endings that a program names in whole strings, where it says that it runs texts.

    nodes: all of the program's. folder: where it lies. Files that it opens for writing are not among them.
    """
    nodes = list(nodes)
    named = {node.id for node in nodes if isinstance(node, ast.Name)}
    words = named | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    if not (named & RUNNERS or words & LOADERS):
        return
    texts = set(_texts_of(nodes)) - {text for node in nodes if _writes(node) for text in _texts_of(ast.walk(node))}
    texts = {text for text in texts if 0 < len(text) <= LONGEST and text.isprintable() and not text.endswith(".py")}
    folders = [folder, *(folder / text for text in sorted(texts) if _is(Path.is_dir, folder / text))]
    for text in sorted(texts):
        below = text.lstrip("/\\")  # as in HERE + "/net.txt"
        places = (place / below for place in (*folders, Path()) if below and _is(Path.is_file, place / below))
        yield from (str(place.resolve()) for place in islice(places, 1))


def _texts_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    return (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _writes(node: ast.AST) -> bool:
    """Whether a call writes a file: by `open` with such a mode, `write_text` or `write_bytes`."""
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
    if name != "open":
        return name in ("write_text", "write_bytes")
    given = [*node.args, *(each.value for each in node.keywords)]
    return any(WRITTEN.fullmatch(text) for text in _texts_of(given))


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    try:
        return kind(path)
    except (OSError, ValueError):
        return False
