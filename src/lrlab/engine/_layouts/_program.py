"""A traced model as a flat list of functions for K trials, for inputs of one shape."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.func import functional_call
from torch.fx.node import map_arg

from ._builder import Builder, Operation, Stacked, refuse
from ._functions import FUNCTIONS, METHODS
from ._modules import MODULES
from ._packing import BATCH, SHARED, PackedValue, TensorFunction, channels_last, gather
from ._trace import module_of, readers, where

Program = Callable[[Tensor], Tensor]


def compile_program(traced: fx.GraphModule, stacked: Stacked, shape: torch.Size, train: bool) -> Program:
    """The function from inputs (S, B, ...) of this shape to outputs (K, B, ...).

    traced: the plain model's graph. stacked: the trials' tensors. shape: (S, B, ...). train: as in training; else as in
    evaluation. Raises Unstackable for an operation that is not known here.
    """
    plain = tuple(shape[1:])
    node_values = _trace_values(traced, plain)
    builder = Builder(stacked, train)
    values: dict[fx.Node, Any] = {}
    packing, step = (SHARED, lambda x: channels_last(x[0])) if shape[0] == 1 else gather(stacked.which, plain)
    for node in traced.graph.nodes:
        if node.op == "placeholder":
            inputs = PackedValue(0, packing, plain)
            values[node] = builder.add(step, inputs, shape=plain)
        elif node.op == "output":
            return _finish_program(builder, node, values)
        elif not isinstance(node_values[node], Tensor):
            values[node] = node_values[node]
        else:
            values[node] = _build_node(builder, traced, node, values, tuple(node_values[node].shape))
    raise AssertionError("a graph ends in its output")


def _build_node(
    b: Builder, traced: fx.GraphModule, node: fx.Node, values: dict[fx.Node, Any], shape: tuple[int, ...]
) -> PackedValue:
    """One node's step or steps."""
    args, kwargs = map_arg((node.args, node.kwargs), lambda arg: values[arg])
    module = module_of(traced, node)
    handler = {"call_module": MODULES, "call_method": METHODS}.get(node.op, FUNCTIONS).get(
        type(module) if module is not None else node.target  # type: ignore[arg-type]
    )
    if handler is None:
        refuse(where(node), "makes a value in a way not known here")
    first = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
    alone = first is not None and len(readers(first)) == 1
    operation = Operation(where(node), str(node.target), module, shape, alone)
    try:
        return handler(b, operation, *args, **kwargs)
    except (AttributeError, TypeError) as error:  # such as a tuple where a value was expected
        refuse(where(node), f"is called in a way not known here ({error})")


def _finish_program(b: Builder, node: fx.Node, values: dict[fx.Node, Any]) -> Program:
    """The program, with every value let go after its last use."""
    result = values[node.args[0]] if isinstance(node.args[0], fx.Node) else None  # type: ignore[index]
    if not isinstance(result, PackedValue):
        refuse("forward", "returns something other than one tensor")
    end = b.packed(result, BATCH).slot
    last = {slot: number for number, (_, reads, _) in enumerate(b.steps) for slot in reads}
    steps: list[tuple[TensorFunction, tuple[int, ...], int, tuple[int, ...]]] = [
        (step, reads, output, tuple(slot for slot in set(reads) if last[slot] == number and slot != end))
        for number, (step, reads, output) in enumerate(b.steps)
    ]
    slots = b.slots

    def run(inputs: Tensor) -> Tensor:
        held: list[Any] = [None] * slots
        held[0] = inputs
        for step, reads, output, dead in steps:
            held[output] = step(*[held[slot] for slot in reads])
            for slot in dead:
                held[slot] = None
        return held[end]

    return run


class _ValueTracer(fx.Interpreter):
    """Notes what every node of the plain model gives."""

    def __init__(self, traced: fx.GraphModule) -> None:
        super().__init__(traced)
        self.node_values: dict[fx.Node, Any] = {}

    def run_node(self, n: fx.Node) -> Any:
        self.node_values[n] = super().run_node(n)
        return self.node_values[n]


class _InterpretedModule(nn.Module):
    """A module whose forward is the interpreter's, so that torch can put tensors without numbers into it."""

    def __init__(self, traced: fx.GraphModule) -> None:
        super().__init__()
        self.traced, self.interpreter = traced, _ValueTracer(traced)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.interpreter.run(inputs)


def _trace_values(traced: fx.GraphModule, shape: tuple[int, ...]) -> dict[fx.Node, Any]:
    """Every node's value in the plain model, tensors without numbers: their shapes are what is wanted."""
    plain = _InterpretedModule(traced.eval())
    tensors = dict(plain.named_parameters(remove_duplicate=False)) | dict(plain.named_buffers(remove_duplicate=False))
    state = {name: torch.empty_like(tensor, device="meta") for name, tensor in tensors.items()}
    dtype = next((tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()), torch.float32)
    with torch.no_grad():
        functional_call(plain, state, (torch.empty(shape, dtype=dtype, device="meta"),), tie_weights=False)
    return plain.interpreter.node_values
