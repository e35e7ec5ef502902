"""The ranges that a search draws from unless told, by the name of what is searched."""

from collections.abc import Mapping, Sequence

from ..errors import StudyError, UnknownName
from ..schedules import AVERAGES
from ..spec import (
    OPTIMIZERS,
    SETTING,
    ArmPlan,
    cut_ranges,
    literal_words,
    plan_fields,
    read_arm,
    searched_names,
    usual_peak_range,
)

USUAL = {
    "optimizer": "sgd|adamw",
    "momentum": "0.8..0.99",
    "weight_decay": "1e-6..1e-2 log",
    "batch_size": "16..128 step 16",
    "nesterov": "true|false",
    "beta2": "0.9..0.999",
    "warmup.span": "0%..20%",
    "cosine.power": "0.5..3",
    "polynomial.power": "0.5..3",
    "step.gamma": "0.05..0.8",
    "multi_step.gamma": "0.05..0.8",
    "step.every": "10%..50%",
    "exponential.gamma": "0.001..0.5 log",
    "one_cycle.rise": "10%..50%",
    "cyclic.rise": "0.1..0.9",
    "cyclic.period": "10%..50%",
    "wsd.cooldown": "5%..60%",
    "flat_cosine.flat": "30%..90%",
    "knee.explore": "20%..80%",
    "hard_restarts.cycles": "2..8",
    "cosine_cycles.cycles": "2..8",
    "sgdr.first": "5%..30%",
    "slanted_triangular.rise": "5%..30%",
    "plateau.factor": "0.1..0.7",
    "plateau.patience": "0..5",
    "ema.decay": "0.9..0.9999",
    "swa.start": "20%..90%",
    "lawa.last": "2..12",
}
USUAL_OF_FIELD = {"floor": "0..0.1"}  # of any schedule that has it


def usual_space(
    asked: Mapping[str, str], schedules: Sequence[str | ArmPlan], peaks: Sequence[float] = ()
) -> dict[str, str]:
    """What is searched, each name with its range: as asked, or the usual one where that is "".

    schedules: as `comparison_study` has them. peaks: the grid that is usual for the optimizer or loop.
    Raises UnknownName for what no schedule has, StudyError where no range is usual.
    """
    plans = [read_arm(cut_ranges(each).text) if isinstance(each, str) else each for each in schedules]
    return {name: text or _usual_range(name, plans, peaks or OPTIMIZERS["sgd"].peaks) for name, text in asked.items()}


def _usual_range(name: str, plans: Sequence[ArmPlan], peaks: Sequence[float]) -> str:
    known = searched_names(plans)
    head = name.partition(".")[0]
    if name not in known and head in AVERAGES:
        raise StudyError(f"{name} is a field of the average {head}, which no schedule here has; write constant+{head}")
    if name not in known and not name.startswith(SETTING):
        raise UnknownName("field to search", name, known)
    if name == "peak":
        return usual_peak_range(peaks)
    words = next((literal_words(hints[name]) for plan in plans if name in (hints := plan_fields(plan))), ())
    usual = USUAL.get(name) or USUAL_OF_FIELD.get(name.partition(".")[2]) or "|".join(map(str, words))
    if not usual:
        raise StudyError(f"no range of {name} is usual; say one, as in {name}=0.1..1")
    return usual
