"""What the best of k settings reaches, of the records of the tuning phase."""

from collections.abc import Collection, Sequence
from math import isfinite

import numpy as np

from ...spec import Choice, Record, Study, TuningCurve, metric_of
from ...stats import MOST_VALUES, tuning_band
from ._sensitivity import Scores


def way_of_drawing(study: Study) -> str:
    """How the settings came to be: "grid", "candidates", or the sampler of a search."""
    return study.tune.search.sampler if study.tune.search else "candidates" if study.arms else "grid"


def tuning_curve_of(choice: Choice, study: Study, tuned: Sequence[Record], scores: Scores) -> TuningCurve | None:
    """The tuning curve of a schedule or arm; None where nothing was tuned, or halving stopped some of the settings.

    Only settings planned before the first result count, each on the seeds that all of them were tried on: peaks that
    were added beyond an edge or around the best depend on what was found. Where a search learns from the scores, no
    band holds. tuned: the arm's records. scores: of `final_scores`.
    """
    seeds = set(study.tune.seeds)
    values = _setting_values([record for record in tuned if _is_planned(record, study, seeds)], scores)[:MOST_VALUES]
    if not values or any(choice.stopped):
        return None
    tries = list(range(1, len(values) + 1))
    band = tuning_band(values, tries, higher_is_better=metric_of(tuned).higher_is_better)
    learns = study.tune.search is not None and study.tune.search.learns
    return TuningCurve(
        label=choice.label,
        settings=len(values),
        seeds=len(seeds),
        tries=tuple(tries),
        score=tuple(band.middle.tolist()),
        low=tuple(value if isfinite(value) and not learns else None for value in band.low.tolist()),
        high=tuple(value if isfinite(value) and not learns else None for value in band.high.tolist()),
    )


def _is_planned(record: Record, study: Study, seeds: Collection[int]) -> bool:
    """Whether the plan asked for this trial whatever the results are."""
    planned = study.tune.peaks and study.grid_of(study.label_of(record.trial))
    return record.trial.seed in seeds and (not planned or record.trial.peak in planned)


def _setting_values(records: Sequence[Record], scores: Scores) -> list[float]:
    """The mean score of each setting over its seeds, in the order of the records; those that have none are left out."""
    by_setting: dict[str, list[float]] = {}
    for record in records:
        if record.trial.key in scores:
            setting = record.trial.model_copy(update={"seed": 0}).key
            by_setting.setdefault(setting, []).append(scores[record.trial.key])
    return [float(np.mean(values)) for values in by_setting.values()]
