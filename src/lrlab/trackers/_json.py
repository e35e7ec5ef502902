"""JSON, JSON lines and Python's dicts to rows; nested fields become columns such as `config.lr`."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import RunsError
from ._raw_table import RawFile, RawTable, table_of_lines

HALF = re.compile(r"\\u[dD][89a-fA-F]")  # as an escape; two of them are one character
DEEPEST = 50  # objects in one another that become columns; deeper ones are cells
NUMBERS = {"nan": float("nan"), "NaN": float("nan"), "inf": float("inf"), "Infinity": float("inf")}
NUMBERS |= {"null": None, "true": True, "false": False}
CURVE = {"steps", "values"}


def read_json(text: str, file: RawFile) -> RawTable:
    """Rows of a JSON array, of JSON lines, of an object of columns, or of one object.

    Raises RunsError, with the line.
    """
    try:
        whole = parse_json(text)
    except ValueError as error:
        return table_of_rows(*_read_lines(text, file, error), file)
    rows = _rows_of_document(whole, file)
    return table_of_rows(rows, range(1, len(rows) + 1), RawFile(file.name, file.parts, by_row=True, facts=file.facts))


def parse_json(text: str) -> Any:
    """What a JSON text says. Raises ValueError, also where it is nested without end or holds halves of characters."""
    try:
        found = json.loads(text)
        if HALF.search(text):
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except UnicodeEncodeError:
        raise ValueError("it has half characters, such as \\ud800, which are no text") from None
    return found


def table_of_rows(rows: Sequence[Mapping[str, Any]], lines: Sequence[int], file: RawFile) -> RawTable:
    """Rows as a table, cells as text; None and what is missing are empty.

    Raises RunsError: no rows, or rows that are no objects.
    """
    import polars

    columns: dict[str, list[str | None]] = {}
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise RunsError(
                f'{file.name}, row {number + 1}: {str(row)[:60]!r}, where an object such as {{"arm": "cosine"}} is due'
            )
        for name, value in flatten(row).items():
            cells = columns.setdefault(name, [])
            cells.extend([None] * (number - len(cells)))
            cells.append(write_cell(value))
    if not columns:
        raise RunsError(f"{file.name} holds no rows; it needs one for each run")
    padded = {name: cells + [None] * (len(rows) - len(cells)) for name, cells in columns.items()}
    frame = polars.DataFrame(padded, schema=dict.fromkeys(padded, polars.String))
    return table_of_lines(frame, lines, file)


def flatten(row: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested fields under dotted names; `{"value": x}`, as W&B keeps settings, is x.

    >>> flatten({"config": {"lr": {"value": 0.1}, "seed": 3}, "acc": 0.9})
    {'config.lr': 0.1, 'config.seed': 3, 'acc': 0.9}
    """
    flat: dict[str, Any] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and "value" in value and set(value) <= {"value", "desc"}:
            value = value["value"]
        if isinstance(value, Mapping) and depth < DEEPEST:
            flat |= flatten(value, f"{name}.", depth + 1)
        else:
            flat[name] = value
    return flat


def read_dict(text: str) -> Mapping[str, Any] | None:
    """A dict that was written as text by Python or as JSON, NaN allowed; None where it is none."""
    try:
        found = parse_json(text)
    except ValueError:
        try:
            found = _evaluate_plain(ast.parse(text.strip(), mode="eval").body)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None
    return found if isinstance(found, Mapping) else None


def write_cell(value: Any) -> str | None:
    """A value as the text of a cell. Raises RunsError: nested without end.

    >>> write_cell(0.1), write_cell(None), write_cell([1, 2])
    ('0.1', None, '[1, 2]')
    """
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:  # a number of numpy or torch
        value = value.item()
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return repr(value)
    try:
        return json.dumps(value, default=str)
    except RecursionError:
        raise RunsError("a value holds lists or objects in one another without end; write numbers and text") from None


def _read_lines(text: str, file: RawFile, whole: ValueError) -> tuple[list[Any], list[int]]:
    """The objects of JSON lines, and their lines."""
    rows, lines = [], []
    # Not splitlines: a string may hold signs that part lines for Python, and not for JSON.
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(parse_json(line))
        except ValueError as error:
            if not rows and isinstance(whole, json.JSONDecodeError):  # it is no JSON lines: the array is broken
                raise RunsError(
                    f"{file.name}:{whole.lineno}: {whole.msg}; write JSON lines or one JSON array"
                ) from None
            raise RunsError(f"{file.name}:{number}: {error}; each line must be one JSON object") from None
        lines.append(number)
    return rows, lines


def _rows_of_document(whole: Any, file: RawFile) -> list[Any]:
    """The rows of one JSON document: an array, columns as lists or as objects by index, or one row."""
    if isinstance(whole, list):
        return whole
    if not isinstance(whole, Mapping):
        raise RunsError(f"{file.name} holds one value; a JSON array of objects is due, one for each run")
    if isinstance(whole.get("log_history"), list):  # trainer_state.json of transformers
        return whole["log_history"]
    values = list(whole.values())
    lists = [value for value in values if isinstance(value, list) and value and isinstance(value[0], Mapping)]
    if len(lists) == 1:  # rows under a name, beside what is said of all
        return lists[0]
    if values and all(isinstance(value, Mapping) and set(value) >= CURVE for value in values):
        return [row for name, curve in whole.items() for row in _rows_of_curve(name, curve, file)]
    columns = flatten(whole)
    if columns and all(isinstance(column, list) for column in columns.values()):
        return rows_of_columns(columns, file)
    if values and all(isinstance(value, Mapping) for value in values) and _are_indices(values):
        return [{name: column[index] for name, column in whole.items()} for index in values[0]]
    return [whole]


def rows_of_columns(columns: Mapping[Any, Sequence[Any]], file: RawFile) -> list[dict[Any, Any]]:
    """Rows of columns by name. Raises RunsError: columns of different lengths."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        words = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise RunsError(f"{file.name}: columns of different lengths ({words}); write null for what is missing")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _rows_of_curve(name: Any, curve: Mapping[str, Any], file: RawFile) -> list[dict[Any, Any]]:
    """The rows of one metric, as Sacred keeps them."""
    lists = {key: curve[key] for key in ("steps", "values") if isinstance(curve[key], list)}
    if len(lists) < 2:
        raise RunsError(f"{file.name}: the steps and values of {name!r} are no lists; write one of each")
    rows = rows_of_columns(lists, file)
    return [{"metric": name, "step": row["steps"], "value": row["values"]} for row in rows]


def _are_indices(columns: list[Mapping[str, Any]]) -> bool:
    """Whether columns are objects from row numbers to cells, as pandas writes them."""
    first = list(columns[0])
    return bool(first) and all(key.isdigit() for key in first) and all(list(column) == first for column in columns)


def _evaluate_plain(node: ast.expr) -> Any:
    """The value of a literal in which nan and inf may stand."""
    if isinstance(node, ast.Dict):
        keys = [key for key in node.keys if key is not None]
        return {_evaluate_plain(key): _evaluate_plain(value) for key, value in zip(keys, node.values, strict=True)}
    if isinstance(node, ast.List | ast.Tuple):
        return [_evaluate_plain(item) for item in node.elts]
    if isinstance(node, ast.Name) and node.id in NUMBERS:
        return NUMBERS[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate_plain(node.operand)
    return ast.literal_eval(node)
