"""How many seeds, and how long: a plan from questions, spread and pace. Nothing is trained, and no torch is loaded."""

from collections.abc import Callable
from math import isfinite
from typing import NamedTuple

from ..errors import StudyError
from ..spec import MANY, SeedPlan, SeedPlanRow
from ..stats import enough_pairs, pairs_to_decide, reach_of, smallest_decided_difference
from ._seeds import CHEAP, MANY_SEEDS, usual_seeds
from ._spread import Spread

SHOWN = (6, 8, 10, 12, 16, 20, 30)  # numbers of seeds in a plan's table
MOST_SEEDS = 1000  # that a difference is looked for with
MOST_ARMS = 1000


class Wanted(NamedTuple):
    """What is asked. The fields are those of `SeedPlan`; questions: None: those of so many arms."""

    task: str = ""
    labels: tuple[str, ...] = ()
    arms: int = 0
    questions: int | None = None
    difference: float | None = None
    power: float = 0.8
    seeds: int | None = None


class Cost(NamedTuple):
    """What trainings cost. tuning: how many come before those on fresh seeds. seconds: how long so many take.

    rivals: how many arms, about, are trained on each fresh seed beside those that are compared. shared: how many of the
    arms that are compared have the training of another, as they differ in their average of weights alone.
    """

    tuning: int = 0
    seconds: Callable[[int], float] | None = None
    rivals: float = 0.0
    shared: int = 0

    def trainings(self, arms: int, seeds: int) -> int:
        """All trainings of a study."""
        return self.tuning + (arms - self.shared) * seeds + round(self.rivals * seeds)


def questions_of(arms: int) -> int:
    """How many questions so many schedules ask: the leader against each, and each against the baseline.

    >>> [questions_of(arms) for arms in (2, 3, 8, 15)]
    [1, 3, 13, 27]
    """
    return max(2 * arms - 3, 1)


def plan_seeds(wanted: Wanted, spread: Spread | None, cost: Cost, notes: tuple[str, ...] = ()) -> SeedPlan:
    """The plan. spread: of the paired differences; None: not known. notes: sentences that go with it.

    Raises StudyError for numbers that cannot be, StatisticsError for a power outside (0.05, 0.9999).
    """
    _check_wanted(wanted)
    asked = questions_of(wanted.arms) if wanted.questions is None else wanted.questions
    needed = None
    if spread is not None and wanted.difference is not None:
        needed = pairs_to_decide(
            wanted.difference, spread.usual, comparisons=asked, power=wanted.power, most=MOST_SEEDS
        )
    enough = enough_pairs(asked)
    recommended = max(needed, enough) if needed else _usual_of(asked, wanted.arms, cost)
    shown = {*SHOWN, recommended, *([] if wanted.seeds is None else [wanted.seeds])}
    return SeedPlan(
        task=wanted.task,
        labels=wanted.labels,
        arms=wanted.arms,
        questions=asked,
        unit="" if spread is None else spread.unit,
        difference=wanted.difference,
        power=wanted.power,
        spread=None if spread is None else spread.usual,
        spread_low=None if spread is None else spread.low,
        spread_high=None if spread is None else spread.high,
        source="" if spread is None else spread.source,
        seeds=wanted.seeds,
        needed=needed,
        enough=enough,
        recommended=recommended,
        most=MOST_SEEDS,
        rows=tuple(_make_row(seeds, asked, wanted, spread, cost) for seeds in sorted(shown)),
        notes=notes,
    )


def _usual_of(asked: int, arms: int, cost: Cost) -> int:
    """The seeds that `compare` takes."""
    usual, many = usual_seeds(asked), max(MANY_SEEDS, usual_seeds(asked))
    cheap = arms and cost.tuning and cost.seconds and cost.seconds(cost.trainings(arms, many)) <= CHEAP
    return many if cheap else usual


def _make_row(seeds: int, asked: int, wanted: Wanted, spread: Spread | None, cost: Cost) -> SeedPlanRow:
    reach, smallest = reach_of(seeds, asked), None
    if spread is not None:
        found = smallest_decided_difference(spread.usual, seeds, comparisons=asked, power=wanted.power)
        smallest = found if isfinite(found) else None
    trainings = cost.trainings(wanted.arms, seeds) if wanted.arms else None
    return SeedPlanRow(
        seeds=seeds,
        carried=min(reach.carried, MANY),
        patterns=min(reach.patterns, MANY),
        smallest=smallest,
        trainings=trainings,
        seconds=None if trainings is None or cost.seconds is None else cost.seconds(trainings),
    )


def _check_wanted(wanted: Wanted) -> None:
    """Raise StudyError for what is not a plan."""
    if wanted.arms == 0 and wanted.questions is None:
        raise StudyError("a plan needs arms to compare; give schedules, or --arms 8, or --questions 13")
    if wanted.arms and not 2 <= wanted.arms <= MOST_ARMS:
        raise StudyError(f"arms are 2 to {MOST_ARMS}, but got {wanted.arms}; one arm asks no question")
    if wanted.questions is not None and not 1 <= wanted.questions <= MOST_ARMS**2:
        raise StudyError(f"questions are 1 to {MOST_ARMS**2:,}, but got {wanted.questions}; 8 schedules ask 13")
    if wanted.difference is not None and not (isfinite(wanted.difference) and wanted.difference > 0):
        raise StudyError(
            f"a difference is a number above 0, but got {wanted.difference}; give the smallest one worth knowing of"
        )
    if wanted.seeds is not None and not 2 <= wanted.seeds <= 10_000:
        raise StudyError(f"seeds are 2 to 10,000, but got {wanted.seeds}; leave them out to see several numbers")
