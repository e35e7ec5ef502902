"""Pieces that several families share. Each returns its layers in order, for a flat nn.Sequential."""

from torch import nn


def conv_bn(inputs: int, outputs: int, kernel: int, *, stride: int = 1, bias: bool = False) -> list[nn.Module]:
    """A convolution and batch norm. With stride 1 the image keeps its size (odd kernels).

    inputs, outputs: channels before and after. kernel: its side. bias: whether the convolution has one.
    """
    convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=bias)
    return [convolution, nn.BatchNorm2d(outputs)]


def conv_bn_relu(inputs: int, outputs: int, kernel: int, *, stride: int = 1, bias: bool = False) -> list[nn.Module]:
    """A convolution, batch norm and relu. The arguments are those of `conv_bn`."""
    return [*conv_bn(inputs, outputs, kernel, stride=stride, bias=bias), nn.ReLU()]


def pooled_head(features: int, classes: int) -> list[nn.Module]:
    """The mean over all pixels of each feature, then a linear layer: any image size will do."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, classes)]
