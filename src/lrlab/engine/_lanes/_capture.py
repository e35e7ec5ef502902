"""From a module to layers that the lane engine knows, or a refusal that names the layer."""

import operator
from collections.abc import Mapping
from typing import Any, NoReturn

import torch
from torch import fx, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import Unstackable
from ...tasks import named_tensors
from .._layouts._trace import module_of, trace, where
from .._noise import KeyedDropout
from ._abi import Activation, Description, Layer, LayerKind, NetImage, TensorShape, describe_layer
from ._nodes import argument, covers, flattens, pair

SQUASHES = {nn.ReLU: Activation.RELU, nn.LeakyReLU: Activation.LEAKY_RELU, nn.Tanh: Activation.TANH}
SQUASHES |= {nn.Sigmoid: Activation.SIGMOID}
RELUS = (F.relu, torch.relu, "relu", "relu_")
SQUASHING: dict[object, Activation] = {torch.tanh: Activation.TANH, torch.sigmoid: Activation.SIGMOID}
SQUASHING |= {"tanh": Activation.TANH, "sigmoid": Activation.SIGMOID}
ADDS = (operator.add, operator.iadd, torch.add, "add", "add_")
JOINS = (torch.cat, torch.concat)
FUSED = (LayerKind.CONVOLUTION, LayerKind.BATCH_NORM, LayerKind.POOLING, LayerKind.SUM)  # kinds that take a relu along


class DropoutLayer:
    """A dropout layer: whose masks, and of which shape a sample's are."""

    def __init__(self, module: KeyedDropout, shape: tuple[int, ...], call: int) -> None:
        self.module, self.shape, self.call = module, shape, call


