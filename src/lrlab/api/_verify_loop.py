"""`verify` of a training loop of the user's own: a few short trials of it, looked at."""

from contextlib import closing

from ..execution import Processes
from ..lab import PRELOAD, LoopCheck, OpenedTask, check_loop, run_loop_trials, seen_devices
from ._durations import timeout_of

LONGEST = 600.0  # seconds of a trial, unless the user says otherwise


def longest_trial(trial_timeout: str | float | None) -> float:
    """The seconds that a trial may take, and opening the loop. Raises StudyError."""
    return LONGEST if trial_timeout is None else timeout_of(trial_timeout)


def verify_loop(task: OpenedTask, updates: int | None, timeout: float, device: str) -> list[LoopCheck]:
    """Run short trials of a loop in a process of their own, and check what they did. Raises StudyError."""
    with closing(Processes(1, PRELOAD, seen_devices(device))) as executor:  # one worker
        return check_loop(run_loop_trials(task, executor, updates, timeout, device))
