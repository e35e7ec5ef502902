"""Trials of `find` and of `decays`, which note no study: told by what they are, so that nothing takes them out."""

from collections.abc import Iterable

from ..schedules import Constant, Merged, Span
from ..spec import Record, Trial


def studyless_keys(records: Iterable[Record]) -> set[str]:
    """The keys of all trials that `find` or `decays` made, or would make again, as far as these records tell.

    A short training of `find` has a constant rate, and a length in updates. A merged model of `decays` is of no other
    verb, and says which run was cooled down beside it.
    """
    keys = set[str]()
    for trial in (record.trial for record in records):
        if isinstance(trial.average, Merged):
            keys |= {trial.key, _cooled_beside(trial, trial.average).key}
        elif trial.average is None and trial.schedule == Constant() and Span.parse(trial.budget).unit == "updates":
            keys.add(trial.key)
    return keys


def _cooled_beside(trial: Trial, merged: Merged) -> Trial:
    """The run that a merged model stands in for, as `decays` trains it."""
    return trial.varied(schedule=merged.of, budget=merged.end, average=None, evaluate_every=1)
