"""The results that are kept in a folder, answered without data, store or training."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import StoreError
from ..lab import Outcome, outcome_of, rate_curves
from ..spec import Study, records_by_label
from ._answers import publication_results
from ._catalogue import find_publication, scales_of
from ._kept import kept_folder, read_kept
from ._measured import PartResults
from ._publication import Publication
from ._results import PublicationResults


def load_publication(
    name: str, scale: str | None, results: Path, beside: Path | None = None
) -> tuple[PublicationResults, Path]:
    """What is kept of a published study, and the folder it is in.

    name: the study's. scale: the largest that is kept unless given. results: the folder that holds one of each study,
    with one of each scale. beside: the folder that the page goes to unless said. Raises UnknownName, and StoreError
    where nothing is kept or it cannot be used.
    """
    scales = [scale] if scale is not None else list(reversed(scales_of(name)))
    for publication in (find_publication(name, each) for each in scales):
        folder = kept_folder(results, publication)
        answered = kept_results(publication, folder)
        if answered is not None:
            return answered.model_copy(update={"beside": None if beside is None else beside.absolute()}), folder
    at = "" if scale is None else f" --scale {scale}"
    raise StoreError(
        f"{results} keeps no results of {name}{at and f' at scale {scale}'}; `lrlab run {name}{at}` makes them, or "
        f"--results names the folder"
    )


def kept_results(publication: Publication, folder: Path) -> PublicationResults | None:
    """The results kept in a folder as far as they go; None where none are.

    A part is there once its tuning phase is whole and something is confirmed. Raises StoreError for kept results that
    cannot be used.
    """
    kept = read_kept(folder, publication)
    if kept is None:
        return None
    records = {record.trial.key: record for record in kept.records}
    outcomes = [(study, outcome_of(study, kept.data[study.name], records)) for study in publication.parts]
    parts = [part_results(study, outcome, kept.rates.__getitem__) for study, outcome in outcomes if outcome is not None]
    if not parts:
        return None
    return publication_results(publication, parts, kept.ensembles).model_copy(update={"folder": folder.absolute()})


def part_results(study: Study, outcome: Outcome, rates: Callable[[str], NDArray[np.float64]]) -> PartResults:
    """The records of a part and the rates of its first seed. rates: (T,) of a trial, by its key."""
    return PartResults(
        study=study,
        choices=outcome.choices,
        tuned=outcome.tuned,
        confirmed=outcome.confirmed,
        curves=rate_curves(records_by_label(study, outcome.confirmed), rates),
    )
