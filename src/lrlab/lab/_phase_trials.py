"""The trials of a study: of a schedule or arm, in one phase."""

from ..spec import Candidate, Study, Trial


def tuning_trials(study: Study, data: str, candidate: Candidate) -> list[Trial]:
    """The trials of a schedule or arm on the tuning seeds."""
    budget = study.tune.budget or study.budget
    return [make_trial(study, data, candidate, seed, budget=budget) for seed in study.tune.seeds]


def confirm_trials_of(study: Study, data: str, label: str, candidate: Candidate) -> list[Trial]:
    """The trials of a schedule or arm on the confirm seeds; they alone may look at the test data on their way."""
    snapshots = next((arm.snapshots for arm in study.arms if arm.label == label), ())
    own = {"budget": study.budget, "watch": study.watch, "snapshots": snapshots}
    return [make_trial(study, data, candidate, seed, **own) for seed in study.confirm.seeds]


def make_trial(study: Study, data: str, candidate: Candidate, seed: int, **own: object) -> Trial:
    return Trial.model_validate(
        {
            "task": study.task,
            "data": data,
            "optimizer": candidate.optimizer or study.optimizer,
            "schedule": candidate.schedule,
            "peak": candidate.peak,
            "seed": seed,
            "batch_size": candidate.batch_size or study.batch_size,
            "evaluate_every": study.evaluate_every,
            "precision": study.precision,
            "settings": candidate.settings,
            "protocol": study.protocol,
        }
        | own
    )
