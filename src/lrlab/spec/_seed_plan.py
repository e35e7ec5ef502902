"""SeedPlan: how many seeds, and how long, for a difference that is worth knowing of."""

from ._noun import Noun, Shown

MANY = 1_000_000  # questions and patterns; more are not counted


class SeedPlanRow(Noun):
    """One number of seeds: what it can answer, and what it costs.

    carried: how many questions so many seeds carry. patterns: as `stats.Reach` has it, of the questions asked. Both
    up to a million.
    smallest: the smallest true difference that is decided with the plan's power; None: none, or the spread is not
    known. trainings: of all arms, tuning included where it is known; None: the arms are not known. seconds: how long
    they take; None: not known.
    """

    seeds: int
    carried: int
    patterns: int
    smallest: float | None
    trainings: int | None
    seconds: float | None


class SeedPlan(Noun):
    """How many seeds answer so many questions, counted before anything is trained.

    task: its name, or "". labels: of the arms, where they are named; arms: how many, 0 where that is not known.
    questions: how many are asked. unit: of differences: "points of accuracy", or "".
    difference: the one worth knowing of; None: not said. power: in what share of repetitions it is to be decided.
    spread: the usual standard deviation of paired differences; spread_low, spread_high: the smallest and the largest of
    the pairs that it was taken from; source: where from, in words. All None, and "", where it is not known.
    seeds: what was asked about; None: nothing. needed: the fewest seeds that decide the difference; None: more than
    `most`, or not known. enough: the fewest seeds that carry the questions also where a seed disagrees.
    recommended: how many to take. rows: by seeds. notes: sentences.
    """

    task: Shown
    labels: tuple[str, ...]
    arms: int
    questions: int
    unit: Shown
    difference: float | None
    power: float
    spread: float | None
    spread_low: float | None
    spread_high: float | None
    source: Shown
    seeds: int | None
    needed: int | None
    enough: int
    recommended: int
    most: int
    rows: tuple[SeedPlanRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def row(self) -> SeedPlanRow:
        """What the recommended number of seeds answers and costs."""
        return next(row for row in self.rows if row.seeds == self.recommended)
