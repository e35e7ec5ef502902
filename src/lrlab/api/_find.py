"""`find`: the range test, on a task or on the user's own objects."""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, overload

from ..errors import StudyError, shortened
from ..lab import RangePlan, checked_rates, find_live_rate, find_rate, kept_version, open_task
from ..spec import Optimizer, RangeTest
from ._checks import check_kinds, check_required, check_task, checked_seeds
from ._durations import seconds_of
from ._find_results import FindResults
from ._options import ProgressOption, RunOptions, opened, read_run_options
from ._question import checked_fields

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer as TorchOptimizer

    from ..loops import OwnLoop
    from ..tasks import Task

LIVE_ORDERS = 3


@overload
def find(
    task: "str | Path | Task | OwnLoop",
    /,
    *,
    optimizer: str | Mapping[str, object] | Optimizer | None = None,
    rates: Sequence[float] | None = None,
    updates: int | None = None,
    length: str | int | None = None,
    seeds: int = 3,
    budget: str | float | None = None,
    batch_size: int = 32,
    store: Path | str | None = None,
    workers: int | None = None,
    engine: str = "auto",
    device: str = "cpu",
    max_seconds: float | None = None,
    keep: bool = False,
    data_dir: Path | str | None = None,
    track: str | Sequence[str] | None = None,
    progress: ProgressOption = True,
    began: float | None = None,
) -> FindResults: ...


@overload
def find(
    model: "nn.Module",
    optimizer: "TorchOptimizer",
    loader: Any,
    loss: Callable[..., Any] | None = None,
    /,
    *,
    batch_loss: Callable[[Any, Any], Any] | None = None,
    rates: Sequence[float] | None = None,
    updates: int | None = None,
    length: int | None = None,
    seeds: int = 3,
) -> FindResults: ...


def find(*what: Any, **options: Any) -> FindResults:
    """Find the rate to train with: short trainings at many constant rates, over several seeds.

    The loss after a short training, against the rate, has a best place, an interval, and the noise of the seeds. The
    answer has all three, or says why there is no suggestion. The range grows while the best is at its edge.

    Use it for a task, `find("digits/convnet")`, or for objects of your own, `find(model, optimizer, loader, loss)`:

    task: as for `compare`, also a loop of your own under `@lrlab.trial`. Its trainings are stored as they come, so the
    same call goes on after an interruption.
    model, optimizer, loader: of your own loop. They are afterwards as they were, bit for bit, with generators and
    samplers, also after Ctrl-C or an error; the optimizer itself is never stepped. lrlab reads the loader again and
    again, so it refuses an iterator, also as an attribute of these objects. Parameter groups keep their ratio; the rate
    is the first group's.
    loss: of outputs and targets, as in `loss(model(*inputs), targets)` for batches of inputs and targets. None: batches
    are mappings, which the model takes by name, and its outputs carry the loss.
    batch_loss: instead, a function of model and batch, for any other shape of both.
    rates: to begin with. Default: four to a decade, around the optimizer's usual ones.
    seeds: at least 2; with your own objects they order the batches, and seed dropout, from the same start.
    length: of the training you plan: updates, or for a task also "30 epochs".
    updates: of each short training. Default: an eighth of the length, but no fewer than 100 or half of it; 200 without
    a length.
    budget: for a task, how long the first rates may take, such as "60s"; updates are what fits.

    optimizer, batch_size, store, workers, engine, device, max_seconds, keep, data_dir, track, progress, began: for a
    task, as for `compare`.

    Raises a LabError, and what your own model, loader or loss raises.
    """
    if what and len(what) == 1 and not _is_module(what[0]):
        _check_options(options)
        return _find_on_task(what[0], **options)
    return _find_on_objects(*what, **options)


def _check_options(options: Mapping[str, object]) -> None:
    """Raise StudyError for an option that `find` of a task does not take."""
    known = [name for name, each in signature(_find_on_task).parameters.items() if each.kind is each.KEYWORD_ONLY]
    unknown = next((name for name in options if name not in known), None)
    if unknown is not None:
        raise StudyError(f"find of a task takes {', '.join(known)}, and not {unknown}; leave it out")


