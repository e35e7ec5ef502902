"""What a loop reports, read as plain numbers by plain names."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from ..errors import RunError, shortened
from ..stats import LARGEST

PREFIXES = {"train_": "train_", "validation_": "validation_", "val_": "validation_", "valid_": "validation_"}
TEST = "test_"
COUNTERS = ("step", "steps", "global_step", "iteration", "iterations", "updates", "epochs")  # of the training


def read_values(call: str, values: Mapping[str, Any], plain: str) -> dict[str, float]:
    """The values of a call by their full names, such as validation_accuracy, as numbers.

    call: what errors call it. plain: the prefix of a name that has none. Raises RunError for what is not a number, for
    a count of the training on the way, and for a loss of which nobody can say what data it is of.
    """
    read: dict[str, float] = {}
    for name, value in values.items():
        if name in COUNTERS and plain != TEST:
            raise _misplaced_count(call, name, value)
        full = _full_name(call, name, plain)
        if full in read:
            raise RunError(f"{call} was given {full} twice, the second time as {name}; give one")
        read[full] = read_number(f"{call}: {name}", value)
    return read


def read_number(what: str, value: Any) -> float:
    """A number out of whatever library it comes from. Raises RunError for text, truths and several numbers."""
    if not isinstance(value, str | bytes | bool | complex):
        try:
            return float(value.item() if hasattr(value, "item") else value)  # a tensor in a graph warns of float()
        except (TypeError, ValueError, RuntimeError, OverflowError):
            pass
    got = f"{shortened(repr(value), 100)}, a {type(value).__name__}"
    raise RunError(f"{what} must be one number, but got {got}; write float(...) of one value")


def read_count(what: str, value: Any, least: int = 0) -> int:
    """A whole number from so many on. Raises RunError."""
    try:
        number = None if isinstance(value, str | bytes | bool) else int(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        number = None
    if number is None or number != value or number < least:
        got = shortened(repr(value), 100)
        raise RunError(f"{what} must be a whole number from {least} on, but got {got}; count from {least}")
    return number


def metric_name(name: str) -> str:
    """A metric's name as lrlab writes it: "accuracy" for "acc", so that the two are one."""
    return "accuracy" if name == "acc" else name


def is_sound(value: float) -> bool:
    """Whether a loss or a score is a number that can be compared with others."""
    return isfinite(value) and abs(value) <= LARGEST


def _misplaced_count(call: str, name: str, value: Any) -> RunError:
    got = shortened(repr(value), 100)
    return RunError(
        f"{call} was given {name}={got}, which counts the training and is no measure of the model; write update=, how "
        f"many updates were made, or epoch="
    )


def _full_name(call: str, name: str, plain: str) -> str:
    for prefix, full in (PREFIXES | {TEST: TEST}).items():
        if name.startswith(prefix) and len(name) > len(prefix):
            return full + metric_name(name.removeprefix(prefix))
    if name == "loss":
        ways = "test_loss" if plain == TEST else "train_loss or validation_loss"
        raise RunError(f"{call} does not say which data the loss is of; write {ways}")
    return plain + metric_name(name)
