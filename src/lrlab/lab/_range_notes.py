"""Range tests noted in a store, and those that belong to a study: of its task, batch size and optimizers."""

import hashlib

from ..spec import Optimizer, RangeTest, Study, StudyResults
from ..store import Store


def note_range_test(test: RangeTest, study: Study, data: str, store: Store) -> None:
    """Note a range test in place of an earlier one of the same. study: as which it was trained. data: of its task."""
    store.add_range_test(_range_key(study, study.optimizer, data), test)


def with_range_tests(results: StudyResults, store: Store) -> StudyResults:
    """The results with the range tests that were run on the same data, with an optimizer and batch size of theirs."""
    study, trial = results.study, results.confirmed[0].trial
    optimizers = dict.fromkeys(record.trial.optimizer for record in results.confirmed)
    noted = store.range_tests()
    keys = [_range_key(study, optimizer, trial.data) for optimizer in optimizers] if noted else []
    return results.model_copy(update={"ranges": tuple(noted[key] for key in keys if key in noted)})


def _range_key(study: Study, optimizer: Optimizer, data: str) -> str:
    """What the best rate depends on, beside the length of the training."""
    parts = (data, optimizer.to_json(), study.batch_size, study.precision, study.protocol)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
