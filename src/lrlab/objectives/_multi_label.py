"""Any number of labels an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..errors import TaskError
from ._objective import LOSS, Objective, Sums, same_floats, share_of, shown_shape

if TYPE_CHECKING:
    from torch import Tensor

SMALLEST = 1e-6  # share of a label


@dataclass(frozen=True, kw_only=True)
class MultiLabel(Objective):
    r"""Any number of labels an example: binary cross-entropy, macro- and micro-F1, subset accuracy.

    Labels (N, C) of 0 and 1, or booleans; outputs (N, C) logits z. A label is predicted where z > 0.

    .. math:: loss = -\frac{1}{N C} \sum_{n c} y_{nc} \log \sigma(z_{nc}) + (1 - y_{nc}) \log(1 - \sigma(z_{nc}))

    Metrics, of which `decide` names the one that decides, "macro_f1" where it names none:

    - macro_f1: the plain mean of F1 over all C labels; one that neither occurs nor is predicted counts 0, as
      scikit-learn's ``f1_score(average="macro", zero_division=0)`` has it for such labels.
    - micro_f1: F1 over all labels of all examples together.
    - subset_accuracy: the share of examples all of whose labels are right.
    """

    names: ClassVar[tuple[str, ...]] = ("macro_f1", "micro_f1", "subset_accuracy")

    def read_labels(self, name: str, labels: Tensor) -> Tensor:
        """See `Objective.read_labels`."""
        if labels.ndim != 2:
            raise TaskError(
                f"{name} labels must be (N, C), 0 or 1 for each of C labels, but got {shown_shape(labels.shape[1:])}; "
                "for one class an example leave the objective out, or give Classification()"
            )
        wrong = (labels != 0) & (labels != 1)
        if bool(wrong.any()):
            raise TaskError(
                f"{name} labels must be 0 or 1, but hold {labels[wrong][0].item():g}; "
                "for amounts give Regression() as the objective"
            )
        return labels.float()

    def check_outputs(self, outputs: Tensor, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> None:
        """See `Objective.check_outputs`."""
        del names
        wanted = next(iter(labels.values())).shape[1:]
        if outputs.shape[1:] != wanted:
            raise TaskError(
                f"labels are {shown_shape(wanted)}, so the model must give {wanted[0]} outputs per example, but it "
                f"gives {tuple(outputs.shape[1:])}; set its last layer to {wanted[0]} outputs"
            )

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """See `Objective.loss`."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        return binary_cross_entropy_with_logits(*same_floats(outputs, labels))

    def losses(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """See `Objective.losses`."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        every = binary_cross_entropy_with_logits(*same_floats(outputs_KB, labels_KB), reduction="none")
        return every.flatten(1).mean(1)

    def sums(self, outputs_KB: Tensor, labels_KB: Tensor) -> Sums:
        """See `Objective.sums`: right, true and predicted by label, and how many examples are right in all."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        every = binary_cross_entropy_with_logits(*same_floats(outputs_KB, labels_KB), reduction="none")
        predicted, true = outputs_KB > 0, labels_KB > 0.5
        size, examples = outputs_KB.shape[:2]
        return {
            "loss": every.double().flatten(1).sum(1),
            "examples": every.new_full((size,), examples),
            "right": (predicted & true).sum(1),
            "true": true.sum(1),
            "predicted": predicted.sum(1),
            "exact": (predicted == true).all(2).sum(1),
        }

    def totals(self, sums: Sums) -> dict[str, Tensor]:
        """See `Objective.totals`."""
        right, both, examples = sums["right"], sums["true"] + sums["predicted"], sums["examples"].double()
        return {
            LOSS: sums["loss"] / (examples * right.shape[1]),
            "macro_f1": share_of(2 * right, both).mean(1),
            "micro_f1": share_of(2 * right.sum(1), both.sum(1)),
            "subset_accuracy": sums["exact"].double() / examples,
        }

    def predict(self, outputs: Tensor) -> Tensor:
        """See `Objective.predict`: which labels, (B, C) bool."""
        return outputs > 0

    def constants(self, outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        """See `Objective.constants`: the share of each label, and all labels at once, which is the best constant F1."""
        share_C = labels.to(outputs.dtype).mean(0)
        yield share_C.clamp(SMALLEST, 1 - SMALLEST).logit()[None]
        yield outputs.new_ones(1, outputs.shape[1])

    def notes(self, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> tuple[str, ...]:
        """See `Objective.notes`: labels that never occur."""
        del names
        return tuple(
            f"{name}: of {part.shape[1]} labels {int(never.sum())} never occur there, the first is number "
            f"{int(never.nonzero()[0])}; each counts 0 in macro-F1 unless it is predicted, and then too"
            for name, part in labels.items()
            if bool((never := (part > 0.5).sum(0) == 0).any())
        )
