"""Carry a study's answer to other widths and budgets: say what that costs, run the places, judge what came of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from ..errors import LabError, RunError, StudyError, shortened
from ..lab import (
    OpenedTask,
    Workshop,
    asked_before,
    carried_claims,
    carried_place,
    check_other,
    check_places,
    fewest_seeds,
    open_task,
    prepare,
    progress,
    remember_last,
    study_at,
    transfer_request,
    with_seeds,
)
from ..spec import CarriedPlace, Said, Study, Transfer, TransferPlace, counted, duration, parse_places
from ._options import RunOptions
from ._results import Results
from ._training import train_and_answer

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

STUDY_SHARE = 0.5  # of a budget of seconds, where places are to be run too
TransferWords = str | Mapping[str, Sequence[float]] | None


def read_places(transfer: TransferWords) -> tuple[TransferPlace, ...]:
    """The places that a caller asks for; none for None. Raises StudyError, UnknownName."""
    if transfer is None:
        return ()
    if not isinstance(transfer, str | Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        got = shortened(repr(transfer), 100)
        raise StudyError(f'transfer is a text such as "width=1/2,2; budget=2", or factors by axis, but got {got}')
    return parse_places(transfer)


def split_task(task: "str | Path | Task | OwnLoop", split: str) -> str:
    """The name of the task split in this way. Raises StudyError, TaskError where it is not ours to split."""
    from ..tasks import with_split  # torch is loaded here, not before

    if not isinstance(task, str | Path):
        raise StudyError(
            f"a task or loop made in Python has its own split, but got split={split!r}; "
            f'write split="fresh" in Task.from_arrays'
        )
    return with_split(str(task), split)


def check_transfer(places: Sequence[TransferPlace], task: OpenedTask, budget: str) -> None:
    """Raise StudyError or TaskError where a place cannot be, before anything is trained.

    task: the study's. budget: its length of a trial; "" where a budget of seconds decides.
    """
    if task.loop is not None and any(place.axis == "width" for place in places):
        raise StudyError(
            f"{task.name} is a loop of your own, whose model has no width that could be changed from here; "
            f"ask for the budget alone, as in budget=1/2,2"
        )
    check_places(places, task.name, budget)


def carry(
    results: Results,
    places: Sequence[TransferPlace],
    task: OpenedTask,
    workshop: Workshop,
    options: RunOptions,
    seconds: float | None = None,
) -> Results:
    """The results with how far they carry. What cannot be run is noted, and costs no other place.

    results: of the study that was run. places: where to. task: the study's. workshop, options: who trains, and how.
    seconds: that may still pass, as the budget has it; None: any. Raises TimeUp where time was up; the rest waits.
    """
    claimed = carried_claims(results.findings)
    if not claimed.claims:
        return _with_transfer(results, claimed)
    run = _Carrying(results, claimed, task, workshop, options)
    studies = {place: run.plan(place) for place in places}
    known = {place: study for place, study in studies.items() if isinstance(study, Study)}
    deadline = None if seconds is None else monotonic() + seconds
    if known:
        workshop.listen(Said(text=f"{_cost_words(run, known)}."))
    carried: list[CarriedPlace] = []
    notes = [note for note in studies.values() if isinstance(note, str)]
    try:
        for position, (place, study) in enumerate(known.items()):
            left = None if deadline is None else (deadline - monotonic()) / (len(known) - position)
            came = run.run_place(place, study, left)
            if isinstance(came, str):
                notes.append(came)
            else:
                carried.append(came)
    finally:
        remember_last(results.study, task.data, workshop.store)
    return _with_transfer(results, claimed.model_copy(update={"places": tuple(carried), "notes": tuple(notes)}))


def _with_transfer(results: Results, transfer: Transfer) -> Results:
    return Results(results.findings.model_copy(update={"transfer": transfer}), results.store)


class _Carrying(NamedTuple):
    """A study whose answer is carried, and with what."""

    results: Results
    claimed: Transfer
    task: OpenedTask
    workshop: Workshop
    options: RunOptions

    def plan(self, place: TransferPlace) -> Study | str:
        """The study of a place, the one it was the last time if any; or why there is none."""
        try:
            study = study_at(self.results.findings, place, self.claimed.labels)
            check_other(place, self.results.findings, prepare(study, self._task_at(study)).horizon)
        except LabError as error:
            return str(error) if str(error).startswith(place.words) else f"{place.words}: {error}"
        return asked_before(self.task.data, transfer_request(self.results.study, place), self.workshop.store) or study

    def _task_at(self, study: Study) -> OpenedTask:
        return self.task if study.task == self.results.study.task else open_task(study.task)

    def seconds_of(self, place: TransferPlace, study: Study) -> float:
        """About how long what is missing of a place takes, from what the study's trials took.

        An update is taken to grow with the square of a width above 1.
        """
        each = fmean(row.seconds for row in self.results.rows)
        factor = place.factor if place.axis == "budget" else max(place.factor, 1.0) ** 2
        return self.missing(study) * each * factor / self.workshop.executor.slots

    def missing(self, study: Study) -> int:
        """The trials of a place that are still to run."""
        return progress(study, self.task.data, self.workshop.store).missing

    def run_place(self, place: TransferPlace, study: Study, seconds: float | None) -> CarriedPlace | str:
        """What came of a place, run on fewer seeds where it would not fit these seconds; or why nothing did."""
        if seconds is not None and self.seconds_of(place, study) > seconds:
            study = with_seeds(study, fewest_seeds(study))
            if self.seconds_of(place, study) > seconds:
                needs = duration(self.seconds_of(place, study))
                return f"{place.words} was not run: it takes about {needs}, more than the budget has left; give more"
        prepared = prepare(study, self._task_at(study))
        options = self.options._replace(retry_failed=False)
        try:
            there = train_and_answer(prepared, self.workshop, options, transfer_request(self.results.study, place))
        except RunError as error:
            return f"{place.words}: {error}"
        return carried_place(self.results.findings, there.findings, place, self.claimed)


def _cost_words(run: _Carrying, studies: Mapping[TransferPlace, Study]) -> str:
    """What the places cost, before they are run."""
    trials = sum(run.missing(study) for study in studies.values())
    seconds = sum(run.seconds_of(place, study) for place, study in studies.items())
    arms, claims = counted(len(run.claimed.labels), "arm"), counted(len(run.claimed.claims), "claim")
    where = counted(len(studies), "place")
    work = f"{counted(trials, 'trial')}, about {duration(seconds)}"
    return f"carrying {claims} among {arms} to {where}, peaks tuned again there: {work}"
