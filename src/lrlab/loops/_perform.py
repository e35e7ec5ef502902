"""A trial of the user's own loop, as an executor calls it: a job in, its events out."""

import contextlib
import multiprocessing
import os
import platform
import sys
import traceback
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

import numpy as np

from .. import __version__
from ..errors import RunError, shortened
from ..execution import Overtime, failure_of, machine_words, teller
from ..printing import printed_aside
from ..schedules import Horizon, Span
from ..spec import (
    OWN_LOOP,
    Begun,
    Ended,
    Epoch,
    EpochMeasured,
    Epochs,
    Evaluation,
    Failed,
    JobEvent,
    Metric,
    Paused,
    Provenance,
    Record,
    RunLoop,
    Standing,
    TrainedTrial,
    horizon_of,
    npy_bytes,
    rung_epoch,
)
from ..tasks import called_without_words, refuse_exit
from ._course import LoopCourse, Place, Stopped
from ._leftovers import Surroundings, is_of_python, warn_of_leftovers
from ._metric import metric_named
from ._own_loop import OwnLoop
from ._place import load_loop
from ._reports import TEST, VALIDATION, Reports
from ._run import Run
from ._saved import is_resumable, share_saved
from ._warn import filters_kept

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
OURS = str(Path(__file__).parents[1]) + os.sep


def perform_loop(job: RunLoop, attempt: int = 1) -> Generator[JobEvent, None, None]:
    """Run the user's loop for a trial: yields `Begun`, tells of each epoch, and ends with `Ended`, `Paused`, `Failed`.

    What the loop raises is a failure with the user's part of the traceback alone. A loop that was told that time is up
    and returns without having finished, or finishes before its last update, is paused: its folder stays, and it is
    handed that again.
    """
    said: Any = {"job": job.name, "attempt": attempt}
    folder = Path(job.folder).absolute()  # the loop may change the folder of the process
    yield Begun(**said, share=share_saved(folder))
    with cores_taken(job.resources.cores):
        yield from _run_in_folder(job, folder, said)


def _run_in_folder(job: RunLoop, folder: Path, said: dict[str, Any]) -> Generator[JobEvent, None, None]:
    tell, key = teller(), job.trial.key

    def measured(number: int, share: float, epoch: Epoch) -> None:
        tell(EpochMeasured(**said, number=number, share=share, epochs={key: epoch}))

    loop = load_loop(job.where)
    until = None if job.until is None else max(job.until, monotonic() + job.least)
    horizon = loop_horizon(loop, job.trial.budget)
    place = Place(folder, until, job.resources.device, rung_epoch(job.rung, horizon) if job.rung else 0)
    try:
        course = LoopCourse(loop.declared, job.trial, horizon, place, measured)
    except RunError as error:
        yield _failure_in_words(error, said)
        return
    if course.at_rung and is_resumable(folder):  # a driver that was killed did not store how it stands there
        yield _end_at_rung(course, job, said)
        return
    around = Surroundings(loop.function)
    failure = run_function(loop, Run(course), course, said) or _missing_end(course, said)
    said["spent"] = warn_of_leftovers(around, job.trial.task)
    if failure is not None:
        course.save()
        yield failure.model_copy(update={"spent": said["spent"]})
    elif course.diverged_at is None and (course.cut_short or not course.finished):
        course.reopen()
        course.save()
        pause = Paused(**said, unsaved=not is_resumable(folder))
        yield _end_at_rung(course, job, said) if course.at_rung else pause
    else:
        course.say_what_is_odd()
        yield _end_of(course, job, said)


def loop_horizon(loop: OwnLoop, budget: str) -> Horizon:
    """The horizon a budget comes to; of a loop that does not say what an epoch is, one epoch of all its updates."""
    if loop.updates_per_epoch is not None:
        return horizon_of(budget, loop.updates_per_epoch)
    updates = int(Span.parse(budget).amount)
    return Horizon(updates=updates, updates_per_epoch=updates)


def run_function(loop: OwnLoop, run: Run, course: LoopCourse, said: dict[str, Any]) -> Failed | None:
    """Call the user's function; what it raised, or None."""
    try:
        with _as_in_a_program():
            course.returned = loop(run)
        _check_ran(course.returned)
    except Stopped:
        pass
    except (KeyboardInterrupt, GeneratorExit, Overtime):
        raise
    except BaseException as error:
        return _user_failure(error, said)
    finally:
        course.watch.stop()
    return None


