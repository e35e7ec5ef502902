"""A schedule as code for other libraries: text to paste. A schedule's lines need nothing of lrlab, a rule's do.

Every schedule can be written: without a formula here, as a table of its values.
"""

from ._rules import rule_lines as rule_lines
from ._torch import torch_lines as torch_lines

__all__ = ["rule_lines", "torch_lines"]
