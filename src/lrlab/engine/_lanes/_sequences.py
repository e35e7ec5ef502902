"""From a module that reads tokens to layers of a compiled net of sequences, or a refusal that names the layer.

Where queries, keys and values lie is found by what the model's reshapes do to a tensor without numbers that stands for
the value: a view of it has strides and an offset.
"""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_arg
from torch.nn import functional as F  # noqa: N812

from ...errors import Unstackable
from ...tasks import named_tensors
from .._layouts._shaped import SEEN, Observer
from .._layouts._trace import module_of, trace, where
from .._noise import KeyedDropout
from ._abi import Curve, Description, Layer, LayerKind, NetImage, TensorShape, describe_layer
from ._nodes import argument

CURVES = {nn.ReLU: Curve.RELU, nn.Tanh: Curve.TANH, nn.Sigmoid: Curve.SIGMOID, nn.SiLU: Curve.SILU}
CURVED: dict[Any, Curve] = {F.relu: Curve.RELU, torch.relu: Curve.RELU, torch.tanh: Curve.TANH, F.silu: Curve.SILU}
CURVED |= {torch.sigmoid: Curve.SIGMOID}
ADDS = (operator.add, operator.iadd, torch.add)
VIEWS = (
    *("view", "reshape", "unflatten", "flatten", "transpose", "permute", "chunk", "split", "unbind", "contiguous"),
    *(operator.getitem, torch.transpose, torch.permute, torch.chunk, torch.split, torch.unbind, torch.reshape),
    torch.flatten,
)


TOKENS = object()  # what the model is given


class SeenValue(NamedTuple):
    """What a node gives: a value of the net, and the view of it, a tensor without numbers of shape (B, ...)."""

    value: int
    view: Tensor


