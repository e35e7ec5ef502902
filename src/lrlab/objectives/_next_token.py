"""The next token at every position of a text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..errors import TaskError
from ._objective import LOSS, Objective, Sums, check_counted, checked_number, first_outside, read_whole, shown_shape

if TYPE_CHECKING:
    from torch import Tensor

IGNORE = -100  # the label of a position that does not count, as torch has it
SMALLEST = 1e-6  # share of a token


@dataclass(frozen=True, kw_only=True)
class NextToken(Objective):
    r"""The next token at every position: cross-entropy per token, perplexity, bits per character.

    Labels (N, L) whole numbers, the token that follows at each position; outputs (N, L, V) logits z over a vocabulary
    of V tokens. Positions whose label is -100, such as padding, do not count; M positions do.

    .. math:: loss = -\frac{1}{M} \sum_{n l} \log softmax(z_{nl})_{y_{nl}}

    A batch in which no position counts has the loss 0, and teaches nothing.

    characters: how many characters a token stands for, on the average over the text: 1 where tokens are characters.
    None: not known, and no bits per character are given.

    Metrics, of which `decide` names the one that decides, "loss_per_token" where it names none; lower is better:

    - loss_per_token: the mean over all counted positions of a split, in nats.
    - perplexity: :math:`e^{loss}`.
    - bits_per_character: :math:`loss / (characters \cdot \ln 2)`, in bits.

    Raises TaskError for characters that are no positive number, and for an unknown metric.
    """

    characters: float | None = None

    names: ClassVar[tuple[str, ...]] = ("loss_per_token", "perplexity", "bits_per_character")

    def __post_init__(self) -> None:
        if self.characters is not None:
            way_out = "give 1 where tokens are characters, or leave it out"
            object.__setattr__(self, "characters", checked_number("characters", self.characters, way_out))
        if self.characters is not None and not 0 < self.characters < math.inf:
            raise TaskError(
                f"characters must be a positive number, how many a token stands for, but got {self.characters!r}; "
                "give 1 where tokens are characters, or leave it out"
            )
        super().__post_init__()

    @property
    def metric_names(self) -> tuple[str, ...]:
        """See `Objective.metric_names`."""
        return self.names if self.characters is not None else self.names[:2]

    def read_labels(self, name: str, labels: Tensor) -> Tensor:
        """See `Objective.read_labels`."""
        if labels.ndim != 2:
            raise TaskError(
                f"{name} labels must be (N, L), a token for each of L positions, but got "
                f"{shown_shape(labels.shape[1:])}; of token ids (N, L + 1) take ids[:, :-1] as inputs and "
                "ids[:, 1:] as labels"
            )
        return read_whole(name, labels, "token ids")

    def check_split(self, name: str, labels: Tensor) -> None:
        """See `Objective.check_split`: some labels count."""
        check_counted(name, labels, IGNORE)

    def check_outputs(self, outputs: Tensor, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> None:
        """See `Objective.check_outputs`."""
        del names
        length = next(iter(labels.values())).shape[1]
        if outputs.ndim != 3 or outputs.shape[1] != length:
            raise TaskError(
                f"labels are {shown_shape((length,))}, so the model must give (N, {length}, V), logits over V tokens "
                f"at each position, but it gives {shown_shape(outputs.shape[1:])}; "
                "where it gives (N, V, L), end it with .transpose(1, 2)"
            )
        outside = first_outside(labels, outputs.shape[2], IGNORE)
        if outside is not None:
            raise TaskError(
                f"{outside[0]} labels hold token {outside[1]}, outside the vocabulary of {outputs.shape[2]} tokens "
                f"that the model has; give its last layer more outputs, or -100 for positions that do not count"
            )

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """See `Objective.loss`."""
        from torch.nn.functional import cross_entropy

        summed = cross_entropy(outputs.flatten(0, 1), labels.flatten(), ignore_index=IGNORE, reduction="sum")
        return summed / (labels != IGNORE).sum().clamp(min=1)

    def losses(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """See `Objective.losses`."""
        return self._every_loss(outputs_KB, labels_KB).sum(1) / (labels_KB != IGNORE).flatten(1).sum(1).clamp(min=1)

    def _every_loss(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """The loss of each position, (K, B L); 0 of one that does not count."""
        from torch.nn.functional import cross_entropy

        every = cross_entropy(outputs_KB.flatten(0, 2), labels_KB.flatten(), ignore_index=IGNORE, reduction="none")
        return every.view(len(outputs_KB), -1)

    def score(self, outputs: Tensor, labels: Tensor, loss: float) -> float:
        """See `Objective.score`: made of the loss."""
        del outputs, labels
        import torch

        return self._of_loss(torch.tensor(loss, dtype=torch.float64))[self.metrics[0].name].item()

    def batch_scores(self, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
        """See `Objective.batch_scores`: made of the losses."""
        del outputs_KB, labels_KB
        return self._of_loss(losses_K.double())[self.metrics[0].name]

    def _of_loss(self, loss: Tensor) -> dict[str, Tensor]:
        values = {"loss_per_token": loss, "perplexity": loss.exp()}
        if self.characters is not None:
            values["bits_per_character"] = loss / (self.characters * math.log(2))
        return values

    def sums(self, outputs_KB: Tensor, labels_KB: Tensor) -> Sums:
        """See `Objective.sums`: losses, and how many positions count."""
        every = self._every_loss(outputs_KB, labels_KB).double()
        return {"loss": every.sum(1), "tokens": (labels_KB != IGNORE).flatten(1).sum(1)}

    def totals(self, sums: Sums) -> dict[str, Tensor]:
        """See `Objective.totals`."""
        loss = sums["loss"] / sums["tokens"]
        return {LOSS: loss} | self._of_loss(loss)

    def predict(self, outputs: Tensor) -> Tensor:
        """See `Objective.predict`: the likeliest token at each position, (B, L)."""
        return outputs.argmax(-1)

    def constants(self, outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        """See `Objective.constants`: the shares of the tokens, whose loss is their entropy."""
        known = labels[labels != IGNORE]
        share_V = known.bincount(minlength=outputs.shape[2]).to(outputs.dtype) / max(len(known), 1)
        yield share_V.clamp(min=SMALLEST).log().expand(1, *outputs.shape[1:])
