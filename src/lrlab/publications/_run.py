"""Run a published study: what is missing of its parts, one after the other. What is measured is kept, however it ends.

Nothing is printed: a listener is told what is said.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import LabError, LabWarning, TimeUp, visible
from ..lab import Prepared, Workshop, as_array, open_task, prepare, progress, say_if_late, setup_of, stored_records
from ..spec import Record, Said, Setup, StudyBegun, duration, records_by_label
from ..store import Store
from ._answers import publication_results
from ._claims import too_few_for_claims
from ._driver import describe_plan, run_part
from ._ensembles import ensemble_scores
from ._kept import import_kept, kept_folder, read_kept, write_kept
from ._kept_results import kept_results, part_results
from ._kept_tables import records_hash, remove_old_tables, write_tables
from ._measured import EnsembleScore
from ._page import page_place
from ._publication import Publication
from ._results import PublicationResults


class OpenedPublication(NamedTuple):
    """A published study with its parts ready to run, and the folder its results are kept in.

    kept: ensembles of seeds whose predictions are not at hand here.
    """

    publication: Publication
    parts: tuple[Prepared, ...]
    folder: Path
    kept: tuple[EnsembleScore, ...] = ()


def run_publication(
    publication: Publication,
    workshop: Workshop,
    *,
    results: Path,
    page: Path | None = None,
    began: float | None = None,
) -> PublicationResults:
    """Run what is missing of every part and answer its claims. What was measured is kept, however the run ends.

    workshop: who trains, and where records go. results: the folder of all kept results: those of this study at this
    scale are gone on with, and tables and figures lie beside them. page: where the page of what is kept goes if time is
    up; beside the store unless given. began: when time began to count; now unless given.

    Raises StudyError or TaskError for parts that do not fit their task, StoreError for kept results that do not fit,
    RunError where trials failed, TimeUp where time was up. Warns where tables, figures or page cannot be written.
    """
    began, store = monotonic() if began is None else began, workshop.store
    opened = open_publication(publication, kept_folder(results, publication), store)
    before = records_hash(opened.folder)
    setups = _begin_parts(opened, workshop)
    try:
        answered = _run_parts(opened, workshop, setups)
    except TimeUp:
        _show_what_is_kept(opened, before, page or page_place(publication, store.path.parent))
        raise
    except BaseException:
        remove_old_tables(opened.folder, before)
        raise
    workshop.listen(Said(text=f"kept in {visible(str(opened.folder))}; took {duration(monotonic() - began)}"))
    with _failure_warned(f"the tables and figures in {opened.folder}"):
        write_tables(answered, opened.folder, before)
    return answered


def open_publication(publication: Publication, folder: Path, store: Store) -> OpenedPublication:
    """Open and check the task of every part, and put what is kept in the folder into the store.

    Raises StudyError or TaskError for parts that do not fit their task, StoreError for kept results that do not fit.
    """
    parts = tuple(prepare(part, open_task(part.task)) for part in publication.parts)
    kept = read_kept(folder, publication)
    if kept is not None:
        import_kept(kept, store)
    return OpenedPublication(publication, parts, folder, () if kept is None else kept.ensembles)


def keep_records(opened: OpenedPublication, store: Store) -> tuple[EnsembleScore, ...]:
    """Write the records there are to the folder, with the ensembles they make; returns these."""
    records = [record for part in opened.parts for record in stored_records(part.study, part.task.data, store)]
    ensembles = _score_ensembles(opened, records, store)
    if records:
        data = {part.study.name: part.task.data for part in opened.parts}
        write_kept(opened.folder, opened.publication, data, records, lambda key: store.array(key, "rates"), ensembles)
    return ensembles


def _begin_parts(opened: OpenedPublication, workshop: Workshop) -> dict[str, Setup]:
    """Say what is about to run. Returns how, by the name of each part that lacks trials."""
    store, listen = workshop.store, workshop.listen
    done = {part.study.name: progress(part.study, part.task.data, store) for part in opened.parts}
    setups = {part.study.name: setup_of(part, workshop) for part in opened.parts if done[part.study.name].missing}
    listen(Said(text=f"{opened.publication.title}, scale {opened.publication.scale}"))
    for part in opened.parts:
        name = part.study.name
        listen(Said(text=describe_plan(part, done[name], setups.get(name))))
    for reason in too_few_for_claims(opened.publication) if setups else ():
        listen(Said(text=f"{reason}.", important=True))
    if setups:
        say_if_late(workshop.until, listen)
    for name, trials in done.items():
        listen(StudyBegun(name=name, stored=trials.stored, missing=trials.missing, trainings=trials.trainings))
    return setups


def _run_parts(opened: OpenedPublication, workshop: Workshop, setups: Mapping[str, Setup]) -> PublicationResults:
    """Run part after part, keep all records there are, and answer the claims. setups: of parts that lack trials."""
    store = workshop.store
    try:
        outcomes = [run_part(part, workshop, setups.get(part.study.name)) for part in opened.parts]
    except BaseException:
        keep_records(opened, store)
        raise
    ensembles = keep_records(opened, store)

    def rates(key: str) -> NDArray[np.float64]:
        return as_array(store.array(key, "rates"))

    parts = [part_results(part.study, outcome, rates) for part, outcome in zip(opened.parts, outcomes, strict=True)]
    answered = publication_results(opened.publication, parts, ensembles)
    return answered.model_copy(update={"folder": opened.folder.absolute(), "beside": store.path.parent.absolute()})


def _show_what_is_kept(opened: OpenedPublication, before: str, page: Path) -> None:
    """Write tables, figures and page of a run that was stopped, as far as it goes; a fault is warned of, no more."""
    with _failure_warned(f"the tables, figures and page of what is kept in {opened.folder}"):
        answered = kept_results(opened.publication, opened.folder)
        if answered is not None:
            write_tables(answered, opened.folder, before)
            answered.page(page)


@contextmanager
def _failure_warned(what: str) -> Iterator[None]:
    """Whatever the block raises is a warning, and costs nothing outside of it. what: is made there."""
    try:
        yield
    except Exception as error:  # of any kind: what was measured must be shown as far as it can be
        reason = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
        warnings.warn(f"{what} failed: {' '.join(reason.split())}", LabWarning, stacklevel=2)


def _score_ensembles(opened: OpenedPublication, records: Sequence[Record], store: Store) -> tuple[EnsembleScore, ...]:
    """The ensembles whose members' predictions are in the store, and those that were kept before."""
    if not opened.publication.ensembles:
        return ()
    fresh = ensemble_scores(
        opened.publication,
        {part.study.name: records_by_label(part.study, _confirmed_records(part, records)) for part in opened.parts},
        lambda key, name: store.array(key, name) if store.has_array(key, name) else None,
        _test_labels(opened),
    )
    scored = {(score.part, score.label, score.seed) for score in fresh}
    return (*fresh, *(score for score in opened.kept if (score.part, score.label, score.seed) not in scored))


def _confirmed_records(part: Prepared, records: Sequence[Record]) -> list[Record]:
    """The records of a part's data and confirm seeds."""
    seeds = set(part.study.confirm.seeds)
    return [record for record in records if record.trial.data == part.task.data and record.trial.seed in seeds]


def _test_labels(opened: OpenedPublication) -> Mapping[str, np.ndarray]:
    """The test labels of each part."""
    from ..tasks import get  # torch is loaded here, not before

    return {part.study.name: get(part.task.where).test.labels.numpy() for part in opened.parts}
