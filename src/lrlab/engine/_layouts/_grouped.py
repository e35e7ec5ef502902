"""K models as one, by hand-made stacked layers: grouped convolutions, batched matrix products, K x C channels.

The model is traced once; for each shape of inputs the graph becomes a flat list of functions. Where seeds read inputs
of their own, the trials of one seed run as one part: a layer is far faster on inputs its trials share.
"""

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor, fx, nn

from ...errors import Unstackable
from ...tasks import Inputs, first_leaf, leaves_of, take_examples
from .._noise import Noise
from ._base import first_names, keep_rows, stack_state
from ._builder import Stacked
from ._modules import MODULES
from ._program import Program, compile_program
from ._trace import trace

SMALL = 1 << 19  # numbers the trials read; up to here a part costs more to start than its own inputs cost the whole


class TracedModel:
    """A model's graph; one for each shape of inputs, where the model's code looks at that."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        try:
            self._graph: fx.GraphModule | None = trace(model)
        except Unstackable:  # what the shape shows may help; if not, it is refused at the first inputs
            self._graph = None

    def graph_for(self, inputs: Inputs) -> fx.GraphModule:
        """The graph for inputs (B, ...) such as these.

        Under autocast it is traced again, so that a forward that leaves it is seen.
        """
        rounded = torch.is_autocast_enabled(first_leaf(inputs).device.type)
        return trace(self.model, inputs) if self._graph is None or rounded else self._graph


class SeedGroup:
    """Some of the trials, as one program for each shape of inputs."""

    def __init__(self, traced: TracedModel, stacked: Stacked) -> None:
        self.traced, self.stacked = traced, stacked
        self.programs: dict[object, Program] = {}

    def forward(self, inputs: Inputs, train: bool) -> Tensor:
        """Outputs (K, B, ...) of inputs (S, B, ...)."""
        key = tuple((leaf.shape, leaf.dtype) for leaf in leaves_of(inputs)), train
        program = self.programs.get(key)
        if program is None:
            program = self.programs[key] = self.make_program(inputs, train)
        return program(inputs)

    def make_program(self, inputs: Inputs, train: bool) -> Program:
        """The program for inputs (S, B, ...) such as these."""
        return compile_program(self.traced.graph_for(take_examples(inputs, 0)), self.stacked, inputs, train)


def _of_one_seed(inputs: Inputs, row: int) -> Inputs:
    """The inputs of one seed, shared by its trials, (1, B, ...)."""
    return take_examples(inputs, slice(row, row + 1))


class Grouped:
    """K traced modules as one; the fastest where trials of one seed lie side by side. See `Layout`."""

    name = "grouped"

    def __init__(self, models: Sequence[nn.Module], which: Sequence[int], noise: Noise) -> None:
        model, names = models[0], first_names(models[0])
        if type(model) in MODULES:  # a bare layer: traced as the only layer of a model
            model, names = nn.Sequential(model), {f"0.{name}": first for name, first in names.items()}
        parameters, buffers = stack_state(models)
        self._hold_model(TracedModel(model), names, which, noise, parameters, buffers)

    def _hold_model(
        self,
        traced: TracedModel,
        names: dict[str, str],
        which: Sequence[int],
        noise: Noise,
        parameters: dict[str, Tensor],
        buffers: dict[str, Tensor],
    ) -> None:
        self.traced, self.names, self.which, self.noise = traced, names, list(which), noise
        self.size, self.parameters, self.buffers = len(self.which), parameters, buffers
        whole = Stacked(self.size, parameters | buffers, names, noise, tuple(self.which))
        self._whole, self._parts = self._make_group(traced, whole), list[SeedGroup]()

    def _make_group(self, traced: TracedModel, stacked: Stacked) -> SeedGroup:
        return SeedGroup(traced, stacked)

    def forward(self, inputs: Inputs, train: bool) -> Tensor:
        """See `Layout.forward`."""
        if len(first_leaf(inputs)) > 1 and len(set(self.which)) == 1:
            inputs = _of_one_seed(inputs, self.which[0])
        numbers = sum(leaf[0].numel() for leaf in leaves_of(inputs))
        if len(first_leaf(inputs)) == 1 or numbers * self.size <= SMALL:
            return self._whole.forward(inputs, train)
        self._parts = self._parts or self._split_by_seed()
        return torch.cat([part.forward(_of_one_seed(inputs, part.stacked.which[0]), train) for part in self._parts])

    def _split_by_seed(self) -> list[SeedGroup]:
        """A part for each run of trials of one seed. Its tensors are views, so that the optimizer sees one stack."""
        parts, start = [], 0
        for _, run in groupby(self.which):
            which = tuple(run)
            rows = slice(start, start + len(which))
            tensors = {name: p.detach()[rows].requires_grad_() for name, p in self.parameters.items()}
            tensors |= {name: buffer[rows] for name, buffer in self.buffers.items()}
            parts.append(self._make_group(self.traced, Stacked(len(which), tensors, self.names, self.noise, which)))
            start = rows.stop
        return parts

    def gradients(self) -> dict[str, Tensor]:
        """See `Layout.gradients`."""
        gradients = {}
        for name, whole in self.parameters.items():
            leaves = [part.stacked.tensors[name] for part in self._parts]
            if any(leaf.grad is not None for leaf in leaves):
                joined = torch.cat([torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves])
                gradients[name] = joined if whole.grad is None else joined + whole.grad
            else:
                gradients[name] = torch.zeros_like(whole) if whole.grad is None else whole.grad
        return gradients

    def idle(self) -> dict[str, list[int]]:
        """See `Layout.idle`: of no trial or of all, as the graph is one."""
        missing = [name for name, whole in self.parameters.items() if whole.grad is None]
        if missing and self._parts:
            leaves = [part.stacked.tensors for part in self._parts]
            missing = [name for name in missing if all(tensors[name].grad is None for tensors in leaves)]
        return {name: list(range(self.size)) for name in missing}

    def clear(self) -> None:
        """See `Layout.clear`."""
        for name, whole in self.parameters.items():
            whole.grad = None
            for part in self._parts:
                part.stacked.tensors[name].grad = None

    def keep(self, rows: Sequence[int]) -> "Grouped":
        """See `Layout.keep`."""
        kept = type(self).__new__(type(self))
        parameters, buffers = keep_rows(self.parameters, rows), keep_rows(self.buffers, rows)
        kept._hold_model(self.traced, self.names, [self.which[row] for row in rows], self.noise, parameters, buffers)
        return kept
