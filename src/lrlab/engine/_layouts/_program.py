"""A traced model as a flat list of functions for K trials, for inputs of one shape."""

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_arg

from ...tasks import Inputs, first_leaf, leaves_of, take_examples
from ._builder import Builder, Operation, Stacked, refuse
from ._functions import CONSTANTS, FUNCTIONS, METHODS
from ._modules import MODULES
from ._packing import BATCH, SHARED, PackedValue, TensorFunction, channels_last, gather
from ._shaped import SEEN, Observer, leaf_for
from ._trace import module_of, readers, where

Program = Callable[[Inputs], Tensor]


def compile_program(traced: fx.GraphModule, stacked: Stacked, inputs: Inputs, train: bool) -> Program:
    """The function from inputs (S, B, ...) such as these to outputs (K, B, ...).

    traced: the plain model's graph. stacked: the trials' tensors. inputs: their shapes, types and device count. train:
    as in training; else as in evaluation. Raises Unstackable for an operation that is not known here.
    """
    first = first_leaf(inputs)
    node_values = _trace_values(traced, take_examples(inputs, 0))
    builder = Builder(stacked, train, first.shape[1], first.device)
    values: dict[fx.Node, Any] = {}
    for node in traced.graph.nodes:
        builder.place = where(node)
        if node.op == "placeholder":
            values[node] = _read_inputs(builder, node, inputs)
        elif node.op == "output":
            return _finish_program(builder, node, values)
        elif node.op == "get_attr":
            values[node] = _own_tensor(builder, traced, str(node.target))
        else:
            values[node] = _build_node(builder, traced, node, values, node_values[node])
    raise AssertionError("a graph ends in its output")


def _read_inputs(b: Builder, node: fx.Node, inputs: Inputs) -> PackedValue:
    """One of the inputs, whichever the placeholder stands for."""
    leaf = leaf_for(inputs, node)
    assert leaf is not None  # the graph was traced for such inputs
    plain = tuple(leaf.shape[1:])
    shared = SHARED, lambda x: channels_last(x[0])
    packing, step = shared if len(leaf) == 1 else gather(b.stacked.which, plain, leaf.is_floating_point())
    place = next(place for place, other in enumerate(leaves_of(inputs)) if other is leaf)
    return b.add(lambda tree: step(leaves_of(tree)[place]), PackedValue(0, packing, plain), shape=plain)


def _own_tensor(b: Builder, traced: fx.GraphModule, name: str) -> PackedValue:
    """A tensor that the model's own code reads: a parameter, a buffer, or one that the code made.

    A buffer that is the same in all trials is shared.
    """
    if name not in b.stacked.names:
        return b.constant(traced.get_buffer(name).to(b.device))
    tensor = b.named(name)
    alike = not tensor.requires_grad and bool((tensor == tensor[:1]).all())
    own, packing = (tensor[0], SHARED) if alike else (tensor, BATCH)
    return b.add(lambda: own, shape=tuple(tensor.shape[1:]), packing=packing, axis=None)


def _build_node(b: Builder, traced: fx.GraphModule, node: fx.Node, values: dict[fx.Node, Any], plain: Any) -> Any:
    """One node's step or steps. plain: what it gives in the plain model; what is no tensor is the same here."""
    parts = plain if isinstance(plain, tuple | list) else [plain]
    tensor = next((part for part in parts if isinstance(part, Tensor)), None)
    if tensor is None:
        return b.device if isinstance(plain, torch.device) else plain
    args, kwargs = map_arg((node.args, node.kwargs), lambda arg: values[arg])
    if node.target in CONSTANTS:
        return b.constant(node.target(*args, **kwargs))  # type: ignore[operator]
    module = module_of(traced, node)
    handler = {"call_module": MODULES, "call_method": METHODS}.get(node.op, FUNCTIONS).get(
        type(module) if module is not None else node.target  # type: ignore[arg-type]
    )
    if handler is None:
        refuse(where(node), "makes a value in a way not known here")
    operation = _operation_of(node, module, tensor, plain)
    try:
        return handler(b, operation, *args, **kwargs)
    except (AttributeError, TypeError) as error:  # such as a tuple where a value was expected
        refuse(where(node), f"is called in a way not known here ({error})")


def _operation_of(node: fx.Node, module: nn.Module | None, tensor: Tensor, plain: Any) -> Operation:
    first = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
    alone = first is not None and len(readers(first)) == 1
    used: frozenset[Any] = frozenset({0})
    if not isinstance(plain, Tensor):
        used = frozenset(user.args[1] if user.target is operator.getitem else -1 for user in node.users if user.users)
    return Operation(where(node), str(node.target), module, tuple(tensor.shape), alone, tensor.dtype, used)


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

    def run(inputs: Inputs) -> Tensor:
        held: list[Any] = [None] * slots
        held[0] = inputs
        for step, reads, output, dead in steps:
            held[output] = step(*[held[slot] for slot in reads])
            for slot in dead:
                held[slot] = None
        return held[end]

    return run


def _trace_values(traced: fx.GraphModule, inputs: Inputs) -> dict[fx.Node, Any]:
    """Every node's value in the plain model, for inputs (B, ...); tensors without numbers: their shapes are wanted."""
    observer = Observer(traced, inputs)
    for node in traced.graph.nodes:
        if node.op != "output":
            observer.note(node)
    return {node: node.meta.get(SEEN) for node in traced.graph.nodes}
