"""From a module to a graph the grouped layout can run, or a refusal that says why not."""

import inspect
import operator
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import fx, nn
from torch.fx.node import map_arg
from torch.nn import functional as F  # noqa: N812
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd

from ...errors import Unstackable
from ...tasks import Inputs, first_leaf, leaves_of
from .._noise import KeyedDropout
from ._base import check_weights
from ._builder import LayerPlace, refuse
from ._contexts import check_contexts, contexts
from ._functions import CONSTANTS, FUNCTIONS, METHODS, RANDOM, RELU, SIZES, UNARY
from ._modules import MODULES, SAME_MEMORY
from ._own_code import check_own_code
from ._shaped import Observer, ShapedProxy, leaf_for

MADE = "_tensor_constant"  # how fx calls tensors that a model's code makes
_IN_PLACE = (operator.iadd, operator.isub, operator.imul, operator.itruediv)
_OF_SHAPES = ("shape", "ndim", "device", "dtype")
_RESHAPES = (
    *("view", "flatten", "reshape", "squeeze", "unsqueeze", "contiguous", "unflatten", "permute", "transpose"),
    *("swapaxes", "t", "expand", "chunk", "split", "unbind", "getitem", "to", "float", "double"),
)


OF_TWO_MODES = (  # layers that do one thing in training and another in evaluation
    *(_NormBase, KeyedDropout, nn.MultiheadAttention, nn.TransformerEncoderLayer, nn.TransformerEncoder, nn.RNNBase),
    *(nn.RReLU, _DropoutNd),
)


class _Proxy(fx.Proxy):
    """Takes `x += y` for the change in place that it is; torch's own takes it for x + y, and another name keeps x."""

    def __iadd__(self, other: Any) -> fx.Proxy:
        return self._change_in_place(operator.iadd, other)

    def __isub__(self, other: Any) -> fx.Proxy:
        return self._change_in_place(operator.isub, other)

    def __imul__(self, other: Any) -> fx.Proxy:
        return self._change_in_place(operator.imul, other)

    def __itruediv__(self, other: Any) -> fx.Proxy:
        return self._change_in_place(operator.itruediv, other)

    def _change_in_place(self, target: Callable[..., Any], other: Any) -> fx.Proxy:
        return self.tracer.create_proxy("call_function", target, (self, other), {})


class _ShapedProxy(ShapedProxy, _Proxy):
    """Both."""


class _Tracer(fx.Tracer):
    """Keeps our dropout whole, as torch's own layers are kept.

    inputs: (B, ...), so that shapes are numbers as the model's code runs; None: they are not known.
    """

    proxy_buffer_attributes = True

    def __init__(self, model: nn.Module, inputs: Inputs | None) -> None:
        super().__init__()
        self.device = None if inputs is None else first_leaf(inputs).device
        self._observer = None if inputs is None else Observer(model, inputs)
        self._contexts, self._kind = contexts(), type(model).__name__

    def create_node(self, kind: str, target: Any, *args: Any, **kwargs: Any) -> fx.Node:
        """An operation of the graph, which is run in the context in which the whole model is, and in no other."""
        if kind.startswith("call_"):
            check_contexts(self._kind, self._contexts)
        return super().create_node(kind, target, *args, **kwargs)

    def proxy(self, node: fx.Node) -> fx.Proxy:
        if self._observer is None:
            return _Proxy(node, self)
        self._observer.note(node)
        return _ShapedProxy(node, self)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, fx.Proxy]) -> Any:
        """A tensor of the model as a value of the graph, unless the observer asks."""
        if self._observer is not None and self._observer.busy:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """A layer's call as a value of the graph, unless the observer calls it."""
        if self._observer is not None and self._observer.busy:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return type(m) in MODULES or super().is_leaf_module(m, module_qualified_name)


def trace(model: nn.Module, inputs: Inputs | None = None) -> fx.GraphModule:
    """The model's graph, every operation of a known kind, a relu before a max pooling moved behind it.

    inputs: (B, ...), one or several; the graph is for such alone then, and the model's code may look at their shape.
    Raises Unstackable naming the layer.
    """
    check_weights(model)
    check_own_code(model)
    graph = _trace_graph(model, True, inputs)
    _check_modes(model, True)
    given = [None if inputs is None else leaf_for(inputs, node) for node in graph.nodes if node.op == "placeholder"]
    if (inputs is None and len(given) != 1) or (inputs is not None and any(leaf is None for leaf in given)):
        refuse(type(model).__name__, "takes more than one input")
    traced = fx.GraphModule(model, graph)
    both = _graph_lines(graph), _graph_lines(_trace_graph(model, False, inputs))
    _check_modes(model, False)
    for name in [name for name in vars(model) if name.startswith(MADE)]:
        delattr(model, name)  # the graph has its own
    for node in graph.nodes:
        _check_node(traced, node)
    if both[0] != both[1]:
        refuse(type(model).__name__, "does one thing while it trains and another while it does not")
    _pool_first(traced)
    return traced


def where(node: fx.Node) -> LayerPlace:
    """The layer's name; of a function its name and the module that calls it."""
    if node.op == "call_module":
        return LayerPlace(f"layer {node.target}", str(node.target))
    if node.op == "get_attr":
        return LayerPlace(f"layer {node.target}", str(node.target).rpartition(".")[0])
    kind = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
    path = next(reversed(node.meta.get("nn_module_stack") or {"": None}))
    return LayerPlace(f"{kind}() in {path or 'forward'}", path)