class CapturedModel:
    """A model as the lane engine runs it.

    tensors: position of each named tensor in the description. dropouts: in the order of their masks. norms: names of
    the counters of batches that batch norm keeps, once for each use. outputs: channels of what the model gives.
    """

    def __init__(self, model: nn.Module, shape: tuple[int, ...], names: Mapping[str, str]) -> None:
        self.images: list[NetImage] = []
        self.layers: list[Layer] = []
        self.shapes: list[TensorShape] = []
        self.tensors: dict[str, int] = {}
        self.dropouts: list[DropoutLayer] = []
        self.norms: list[str] = []
        self._names = names
        self._state = named_tensors(model)
        self._traced = trace(model)
        self._traced.graph.eliminate_dead_code()
        self._image_of_node: dict[fx.Node, int | None] = {}  # the image of each node; None: a number, such as a size
        self._flat: set[fx.Node] = set()
        self._calls: dict[KeyedDropout, int] = {}
        self._buffers = 0
        for node in self._traced.graph.nodes:
            self._add_node(node, shape)
        self._copy_for_linear()

    @property
    def description(self) -> Description:
        """The net in numbers."""
        return Description(self.images, self.shapes, self.layers)

    @property
    def outputs(self) -> tuple[int, ...]:
        """Shape of what the model gives for a sample."""
        return (self.images[self.layers[-1].in_].channels,)

    def _add_node(self, node: fx.Node, shape: tuple[int, ...]) -> None:
        if node.op == "placeholder":
            channels, height, width = (
                (*shape, 1, 1)[:3] if len(shape) in (1, 3) else self._refuse_node(node, "no images")
            )
            if len(shape) == 1:
                self._flat.add(node)
            entry = self._image_of_node[node] = self._new_image(channels, height, width)
            self.layers.append(describe_layer(LayerKind.ENTRY, out=entry))
        elif node.op == "output":
            self._add_loss(node)
        elif node.op == "call_module":
            self._add_module(node)
        else:
            self._add_function(node)

    def _add_loss(self, node: fx.Node) -> None:
        given = node.args[0]
        if not isinstance(given, fx.Node) or given not in self._flat:
            self._refuse_node(node, "the model gives something else than (B, numbers)")
        image = self.images[self._image_of(given)]
        if image.height * image.width > 1:
            self._refuse_node(node, "the model gives flattened images")
        self.layers.append(describe_layer(LayerKind.LOSS, self._image_of(given)))

    def _add_module(self, node: fx.Node) -> None:
        module, source = module_of(self._traced, node), node.args[0]
        assert isinstance(source, fx.Node)
        if isinstance(module, nn.Conv2d):
            self._add_convolution(node, module)
        elif isinstance(module, nn.Linear):
            self._add_linear(node, module)
        elif type(module) in (nn.BatchNorm2d, nn.BatchNorm1d):
            self._add_norm(node, module)
        elif isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
            self._add_pool(node, module)
        elif isinstance(module, nn.AdaptiveAvgPool2d):
            self._add_adaptive_pool(node, module.output_size)
        elif type(module) in SQUASHES:
            self._add_activation(node, SQUASHES[type(module)], float(getattr(module, "negative_slope", 0.0)))
        elif isinstance(module, KeyedDropout):
            self._add_dropout(node, module)
        elif isinstance(module, nn.Flatten) and (module.start_dim, module.end_dim) == (1, -1):
            self._pass_on(node, flat=True)
        elif isinstance(module, nn.Identity):
            self._pass_on(node, flat=source in self._flat)
        else:
            self._refuse_node(node, f"({type(module).__name__}) is not compiled")

    def _add_function(self, node: fx.Node) -> None:
        target, source = node.target, node.args[0] if node.args else None
        if target in RELUS:
            self._add_activation(node, Activation.RELU, 0.0)
        elif (squash := SQUASHING.get(target)) is not None:
            self._add_activation(node, squash, 0.0)
        elif target in ADDS:
            self._add_sum(node)
        elif target in JOINS:
            self._join_channels(node)
        elif flattens(node):
            self._pass_on(node, flat=True)
        elif target == "mean" and argument(node, 1, "dim", None) in ((2, 3), [2, 3], (-2, -1), [-2, -1]):
            kept = argument(node, 2, "keepdim", False)
            self._add_adaptive_pool(node, 1)
            if not kept:
                self._flat.add(node)
        elif target is F.adaptive_avg_pool2d:
            self._add_adaptive_pool(node, argument(node, 1, "output_size", 1))
        elif target in ("size", getattr) or (target is operator.getitem and self._image_of_node.get(source) is None):  # type: ignore[arg-type]
            self._image_of_node[node] = None
        else:
            self._refuse_node(node, "is not compiled")

    def _add_convolution(self, node: fx.Node, module: nn.Conv2d) -> None:
        source = self._unflattened_image(node)
        if module.padding_mode != "zeros":
            self._refuse_node(node, f"is padded with {module.padding_mode}")
        kernel, stride, dilation = pair(module.kernel_size), pair(module.stride), pair(module.dilation)
        reach = tuple(d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
        if module.padding == "same":
            if any(r % 2 for r in reach):
                self._refuse_node(node, "is padded more on one side than on the other")
            padding = tuple(r // 2 for r in reach)
        else:
            padding = (0, 0) if module.padding == "valid" else pair(module.padding)
        image = self.images[source]
        sides = (image.height, image.width)
        axes = zip(sides, padding, reach, stride, strict=True)
        height, width = ((side + 2 * p - r - 1) // s + 1 for side, p, r, s in axes)
        out = self._new_image(module.out_channels, height, width)
        shape = module.out_channels, module.in_channels // module.groups, *kernel, module.groups
        tensors = (
            self._tensor_of(node, "weight", shape),
            self._tensor_of(node, "bias", (module.out_channels, 1, 1, 1, 1)),
        )
        numbers = *kernel, *stride, *padding, *dilation, module.groups
        self.layers.append(describe_layer(LayerKind.CONVOLUTION, source, out=out, tensors=tensors, numbers=numbers))
        self._image_of_node[node] = out

    def _add_linear(self, node: fx.Node, module: nn.Linear) -> None:
        source = self._image_of(node.args[0])
        image = self.images[source]
        if node.args[0] not in self._flat:
            self._refuse_node(node, "reads images that are not flattened")
        out = self._new_image(module.out_features, 1, 1)
        shape = module.out_features, image.channels, image.height, image.width, 1
        tensors = (
            self._tensor_of(node, "weight", shape),
            self._tensor_of(node, "bias", (module.out_features, 1, 1, 1, 1)),
        )
        numbers = image.height, image.width, 1, 1, 0, 0, 1, 1, 1
        self.layers.append(describe_layer(LayerKind.CONVOLUTION, source, out=out, tensors=tensors, numbers=numbers))
        self._image_of_node[node] = out
        self._flat.add(node)

    def _add_norm(self, node: fx.Node, module: Any) -> None:
        source = self._image_of(node.args[0])
        image = self.images[source]
        if not module.track_running_stats or module.momentum is None:
            self._refuse_node(node, "keeps no running mean")
        if node.args[0] in self._flat and image.height * image.width > 1:
            self._refuse_node(node, "normalises flattened images")
        out = self._new_image(image.channels, image.height, image.width)
        shape = image.channels, 1, 1, 1, 1
        tensors = tuple(
            self._tensor_of(node, name, shape) for name in ("weight", "bias", "running_mean", "running_var")
        )
        self.layers.append(
            describe_layer(
                LayerKind.BATCH_NORM, source, out=out, tensors=tensors, factors=(module.eps, module.momentum)
            )
        )
        self.norms.append(self._names[f"{node.target}.num_batches_tracked"])
        self._image_of_node[node] = out
        self._keep_flat(node)

    def _add_pool(self, node: fx.Node, module: Any) -> None:
        largest = isinstance(module, nn.MaxPool2d)
        odd = module.ceil_mode or (
            (pair(module.dilation) != (1, 1) or module.return_indices) if largest else module.divisor_override
        )
        if odd:
            self._refuse_node(node, "pools in a way that is not compiled")
        stride = module.kernel_size if module.stride is None else module.stride
        border = True if largest else module.count_include_pad
        self._add_windows(node, pair(module.kernel_size), pair(stride), pair(module.padding), largest, border)

    def _add_windows(self, node: fx.Node, kernel: Any, stride: Any, padding: Any, largest: bool, border: bool) -> None:
        source = self._unflattened_image(node)
        image = self.images[source]
        axes = zip((image.height, image.width), kernel, stride, padding, strict=True)
        height, width = ((side + 2 * p - k) // s + 1 for side, k, s, p in axes)
        out = self._new_image(image.channels, height, width)
        numbers = *kernel, *stride, *padding, int(largest), int(border)
        self.layers.append(describe_layer(LayerKind.POOLING, source, out=out, numbers=numbers))
        self._image_of_node[node] = out

    def _add_adaptive_pool(self, node: fx.Node, wanted: Any) -> None:
        image = self.images[self._unflattened_image(node)]
        sides = image.height, image.width
        wanted = (wanted, wanted) if isinstance(wanted, int) else wanted
        wanted = tuple(side if want is None else want for side, want in zip(sides, wanted, strict=True))
        if any(side % want for side, want in zip(sides, wanted, strict=True)):
            self._refuse_node(
                node, f"pools {sides[0]}x{sides[1]} to {wanted[0]}x{wanted[1]} in windows of several sizes"
            )
        kernel = tuple(side // want for side, want in zip(sides, wanted, strict=True))
        self._add_windows(node, kernel, kernel, (0, 0), False, True)

    def _add_activation(self, node: fx.Node, kind: Activation, slope: float) -> None:
        given = node.args[0]
        source = self._image_of(given)
        assert isinstance(given, fx.Node)
        maker = next((layer for layer in self.layers if layer.out == source and layer.kind != LayerKind.LOSS), None)
        alone = len(given.users) == 1 and maker is not None and maker.kind in FUSED and not maker.relu
        if kind is Activation.RELU and alone and self._owns_image(given):
            assert maker is not None
            maker.relu = 1
            self._image_of_node[node] = source
        else:
            if kind is Activation.LEAKY_RELU and slope <= 0:
                self._refuse_node(node, "has a slope of zero or less")
            self._image_of_node[node] = self._add_pointwise(source, kind, slope)
        self._keep_flat(node)

    def _owns_image(self, node: fx.Node) -> bool:
        """Whether the node itself makes its image, rather than giving another's another shape."""
        image = self._image_of_node[node]
        return all(self._image_of_node.get(other) != image or other is node for other in self._image_of_node)

    def _add_pointwise(self, source: int, kind: Activation, slope: float) -> int:
        image = self.images[source]
        out = self._new_image(image.channels, image.height, image.width)
        self.layers.append(describe_layer(LayerKind.POINTWISE, source, out=out, numbers=(int(kind),), factors=(slope,)))
        return out

    def _add_dropout(self, node: fx.Node, module: KeyedDropout) -> None:
        source = self._image_of(node.args[0])
        image = self.images[source]
        self._keep_flat(node)
        if module.p == 0:
            self._image_of_node[node] = source
            return
        sides = (image.channels, image.height, image.width)
        shape = (image.channels * image.height * image.width,) if node in self._flat else sides
        out = self._new_image(*sides)
        per_channel = module.per_channel and node not in self._flat
        self.layers.append(
            describe_layer(LayerKind.DROPOUT, source, out=out, numbers=(len(self.dropouts), int(per_channel)))
        )
        call = self._calls[module] = self._calls.get(module, -1) + 1
        self.dropouts.append(DropoutLayer(module, shape, call))
        self._image_of_node[node] = out

    def _add_sum(self, node: fx.Node) -> None:
        sides = node.args[:2]
        if len(sides) < 2 or not all(isinstance(side, fx.Node) for side in sides) or node.kwargs:
            self._refuse_node(node, "adds something else than two values")
        left, right = (self._image_of(side) for side in sides)
        shapes = [
            (self.images[side].channels, self.images[side].height, self.images[side].width) for side in (left, right)
        ]
        if shapes[0] != shapes[1]:
            self._refuse_node(node, "adds values of two shapes")
        out = self._new_image(*shapes[0])
        self.layers.append(describe_layer(LayerKind.SUM, left, right, out))
        self._image_of_node[node] = out
        self._keep_flat(node)

    def _join_channels(self, node: fx.Node) -> None:
        parts, axis = node.args[0], argument(node, 1, "dim", 0)
        if axis not in (1, -3) or not isinstance(parts, list | tuple) or any(part in self._flat for part in parts):
            self._refuse_node(node, "joins something else than the channels of images")
        images = [self._image_of(part) for part in parts]
        first = self.images[images[0]]
        out = self._new_image(sum(self.images[image].channels for image in images), first.height, first.width)
        channel = 0
        for image in images:
            self._move_image(image, out, channel)
            channel += self.images[image].channels
        self._image_of_node[node] = out

    def _move_image(self, image: int, to: int, channel: int) -> None:
        """Put an image, and what shares its buffer, into another buffer from this channel on; a copy where it must."""
        own = self.images[image]
        inside = [other for other in self.images if other.buffer == own.buffer]
        entry = self.layers[0].out
        if (
            own.channels < max(other.channel + other.channels for other in inside)
            or image == entry
            or (own.buffer == self.images[to].buffer)
        ):
            copy = self._add_pointwise(image, Activation.LEAKY_RELU, 1.0)
            return self._move_image(copy, to, channel)
        for other in inside:
            other.buffer, other.channel = self.images[to].buffer, other.channel + channel
        return None

    def _copy_for_linear(self) -> None:
        """A copy before each linear layer whose image may have gaps in memory: a slice, or one with a border."""
        for layer in list(self.layers):
            image = self.images[layer.in_]
            if layer.kind != LayerKind.CONVOLUTION or image.height * image.width == 1 or not covers(layer, image):
                continue
            near = [other for other in self.layers if self._touches_buffer(other, image.buffer)]
            if len(near) > 2 or any(other is not layer and other.kind == LayerKind.CONVOLUTION for other in near):
                copy = self._add_pointwise(layer.in_, Activation.LEAKY_RELU, 1.0)
                self.layers.insert(self.layers.index(layer), self.layers.pop())
                layer.in_ = copy

    def _touches_buffer(self, layer: Layer, buffer: int) -> bool:
        return any(self.images[v].buffer == buffer for v in (layer.in_, layer.in2, layer.out) if v >= 0)

    def _pass_on(self, node: fx.Node, flat: bool) -> None:
        self._image_of_node[node] = self._image_of(node.args[0])
        if flat:
            self._flat.add(node)

    def _keep_flat(self, node: fx.Node) -> None:
        if node.args[0] in self._flat:
            self._flat.add(node)

    def _image_of(self, node: Any) -> int:
        image = self._image_of_node.get(node)
        if image is None:
            self._refuse_node(node, "is no value of a layer")
        return image

    def _unflattened_image(self, node: fx.Node) -> int:
        if node.args[0] in self._flat:
            self._refuse_node(node, "reads flattened images")
        return self._image_of(node.args[0])

    def _new_image(self, channels: int, height: int, width: int) -> int:
        self.images.append(NetImage(self._buffers, 0, channels, height, width))
        self._buffers += 1
        return len(self.images) - 1

    def _tensor_of(self, node: fx.Node, attribute: str, shape: tuple[int, ...]) -> int:
        module = module_of(self._traced, node)
        if getattr(module, attribute, None) is None:
            return -1
        name = self._names[f"{node.target}.{attribute}"]
        trained = self._state[name].requires_grad
        described = TensorShape(*shape, int(trained))
        if name not in self.tensors:
            self.tensors[name] = len(self.shapes)
            self.shapes.append(described)
        elif bytes(self.shapes[self.tensors[name]]) != bytes(described):
            self._refuse_node(node, "shares its weight with a layer of another shape")
        return self.tensors[name]

    def _refuse_node(self, node: Any, why: str) -> NoReturn:
        place = where(node) if isinstance(node, fx.Node) else None
        raise Unstackable(f"{place or node} {why}; it is not run in lanes", place.layer if place else "")
