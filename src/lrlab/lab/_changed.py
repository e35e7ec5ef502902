"""A study that was changed since it was run: why nothing of what was done before counts for it."""

from ..spec import Study, counted
from ..store import Store, StoredStudy
from ._prepare import Prepared
from ._run import progress

SHARED = ("batch_size", "budget", "evaluate_every", "precision", "watch", "protocol")  # by every trial of a study


def changed_sentence(prepared: Prepared, store: Store) -> str:
    """Says that trials of this study were done before it or its data changed, so that none counts; "" where some do."""
    study, data = prepared.study, prepared.task.data
    if progress(study, data, store).stored:
        return ""
    for plan in reversed(store.studies()):
        if (plan.study.name, plan.study.task) != (study.name, study.task):
            continue
        done = progress(plan.study, plan.data, store).stored
        why = _changes(plan, study, data)
        if done and why:
            return f"{counted(done, 'trial')} of {study.name} done before with {why}: none of them counts here"
    return ""


def _changes(before: StoredStudy, study: Study, data: str) -> str:
    """What is not the same of every trial, as it was then."""
    was, now = before.study.optimizer.every_field(), study.optimizer.every_field()
    parts = [f"{name.replace('_', ' ')} {value}" for name, value in was.items() if now.get(name) != value]
    old, new = before.study.to_dict(), study.to_dict()
    parts += [f"{name.replace('_', ' ')} {old[name]}" for name in SHARED if old.get(name) != new.get(name)]
    if before.data != data:
        parts.append("other data")
    return " and ".join(parts)
