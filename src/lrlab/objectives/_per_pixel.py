"""A class at every pixel of an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..errors import TaskError
from ._objective import (
    LOSS,
    Objective,
    Sums,
    check_counted,
    checked_number,
    count_margins,
    first_outside,
    mean_where,
    read_whole,
    share_of,
    shown_shape,
)

if TYPE_CHECKING:
    from torch import Tensor

SMALLEST = 1e-6  # share of a class


@dataclass(frozen=True, kw_only=True)
class PerPixel(Objective):
    r"""A class at every pixel: cross-entropy, mean IoU, pixel accuracy.

    Labels (N, H, W) whole numbers 0 .. C-1; outputs (N, C, H, W) logits z. Pixels whose label is `ignore` do not count;
    M pixels do.

    .. math:: loss = -\frac{1}{M} \sum_{n i j} \log softmax_c(z_{n c i j})_{y_{nij}}, \qquad
        IoU_c = \frac{right_c}{true_c + predicted_c - right_c}

    A batch in which no pixel counts has the loss 0, and teaches nothing.

    ignore: the label of pixels that do not count; 255 in many data sets. Raises TaskError where it is no whole number.

    Metrics, of which `decide` names the one that decides, "mean_iou" where it names none:

    - mean_iou: the plain mean of IoU over the classes that occur, in labels or in predictions, with pixels counted over
      the whole split, as scikit-learn's ``jaccard_score(average="macro")`` of all pixels.
    - pixel_accuracy: the share of pixels whose largest logit is that of their label.
    """

    ignore: int = -100

    names: ClassVar[tuple[str, ...]] = ("mean_iou", "pixel_accuracy")

    def __post_init__(self) -> None:
        way_out = "leave it out where all pixels count"
        object.__setattr__(self, "ignore", checked_number("ignore", self.ignore, way_out, whole=True))
        super().__post_init__()

    def read_labels(self, name: str, labels: Tensor) -> Tensor:
        """See `Objective.read_labels`."""
        if labels.ndim != 3:
            raise TaskError(
                f"{name} labels must be (N, H, W), a class for each pixel, but got {shown_shape(labels.shape[1:])}; "
                "of masks (N, 1, H, W) take masks[:, 0], of one-hot masks (N, C, H, W) masks.argmax(1)"
            )
        return read_whole(name, labels, "classes of pixels")

    def check_split(self, name: str, labels: Tensor) -> None:
        """See `Objective.check_split`: some labels count."""
        check_counted(name, labels, self.ignore)

    def check_outputs(self, outputs: Tensor, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> None:
        """See `Objective.check_outputs`."""
        height, width = next(iter(labels.values())).shape[1:]
        if outputs.ndim != 4 or tuple(outputs.shape[2:]) != (height, width):
            raise TaskError(
                f"labels are {shown_shape((height, width))}, so the model must give (N, C, {height}, {width}), but it "
                f"gives {shown_shape(outputs.shape[1:])}; give images and labels one size, or let the model end with "
                f"nn.Upsample(size=({height}, {width}))"
            )
        outside = first_outside(labels, outputs.shape[1], self.ignore)
        if outside is not None:
            known = _known_as(outside[1], names)
            counted = f", number {outside[1]} of {len(names)}" if known != str(outside[1]) else ""
            ignored = known if known.isdigit() else outside[1]
            raise TaskError(
                f"{outside[0]} labels hold class {known}{counted}, but the model gives {outputs.shape[1]} classes, "
                f"0 .. {outputs.shape[1] - 1}; give its last layer more outputs, or, where such pixels do not count, "
                f"PerPixel(ignore={ignored})"
            )

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """See `Objective.loss`."""
        from torch.nn.functional import cross_entropy

        summed = cross_entropy(outputs, labels, ignore_index=self.ignore, reduction="sum")
        return summed / (labels != self.ignore).sum().clamp(min=1)

    def losses(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """See `Objective.losses`."""
        counted_K = (labels_KB != self.ignore).flatten(1).sum(1).clamp(min=1)
        return self._every_loss(outputs_KB, labels_KB).sum(1) / counted_K

    def _every_loss(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """The loss of each pixel, (K, B H W); 0 of one that does not count."""
        from torch.nn.functional import cross_entropy

        pair = outputs_KB.flatten(0, 1), labels_KB.flatten(0, 1)
        return cross_entropy(*pair, ignore_index=self.ignore, reduction="none").view(len(outputs_KB), -1)

    def batch_scores(self, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
        """See `Objective.batch_scores`."""
        del losses_K
        return self._of_counts(self._count_pixels(outputs_KB, labels_KB))[self.metrics[0].name]

    def _count_pixels(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        predicted = outputs_KB.max(2).indices.flatten(1)  # argmax takes four times as long along this axis
        labels = labels_KB.flatten(1)
        return count_margins(predicted, labels, labels != self.ignore, outputs_KB.shape[2])

    def _of_counts(self, counts_K3C: Tensor) -> dict[str, Tensor]:
        right_KC, true_KC, predicted_KC = counts_K3C.unbind(1)
        either_KC = true_KC + predicted_KC - right_KC
        return {
            "mean_iou": mean_where(share_of(right_KC, either_KC), either_KC > 0),
            "pixel_accuracy": right_KC.sum(1).double() / true_KC.sum(1),
        }

    def sums(self, outputs_KB: Tensor, labels_KB: Tensor) -> Sums:
        """See `Objective.sums`: losses, and how often each class was rightly predicted, true, predicted."""
        every = self._every_loss(outputs_KB, labels_KB).double()
        return {"loss": every.sum(1), "counts": self._count_pixels(outputs_KB, labels_KB)}

    def totals(self, sums: Sums) -> dict[str, Tensor]:
        """See `Objective.totals`."""
        counts_K3C = sums["counts"]
        return {LOSS: sums["loss"] / counts_K3C[:, 1].sum(1)} | self._of_counts(counts_K3C)

    def predict(self, outputs: Tensor) -> Tensor:
        """See `Objective.predict`: the class of each pixel, (B, H, W)."""
        return outputs.argmax(1)

    def constants(self, outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        """See `Objective.constants`: the shares of the classes, of which the largest wins."""
        known = labels[labels != self.ignore]
        share_C = known.bincount(minlength=outputs.shape[1]).to(outputs.dtype) / max(len(known), 1)
        yield share_C.clamp(min=SMALLEST).log()[None, :, None, None].expand(1, *outputs.shape[1:])

    def notes(self, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> tuple[str, ...]:
        """See `Objective.notes`: classes that a split lacks."""
        known = {name: part[part != self.ignore].unique().tolist() for name, part in labels.items()}
        classes = sorted(set().union(*known.values()))
        lacking = {name: sorted(set(classes) - set(there)) for name, there in known.items()}
        return tuple(
            f"{name} has no pixel of class{'es' * (len(missing) > 1)} "
            + ", ".join(_known_as(each, names) for each in missing[:8])
            + " and more" * (len(missing) > 8)
            + "; such a class counts in mean IoU only where it is predicted"
            for name, missing in lacking.items()
            if missing
        )


def _known_as(number: int, names: Sequence[str]) -> str:
    """What a class is called, as far as it has a name."""
    return names[number] if 0 <= number < len(names) else str(number)
