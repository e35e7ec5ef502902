"""Trial: one training, completely said."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ..schedules import Horizon, Span
from ._noun import PROTOCOL, BudgetField, Noun, PeakField, ScheduleField, check_watched

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Optimizer(Noun):
    """The optimizer and what of it no schedule moves. `momentum` is SGD's momentum or Adam's beta1.

    A study file may give its name alone (`optimizer: adamw`) or fields (`optimizer: {name: sgd, nesterov: true}`).
    """

    name: Literal["sgd", "adam", "adamw"] = "sgd"
    momentum: float = Field(default=0.9, ge=0, lt=1)
    nesterov: bool = False
    weight_decay: float = Field(default=0.0, ge=0, le=10)
    beta2: float = Field(default=0.999, ge=0, lt=1)
    eps: float = Field(default=1e-8, gt=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _fields_belong_together(self) -> "Optimizer":
        if self.nesterov and (self.name != "sgd" or self.momentum == 0):
            raise ValueError(f"nesterov needs sgd with momentum above 0, but got {self.name} with {self.momentum:g}")
        return self


class Trial(Noun):
    """Task x optimizer x schedule x peak x seed x budget. Its key says whether it was already done.

    schedule: a schedule, or a rule that drives one by the validation loss after each epoch.
    data: the task's fingerprint: arrays, split and, for a user's task, its source and version. Never a path.
    budget: a span of epochs or updates. evaluate_every: epochs between validations; the last epoch always has one.
    """

    task: str
    data: str
    optimizer: Optimizer
    schedule: ScheduleField
    peak: PeakField
    seed: Seed
    budget: BudgetField
    batch_size: int = Field(ge=1)
    evaluate_every: int = Field(default=1, ge=1)
    precision: Literal["float32"] = "float32"
    protocol: str = PROTOCOL

    @model_validator(mode="after")
    def _rule_sees(self) -> "Trial":
        check_watched(self.schedule, self.evaluate_every)
        return self

    def horizon(self, examples: int) -> Horizon:
        """The horizon over so many training examples; an epoch has examples // batch_size updates."""
        return horizon_of(self.budget, examples // self.batch_size)


def horizon_of(budget: str, updates_per_epoch: int) -> Horizon:
    """The horizon a budget comes to, for example "5 epochs" of 15 updates: T = 75."""
    epoch = Horizon(updates=updates_per_epoch, updates_per_epoch=updates_per_epoch)
    return Horizon(updates=Span.parse(budget).updates(epoch), updates_per_epoch=updates_per_epoch)
