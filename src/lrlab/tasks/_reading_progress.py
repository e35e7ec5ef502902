"""Reading takes time: it is said how far it is, at 2, 4, 8 seconds and so on."""

import sys
from collections.abc import Callable
from multiprocessing import parent_process
from time import perf_counter

FIRST_TOLD = 2.0  # seconds after which it is said first


class ReadingProgress:
    """Tells on standard error how far something is, each time after twice as long; nothing in workers."""

    def __init__(self) -> None:
        self.started, self.told_at = perf_counter(), FIRST_TOLD

    def tell(self, words: Callable[[float], str]) -> None:
        """Print what is said of so many seconds, where it is time for that."""
        seconds = perf_counter() - self.started
        if seconds < self.told_at:
            return
        self.told_at = 2 * max(seconds, 1.0)
        if parent_process() is None:
            print(words(seconds), file=sys.stderr, flush=True)
