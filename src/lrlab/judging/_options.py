"""JudgeOptions: what is asked about a table of runs."""

from dataclasses import dataclass
from typing import Literal, get_args

from ..errors import RunsError, shortened

Questions = Literal["leader", "baseline", "pairs"]


@dataclass(frozen=True, kw_only=True)
class JudgeOptions:
    """What is asked about a table of runs. None, "" and False: not said.

    higher_is_better: the direction of the metric. questions: as `Judgement` has it; "baseline" where only one is given,
    else "leader". leader: the arm that leads, where it was known before these runs. leader_by: the metric that the
    leader is picked by. at_step, target, area: which value each run counts with; its final one unless one is given.
    margin: within which arms count as equal: in points where values are shares, such as accuracy, F1 or Dice, else in
    the metric's unit; the usual one unless given.
    """

    higher_is_better: bool | None = None
    questions: Questions | None = None
    baseline: str = ""
    leader: str = ""
    leader_by: str = ""
    at_step: float | None = None
    target: float | None = None
    area: bool = False
    margin: float | None = None

    def __post_init__(self) -> None:
        """Raises RunsError for what contradicts itself."""
        if self.questions not in (None, *get_args(Questions)):
            got = shortened(repr(self.questions), 100)
            raise RunsError(f'questions are "leader", "baseline" or "pairs", but got {got}; write one of them')
        if (self.at_step is not None) + (self.target is not None) + self.area > 1:
            raise RunsError(
                "a run counts with one value: at a step, the steps to a target, or the area; but got several; "
                "write one of at_step, target and area"
            )
        if self.leader and self.leader_by:
            raise RunsError(
                f"the leader is named ({self.leader}), so no metric picks it, but leader_by is {self.leader_by}; "
                "leave one out"
            )
        if self.margin is not None and not 0 < self.margin < float("inf"):
            raise RunsError(
                f"a margin is the largest difference that would not matter to you, above 0, but got {self.margin:g}; "
                "give one, or leave it out for the usual one"
            )
        if self.questions == "baseline" and not self.baseline:
            raise RunsError('questions="baseline" needs an arm to compare the others with; write baseline="NAME"')
        if self.asked != "leader" and (self.leader or self.leader_by):
            raise RunsError(
                f'a leader is for questions="leader", but questions are "{self.asked}"; leave one of the two out'
            )

    @property
    def asked(self) -> Questions:
        """The questions, with the default filled in."""
        if self.questions is not None:
            return self.questions
        return "baseline" if self.baseline and not (self.leader or self.leader_by) else "leader"
