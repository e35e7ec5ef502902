"""Amounts, one or several an example. Suffixes: K trials, B examples, D numbers of an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..errors import TaskError, shortened
from ..spec import Metric
from ._objective import LOSS, Objective, Sums, same_floats, shown_shape

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Regression(Objective):
    r"""Amounts: mean squared error, RMSE, MAE and R².

    Labels (N,) or (N, ...) of finite numbers, D an example; outputs of the same shape, or (N, 1) for labels (N,).

    .. math:: loss = \frac{1}{N D} \sum_{n d} e_{nd}^2, \qquad e = prediction - label

    unit: of the labels, as "mg/dl"; RMSE and MAE are in it.

    Metrics, of which `decide` names the one that decides, "rmse" where it names none. Where D > 1 each is the plain
    mean over the D numbers of an example, as scikit-learn's ``multioutput="uniform_average"``:

    - rmse: :math:`\sqrt{mean(e^2)}`. mae: :math:`mean |e|`.
    - r2: :math:`1 - \sum e^2 / \sum (label - mean)^2`, at most 1, and 0 for the mean of the labels. Where all labels
      are equal it is 1 if they are met exactly, else 0; of fewer than two examples there is none.
    """

    unit: str = ""

    names: ClassVar[tuple[str, ...]] = ("rmse", "mae", "r2")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.unit, str):
            got = shortened(repr(self.unit), 100)
            raise TaskError(f'unit is the text that stands after a number, but got {got}; write unit="mg/dl"')

    def describe(self, name: str) -> Metric:
        """See `Objective.describe`: RMSE and MAE are in the unit of the labels."""
        metric = super().describe(name)
        return metric.model_copy(update={"unit": self.unit}) if name in ("rmse", "mae") else metric

    def read_labels(self, name: str, labels: Tensor) -> Tensor:
        """See `Objective.read_labels`."""
        values = labels.float()
        if not bool(values.isfinite().all()):
            wrong = int((~values.isfinite()).reshape(len(values), -1).any(1).nonzero()[0])
            raise TaskError(
                f"{name} labels must be finite, but that of example {wrong} is "
                f"{labels.reshape(len(labels), -1)[wrong].tolist()}; remove such examples, or fill in a value"
            )
        return values

    def check_outputs(self, outputs: Tensor, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> None:
        """See `Objective.check_outputs`."""
        del names
        wanted = tuple(next(iter(labels.values())).shape[1:])
        given = tuple(outputs.shape[1:])
        if given != wanted and not (given == (1,) and wanted == ()):
            count = wanted[0] if wanted else 1
            raise TaskError(
                f"labels are {shown_shape(wanted)}, but the model gives {shown_shape(given)}; "
                f"set its last layer to {count} output{'s' * (count != 1)}, or give both one shape"
            )

    def notes(self, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> tuple[str, ...]:
        """See `Objective.notes`: which splits have labels that are all equal."""
        del names
        alike = [name for name, values in labels.items() if bool((values == values[:1]).all())]
        return tuple(
            f"all {len(labels[name])} {name} labels are equal ({labels[name].flatten()[0].item():g}): "
            "there is nothing to learn of them, and R² says nothing"
            for name in alike
        )

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """See `Objective.loss`."""
        from torch.nn.functional import mse_loss

        return mse_loss(*same_floats(outputs.reshape(labels.shape), labels))

    def losses(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """See `Objective.losses`."""
        from torch.nn.functional import mse_loss

        every = mse_loss(*same_floats(outputs_KB.reshape(labels_KB.shape), labels_KB), reduction="none")
        return every.flatten(1).mean(1)

    def sums(self, outputs_KB: Tensor, labels_KB: Tensor) -> Sums:
        """See `Objective.sums`: squares and sizes of errors; mean and squared deviations of the labels, (K, D) each."""
        size, examples = labels_KB.shape[:2]
        label_KBD = labels_KB.double().reshape(size, examples, -1)
        error_KBD = outputs_KB.double().reshape(label_KBD.shape) - label_KBD
        mean_KD = label_KBD.mean(1)
        return {
            "examples": error_KBD.new_full((size,), examples),
            "squares": error_KBD.square().sum(1),
            "sizes": error_KBD.abs().sum(1),
            "mean": mean_KD,
            "spread": (label_KBD - mean_KD[:, None]).square().sum(1),
        }

    def merge(self, one: Sums, other: Sums) -> Sums:
        """See `Objective.merge`. Deviations are merged by Chan, Golub and LeVeque (1979): no large sums cancel."""
        merged = super().merge(one, other)
        first, second, all_K = one["examples"], other["examples"], merged["examples"]
        apart_KD = other["mean"] - one["mean"]
        merged["mean"] = one["mean"] + apart_KD * (second / all_K)[:, None]
        merged["spread"] += apart_KD.square() * (first * second / all_K)[:, None]
        return merged

    def totals(self, sums: Sums) -> dict[str, Tensor]:
        """See `Objective.totals`."""
        examples_K, squares_KD, spread_KD = sums["examples"], sums["squares"], sums["spread"]
        flat_KD, met_KD = spread_KD == 0, squares_KD == 0
        r2_KD = 1 - squares_KD / spread_KD.where(~flat_KD, 1.0)
        r2_KD = r2_KD.where(~flat_KD, met_KD.double())
        mean_square_KD = squares_KD / examples_K[:, None]
        return {
            LOSS: mean_square_KD.mean(1),
            "rmse": mean_square_KD.sqrt().mean(1),
            "mae": (sums["sizes"] / examples_K[:, None]).mean(1),
            "r2": r2_KD.mean(1).where(examples_K > 1, float("nan")),
        }

    def predict(self, outputs: Tensor) -> Tensor:
        """See `Objective.predict`: the outputs themselves."""
        return outputs

    def constants(self, outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        """See `Objective.constants`: the mean of the labels, and their median."""
        like = outputs.shape[1:]
        yield labels.to(outputs.dtype).mean(0).reshape(1, *like)
        yield labels.to(outputs.dtype).median(0).values.reshape(1, *like)
