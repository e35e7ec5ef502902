"""Weight decay and momentum that move on their task: spans that fit its lengths, momentum that stays below 1."""

from collections.abc import Sequence

from ..errors import ScheduleError, StudyError
from ..schedules import Horizon
from ..spec import Study, check_moved_settings, parts_of_arm, text_of_optimizer


def optimizer_misfits(study: Study, lengths: Sequence[Horizon]) -> list[str]:
    """What of a study's optimizers does not fit its trials, a line each; corners of a search are for others."""
    own = [] if study.tune.search else [parts_of_arm(arm).get("optimizer") for arm in study.schedules]
    own += [candidate.optimizer for arm in study.arms for candidate in arm.candidates]
    misfits: list[str] = []
    for optimizer in dict.fromkeys(each or study.optimizer for each in own):
        try:
            for length in lengths:
                check_moved_settings(optimizer, length)
        except (ScheduleError, StudyError) as error:
            misfits.append(f"{text_of_optimizer(optimizer)}: {error}")
    return misfits
