"""Verifying: is a stack what the plain loop is, and does a loop of the user's own do what it is asked?"""

from ._loop_trials import run_loop_trials as run_loop_trials
from ._verify import Verified as Verified
from ._verify import verify_task as verify_task
from ._verify_loop import LoopCheck as LoopCheck
from ._verify_loop import check_loop as check_loop

__all__ = ["LoopCheck", "Verified", "check_loop", "run_loop_trials", "verify_task"]
