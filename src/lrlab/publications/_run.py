"""Run a published study: its parts one after the other, then its ensembles, tables and answers; results are kept."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..lab import (
    Crew,
    Outcome,
    Prepared,
    as_array,
    open_task,
    outcome_of,
    prepare,
    rate_curves,
    run_phases,
    stored_records,
)
from ..report import by_label
from ..spec import Listener, Record, Study
from ..store import Store
from ._answers import publication_results
from ._ensembles import ensemble_scores
from ._kept import import_kept, read_kept, write_kept
from ._publication import EnsembleScore, PartResults, Publication, PublicationResults


class Edition(NamedTuple):
    """A published study with its parts ready to run, and the folder its results are kept in.

    kept: ensembles of seeds whose predictions are not at hand here.
    """

    publication: Publication
    parts: tuple[Prepared, ...]
    folder: Path
    kept: tuple[EnsembleScore, ...] = ()


def open_publication(publication: Publication, folder: Path, store: Store) -> Edition:
    """Open and check the task of every part, and put what is kept in the folder into the store.

    Raises StudyError or TaskError for parts that do not fit their task, StoreError for kept results that do not fit.
    """
    parts = tuple(prepare(part, open_task(part.task)) for part in publication.parts)
    kept = read_kept(folder, publication)
    if kept is not None:
        import_kept(kept, store)
    return Edition(publication, parts, folder, () if kept is None else kept.ensembles)


def run_publication(
    edition: Edition, store: Store, crew: Callable[[Prepared], Crew], listen: Listener, request: str
) -> PublicationResults:
    """Run what is missing of every part and answer its claims. What was measured is kept, however the run ends.

    crew: who runs a part. Raises RunError where trials failed, TimeUp where time was up, after that.
    """
    try:
        outcomes = [run_phases(part, store, crew(part), listen, request) for part in edition.parts]
    except BaseException:
        keep(edition, store)
        raise
    ensembles = keep(edition, store)

    def rates(key: str) -> NDArray[np.float64]:
        return as_array(store.array(key, "rates"))

    parts = [_part(part.study, outcome, rates) for part, outcome in zip(edition.parts, outcomes, strict=True)]
    return publication_results(edition.publication, parts, ensembles)


def kept_results(publication: Publication, folder: Path) -> PublicationResults | None:
    """The results kept in a folder as far as they go, answered without data, store or training; None where none are.

    A part is there once its tuning phase is whole and something is confirmed. Raises StoreError for kept results that
    cannot be used.
    """
    kept = read_kept(folder, publication)
    if kept is None:
        return None
    records = {record.trial.key: record for record in kept.records}
    outcomes = {study.name: outcome_of(study, kept.data[study.name], records) for study in publication.parts}
    parts = [
        _part(study, outcome, kept.rates.__getitem__)
        for study in publication.parts
        if (outcome := outcomes[study.name]) is not None
    ]
    return publication_results(publication, parts, kept.ensembles) if parts else None


def keep(edition: Edition, store: Store) -> tuple[EnsembleScore, ...]:
    """Write the records there are to the edition's folder, with the ensembles they make; returns these."""
    records = [record for part in edition.parts for record in stored_records(part.study, part.task.data, store)]
    ensembles = _ensembles(edition, records, store)
    if records:
        data = {part.study.name: part.task.data for part in edition.parts}
        write_kept(edition.folder, edition.publication, data, records, lambda key: store.array(key, "rates"), ensembles)
    return ensembles


def _part(study: Study, outcome: Outcome, rates: Callable[[str], NDArray[np.float64]]) -> PartResults:
    return PartResults(
        study=study,
        choices=outcome.choices,
        tuned=outcome.tuned,
        confirmed=outcome.confirmed,
        curves=rate_curves(by_label(study, outcome.confirmed), rates),
    )


def _ensembles(edition: Edition, records: Sequence[Record], store: Store) -> tuple[EnsembleScore, ...]:
    """Those whose members' predictions are in the store, and those that were kept before."""
    if not edition.publication.ensembles:
        return ()
    seeds = {part.study.name: set(part.study.confirm.seeds) for part in edition.parts}
    confirmed = {
        part.study.name: by_label(
            part.study,
            [
                record
                for record in records
                if record.trial.data == part.task.data and record.trial.seed in seeds[part.study.name]
            ],
        )
        for part in edition.parts
    }
    made = ensemble_scores(
        edition.publication,
        confirmed,
        lambda key, name: store.array(key, name) if store.has_array(key, name) else None,
        _test_labels(edition),
    )
    known = {(one.part, one.label, one.seed) for one in made}
    return (*made, *(one for one in edition.kept if (one.part, one.label, one.seed) not in known))


def _test_labels(edition: Edition) -> Mapping[str, np.ndarray]:
    """The test labels of each part."""
    from ..tasks import get  # torch is loaded here, not before

    return {part.study.name: get(part.task.where).test.labels.numpy() for part in edition.parts}