class CapturedSequences:
    """A model as a net of sequences runs it. The members are those of `CapturedModel`."""

    def __init__(self, model: nn.Module, inputs: Tensor, names: Mapping[str, str]) -> None:
        self.images: list[NetImage] = []
        self.layers: list[Layer] = []
        self.shapes: list[TensorShape] = []
        self.tensors: dict[str, int] = {}
        self.dropouts: list[Any] = []
        self.norms: list[str] = []
        self._names, self._state = names, named_tensors(model)
        self._traced = trace(model, inputs)
        self._traced.graph.eliminate_dead_code()
        self._observer = Observer(self._traced, inputs)
        if inputs.ndim != 2:
            raise Unstackable(f"the tokens are of shape {tuple(inputs.shape)}, not (B, L); they are not run in lanes")
        self._batch, self._length = inputs.shape
        self._values: dict[fx.Node, Any] = {}
        for node in self._traced.graph.nodes:
            self._add_node(node)

    @property
    def description(self) -> Description:
        """The net in numbers."""
        return Description(self.images, self.shapes, self.layers)

    @property
    def outputs(self) -> tuple[int, int]:
        """Positions, and numbers that the model gives for each."""
        return self._length, self.images[self.layers[-1].in_].channels

    def _add_node(self, node: fx.Node) -> None:
        if node.op == "output":
            value = self._whole(node, node.args[0])
            self.layers.append(describe_layer(LayerKind.LOSS, value))
            return
        self._observer.note(node)
        if node.op == "placeholder":
            self._values[node] = TOKENS
        elif node.op == "get_attr":
            self._values[node] = node
        elif node.op == "call_module":
            self._add_module(node, module_of(self._traced, node))
        elif not isinstance(node.meta[SEEN], Tensor | tuple | list):
            self._values[node] = node.meta[SEEN]
        else:
            self._add_function(node)

    def _add_module(self, node: fx.Node, module: Any) -> None:
        kinds: dict[type[nn.Module], Callable[[fx.Node, Any], None]] = {
            nn.Embedding: self._add_tokens,
            nn.Linear: self._add_linear,
            nn.LayerNorm: self._add_norm,
            nn.RMSNorm: self._add_norm,
            nn.GELU: lambda node, module: self._add_curve(node, GELUS[module.approximate]),
            nn.Identity: lambda node, _: self._pass_on(node),
            KeyedDropout: self._add_dropout,
        }
        kinds |= {kind: (lambda node, _, curve=curve: self._add_curve(node, curve)) for kind, curve in CURVES.items()}
        if type(module) not in kinds:
            self._refuse_node(node, f"({type(module).__name__}) is not compiled")
        kinds[type(module)](node, module)

    def _add_function(self, node: fx.Node) -> None:
        target = node.target
        if target in ADDS:
            self._add_sum(node)
        elif target is F.gelu:
            self._add_curve(node, GELUS[argument(node, 1, "approximate", "none")])
        elif target in CURVED:
            self._add_curve(node, CURVED[target])
        elif target is F.scaled_dot_product_attention:
            self._add_attention(node)
        elif target in VIEWS:
            self._add_view(node)
        else:
            self._refuse_node(node, "is not compiled")

    def _add_view(self, node: fx.Node) -> None:
        source = self._values.get(node.args[0])  # type: ignore[arg-type]
        if isinstance(source, fx.Node):  # a table of positions, cut to the length of the sequences
            if node.target is not operator.getitem or not _cuts_rows(node.args[1], self._length):
                self._refuse_node(node, "changes the form of a parameter")
            self._values[node] = source
            return
        if isinstance(source, tuple | list) and node.target is operator.getitem and not isinstance(source, SeenValue):
            self._values[node] = source[node.args[1]]  # type: ignore[index]
            return
        if not isinstance(source, SeenValue):
            self._refuse_node(node, "is no value of a layer")
        args, kwargs = map_arg((node.args, node.kwargs), lambda arg: arg if arg is node.args[0] else self._values[arg])
        call = node.target if callable(node.target) else getattr(torch.Tensor, str(node.target))
        seen = call(source.view, *args[1:], **kwargs)
        parts = seen if isinstance(seen, tuple | list) else [seen]
        if any(part is not source.view and part._base is None for part in parts):
            self._refuse_node(node, "copies a value into another form")
        found = [SeenValue(source.value, part) for part in parts]
        self._values[node] = found if isinstance(seen, tuple | list) else found[0]

    def _add_tokens(self, node: fx.Node, module: nn.Embedding) -> None:
        given = self._values[node.args[0]]  # type: ignore[index]
        if module.max_norm is not None or module.sparse or module.scale_grad_by_freq:
            self._refuse_node(node, "changes its table or its gradient in a way of its own")
        if isinstance(given, fx.Node) and self._counts_places(given):
            self._values[node] = f"{node.target}.weight"
            return
        if given is not TOKENS:
            self._refuse_node(node, "reads something else than the tokens")
        value = self._new_value(node, module.embedding_dim)
        table = self._tensor(node, f"{node.target}.weight", module.num_embeddings, module.embedding_dim)
        without = -1 if module.padding_idx is None else module.padding_idx
        self.layers.append(describe_layer(LayerKind.TOKENS, out=value, tensors=(table,), numbers=(without,)))

    def _counts_places(self, node: fx.Node) -> bool:
        """Whether a tensor that the model's code made is 0, 1, 2 ... for the positions."""
        name = str(node.target)
        made = self._traced.get_buffer(name) if name not in self._names else None
        return made is not None and torch.equal(made.flatten().cpu(), torch.arange(self._length))

    def _add_linear(self, node: fx.Node, module: nn.Linear) -> None:
        source = self._whole(node, node.args[0])
        value = self._new_value(node, module.out_features)
        weight = self._tensor(node, f"{node.target}.weight", module.out_features, module.in_features)
        bias = self._vector(node, module.bias, "bias")
        self.layers.append(describe_layer(LayerKind.LINEAR, source, out=value, tensors=(weight, bias)))

    def _add_norm(self, node: fx.Node, module: Any) -> None:
        source = self._whole(node, node.args[0])
        if tuple(module.normalized_shape) != (self.images[source].channels,):
            self._refuse_node(node, "normalises more than the channels of a position")
        value, rms = self._new_value(node, self.images[source].channels), isinstance(module, nn.RMSNorm)
        tensors = self._vector(node, module.weight, "weight"), self._vector(node, getattr(module, "bias", None), "bias")
        eps = module.eps if module.eps is not None else torch.finfo(node.meta[SEEN].dtype).eps
        self.layers.append(
            describe_layer(LayerKind.ROW_NORM, source, out=value, tensors=tensors, numbers=(int(rms),), factors=(eps,))
        )

    def _pass_on(self, node: fx.Node) -> None:
        self._values[node] = self._values[node.args[0]]  # type: ignore[index]

    def _add_dropout(self, node: fx.Node, module: KeyedDropout) -> None:
        if module.p > 0:
            self._refuse_node(node, "drops numbers of a sequence, which is not compiled")
        self._pass_on(node)

    def _add_curve(self, node: fx.Node, curve: Curve) -> None:
        source = self._whole(node, node.args[0])
        value = self._new_value(node, self.images[source].channels)
        self.layers.append(describe_layer(LayerKind.CURVE, source, out=value, numbers=(int(curve),)))

    def _add_sum(self, node: fx.Node) -> None:
        given = [self._values.get(arg) if isinstance(arg, fx.Node) else None for arg in node.args]
        if len(given) != 2 or node.kwargs or any(side is None for side in given):
            self._refuse_node(node, "adds something else than two values")
        tables = [side for side in given if isinstance(side, str | fx.Node)]
        values = [arg for arg, side in zip(node.args, given, strict=True) if isinstance(side, SeenValue)]
        sources = [self._whole(node, arg) for arg in values]
        channels = {self.images[source].channels for source in sources}
        if len(channels) != 1:
            self._refuse_node(node, "adds values of two shapes")
        value = self._new_value(node, channels.pop())
        if not tables:
            self.layers.append(describe_layer(LayerKind.SUM, sources[0], sources[1], value))
            return
        name = tables[0] if isinstance(tables[0], str) else str(tables[0].target)
        rows = self._rows_of(node, name, self.images[value].channels)
        self.layers.append(
            describe_layer(LayerKind.PLACES, sources[0], out=value, tensors=(self._tensor(node, name, *rows),))
        )

    def _rows_of(self, node: fx.Node, name: str, channels: int) -> tuple[int, int]:
        """Rows and columns of a table of positions."""
        tensor = self._state.get(self._names.get(name, ""))
        if tensor is None or tensor.shape[-1] != channels or tensor.numel() < self._length * channels:
            self._refuse_node(node, "adds something else than a row for each position")
        if tensor.numel() != tensor.shape[-2] * channels:
            self._refuse_node(node, "adds something else than a row for each position")
        return tensor.shape[-2], channels

    def _add_attention(self, node: fx.Node) -> None:
        given = [self._values.get(arg) for arg in node.args[:3]]  # type: ignore[arg-type]
        options = dict(zip(("attn_mask", "dropout_p", "is_causal"), node.args[3:], strict=False)) | node.kwargs
        causal, scale = bool(options.pop("is_causal", False)), options.pop("scale", None)
        if any(options.values()) or not all(isinstance(side, SeenValue) for side in given):
            self._refuse_node(node, "has a mask or drops, or reads something else than three values")
        heads, width = given[0].view.shape[1], given[0].view.shape[3]  # type: ignore[union-attr]
        places = [self._channel_of_heads(node, side, heads, width) for side in given]
        self._check_cover(node, [side.value for side in given], places, heads * width)  # type: ignore[union-attr]
        value = self._new_value(node, heads * width)
        view = torch.empty(self._batch, self._length, heads, width, device="meta").transpose(1, 2)
        self._values[node] = SeenValue(value, view)
        _, keys, values = (side.value for side in given)  # type: ignore[union-attr]
        numbers = heads, width, int(causal), places[0], keys, places[1], values, places[2]
        factors = (scale if scale is not None else 1 / math.sqrt(width),)
        source = given[0].value  # type: ignore[union-attr]
        layer = describe_layer(LayerKind.ATTENTION, source, out=value, numbers=numbers, factors=factors)  # type: ignore[arg-type]
        self.layers.append(layer)

    def _channel_of_heads(self, node: fx.Node, seen: Any, heads: int, width: int) -> int:
        """The channel at which the first head begins. Refuses heads that lie in another way than one after another."""
        view, channels = seen.view, self.images[seen.value].channels
        row = self._length * channels, width, channels, 1
        if tuple(view.shape) != (self._batch, heads, self._length, width) or view.stride() != row:
            self._refuse_node(node, "reads heads that do not lie side by side")
        return view.storage_offset()

    def _check_cover(self, node: fx.Node, values: list[int], places: list[int], size: int) -> None:
        """Refuse what leaves parts of a value out, or reads one twice: gradients of parts are set, not added."""
        for value in set(values):
            own = sorted(place for other, place in zip(values, places, strict=True) if other == value)
            if own != list(range(0, self.images[value].channels, size)):
                self._refuse_node(node, "reads a part of a value twice, or leaves parts out")

    def _whole(self, node: fx.Node, arg: Any) -> int:
        """The value that an argument is, whole and in order."""
        seen = self._values.get(arg) if isinstance(arg, fx.Node) else None
        if not isinstance(seen, SeenValue):
            self._refuse_node(node, "reads something else than a value of a layer")
        shape = self._batch, self._length, self.images[seen.value].channels
        if tuple(seen.view.shape) != shape or not seen.view.is_contiguous() or seen.view.storage_offset():
            self._refuse_node(node, "reads a part of a value, or one in another form")
        return seen.value

    def _new_value(self, node: fx.Node, channels: int) -> int:
        self.images.append(NetImage(len(self.images), 0, channels, 1, self._length))
        value = len(self.images) - 1
        self._values[node] = SeenValue(value, torch.empty(self._batch, self._length, channels, device="meta"))
        return value

    def _vector(self, node: fx.Node, tensor: Tensor | None, name: str) -> int:
        return -1 if tensor is None else self._tensor(node, f"{node.target}.{name}", len(tensor), 0)

    def _tensor(self, node: fx.Node, name: str, outputs: int, inputs: int) -> int:
        first = self._names[name]
        if first not in self.tensors:
            self.tensors[first] = len(self.shapes)
            self.shapes.append(
                TensorShape(outputs, inputs, 1, 1, int(inputs > 0), int(self._state[first].requires_grad))
            )
        shape = self.shapes[self.tensors[first]]
        if (shape.outputs, shape.inputs) != (outputs, inputs):
            self._refuse_node(node, "shares its weight with a layer of another shape")
        return self.tensors[first]

    def _refuse_node(self, node: fx.Node, why: str) -> NoReturn:
        place = where(node)
        raise Unstackable(f"{place} {why}; it is not run in lanes", place.layer)


GELUS = {"none": Curve.GELU, "tanh": Curve.GELU_TANH}


def _cuts_rows(index: Any, length: int) -> bool:
    """Whether a part of a table is its first rows, one for each position."""
    index = index[-1] if isinstance(index, tuple) and len(index) == 1 else index
    return isinstance(index, slice) and index.start in (None, 0) and index.stop == length and index.step in (None, 1)
