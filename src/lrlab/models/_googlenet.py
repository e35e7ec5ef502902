"""GoogLeNet for small images."""

import torch
from torch import Tensor, nn

from ._blocks import conv_bn_relu, pooled_head
from ._options import check_options, scaled

STEM = 192
# One row a module: 1x1; 1x1 before the 3x3, 3x3; 1x1 before the two 3x3, each of the two; 1x1 after pooling.
STAGES = (
    (
        (64, 96, 128, 16, 32, 32),
        (128, 128, 192, 32, 96, 64),
    ),
    (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    (
        (256, 160, 320, 32, 128, 128),
        (384, 192, 384, 48, 128, 128),
    ),
)


def googlenet(channels: int = 3, classes: int = 10, size: int = 32, width: float = 1.0) -> nn.Module:
    """GoogLeNet for 32x32 images: a 3x3 convolution of 192 channels and nine inception modules in stages of 2, 5, 2.

    Max pooling (3x3, stride 2) parts the stages; at the end the mean over all pixels (8x8 of 32x32) and a linear layer.
    A module joins four branches by channel: 1x1; 1x1, 3x3; 1x1, 3x3, 3x3; max pool 3x3 of stride 1, 1x1. Two 3x3 stand
    for the paper's 5x5. Every convolution has a bias, batch norm and relu. No dropout, no side classifiers.
    On 3x32x32 with 10 classes: 6,166,250 parameters, 1,521,756,160 multiply-adds an image. Images from 4x4 on.
    channels: of an image. classes: scores it is given. size: its side in pixels. width: multiplies every hidden width.
    Weights: torch's defaults. Raises TaskError for options that cannot work.
    Source: Szegedy et al., "Going deeper with convolutions" (2015), table 1; batch norm: Ioffe and Szegedy (2015);
    two 3x3 for a 5x5: Szegedy et al., "Rethinking the inception architecture for computer vision" (2016).
    """
    check_options("googlenet", 4, channels=channels, classes=classes, size=size, width=width)
    (outputs,) = scaled(width, STEM)
    layers = conv_bn_relu(channels, outputs, 3, bias=True)
    for number, stage in enumerate(STAGES):
        if number:
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
        for row in stage:
            one, before_three, three, before_five, five, pooled = scaled(width, *row)
            layers.append(Inception(outputs, one, before_three, three, before_five, five, pooled))
            outputs = one + three + five + pooled
    return nn.Sequential(*layers, *pooled_head(outputs, classes))


class Inception(nn.Module):
    """Four branches that read the same images, joined by channel: one + three + five + pooled outputs."""

    def __init__(
        self, inputs: int, one: int, before_three: int, three: int, before_five: int, five: int, pooled: int
    ) -> None:
        super().__init__()
        branches = [
            _convolution_layers(inputs, (one, 1)),
            _convolution_layers(inputs, (before_three, 1), (three, 3)),
            _convolution_layers(inputs, (before_five, 1), (five, 3), (five, 3)),
            [nn.MaxPool2d(3, stride=1, padding=1), *_convolution_layers(inputs, (pooled, 1))],
        ]
        self.branches = nn.ModuleList(nn.Sequential(*layers) for layers in branches)

    def forward(self, images: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, one + three + five + pooled, H, W)."""
        return torch.cat([branch(images) for branch in self.branches], 1)


def _convolution_layers(inputs: int, *convolutions: tuple[int, int]) -> list[nn.Module]:
    """Convolutions one after another, each given as (outputs, kernel)."""
    layers = []
    for outputs, kernel in convolutions:
        layers += conv_bn_relu(inputs, outputs, kernel, bias=True)
        inputs = outputs
    return layers
