"""The trials of a study: of a schedule or arm, in one phase."""

from collections.abc import Sequence

from ...spec import Candidate, SeededTrials, Study, Trial


def tuning_trials(study: Study, data: str, candidate: Candidate, seeds: Sequence[int] | None = None) -> list[Trial]:
    """The trials of a schedule or arm on the tuning seeds, or on these."""
    budget = study.tune.budget or study.budget
    wanted = study.tune.seeds if seeds is None else seeds
    return _on_seeds(study, data, candidate, wanted, budget=budget)


def confirm_trials_of(
    study: Study, data: str, label: str, candidate: Candidate, seeds: Sequence[int] | None = None
) -> list[Trial]:
    """The trials of a schedule or arm on the confirm seeds, or on these of them.

    They alone may look at the test data on their way.
    """
    snapshots = next((arm.snapshots for arm in study.arms if arm.label == label), ())
    own = {"budget": study.budget, "watch": study.watch, "snapshots": snapshots}
    wanted = study.confirm.seeds if seeds is None else seeds
    return _on_seeds(study, data, candidate, wanted, **own)


def _on_seeds(study: Study, data: str, candidate: Candidate, seeds: Sequence[int], **own: object) -> list[Trial]:
    """A trial on each seed: one is checked, and of the others nothing else differs."""
    if not seeds:
        return []
    trials = SeededTrials(make_trial(study, data, candidate, seeds[0], **own))
    return [trials.of(seed) for seed in seeds]


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
            "average": candidate.average,
            "protocol": study.protocol,
        }
        | own
    )
