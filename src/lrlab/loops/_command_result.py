"""The file in which a command leaves what it measured."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import RunError, shortened

if TYPE_CHECKING:
    from ._run import Run

EXAMPLE = '{"test_accuracy": 0.93, "validation_accuracy": 0.92}'
COUNTS = ("epoch", "update")
OTHERS = ("train_", "validation_", "val_", "valid_")  # how values begin that are not of test data


def give_result(file: Path, run: "Run") -> None:
    """Tell a run what a command's file says. Raises RunError, with the field, for what does not fit."""
    content = _read_object(file)
    epochs = _read_list(content.pop("epochs", []), "epochs")
    rates = _read_list(content.pop("rates", []), "rates")
    values = {name: _read_value(value, name) for name, value in content.items()}
    if not any(not name.startswith(OTHERS) for name in values):
        raise _misfit(f"no value of test data; write one, as in {EXAMPLE}")
    if len(rates) > run.updates:
        raise _misfit(f"rates holds {len(rates)} rates, and the trial has {run.updates} updates; give one for each")
    for t, rate in enumerate(rates):
        run.record_rate(t, _read_value(rate, f"rates[{t}]"))
    for place, epoch in enumerate(epochs):
        run.report(**_read_epoch(epoch, f"epochs[{place}]"))
    run.finish(**values)


def _read_object(file: Path) -> dict[str, Any]:
    """The object in a file, by the names of its fields."""
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, OSError, RecursionError) as error:
        raise _misfit(f"cannot be read as JSON: {error}; write {EXAMPLE}") from None
    if not isinstance(content, dict):
        raise _misfit(f"is a {type(content).__name__}, not an object; write {EXAMPLE}")
    return cast("dict[str, Any]", content)


def _read_list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        got = shortened(repr(value), 100)
        raise _misfit(f"{field} must be a list, but got {got}; write [...], or leave it out")
    return cast("list[Any]", value)


def _read_epoch(value: Any, field: str) -> dict[str, Any]:
    """What was measured after an epoch, as `Run.report` takes it."""
    if not isinstance(value, dict):
        got = shortened(repr(value), 100)
        raise _misfit(f'{field} must be an object, but got {got}; write {{"epoch": 1, "validation_loss": 0.5}}')
    named = cast("dict[str, Any]", value)
    return {name: each if name in COUNTS else _read_value(each, f"{field}.{name}") for name, each in named.items()}


def _read_value(value: Any, field: str) -> float:
    """A number; null, as JSON without NaN has it, is refused, for it may be anything."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        got = shortened(json.dumps(value), 100)
        raise _misfit(f"{field} must be a number, but got {got}; write one, NaN where it diverged")
    return float(value)


def _misfit(what: str) -> RunError:
    return RunError(f"the command's {{result}} does not fit: {what}")
