"""What lrlab sets in torch for all that runs in a process, which may be the user's: set, and put back."""

from collections.abc import Generator
from contextlib import contextmanager

import torch


@contextmanager
def torch_settings(threads: int) -> Generator[None, None, None]:
    """Within it torch uses so many threads and, on a graphics card, the fastest kernel for each shape."""
    before = torch.get_num_threads(), torch.backends.cudnn.benchmark
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.backends.cudnn.benchmark = before[1]
