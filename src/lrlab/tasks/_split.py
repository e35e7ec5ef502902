"""Split: examples of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


class Split(NamedTuple):
    """Examples: inputs and labels.

    inputs: uint8 images (N, C, H, W), grey values or colours from 0 to 255; anything else is (N, ...) float32.
    labels: (N,) int64 for classes, or (N, ...) float32.
    """

    inputs: Tensor
    labels: Tensor
