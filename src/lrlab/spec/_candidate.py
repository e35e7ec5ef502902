"""Candidate: one way of running a schedule or an arm."""

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ..errors import shortened
from ._arm_text import ArmText, fields_beside, more_than_schedule, refuse_parts, text_of_arm
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

    @model_validator(mode="before")
    @classmethod
    def _refuse_text(cls, data: Any) -> Any:
        if isinstance(data, str):
            parts = more_than_schedule(data) or ArmText(data, "", "")
            raise ValueError(
                f"a candidate is a schedule with its peak, but got {shortened(data, 100)!r}; write "
                f"{{{fields_beside(parts)}, peak: 0.1}}, or the text under `schedules`, whose peaks are tuned"
            )
        return refuse_parts(data)

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones where there are none, so that older studies stay the same text."""
        return omit_empty(write(self), "settings", "batch_size", "average")

    @property
    def arm(self) -> str:
        """The schedule, and the average where there is one, as an arm's text has them."""
        return text_of_arm(self.schedule, self.average)

    def __str__(self) -> str:
        return self.in_words(f"{self.peak:g}")

    def in_words(self, peak: str) -> str:
        """Schedule, peak as it is written here, and what else makes it apart."""
        name = f" with {self.optimizer.name}" if self.optimizer else ""
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        batch = f", batch size {self.batch_size}" if self.batch_size else ""
        return f"{self.arm} at {peak}{name}{batch}{f' ({settings})' if settings else ''}"
