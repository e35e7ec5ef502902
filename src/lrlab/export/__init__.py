"""A schedule as code for other libraries, or for lrlab's own scheduler: text to paste.

A schedule's lines for other libraries need nothing of lrlab, a rule's do.

Every schedule can be written: without a formula here, as a table of its values.
"""

from ._average_lines import average_lines as average_lines
from ._scheduler import scheduler_lines as scheduler_lines
from ._torch import torch_lines as torch_lines

__all__ = ["average_lines", "scheduler_lines", "torch_lines"]
