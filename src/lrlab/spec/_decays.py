"""DecayTest: models merged from one run at constant rate, beside runs that were truly cooled down."""

from typing import Literal

from pydantic import Field

from ._noun import Noun, Shown
from ._record import Metric


class DecayRow(Noun):
    """One decay: its curve, its cooldown and its horizon, as spans of the run.

    plain: the mean test score of the constant run at that horizon; merged: of its merged model; cooled: of the runs
    that were cooled down. difference: merged minus cooled, paired by seed, with the ends of its interval, 95 %.
    adjusted_p: over all rows. verdict: which is better; "within" the margin; or "undecided".
    """

    curve: str
    cooldown: str
    horizon: str
    plain: float
    merged: float
    cooled: float
    difference: float
    low: float
    high: float
    adjusted_p: float
    verdict: Literal["merged", "cooled", "within", "undecided"]


class DecayTest(Noun):
    """Whether merged models stand in for cooldowns on a task. margin: of "within", in the unit of the metric.

    updates: of the constant run, at this peak. trained: updates that each way took, for one seed: merged, cooled.
    failed: on how many seeds a merged model or a run that was cooled down diverged, or ended at chance.
    """

    task: Shown
    optimizer: Shown
    peak: float
    updates: int = Field(ge=1)
    seeds: tuple[int, ...]
    metric: Metric
    margin: float
    trained: tuple[int, int]
    rows: tuple[DecayRow, ...]
    failed: int = 0

    def count(self, verdict: str) -> int:
        """How many rows have this verdict."""
        return sum(row.verdict == verdict for row in self.rows)
