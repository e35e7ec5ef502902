"""What is measured after every epoch, by the names of the fields of `Epoch`."""

from typing import Literal, NamedTuple

from ..spec import Epoch

CurveName = Literal[
    "train_loss",
    "validation_loss",
    "test_loss",
    "train_score",
    "validation_score",
    "test_score",
    "train_f1",
    "test_f1",
]


class LearningCurve(NamedTuple):
    """A number of each epoch. data: which it is of. quantity: "score" is the task's own metric, "F1" a macro average.

    Test data has curves only of trials that watch it; F1 has them only where the task has classes.
    """

    name: CurveName
    data: Literal["training", "validation", "test"]
    quantity: Literal["loss", "score", "F1"]

    def of(self, epoch: Epoch) -> float | None:
        """The number; None where it was not measured."""
        return getattr(epoch, self.name)

    def heading(self, score: str) -> str:
        """What the curve is of. score: the heading of the task's metric, with its unit.

        >>> [LEARNING_CURVES[name].heading("accuracy (%)") for name in ("train_score", "train_loss")]
        ['training accuracy (%)', 'training loss']
        """
        return f"{self.data} {score if self.quantity == 'score' else self.quantity}"


LEARNING_CURVES: dict[CurveName, LearningCurve] = {
    curve.name: curve
    for curve in (
        LearningCurve("train_loss", "training", "loss"),
        LearningCurve("validation_loss", "validation", "loss"),
        LearningCurve("test_loss", "test", "loss"),
        LearningCurve("train_score", "training", "score"),
        LearningCurve("validation_score", "validation", "score"),
        LearningCurve("test_score", "test", "score"),
        LearningCurve("train_f1", "training", "F1"),
        LearningCurve("test_f1", "test", "F1"),
    )
}
