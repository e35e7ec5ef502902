"""`lrlab verify TASK`."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import RunError
from ._options import DataOption, JsonOption

if TYPE_CHECKING:
    from rich.console import Console

    from ..lab import Verified


def verify(
    task: Annotated[
        str, typer.Argument(help="A task by name (see `lrlab list tasks`), or your own: FILE.py[:OBJECT].")
    ],
    layout: Annotated[str, typer.Option(help="auto, lanes, grouped, vmap, channels_last or loop.")] = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Examples in a batch.")] = 8,
    optimizer: Annotated[str, typer.Option(help="sgd, adam, adamw or rmsprop.")] = "sgd",
    clip: Annotated[
        float | None, typer.Option(help="The largest norm of a gradient; never clipped unless given.")
    ] = None,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Is the stack equal to the plain loop? Trains both side by side and prints the largest deviation per tensor."""
    from rich.console import Console

    from .. import api

    settings = {"name": optimizer, "clip": clip}
    checks = api.verify(task, layout=layout, batch_size=batch_size, optimizer=settings, data_dir=data_dir)
    if as_json:
        print(json.dumps([_as_plain_data(check) for check in checks], indent=2))
    else:
        console = Console(highlight=False)
        for check in checks:
            _print_check(check, console)
    wrong = [check for check in checks if check.verdict == "not equal"]
    if wrong:
        raise RunError(f"{task}: the stack is not equal to the plain loop in {', '.join(map(_title_of, wrong))}")
    if not any(check.equal for check in checks):
        raise RunError(
            f"{task}: whether the stack is equal to the plain loop cannot be told, for the plain loop, moved by one "
            f"unit in the last place, ends far from itself; look whether the model draws numbers without a seed"
        )


def _title_of(check: "Verified") -> str:
    return f"{check.precision}, {check.updates} update{'s' * (check.updates > 1)}"


def _print_check(check: "Verified", console: "Console") -> None:
    """The verdict, and the tensors that deviate most."""
    first = check.deviations[0]
    verdict = check.verdict.upper() if check.verdict == "not equal" else check.verdict
    deviation = f"largest deviation {first.largest:.1e}, bound {first.bound:.1e}"
    console.print(
        f"{_title_of(check)}: {verdict}; {deviation} ({check.layout})",
        style="bold" if check.equal else "bold red",
    )
    width = max(len(deviation.tensor) for deviation in check.deviations)
    for deviation in check.deviations:
        own = "" if deviation.own is None else f"  plain loop under one ulp {deviation.own:.1e}"
        console.print(f"  {deviation.tensor:{width}}  {deviation.largest:.1e}{own}", markup=False)


def _as_plain_data(check: "Verified") -> dict[str, object]:
    return {
        "layout": check.layout,
        "precision": check.precision,
        "updates": check.updates,
        "equal": check.equal,
        "verdict": check.verdict,
        "deviations": [deviation._asdict() for deviation in check.deviations],
    }
