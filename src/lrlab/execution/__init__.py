"""Where calls run. Executors know function names and JSON, nothing of trials or engines."""

from ._base import Done as Done
from ._base import Executor as Executor
from ._base import Failure as Failure
from ._base import Limit as Limit
from ._base import failure_of as failure_of
from ._inline import Inline as Inline
from ._processes import Processes as Processes
from ._processes import usable_cores as usable_cores

__all__ = ["Done", "Executor", "Failure", "Inline", "Limit", "Processes", "failure_of", "usable_cores"]
