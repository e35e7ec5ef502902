"""Tasks that are built in, other than those of images by folder: names and options; each is made when it is got."""

from ._catalogue import BUILT_IN as BUILT_IN
from ._catalogue import is_built_in as is_built_in
from ._catalogue import lines as lines
from ._catalogue import make as make
from ._catalogue import parse as parse
from ._catalogue import suggested_by as suggested_by
from ._names import NamedTask as NamedTask

__all__ = ["BUILT_IN", "NamedTask", "is_built_in", "lines", "make", "parse", "suggested_by"]
