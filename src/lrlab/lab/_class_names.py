"""Names of classes in an answer: no part of a trial's key, so that records of one task may have others."""

from ..spec import Record, StudyResults
from ..store import Store

RECORDS = ("tuned", "confirmed", "rivals")  # the fields of results that hold some


def with_class_names(results: StudyResults, names: tuple[str, ...] | None, store: Store) -> StudyResults:
    """The results, with these names in every record; None, where no task is at hand: those of the newest record."""
    records = (*results.tuned, *results.confirmed, *results.rivals)
    if names is None:
        if len({record.class_names for record in records}) < 2:
            return results
        place = {key: number for number, key in enumerate(store.record_keys())}
        names = max(records, key=lambda record: place[record.trial.key]).class_names
    if all(record.class_names == names for record in records):
        return results
    return results.model_copy(update={field: _renamed(getattr(results, field), names) for field in RECORDS})


def _renamed(records: tuple[Record, ...], names: tuple[str, ...]) -> tuple[Record, ...]:
    return tuple(record if record.class_names == names else record.varied(class_names=names) for record in records)
