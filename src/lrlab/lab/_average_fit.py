"""Averages of weights on their task: spans that fit its lengths; none of a loop of the user's own."""

from collections.abc import Iterator, Sequence

from ..errors import ScheduleError
from ..schedules import Horizon, WeightAverage
from ..spec import Candidate, Optimizer, Recipe, Study, parts_of_arm


def average_misfits(study: Study, lengths: Sequence[Horizon]) -> list[str]:
    """What of a study's averages does not fit its trials, a line each."""
    misfits: list[str] = []
    for label, average in _averages_of(study):
        try:
            for length in lengths:
                average.fit(length)
        except ScheduleError as error:
            misfits.append(f"{label}: {error}")
    return misfits


def _averages_of(study: Study) -> Iterator[tuple[str, WeightAverage]]:
    """Every average of weights, with the label of its arm; of a search, the corners are looked at elsewhere."""
    parts = [
        (label, parts_of_arm(arm)) for label, arm in zip(study.labels, study.schedules, strict=bool(study.schedules))
    ]
    found = [(label, part.get("average")) for label, part in parts if not study.tune.search]
    found += [(arm.label, candidate.average) for arm in study.arms for candidate in arm.candidates]
    return ((label, average) for label, average in found if average is not None)


def arms_no_loop_runs(study: Study) -> list[str]:
    """What of a study's arms a loop of the user's own does not do, a line each: it has weights and optimizer."""
    misfits: list[str] = []
    candidates = [candidate for arm in study.arms for candidate in arm.candidates]
    for arm in (*study.schedules, *candidates):
        if not isinstance(arm, Recipe | Candidate):
            continue
        if arm.average is not None:
            misfits.append(
                f"{arm}: the weights of a loop of your own are not seen here, so none are averaged; leave out "
                f"+{arm.average}, or keep the average in your loop (torch.optim.swa_utils.AveragedModel), behind a "
                f"setting, and report its scores"
            )
        if arm.optimizer is not None and arm.optimizer != Optimizer():
            misfits.append(
                f"{arm}: a loop of your own has its own optimizer; leave out @{arm.optimizer.name}, and make it a "
                f"setting, as in --setting optimizer=sgd,{arm.optimizer.name}"
            )
    return misfits