def _is_module(value: object) -> bool:
    """Whether a value is a torch module; torch is not loaded to tell."""
    return any(
        kind.__module__ == "torch.nn.modules.module" and kind.__name__ == "Module" for kind in type(value).__mro__
    )


def _find_on_task(
    task: "str | Path | Task | OwnLoop",
    *,
    optimizer: str | Mapping[str, object] | Optimizer | None = None,
    rates: Sequence[float] | None = None,
    updates: int | None = None,
    length: str | int | None = None,
    seeds: int = 3,
    budget: str | float | None = None,
    batch_size: int = 32,
    store: Path | str | None = None,
    workers: int | None = None,
    engine: str = "auto",
    device: str = "cpu",
    max_seconds: float | None = None,
    keep: bool = False,
    data_dir: Path | str | None = None,
    track: str | Sequence[str] | None = None,
    progress: ProgressOption = True,
    began: float | None = None,
) -> FindResults:
    options = read_run_options(
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        data_dir=data_dir,
        progress=progress,
        max_seconds=max_seconds,
        keep=keep,
        began=began,
        track=track,
    )
    check_kinds(optimizer=optimizer)
    check_required(batch_size=batch_size)
    plan = RangePlan(
        rates=() if rates is None else checked_rates(_checked_list(rates)),
        seeds=checked_seeds(seeds, usual=3),
        updates=_whole("updates", updates),
        length=_span_of(length),
        optimizer=checked_fields(optimizer),
        batch_size=int(batch_size),
        seconds=None if budget is None else seconds_of(budget),
    )
    return FindResults(_run_plan(check_task(task), plan, options))


def _run_plan(task: "str | Task | OwnLoop", plan: RangePlan, options: RunOptions) -> RangeTest:
    with opened(options) as workshop:
        opened_task = open_task(task, send=options.workers != 0)
        opened_task = kept_version(opened_task, workshop.store) if options.keep else opened_task
        return find_rate(opened_task, plan, workshop)


def _find_on_objects(
    model: object = None,
    optimizer: object = None,
    loader: object = None,
    loss: Callable[..., Any] | None = None,
    *others: object,
    batch_loss: Callable[[Any, Any], Any] | None = None,
    rates: Sequence[float] | None = None,
    updates: int | None = None,
    length: int | None = None,
    seeds: int = LIVE_ORDERS,
    **unknown: object,
) -> FindResults:
    if optimizer is None or loader is None or others or unknown:
        more = f", and not {', '.join(sorted(unknown))}" if unknown else ""
        raise StudyError(
            f'write find("digits/convnet") for a task; or find(model, optimizer, loader, loss) for your own objects, '
            f"which takes rates, updates, length, seeds and batch_loss{more}"
        )
    test = find_live_rate(
        model,
        optimizer,
        loader,
        loss,
        batch_loss=batch_loss,
        rates=None if rates is None else _checked_list(rates),
        updates=_whole("updates", updates),
        length=_whole("length", length),
        orders=checked_seeds(seeds, usual=LIVE_ORDERS),
    )
    return FindResults(test)


def _checked_list(rates: object) -> list[float]:
    """The rates as a list of numbers. Raises StudyError."""
    try:
        if isinstance(rates, str | bytes):
            raise TypeError
        return [float(rate) for rate in cast("Sequence[float]", rates)]
    except (TypeError, ValueError):
        got = shortened(repr(rates), 100)
        raise StudyError(f"rates are a list of numbers, such as [0.01, 0.1, 1.0], but got {got}; give one") from None


def _whole(name: str, value: int | None) -> int | None:
    """A whole number, or None. Raises StudyError."""
    check_kinds(**{name: value})
    return None if value is None else int(value)


def _span_of(length: str | int | None) -> str | None:
    """A length as a span; a plain number counts updates. Raises StudyError."""
    if isinstance(length, str) or length is None:
        return length
    return f"{_whole('length', length)} updates"
