"""A small U-Net: images in, a score of every class for every pixel out."""

import torch
from torch import Tensor, nn

from ._blocks import conv_bn_relu
from ._options import check_counts


def unet(channels: int, classes: int, width: int = 8) -> nn.Module:
    """A U-Net of three levels: images (B, channels, H, W), H and W multiples of 4, to scores (B, classes, H, W).

    Each level has two 3x3 convolutions with batch norm and relu, of width, 2 width and 4 width channels. Down by max
    pooling, up by a transposed 2x2 convolution of stride 2, whose outputs are joined to the level's own on the way
    down; a 1x1 convolution at the end. With one channel, 11 classes and width 8: 29,571 parameters.
    channels: of an image. classes: scores of a pixel. width: channels of the first level.
    Weights: torch's defaults. Raises TaskError for options that cannot work.
    Source: Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical image segmentation" (2015);
    batch norm: Ioffe and Szegedy (2015). Convolutions are padded, so that no image is cropped.
    """
    check_counts("unet", channels=channels, classes=classes, width=width)
    return UNet(channels, classes, width)


class UNet(nn.Module):
    """See `unet`."""

    def __init__(self, channels: int, classes: int, width: int) -> None:
        super().__init__()
        self.top, self.middle = _level(channels, width), _level(width, 2 * width)
        self.bottom = _level(2 * width, 4 * width)
        self.pool = nn.MaxPool2d(2)
        self.raise_bottom = nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2)
        self.raise_middle = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.middle_up, self.top_up = _level(4 * width, 2 * width), _level(2 * width, width)
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """(B, channels, H, W) to (B, classes, H, W)."""
        top = self.top(images)
        middle = self.middle(self.pool(top))
        bottom = self.bottom(self.pool(middle))
        middle = self.middle_up(torch.cat([self.raise_bottom(bottom), middle], 1))
        return self.head(self.top_up(torch.cat([self.raise_middle(middle), top], 1)))


def _level(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(*conv_bn_relu(inputs, outputs, 3), *conv_bn_relu(outputs, outputs, 3))
