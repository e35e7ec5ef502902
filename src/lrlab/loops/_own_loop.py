"""A training loop of the user's own, as `@lrlab.trial` makes it of a function."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, overload

from ..errors import TaskError, shortened
from ..schedules import checked_peak
from ..spec import Candidate, Metric, SettingValue
from ._declared import Declared
from ._metric import metric_named

if TYPE_CHECKING:
    from ._run import Run

USUAL_PEAKS = (
    0.001,
    0.003,
    0.01,
    0.03,
    0.1,
    0.3,
)  # whatever the optimizer is; the grid grows where the best is at its edge
FORM = "write @lrlab.trial over a function with one argument, `def train(run): ...`"


@dataclass(frozen=True)
class OwnLoop:
    """A function that trains once, as it is told by the run it is handed. Called, it calls the function.

    function: takes a `Run`. metric: by which trials are judged; None: the one that the loop finishes with.
    updates_per_epoch: of one epoch; None: not known, so that nothing counts epochs. settings: what can be tuned beside
    the peak, and its values unless a study gives others. peaks: the rates to try unless a study gives others.
    version: changed when something matters that lrlab cannot see, such as a data file. cores: threads of a trial.
    """

    function: Callable[["Run"], object]
    _: KW_ONLY
    metric: Metric | None = None
    updates_per_epoch: int | None = None
    settings: Mapping[str, SettingValue] = field(default_factory=dict[str, SettingValue])
    peaks: tuple[float, ...] = USUAL_PEAKS
    version: str = ""
    cores: int = 1

    @property
    def name(self) -> str:
        """The function's name."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return name if name.isidentifier() else "loop"

    @property
    def runs_command(self) -> bool:
        """Whether it is a program that is run as a command, which knows its placeholders and no `Run`."""
        return bool(self.taken_names)

    @property
    def taken_names(self) -> tuple[str, ...]:
        """Names that no setting may have: those of a command's placeholders."""
        return getattr(self.function, "taken_names", ())

    @property
    def declared(self) -> Declared:
        """What it says of itself."""
        return Declared(self.metric, self.updates_per_epoch, self.settings)

    def __call__(self, run: "Run") -> object:
        """Train, as the run says."""
        return self.function(run)


@overload
def trial(
    function: Callable[["Run"], object],
    /,
    *,
    metric: str | Metric | None = None,
    higher_is_better: bool | None = None,
    updates_per_epoch: int | None = None,
    settings: Mapping[str, SettingValue] | None = None,
    peaks: Sequence[float] | None = None,
    version: str = "",
    cores: int = 1,
) -> OwnLoop: ...


@overload
def trial(
    function: None = None,
    /,
    *,
    metric: str | Metric | None = None,
    higher_is_better: bool | None = None,
    updates_per_epoch: int | None = None,
    settings: Mapping[str, SettingValue] | None = None,
    peaks: Sequence[float] | None = None,
    version: str = "",
    cores: int = 1,
) -> Callable[[Callable[["Run"], object]], OwnLoop]: ...


def trial(
    function: Callable[["Run"], object] | None = None,
    /,
    *,
    metric: str | Metric | None = None,
    higher_is_better: bool | None = None,
    updates_per_epoch: int | None = None,
    settings: Mapping[str, SettingValue] | None = None,
    peaks: Sequence[float] | None = None,
    version: str = "",
    cores: int = 1,
) -> Any:
    """Make a training loop of your own a trial: it can then be compared, tuned, resumed and judged like a task.

        @lrlab.trial
        def train(run):
            torch.manual_seed(run.seed)
            ...
            scheduler = run.scheduler(optimizer)  # or run.rate(t), for what is not torch
            ...
            run.report(epoch=epoch, validation_loss=..., validation_accuracy=...)
            ...
            run.finish(test_loss=..., test_accuracy=...)

    function: takes a `Run`, and nothing else.
    metric: the name of what trials are judged by, "accuracy" for `test_accuracy`, or an `lrlab.Metric`. Default: the
    one that the loop finishes with.
    higher_is_better: its direction; known for the usual ones.
    updates_per_epoch: needed for schedules that count epochs, and for rules.
    settings: what a study may set beside the peak, with default values; `run.settings` has them.
    peaks: rates to try.
    version: change it when something matters that lrlab cannot see, such as the file with the data.
    cores: threads that one trial uses; fewer trials then run at once.

    Gives an `lrlab.loops.OwnLoop`, which can still be called. Raises TaskError for wrong arguments.
    """
    options = {
        "metric": metric,
        "higher_is_better": higher_is_better,
        "updates_per_epoch": updates_per_epoch,
        "settings": settings,
        "peaks": peaks,
        "version": version,
        "cores": cores,
    }
    return partial(trial_with, options) if function is None else trial_with(options, function)


def trial_with(options: Mapping[str, Any], function: Callable[["Run"], object]) -> OwnLoop:
    """The loop of a function, with the options of `trial`. Raises TaskError."""
    if isinstance(function, OwnLoop) or not callable(function) or isinstance(function, type):
        raise TaskError(f"a trial is a function, but got {shortened(repr(function), 100)}; {FORM}")
    _check_runs_when_called(function)
    for name in ("updates_per_epoch", "cores"):
        _check_count(name, options.get(name))
    version = options.get("version", "")
    if not isinstance(version, str):
        raise TaskError(f'`version` is a text, but got {shortened(repr(version), 100)}; write version="2"')
    return OwnLoop(
        function,
        metric=metric_named(options.get("metric"), options.get("higher_is_better")),
        updates_per_epoch=options.get("updates_per_epoch"),
        settings=_check_settings(options.get("settings")),
        peaks=_check_peaks(options.get("peaks")),
        version=version,
        cores=options.get("cores", 1),
    )


def _check_runs_when_called(function: Callable[["Run"], object]) -> None:
    """Raise TaskError for a function that makes a generator or a coroutine, of which a call runs nothing."""
    for made in (function, getattr(function, "__call__", None)):  # noqa: B004  of an object, what a call of it runs
        if inspect.isgeneratorfunction(made) or inspect.isasyncgenfunction(made):
            what, way = "has a `yield`", "take the yield out, and tell of an epoch by run.report(...)"
        elif inspect.iscoroutinefunction(made):
            what, way = "is `async`", "write `def train(run): asyncio.run(...)`"
        else:
            continue
        name = getattr(function, "__name__", type(function).__name__)
        raise TaskError(f"a trial trains when it is called, but {name} {what}, so a call of it runs nothing; {way}")


def _check_count(name: str, value: object) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise TaskError(f"`{name}` is a whole number from 1, but got {shortened(repr(value), 100)}; give one")


def _check_settings(settings: Mapping[str, SettingValue] | None) -> Mapping[str, SettingValue]:
    try:
        return Candidate(schedule="constant", peak=1.0, settings=settings or {}).settings  # type: ignore[arg-type]
    except ValueError as error:
        raise TaskError(str(error)) from None


def _check_peaks(peaks: Sequence[float] | None) -> tuple[float, ...]:
    if peaks is None:
        return USUAL_PEAKS
    if isinstance(peaks, str) or not isinstance(peaks, Sequence) or not peaks:
        raise TaskError(
            f"`peaks` are rates, as in peaks=[0.01, 0.03], but got {shortened(repr(peaks), 100)}; give some"
        )
    try:
        return tuple(checked_peak(peak) for peak in peaks)
    except ValueError as error:
        raise TaskError(f"peaks: {error}") from None
