"""A study in the middle: how far it is, what is decided, and what a run that goes on says of itself."""

from pydantic import Field

from ._noun import Noun
from ._record import Metric
from ._study import Study

ScoresByEpoch = tuple[float | None, ...]  # a value for each epoch; None where none was measured


class TrialSoFar(Noun):
    """A trial, by its key, of the phase under way. state: "waiting", "running", "ended", "diverged" or "failed".

    curve: the validation scores of its epochs so far.
    """

    trial: str
    label: str
    peak: float
    seed: int
    state: str = "waiting"
    curve: ScoresByEpoch = ()


class ArmSoFar(Noun):
    """A schedule or arm. tried: settings of which a tuning trial has ended. best_peak: of the best of them so far.

    best_score: its mean validation score. chosen: the peak that was chosen; None while that is open. confirmed: seeds
    that have ended of those that it is confirmed on.
    """

    label: str
    tried: int = 0
    best_peak: float | None = None
    best_score: float | None = None
    chosen: float | None = None
    confirmed: int = 0


class QuestionSoFar(Noun):
    """A question. look: the seeds at which it was decided or given up; None: it is open. better: the label that won.

    within: whether both were shown to lie within the margin.
    """

    a: str
    b: str
    look: int | None = None
    better: str = ""
    within: bool = False


class SoFar(Noun):
    """A study as its records tell it by now.

    run: its key. stored, missing: its trials that have ended, and about how many have not. phase: the one under way;
    "" where the study is finished. ended: trials of the phase that have ended, of those in `trials` and more.
    looks: the seeds at which questions are looked at; reached: the last look that was reached, 0 before the first.
    leader: the label that tuning chose; "" before its end. failures: of trials that failed the last time, a line each.
    """

    study: Study
    run: str
    stored: int
    missing: int
    phase: str = ""
    phase_trials: int = 0
    ended: int = 0
    metric: Metric | None = None
    arms: tuple[ArmSoFar, ...] = ()
    questions: tuple[QuestionSoFar, ...] = ()
    looks: tuple[int, ...] = ()
    reached: int = 0
    leader: str = ""
    trials: tuple[TrialSoFar, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether no trial is missing."""
        return self.missing == 0


class RunningTrial(Noun):
    """A trial that a run has under way, as the run notes it. trial: its key. curve: as in `TrialSoFar`."""

    trial: str = Field(max_length=64)
    curve: ScoresByEpoch = Field(default=(), max_length=1000)


class LiveNotes(Noun):
    """What a run says of itself while it goes on, for those who look on from outside.

    study: its name; "" before it begins. at: when this was noted, in ISO 8601 and UTC. seconds: how long the run has
    lasted. share: how much of it is done, 0 to 1. left: seconds to its end, as far as is known. said: the last
    sentences. running: trials under way, not all where there are many; count: how many these are.
    """

    at: str
    study: str = ""
    seconds: float = 0.0
    share: float = 0.0
    left: float | None = None
    said: tuple[str, ...] = ()
    running: tuple[RunningTrial, ...] = ()
    count: int = 0
