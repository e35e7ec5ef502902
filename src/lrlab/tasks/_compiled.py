"""The work of `_prepare.py` in compiled code, where there is some: the same bits, several times as fast."""

import ctypes
from functools import cache

import torch
from torch import Tensor

from ..native import library, missing
from ._augment import Augment

TYPES = (torch.float32, torch.float64)
NOTHING = Augment()


class _Work(ctypes.Structure):
    """As `Work` in native/lanes/images.cpp."""

    _fields_ = [(name, ctypes.c_int32) for name in ("images", "channels", "height", "width", "crop", "flip", "cutout")]


def prepare_compiled(
    images_B: Tensor, augment: Augment | None, table: Tensor, draws_5B: Tensor | None
) -> Tensor | None:
    """Images (B, C, H, W) cropped, mirrored, looked up in the table (C, 256) and cut out; None where it cannot.

    augment: what to do with the draws; None in evaluation. draws_5B: what `draw` gave.
    It cannot where nothing is compiled, and for tensors that are not on a processor or of other types.
    """
    fits = images_B.dtype == torch.uint8 and images_B.device.type == "cpu" and table.dtype in TYPES
    if not fits or not _is_compiled():
        return None
    how = augment or NOTHING
    images_B, table = images_B.contiguous(), table.contiguous()
    draws_5B = None if draws_5B is None else draws_5B.contiguous()
    prepared = torch.empty(images_B.shape, dtype=table.dtype)
    work = _Work(*images_B.shape, how.crop, int(how.flip), how.cutout)
    library().lanes_prepare(
        ctypes.byref(work),
        ctypes.c_void_p(images_B.data_ptr()),
        ctypes.c_void_p(table.data_ptr()),
        ctypes.c_void_p(None if draws_5B is None else draws_5B.data_ptr()),
        int(table.dtype == torch.float64),
        ctypes.c_void_p(prepared.data_ptr()),
    )
    return prepared


@cache
def _is_compiled() -> bool:
    return missing() is None
