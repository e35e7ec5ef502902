"""From the pace of a machine to the seeds of a study, where none were given."""

from ...spec import Said, planned_trainings
from .._margin import with_margin
from .._prepare import Prepared, prepare, seconds_of, setup_of
from .._requests import seeds_request
from .._seeds import CHEAP, MANY_SEEDS, usual_seed_words, with_seeds
from .._workshop import Workshop
from ._budget import asked_before


def fit_seeds(prepared: Prepared, workshop: Workshop) -> Prepared:
    """The study with 30 confirm seeds where all of it then takes a minute or less here, else as it is.

    As it was decided the last time where the same was asked before: another number would be another study. prepared:
    the study, with the seeds that its questions need. workshop: who trains; who listens is told what was decided.
    """
    study, task = prepared.study, prepared.task
    if (past := asked_before(task.data, seeds_request(study, task.data), workshop.store)) is not None:
        fitted = prepare(with_margin(past, study.confirm.margin), task)
    else:
        many = prepare(with_seeds(study, max(MANY_SEEDS, len(study.confirm.seeds))), task)
        setup = setup_of(many, workshop)
        seconds = seconds_of(many, setup, many.study.planned_trials, planned_trainings(many.study))
        fitted = many if setup.update and seconds <= CHEAP else prepared
    if words := usual_seed_words(fitted.study):
        workshop.listen(Said(text=f"{words}."))
    return fitted
