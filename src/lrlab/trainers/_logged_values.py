"""What trainers log, under the names a trial reports them by."""

import re
from collections.abc import Mapping
from typing import Any

from ..errors import TaskError, shortened
from ..loops import metric_name

PARTS = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "eval": "validation",
    "test": "test",
}
LOGGED = re.compile(rf"({'|'.join(PARTS)})[_/](.+)")


def find_values(logged: Mapping[str, Any], part: str, names: Mapping[str, str]) -> dict[str, float]:
    """The numbers of one part, "train", "validation" or "test", among those that were logged.

    logged: by the trainer's names: "val_loss", "valid/acc", "eval_accuracy" are validation_loss, validation_accuracy
    and validation_accuracy. names: what the user calls otherwise, {"val_top1": "validation_accuracy"}; these come
    first. What is not a number by itself, such as a histogram, is left out.

    >>> find_values({"val_acc": 0.5, "train/loss": 2, "epoch": 1}, "validation", {})
    {'validation_accuracy': 0.5}
    """
    plain = {name: names.get(name) or _plain_name(name) for name in logged}
    wanted = {name: new for name, new in plain.items() if new is not None and new.startswith(f"{part}_")}
    given = sorted(wanted, key=lambda name: name in names)  # so that names the user gave win
    return {wanted[name]: value for name in given if (value := _as_number(logged[name])) is not None}


def find_final_values(measured: Any, names: Mapping[str, str], *, call: str, naming: str) -> dict[str, float]:
    """The numbers of test data that a trainer measured at the end, as `find_values` has them.

    call: how to get them by name. naming: how to have them named as of test data. Raises TaskError for what is no
    mapping, and where nothing in it is of test data.
    """
    if not isinstance(measured, Mapping):
        got = shortened(" ".join(repr(measured).split()), 100)
        raise TaskError(
            f"callback.finish takes numbers by name, but got {got}, a {type(measured).__name__}; write {call}"
        )
    values = find_values(measured, "test", names)
    if not values:
        other = next((name for name in measured if "loss" not in name), "acc")
        came = shortened(", ".join(map(str, measured)), 200) or "nothing"
        raise TaskError(
            f"callback.finish was given {came}, and no number of test data by its name; {naming}, or say what is what, "
            f'names={{"{other}": "test_accuracy"}} of the callback'
        )
    return values


def _plain_name(name: str) -> str | None:
    match = LOGGED.fullmatch(name)
    if match is None:
        return None
    rest = re.sub(r"\W", "_", match[2])
    return f"{PARTS[match[1]]}_{metric_name(rest)}"


def _as_number(value: Any) -> float | None:
    if isinstance(value, str | bytes):
        return None
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError):  # several numbers, as numpy, torch and JAX say it
        return None
