"""Who listens to runs in tests."""

from lrlab.spec import Event, PhaseBegun, SetApart, StudyCut, TrialsStored


class Watching:
    """Notes what it is told, and can stop the run as Ctrl-C does.

    stop_after: trials. may_fail: whether stacks may be set apart; else that is an AssertionError.
    """

    def __init__(self, stop_after: int | None = None, may_fail: bool = False) -> None:
        self.stop_after, self.may_fail = stop_after, may_fail
        self.trials = 0
        self.batches: list[tuple[str, int, int]] = []
        self.apart: list[tuple[int, str]] = []
        self.cuts: list[tuple[str, int]] = []
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Note an event; batches are (phase, trials, missing)."""
        self.events.append(event)
        if isinstance(event, PhaseBegun):
            self.batches.append((event.phase, event.trials, event.missing))
        elif isinstance(event, StudyCut):
            self.cuts.append((event.text, event.trials))
        elif isinstance(event, SetApart):
            if not self.may_fail:
                raise AssertionError(f"{event.trials} trials were set apart: {event.reason}")
            self.apart.append((event.trials, event.reason))
        elif isinstance(event, TrialsStored):
            self.trials += len(event.records)
            if self.stop_after is not None and self.trials >= self.stop_after:
                raise KeyboardInterrupt
