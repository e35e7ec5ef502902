"""A study that is finished already: answered without its task, which takes longer to make than all else."""

from ..errors import LabError, StudyError
from ..spec import Study
from ..store import Store
from ._prepare import OpenedTask, prepare
from ._retry import progress


def finished_task(study: Study, store: Store) -> OpenedTask | None:
    """The task of a study as it was made before on this machine, where the store has every trial of the study on it.

    None where it is not known for sure what the task is, or anything is missing: it is to be opened, then.
    """
    from .. import tasks

    try:
        place = tasks.resolve(study.task)
    except LabError:  # said where the task is opened
        return None
    facts = tasks.remembered_facts(place.where)
    if facts is None:
        return None
    opened = OpenedTask(place.name, place.where, facts.fingerprint, facts.examples, facts.validated, facts.notes)
    try:
        prepared = prepare(study, opened)
    except StudyError:
        return None
    return None if progress(prepared.study, opened.data, store).missing else opened