def module_of(traced: nn.Module, node: fx.Node) -> nn.Module | None:
    """The layer a node calls; None for functions and methods."""
    return traced.get_submodule(str(node.target)) if node.op == "call_module" else None


def _check_modes(model: nn.Module, train: bool) -> None:
    """Refuse a layer that does not take the mode of its model, as one that a `train` of the model's own leaves out."""
    for name, module in model.named_modules():
        if isinstance(module, OF_TWO_MODES) and module.training != train:
            what = ("in evaluation while it trains", "in training while it is evaluated")[not train]
            refuse(LayerPlace(f"layer {name}" if name else type(model).__name__, name), f"stays {what}")


def _trace_graph(model: nn.Module, train: bool, inputs: Inputs | None) -> fx.Graph:
    model.train(train)
    left_out = {} if inputs is None else _left_out(model, inputs)
    try:
        with torch.set_grad_enabled(train and torch.is_grad_enabled()):  # as it is evaluated
            graph = _Tracer(model, inputs).trace(model, concrete_args=left_out or None)
        for node in [node for node in graph.nodes if node.name.startswith("_assert_is_none")]:
            left = node.args[0]  # an argument that is left out: its own node, and this one, which says so
            graph.erase_node(node)
            graph.erase_node(left)  # type: ignore[arg-type]
        return graph
    except Unstackable:
        raise
    except Exception as error:  # whatever the model's own code raises when it is given no numbers
        first = str(error).split("\n")[0]
        refuse(type(model).__name__, f"cannot be traced, its forward looks at numbers ({first})")


def _left_out(model: nn.Module, inputs: Inputs) -> dict[str, None]:
    """The arguments of a model's forward that are not given, and are None then."""
    parts = list(inspect.signature(model.forward).parameters.values())
    given = inputs if isinstance(inputs, dict) else [part.name for part in parts[: len(leaves_of(inputs))]]
    return {part.name: None for part in parts if part.name not in given and part.default is None}


def _graph_lines(graph: fx.Graph) -> list[str]:
    """The graph in words, to be compared; what the model's code made itself is called by its place."""
    places = {node: f"%{place}" for place, node in enumerate(graph.nodes)}
    lines = []
    for node in graph.nodes:
        args = map_arg((node.args, node.kwargs), lambda arg: places[arg])
        made = node.op == "get_attr" and str(node.target).startswith(MADE)
        lines.append(f"{node.op} {MADE if made else node.target} {args}")
    return lines


def _check_node(traced: fx.GraphModule, node: fx.Node) -> None:
    """Refuse an operation of no known kind, and one that overwrites what is read again."""
    module = module_of(traced, node)
    if node.target is getattr and node.args[1] not in _OF_SHAPES:
        place = where(node)
        refuse(LayerPlace(f"{node.args[1]} in {place.layer or 'forward'}", place.layer), "has no stacked counterpart")
    if node.target in RANDOM:
        refuse(where(node), "draws from torch's global generator (use nn.Dropout as a module)")
    known = {
        "call_module": type(module) in MODULES,
        "call_function": node.target in FUNCTIONS or node.target in SIZES or node.target in CONSTANTS,
        "call_method": node.target in METHODS or node.target in ("size", "dim"),
    }
    if not known.get(node.op, True):
        kind = f"({type(module).__name__}) " if module is not None else ""
        refuse(where(node), f"{kind}has no stacked counterpart")
    if _overwrites_input(module, node):
        for value in _seen_through(traced, node.args[0]):
            if len(readers(value)) > 1:
                refuse(where(node), "changes in place a value that is read again")
            if value.op == "get_attr":
                refuse(where(node), f"changes {value.target} in place")


def readers(node: fx.Node) -> list[fx.Node]:
    """The nodes that read the value's numbers, not only its shape."""
    return [user for user in node.users if user.target not in ("size", "dim", getattr)]


def _overwrites_input(module: nn.Module | None, node: fx.Node) -> bool:
    if module is not None:
        return bool(getattr(module, "inplace", False))
    flags = [*node.args[1:], node.kwargs.get("inplace")] if node.target in (*UNARY, *RELU) else []
    named = isinstance(node.target, str) and node.op == "call_method" and node.target.endswith("_")
    return named or node.target in (*_IN_PLACE, F.relu_) or any(flag is True for flag in flags)


def _seen_through(traced: fx.GraphModule, node: Any) -> Iterator[fx.Node]:
    """A value and those whose memory it shares."""
    while isinstance(node, fx.Node):
        yield node
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
        shares = isinstance(module_of(traced, node), SAME_MEMORY) or (node.op != "call_module" and name in _RESHAPES)
        node = node.args[0] if shares else None


def _pool_first(traced: fx.GraphModule) -> None:
    """Relu then max pooling as max pooling then relu: the same values and gradients, and far less memory to walk."""
    for node in list(traced.graph.nodes):
        if not isinstance(module_of(traced, node), nn.MaxPool2d):
            continue
        relu = node.args[0]
        if len(relu.users) == 1 and (isinstance(module_of(traced, relu), nn.ReLU) or relu.target in (*RELU, "relu")):
            node.replace_all_uses_with(relu)
            node.replace_input_with(relu, relu.args[0])
            relu.replace_input_with(relu.args[0], node)
            node.append(relu)
