"""The compiled part of lrlab, where there is one. Everything works without it; with it small networks train faster."""

from ._library import isa as isa
from ._library import isas as isas
from ._library import library as library
from ._library import library_file as library_file
from ._library import missing as missing

__all__ = ["isa", "isas", "library", "library_file", "missing"]
