"""A trial's precision as torch knows it."""

import torch

from ..spec import Precision

# Under bfloat16 weights, sums and the optimizer stay float32; convolutions and products are rounded by autocast.
DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.float32}


def dtype_of(precision: Precision) -> torch.dtype:
    """The type of weights and inputs."""
    return DTYPES[precision]


def rounding(precision: Precision, device: torch.device) -> torch.autocast:
    """The context a forward pass runs in."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
