"""Trials in stacks: planned, run, planned anew where memory or a worker failed, and what they leave on disk."""

from ._litter import checkpoint as checkpoint
from ._litter import clear_stopped as clear_stopped
from ._litter import folders_of_loops as folders_of_loops
from ._litter import leftovers as leftovers
from ._litter import remove_files as remove_files
from ._litter import tidy as tidy
from ._stack_plans import count_trainings as count_trainings
from ._stack_plans import setup_for as setup_for
from ._stacks import Crew as Crew
from ._stacks import run_missing as run_missing

__all__ = [
    "Crew",
    "checkpoint",
    "clear_stopped",
    "count_trainings",
    "folders_of_loops",
    "leftovers",
    "remove_files",
    "run_missing",
    "setup_for",
    "tidy",
]
