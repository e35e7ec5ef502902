"""The lane engine: a trial is a lane of a vector register. Its kernels are in `native/lanes`."""

from ._backend import LaneBackend as LaneBackend

__all__ = ["LaneBackend"]
