"""A job performed where it is to run: its events one after the other, and exactly one end."""

import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from ..errors import LabWarning, RunError, escape_halves
from ..spec import Ended, Failed, Job, JobEvent, Paused, Warned
from ._alarm import Overtime
from ._failure import failure_of

ENDS = (Ended, Failed, Paused)
Teller = Callable[[JobEvent], None]

_teller: ContextVar[Teller] = ContextVar("teller")


def perform_job(job: Job, attempt: int, tell: Teller | None = None) -> Generator[JobEvent, None, None]:
    """Yield the events of a job, of which exactly one is an end, the last. What it raises is its failure.

    tell: takes each LabWarning, and what the job says by `teller`, at once; without it they come before the event that
    follows them.
    """
    warned: list[JobEvent] = []
    end: JobEvent | None = None
    handed_out = False  # an event, so that what comes now comes of being closed
    try:
        with closing(_call_entry(job, attempt)) as events:
            while end is None:
                with _warnings_as_events(job, attempt, tell or warned.append):
                    event = _check_event(next(events, None), job, attempt)
                handed_out = True
                yield from _pop_all(warned)
                if isinstance(event, ENDS):
                    end = event
                else:
                    yield event
                handed_out = False
    except (KeyboardInterrupt, GeneratorExit, Overtime):
        raise
    except BaseException as error:  # whatever a user's model raises, sys.exit too, ends a job and not the program
        if handed_out:
            raise
        failure = failure_of(error, job.name, attempt)
        text = f"the job ended, but closing it failed: {failure.message}"
        warned += [] if end is None else [Warned(job=job.name, attempt=attempt, text=text)]
        end = end or failure
    yield from _pop_all(warned)
    assert end is not None
    yield end


def teller() -> Teller:
    """How the job under way says something from inside a call, where it cannot yield: a function that takes an event.

    Outside a job it is a function that does nothing.
    """
    return _teller.get(lambda _: None)


def _call_entry(job: Job, attempt: int) -> Generator[Any, None, None]:
    module, _, name = job.entry.partition(":")
    events = getattr(import_module(module), name)(job, attempt)
    if not isinstance(events, Generator):
        raise RunError(f"{job.entry} gave a {type(events).__name__}, not a generator; let it yield its events")
    return events


def _check_event(event: object, job: Job, attempt: int) -> JobEvent:
    """Raise a RunError where it is no event of this job, or None: where there are no more."""
    if event is None:
        raise RunError(f"{job.entry} yielded no end; let the last event be Ended or Paused")
    if not isinstance(event, JobEvent):
        raise RunError(f"{job.entry} yielded a {type(event).__name__}; let it yield events of its job alone")
    if (event.job, event.attempt) != (job.name, attempt):
        raise RunError(
            f"{job.entry} yielded an event of job {event.job!r}, attempt {event.attempt}, while it performed "
            f"{job.name!r}, attempt {attempt}; write job=job.name, attempt=attempt"
        )
    return event


def _pop_all(events: list[JobEvent]) -> Iterator[JobEvent]:
    while events:
        yield events.pop(0)


@contextmanager
def _warnings_as_events(job: Job, attempt: int, tell: Teller) -> Iterator[None]:
    """Make every LabWarning an event; other warnings are shown as they would be. Within it `teller` is this one.

    The filters are changed in place: `catch_warnings` would have every step of a job repeat what is shown once.
    """
    shown = warnings.showwarning
    always: Any = ("always", None, LabWarning, None, 0)

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, LabWarning):
            tell(Warned(job=job.name, attempt=attempt, text=escape_halves(str(message))))
        else:
            shown(message, category, *where, **more)

    warnings.showwarning = show
    filters: Any = warnings.filters
    filters.insert(0, always)
    telling = _teller.set(tell)
    try:
        yield
    finally:
        _teller.reset(telling)
        warnings.showwarning = shown
        with suppress(ValueError):
            filters.remove(always)