def _check_ran(returned: object) -> None:
    """Raise RunError for what a decorated generator or coroutine gives: nothing of it has run."""
    if isinstance(returned, Generator | AsyncGenerator | Coroutine):
        if not isinstance(returned, AsyncGenerator):
            returned.close()  # else Python warns that nobody awaited it
        raise RunError(
            f"the loop returned a {type(returned).__name__}, so nothing of it has run; let the function under "
            f"@lrlab.trial train when it is called, without `yield` and `async`"
        )


def _missing_end(course: LoopCourse, said: dict[str, Any]) -> Failed | None:
    """The failure of a loop that returned without an end; None of one that has ended, or was told to stop."""
    if course.finished or course.diverged_at is not None or course.told:
        return None
    way = "end it with run.finish(test_loss=..., test_accuracy=...)"
    if isinstance(course.returned, Mapping):
        way = (
            f"it returned {shortened(repr(course.returned), 100)}; write run.finish(**...) in the place of that return"
        )
    missing = RunError(f"the loop returned without run.finish(...), and was not told to stop; {way}")
    return _failure_in_words(missing, said)


def _end_of(course: LoopCourse, job: RunLoop, said: dict[str, Any]) -> Ended | Failed:
    """The end of a loop that has ended; a failure where a value is missing that decides."""
    try:
        return Ended(**said, trained=(_trained(course, job),))
    except RunError as error:
        return _failure_in_words(error, said)


def _end_at_rung(course: LoopCourse, job: RunLoop, said: dict[str, Any]) -> Ended | Failed:
    """How a loop stands at its rung; a failure where it left nothing from which it could go on."""
    if not is_resumable(course.place.folder):
        missing = RunError(
            "halving stops a trial at a rung, and the loop left nothing in run.folder to go on from: every rung would "
            "train it again; save a checkpoint there when run.should_stop, and load it, or leave out halving"
        )
        return _failure_in_words(missing, said)
    undecided = _undecided_at_rung(course)
    if undecided is not None:
        return _failure_in_words(undecided, said)
    standing = Standing(
        trial=job.trial.key,
        metric=_metric_so_far(course),
        updates=course.horizon.updates,
        updates_per_epoch=_epoch_length(course),
        epochs=course.reports.epochs(),
    )
    return Ended(**said, standings=(standing,))


def _undecided_at_rung(course: LoopCourse) -> RunError | None:
    """The error of a loop whose reports do not say by what halving ranks it; None where they do."""
    reported = sorted({name for row in course.reports.rows for name in row.values if name.startswith(VALIDATION)})
    if course.declared.metric is not None or f"{VALIDATION}{course.reports.known_metric()}" in reported:
        return None
    name = reported[0] if reported else f"{VALIDATION}loss"
    return RunError(
        f"halving ranks trials at a rung, and the loop reports {', '.join(reported) or 'nothing of validation data'}, "
        f"which does not say what decides; write "
        f'@lrlab.trial(metric="{name.removeprefix(VALIDATION)}") and report {name}, or leave out halving'
    )


def _missing_validation(reports: Reports, name: str) -> RunError:
    """The error of a loop that is finished, and never reported by what a peak is chosen."""
    came = ", ".join(sorted({name for row in reports.rows for name in row.values})) or "nothing"
    return RunError(
        f"the loop never reported validation_{name}, by which a peak is chosen, but {shortened(came, 300)}; "
        f'write run.report(epoch=epoch, validation_{name}=...), names={{...: "validation_{name}"}} of a trainer\'s '
        f'callback, or @lrlab.trial(metric="...") with one that it reports and finishes with'
    )


def _metric_so_far(course: LoopCourse) -> Metric:
    """The metric of a trial that has not finished: as the loop declares it, or as far as its reports tell."""
    known = course.declared.metric or metric_named(course.reports.known_metric())
    assert known is not None
    return known


def _failure_in_words(error: RunError, said: dict[str, Any]) -> Failed:
    """A failure that no line of the user's raised, so that no traceback says more."""
    return Failed(**said, message=failure_of(error, said["job"], said["attempt"]).message)


