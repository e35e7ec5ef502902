"""`lrlab verify TASK`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import RunError, StudyError, visible
from ._command import CommandOption, loop_of_command
from ._options import (
    DataOption,
    DeviceOption,
    JsonOption,
    OptimizerOption,
    PluginOption,
    SettingOption,
    TimeoutOption,
    load_plugins,
    optimizer_of_words,
    settings_of,
)

if TYPE_CHECKING:
    from rich.console import Console

    from ..lab import LoopCheck, Verified


def verify(
    task: Annotated[
        str | None,
        typer.Argument(
            help="A task by name (see `lrlab list tasks`), or your own, or a training loop: FILE.py[:OBJECT]."
        ),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(help="Of a task, one of {layouts}; default: auto."),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Of a task: examples in a batch; default: 8.")] = None,
    optimizer: OptimizerOption = None,
    clip: Annotated[float | None, typer.Option(help="Of a task: clip gradients to this norm; default: never.")] = None,
    updates: Annotated[int | None, typer.Option(min=2, help="Of a loop: the length of a trial.")] = None,
    trial_timeout: TimeoutOption = None,
    command: CommandOption = None,
    setting: SettingOption = None,
    device: DeviceOption = "cpu",
    data_dir: DataOption = None,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Does lrlab measure what you asked for?

    Of a task: is the stack equal to the plain loop? Trains both side by side, and prints the largest deviation per
    tensor. Of a training loop of your own: runs a few short trials, and says what it found: seed, schedule, peak,
    reports, resuming; and the line to change.
    """
    from .. import api
    from ..lab import LoopCheck

    load_plugins(plugin)
    named_settings = settings_of(setting or ())
    if named_settings and command is None:
        raise StudyError(
            "settings are given to a --command; a loop says its usual ones itself, @lrlab.trial(settings=...)"
        )
    loop = loop_of_command(command, {name: values[0] for name, values in named_settings.items()})
    if (task is None) == (loop is None):
        raise StudyError("verify takes one task, or one --command; write lrlab verify train.py:train")
    named = task or "the command"
    settings = optimizer_of_words(optimizer, None, None) | ({} if clip is None else {"clip": clip})
    checks = api.verify(
        loop or named,
        layout=layout,
        batch_size=batch_size,
        optimizer=settings or None,
        updates=updates,
        trial_timeout=trial_timeout,
        device=device,
        data_dir=data_dir,
    )
    found = [check for check in checks if isinstance(check, LoopCheck)]
    if found:
        _show_loop_checks(found, named, as_json)
    else:
        _show_task_checks([check for check in checks if not isinstance(check, LoopCheck)], named, as_json)


def _show_loop_checks(checks: "Sequence[LoopCheck]", named: str, as_json: bool) -> None:
    """What was looked at of a loop, and what was found. Raises RunError for faults."""
    from ..spec import counted
    from ._output import print_json

    if as_json:
        print_json([check._asdict() for check in checks])
    width = max(len(check.what) for check in checks)
    for check in checks if not as_json else ():
        mark = {"fine": "fine", "remark": "remark", "fault": "FAULT"}[check.verdict]
        first, *more = check.words.split("\n")
        print(f"{mark:6}  {check.what:{width}}  {visible(first)}")
        for line in more:
            print(f"{'':{width + 10}}{visible(line)}")
    faults = [check.what for check in checks if check.verdict == "fault"]
    if faults:
        raise RunError(f"{named}: {counted(len(faults), 'fault')} ({', '.join(faults)}); mend that, and verify again")


def _show_task_checks(checks: "Sequence[Verified]", task: str, as_json: bool) -> None:
    """How far the stack deviates from the plain loop. Raises RunError where it is not equal, or nobody can tell."""
    from rich.console import Console

    from ..spec import text_of_optimizer
    from ._output import print_json

    if as_json:
        print_json([_as_plain_data(check) for check in checks])
    else:
        console = Console(highlight=False)
        if checks and checks[0].suggested:
            text = text_of_optimizer(checks[0].optimizer)
            console.print(f"The optimizer is {text}, which {task} suggests.", markup=False)
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
    from ..spec import text_of_optimizer

    return {
        "layout": check.layout,
        "optimizer": text_of_optimizer(check.optimizer),
        "precision": check.precision,
        "updates": check.updates,
        "equal": check.equal,
        "verdict": check.verdict,
        "deviations": [deviation._asdict() for deviation in check.deviations],
    }
