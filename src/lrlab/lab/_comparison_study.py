"""The study behind `lrlab compare`: some schedules on one task, each at its best peak, on fresh paired seeds."""

from collections.abc import Mapping, Sequence

from ..spec import Study, make_study
from ..stats import fewest_pairs

USUAL_SEEDS = 10

# Grids that hold the best peak of most small networks; where one lies on the edge, the grid grows.
USUAL_PEAKS = {
    "sgd": (0.01, 0.03, 0.1, 0.3),
    "adam": (0.0003, 0.001, 0.003, 0.01),
    "adamw": (0.0003, 0.001, 0.003, 0.01),
    "rmsprop": (0.0003, 0.001, 0.003, 0.01),
}


def comparison_study(
    task: str,
    schedules: Sequence[str],
    *,
    name: str,
    budget: str,
    title: str = "",
    optimizer: Mapping[str, object] | None = None,
    peaks: Sequence[float] | None = None,
    tuning_seeds: int = 2,
    confirm_seeds: int | None = None,
    batch_size: int = 32,
) -> Study:
    """Tune each schedule's peak on validation data over `tuning_seeds`, then confirm on `confirm_seeds` fresh seeds.

    confirm_seeds: unless given 10, or as many as the questions of that many schedules need, whatever leads.
    schedules: in the notation of the command line, such as "warmup(span=5%)+cosine". budget: the length of every trial,
    as a span. optimizer: the fields of `lrlab.spec.Optimizer`. Raises StudyError, listing every mistake.
    """
    settings = {"name": "sgd"} | dict(optimizer or {})
    grid = list(peaks) if peaks is not None else list(USUAL_PEAKS.get(str(settings["name"]).strip().lower(), ()))
    asked = max(2 * len(schedules) - 3, 1)
    return make_study(
        {
            "name": name,
            "title": title,
            "task": task,
            "schedules": list(schedules),
            "optimizer": settings,
            "batch_size": batch_size,
            "budget": budget,
            "tune": {"peaks": grid, "seeds": tuning_seeds},
            "confirm": {"seeds": max(USUAL_SEEDS, fewest_pairs(asked)) if confirm_seeds is None else confirm_seeds},
        }
    )
