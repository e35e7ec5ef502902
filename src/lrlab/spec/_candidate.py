"""Candidate: one way of running a schedule or an arm."""

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from ._noun import AskedNoun, AverageField, PeakField, ScheduleField, Settings, Whole, omit_empty
from ._trial import Optimizer


class Candidate(AskedNoun):
    """One way of running an arm. optimizer, batch_size: None: those of the study.

    settings: of a loop of the user's own. average: of the weights, as in `Trial`.
    """

    schedule: ScheduleField
    peak: PeakField
    optimizer: Optimizer | None = None
    settings: Settings = Field(default={})
    batch_size: Annotated[Whole, Field(ge=1)] | None = None
    average: AverageField | None = None

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones where there are none, so that older studies stay the same text."""
        return omit_empty(write(self), "settings", "batch_size", "average")

    @property
    def arm(self) -> str:
        """The schedule, and the average where there is one, as an arm's text has them."""
        return str(self.schedule) if self.average is None else f"{self.schedule}+{self.average}"

    def __str__(self) -> str:
        name = f" with {self.optimizer.name}" if self.optimizer else ""
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        batch = f", batch size {self.batch_size}" if self.batch_size else ""
        return f"{self.arm} at {self.peak:g}{name}{batch}{f' ({settings})' if settings else ''}"
