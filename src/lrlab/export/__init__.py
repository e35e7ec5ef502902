"""A schedule as code for other libraries: text to paste, which needs nothing of this package."""

from ._torch import torch_lines as torch_lines

__all__ = ["torch_lines"]
