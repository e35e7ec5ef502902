"""K models as one, by hand-made stacked layers: grouped convolutions, batched matrix products, K x C channels.

The model is traced once; for each shape of inputs the graph becomes a flat list of functions.
"""

from collections.abc import Sequence

from torch import Tensor, fx, nn

from .._noise import Noise
from ._base import first_names, keep_rows, leaf_gradients, stack_state
from ._builder import Stacked
from ._program import Program, compile_program
from ._trace import trace


class Grouped:
    """K traced modules as one. See `Layout`."""

    name = "grouped"

    def __init__(self, models: Sequence[nn.Module], which: Sequence[int], noise: Noise) -> None:
        traced = trace(models[0])
        parameters, buffers = stack_state(models)
        self._hold(traced, first_names(models[0]), which, noise, parameters, buffers)

    def _hold(
        self,
        traced: fx.GraphModule,
        names: dict[str, str],
        which: Sequence[int],
        noise: Noise,
        parameters: dict[str, Tensor],
        buffers: dict[str, Tensor],
    ) -> None:
        self.traced, self.which, self.noise = traced, list(which), noise
        self.size, self.parameters, self.buffers = len(self.which), parameters, buffers
        self._stacked = Stacked(self.size, parameters | buffers, names, noise, tuple(self.which))
        self._programs: dict[object, Program] = {}

    def forward(self, inputs: Tensor, train: bool) -> Tensor:
        """See `Layout.forward`."""
        if len(inputs) > 1 and len(set(self.which)) == 1:
            inputs = inputs[self.which[0]][None]
        key = inputs.shape, train
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = compile_program(self.traced, self._stacked, inputs.shape, train)
        return program(inputs)

    def gradients(self) -> dict[str, Tensor]:
        """See `Layout.gradients`."""
        return leaf_gradients(self.parameters)

    def clear(self) -> None:
        """See `Layout.clear`."""
        for parameter in self.parameters.values():
            parameter.grad = None

    def keep(self, rows: Sequence[int]) -> "Grouped":
        """See `Layout.keep`."""
        kept = Grouped.__new__(Grouped)
        parameters, buffers = keep_rows(self.parameters, rows), keep_rows(self.buffers, rows)
        which = [self.which[row] for row in rows]
        kept._hold(self.traced, self._stacked.names, which, self.noise, parameters, buffers)
        return kept
