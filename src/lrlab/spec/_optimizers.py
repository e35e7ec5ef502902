"""The optimizers there are: one entry each, with all that tells one from the next but its arithmetic.

The arithmetic of an entry is in `engine/_stack_optimizer.py` and, compiled, in `native/lanes/optimizer.h`; torch's own
is what both are tested against. Torch is named by text: this floor knows none.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class OptimizerKind:
    """One optimizer.

    torch: its class. arguments: the keyword arguments of that class, in the order they are written, each with the
    fields of `Optimizer` that make it; two make a pair. slots: what it keeps beside every weight. peaks: a grid that
    holds the best peak of most small networks; where that lies on the edge, a study's grid grows.
    compiled: its number in `OptimizerKind` of `native/lanes/optimizer.h`; None: lanes refuse it.
    """

    torch: str
    arguments: Mapping[str, tuple[str, ...]]
    slots: tuple[str, ...]
    peaks: tuple[float, ...]
    compiled: int | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of `Optimizer` that it reads, beside name and clip, which all read."""
        return tuple(field for fields in self.arguments.values() for field in fields)

    @property
    def momentum_argument(self) -> str:
        """The keyword argument that momentum, or beta1, goes into."""
        return next(name for name, fields in self.arguments.items() if "momentum" in fields)


ADAM_ARGUMENTS = {"betas": ("momentum", "beta2"), "eps": ("eps",), "weight_decay": ("weight_decay",)}
ADAPTIVE_PEAKS = (0.0003, 0.001, 0.003, 0.01)

OPTIMIZERS: Mapping[str, OptimizerKind] = {
    "sgd": OptimizerKind(
        torch="torch.optim.SGD",
        arguments={"momentum": ("momentum",), "weight_decay": ("weight_decay",), "nesterov": ("nesterov",)},
        slots=("momentum",),
        peaks=(0.01, 0.03, 0.1, 0.3),
        compiled=0,
    ),
    "adam": OptimizerKind(
        torch="torch.optim.Adam",
        arguments=ADAM_ARGUMENTS,
        slots=("first", "second"),
        peaks=ADAPTIVE_PEAKS,
        compiled=2,
    ),
    "adamw": OptimizerKind(
        torch="torch.optim.AdamW",
        arguments=ADAM_ARGUMENTS,
        slots=("first", "second"),
        peaks=ADAPTIVE_PEAKS,
        compiled=3,
    ),
    "rmsprop": OptimizerKind(
        torch="torch.optim.RMSprop",
        arguments={
            "alpha": ("alpha",),
            "eps": ("eps",),
            "weight_decay": ("weight_decay",),
            "momentum": ("momentum",),
        },
        slots=("momentum", "square"),
        peaks=ADAPTIVE_PEAKS,
        compiled=1,
    ),
}
