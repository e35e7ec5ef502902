"""Trials that were done before by another version of a user's task: said before training, never mixed in silently."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..errors import StudyError
from ..store import Store
from ._prepare import OpenedTask, Prepared
from ._run import progress

DATA = "the data"


class Older(NamedTuple):
    """Trials of a study that the store holds of another version of its task.

    changed: the parts that are not the same, by name; none where the store does not know.
    """

    done: int
    total: int
    changed: tuple[str, ...]

    @property
    def same_data(self) -> bool:
        """Whether the arrays are the same as far as is known, so that the records may be kept."""
        return DATA not in self.changed

    def sentence(self, task: str) -> str:
        """Says that another version of a user's task did some of it before, and what becomes of that.

        >>> Older(12, 34, ("net.py", "the model")).sentence("mine:task")
        '12 of 34 done before by another version of net.py: run again; --keep uses the old records instead'
        """
        before = f"{self.done} of {self.total} done before"
        if not self.same_data:
            return f"{before} with other data: run again"
        files = [part for part in self.changed if part.endswith(".py")] or [*self.changed[:1], task][:1]
        return f"{before} by another version of {' and '.join(files)}: run again; --keep uses the old records instead"


def older_version(prepared: Prepared, store: Store) -> Older | None:
    """The newest other version of the task under which trials of this very study were done; None where none were."""
    study, task = prepared.study, prepared.task
    for data in _other_versions(task, store) if task.program else ():
        done = progress(study, data, store).stored
        if done:
            return Older(done, study.planned_trials, _changed_parts(task.program, store.program(data)))
    return None


def kept_version(task: OpenedTask, store: Store) -> OpenedTask:
    """The task as its version before, whose records then count, and under whose name new ones are kept.

    Raises StudyError where the store holds no other version, or where the data is another too.
    """
    if not task.program:
        raise StudyError(
            f"--keep is for a task of your own whose program changed, and {task.name} is none; leave it out"
        )
    others = list(_other_versions(task, store))
    if not others:
        raise StudyError(f"{store.path} holds no other version of {task.name} to keep; leave out --keep")
    data = next(
        (version for version in others if DATA not in _changed_parts(task.program, store.program(version))), None
    )
    if data is None:
        raise StudyError(
            f"the records of {task.name} in {store.path} are of other data, which no answer may mix; leave out --keep"
        )
    return task._replace(data=data, program={})


def _other_versions(task: OpenedTask, store: Store) -> Iterator[str]:
    """Fingerprints under which the task was run here, except for its own, newest first."""
    plans = reversed(store.studies())
    yield from dict.fromkeys(plan.data for plan in plans if plan.study.task == task.name and plan.data != task.data)


def _changed_parts(now: Mapping[str, str], before: Mapping[str, str]) -> tuple[str, ...]:
    """Parts that are not the same: files first, then what stands for itself."""
    if not before:
        return ()
    names = {name for name in {**now, **before} if now.get(name) != before.get(name)}
    return tuple(sorted(names, key=lambda name: (not name.endswith(".py"), name)))
