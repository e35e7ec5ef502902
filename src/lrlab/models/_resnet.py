"""Residual networks for small images: a 3x3 stem that keeps the image's size, then four stages."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from ._blocks import conv_bn, conv_bn_relu, pooled_head
from ._options import check_options, scaled

SMALLEST = 8  # three of the four stages halve the image: 8x8 ends as one pixel


def resnet18(channels: int = 3, classes: int = 10, size: int = 32, width: float = 1.0) -> nn.Module:
    """ResNet-18 for 32x32 images: stages of 2, 2, 2, 2 blocks of two 3x3 convolutions.

    Layers: conv 3x3 64, batch norm, relu, no pooling; stages of 64, 128, 256, 512 channels with strides 1, 2, 2, 2;
    the mean over all pixels; linear. A block is relu(body(x) + shortcut(x)); where the shape changes the shortcut is a
    1x1 convolution and batch norm. Convolutions have no bias.
    On 3x32x32 with 10 classes: 11,173,962 parameters, 555,422,720 multiply-adds an image. Images from 8x8 on.
    channels: of an image. classes: scores it is given. size: its side in pixels. width: multiplies every hidden width.
    Weights: torch's defaults; no batch norm starts at zero. Raises TaskError for options that cannot work.
    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2016), table 1.
    """
    check_options("resnet18", SMALLEST, channels=channels, classes=classes, size=size, width=width)
    return _make_resnet(_basic_layers, (2, 2, 2, 2), channels, classes, width)


def resnet50(channels: int = 3, classes: int = 10, size: int = 32, width: float = 1.0) -> nn.Module:
    """ResNet-50 for 32x32 images: stages of 3, 4, 6, 3 bottlenecks of 1x1, 3x3 and 1x1 convolutions.

    As `resnet18`, with stages of 256, 512, 1024, 2048 channels, each four times the channels inside its bottlenecks.
    The stride is in the 3x3 convolution; the paper has it in the first 1x1, with the same parameters.
    On 3x32x32 with 10 classes: 23,520,842 parameters, 1,297,829,888 multiply-adds an image. Images from 8x8 on.
    channels: of an image. classes: scores it is given. size: its side in pixels. width: multiplies every hidden width.
    Weights: torch's defaults; no batch norm starts at zero. Raises TaskError for options that cannot work.
    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2016), table 1.
    """
    check_options("resnet50", SMALLEST, channels=channels, classes=classes, size=size, width=width)
    return _make_resnet(_bottleneck_layers, (3, 4, 6, 3), channels, classes, width)


class Residual(nn.Module):
    """relu(body(x) + shortcut(x)). The body's layers end without relu."""

    def __init__(self, body: Sequence[nn.Module], inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        same = stride == 1 and inputs == outputs
        self.body = nn.Sequential(*body)
        self.shortcut = nn.Identity() if same else nn.Sequential(*conv_bn(inputs, outputs, 1, stride=stride))
        self.relu = nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H / stride, W / stride), rounded up."""
        return self.relu(self.body(images) + self.shortcut(images))


Block = Callable[[int, int, int], tuple[nn.Module, int]]  # input channels, inner channels, stride -> block, its outputs


def _basic_layers(inputs: int, inner: int, stride: int) -> tuple[nn.Module, int]:
    body = [*conv_bn_relu(inputs, inner, 3, stride=stride), *conv_bn(inner, inner, 3)]
    return Residual(body, inputs, inner, stride), inner


def _bottleneck_layers(inputs: int, inner: int, stride: int) -> tuple[nn.Module, int]:
    outputs = 4 * inner
    body = [
        *conv_bn_relu(inputs, inner, 1),
        *conv_bn_relu(inner, inner, 3, stride=stride),
        *conv_bn(inner, outputs, 1),
    ]
    return Residual(body, inputs, outputs, stride), outputs


def _make_resnet(block: Block, depths: Sequence[int], channels: int, classes: int, width: float) -> nn.Module:
    inners = scaled(width, 64, 128, 256, 512)
    layers, outputs = conv_bn_relu(channels, inners[0], 3), inners[0]
    for stage, (inner, depth) in enumerate(zip(inners, depths, strict=True)):
        for place in range(depth):
            module, outputs = block(outputs, inner, 2 if stage > 0 and place == 0 else 1)
            layers.append(module)
    return nn.Sequential(*layers, *pooled_head(outputs, classes))