def _user_failure(error: BaseException, said: dict[str, Any]) -> Failed:
    """A failure with the frames that are not lrlab's."""
    failure = failure_of(error.with_traceback(_own_part(error.__traceback__)), **said)
    told = traceback.TracebackException.from_exception(error)
    parts: list[Any] = [told]
    own = False
    while parts:
        part = parts.pop()
        kept = [frame for frame in part.stack if not frame.filename.startswith(OURS)]
        part.stack = traceback.StackSummary.from_list(kept)
        own = own or not all(is_of_python(frame.filename) for frame in kept)
        parts += [inner for inner in (part.__cause__, part.__context__) if inner is not None]
    return failure.model_copy(update={"traceback": "".join(told.format()) if own else ""})


def _own_part(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame on that is not lrlab's."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(OURS):
        trace = trace.tb_next
    return trace


@contextlib.contextmanager
def _as_in_a_program() -> Iterator[None]:
    """While the user's code runs: it may start processes, what it prints goes to standard error, the folder stays.

    So do filters of warnings. It sees no words of lrlab's command line, which its own would not know.
    """
    config: Any = getattr(multiprocessing.current_process(), "_config", {})
    daemon, here = config.get("daemon"), Path.cwd()
    try:
        config["daemon"] = False  # a daemon may have no children, such as those of a data loader
        with (
            printed_aside(),
            filters_kept(),
            called_without_words(sys.argv[0] if sys.argv else ""),
            refuse_exit("the loop") if multiprocessing.parent_process() is None else contextlib.nullcontext(),
        ):
            yield
    finally:
        config["daemon"] = daemon
        os.chdir(here)


@contextlib.contextmanager
def cores_taken(cores: int) -> Iterator[None]:
    """Let what runs here use so many threads: libraries that are loaded from now on, and torch where it is.

    Torch has its own again afterwards: the process may be the user's.
    """
    if multiprocessing.parent_process() is not None:
        os.environ.update(dict.fromkeys(THREADS, str(cores)))
    torch = sys.modules.get("torch")
    before = None if torch is None else torch.get_num_threads()
    if torch is not None:
        torch.set_num_threads(cores)
    try:
        yield
    finally:
        if torch is not None:
            torch.set_num_threads(before)


def _trained(course: LoopCourse, job: RunLoop) -> TrainedTrial:
    """What the trial leaves. Raises RunError where a value is missing that decides."""
    reports, diverged = course.reports, course.diverged_at is not None
    metric = _metric_so_far(course) if diverged else reports.finished_metric()
    nothing = Evaluation(loss=None, score=None, confusion=None)
    validation = nothing if diverged else reports.evaluation(VALIDATION, metric)
    test = nothing if diverged else reports.evaluation(TEST, metric)
    if validation is None and job.validated:
        raise _missing_validation(reports, metric.name)
    assert test is not None
    record = Record(
        trial=job.trial,
        outcome="diverged" if diverged else "finished",
        diverged_at=course.diverged_at,
        metric=metric,
        updates=course.horizon.updates,
        updates_per_epoch=_epoch_length(course),
        epochs=Epochs(reports.epochs()),
        validation=validation,
        test=test,
        train_seconds=course.seconds,
        evaluate_seconds=0.0,
        provenance=_provenance(job),
    )
    arrays: dict[str, Any] = {"rates": course.rates()} | reports.arrays(metric)
    return TrainedTrial(record=record, arrays={name: npy_bytes(np.asarray(array)) for name, array in arrays.items()})


def _epoch_length(course: LoopCourse) -> int:
    """Updates of an epoch: as declared, or as many as lay between two reports."""
    if course.counts_epochs or not course.reports.rows:
        return course.horizon.updates_per_epoch
    return max(-(-course.horizon.updates // course.reports.rows[-1].number), 1)


def _provenance(job: RunLoop) -> Provenance:
    device = job.resources.device
    torch = sys.modules.get("torch")
    card = torch is not None and device.startswith("cuda") and torch.cuda.is_available()
    return Provenance(
        lrlab=__version__,
        python=platform.python_version(),
        torch=str(torch.__version__) if torch is not None else version("torch"),
        numpy=np.__version__,
        machine=machine_words(),
        device=torch.cuda.get_device_name(device) if torch is not None and card else device,
        threads=job.resources.cores,
        engine=OWN_LOOP,
    )
