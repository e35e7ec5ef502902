"""What every executor promises: inherit `ExecutorContract`, provide `executor`, and each promise is a test.

    class TestMine(ExecutorContract):
        @pytest.fixture
        def executor(self):
            executor = Mine()
            yield executor
            executor.close()

The promises: the events of a job come as they happen, each with the job's name and the number of the attempt; the last
one is `Ended`, `Failed` or `Paused`, and there is exactly one of them, whatever the job does. What a job raises is its
failure and nobody else's; a `LabWarning` is a `Warned`. Names in one run are unique. After `limit.until` no job begins.
One that takes longer than its `timeout` is ended and fails, and is not begun again; the others go on.
A run that is left in the middle does not answer the next one. Where jobs run in processes of their own, one that dies
costs an attempt: its job is begun once more, and fails if it dies again. Workers import this module by its name.
"""

import os
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..errors import LabWarning, RunError
from ..execution import Executor, Limit
from ..spec import Begun, Checkpointed, Ended, Failed, Job, JobEvent, Paused, Timing, Warned

PATIENCE = 300.0  # seconds that a job waits for a file
MEGABYTES = 4


class PlaySteps(Job):
    """Do some steps, one after the other; each is a word and what it is done with.

    ("tell", share): a `Checkpointed`. ("wait", file): until it is there. ("sleep", seconds). ("print", text).
    ("raise", text): a ValueError. ("warn", text): a LabWarning, and another. ("die", n): end the process with exit code
    7 in the first n attempts. ("hang",): catch whatever is raised, and go on for ever. ("pause",), ("end", text),
    ("process",): the end, which has the text, or the number of the process, where `text_of` finds it.
    """

    entry: ClassVar[str] = "lrlab.testing.execution:play_steps"

    steps: tuple[tuple[Any, ...], ...]


def play_steps(job: PlaySteps, attempt: int) -> Iterator[JobEvent]:
    """The events of the steps."""
    bearer: dict[str, Any] = {"job": job.name, "attempt": attempt}
    yield Begun(**bearer)
    for word, *with_what in job.steps:
        if word == "tell":
            yield Checkpointed(**bearer, share=with_what[0])
        elif word == "pause":
            yield Paused(**bearer)
        elif word == "hang":
            _hang()
        elif word in ("end", "process"):
            text = with_what[0] if with_what else str(os.getpid())
            yield Ended(**bearer, timing=Timing(refused=text))
        else:
            _do_step(word, with_what[0], attempt)


def _do_step(word: str, with_what: Any, attempt: int) -> None:
    if word == "wait":
        _wait_for_file(Path(with_what))
    elif word == "sleep":
        time.sleep(with_what)
    elif word == "print":
        print(with_what, flush=True)
    elif word == "raise":
        raise ValueError(with_what)
    elif word == "warn":
        warnings.warn(with_what, LabWarning, stacklevel=2)
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            warnings.warn("of no interest", DeprecationWarning, stacklevel=2)
    elif word == "die" and attempt <= with_what:
        os._exit(7)


def _hang() -> None:
    while True:
        with suppress(Exception):  # as a loop that tries again whatever fails
            time.sleep(0.01)


def _wait_for_file(file: Path) -> None:
    stop = time.monotonic() + PATIENCE
    while not file.exists():
        if time.monotonic() > stop:
            raise TimeoutError(f"{file} did not come")
        time.sleep(0.01)


def play(name: str, *steps: tuple[Any, ...]) -> PlaySteps:
    """A job of these steps; one step that is its end unless some are given."""
    return PlaySteps(name=name, steps=steps or (("end", name),))


def text_of(event: JobEvent) -> str:
    """What the end of a job says."""
    assert isinstance(event, Ended), event
    assert event.timing is not None
    return event.timing.refused


def ends_of(events: Sequence[JobEvent] | Iterator[JobEvent]) -> dict[str, Ended | Failed | Paused]:
    """The end of each job by its name; an AssertionError where one has two, or says something after it."""
    ends: dict[str, Ended | Failed | Paused] = {}
    for event in events:
        assert event.job not in ends, f"{event} came after {ends[event.job]}"
        if isinstance(event, Ended | Failed | Paused):
            ends[event.job] = event
    return ends


class ExecutorContract:
    """The promises of an executor.

    own_processes: whether jobs run in processes of their own, so that one that dies is begun once more.
    """

    own_processes: ClassVar[bool] = True

    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        """An executor, closed afterwards."""
        raise NotImplementedError

    def test_every_job_ends_once(self, executor: Executor) -> None:
        """Each job has one end, with its result."""
        names = [f"job {number}" for number in range(7)]
        ends = ends_of(executor.run([play(name) for name in names]))
        assert {name: text_of(end) for name, end in ends.items()} == {name: name for name in names}

    def test_events_bear_the_job_and_the_attempt(self, executor: Executor) -> None:
        """Events of one job come in order."""
        jobs = [play(name, ("tell", 0.25), ("tell", 0.5), ("end", "")) for name in "ab"]
        events = list(executor.run(jobs))
        for name in "ab":
            own = [event for event in events if event.job == name]
            assert [type(event) for event in own] == [Begun, Checkpointed, Checkpointed, Ended]
            assert [event.share for event in own if isinstance(event, Checkpointed)] == [0.25, 0.5]
            assert {event.attempt for event in own} == {1}
        assert len(events) == 8

    def test_events_come_as_they_happen(self, executor: Executor, tmp_path: Path) -> None:
        """An event is here while its job still waits for what is done after it."""
        go_on = tmp_path / "go on"
        seen: list[type[JobEvent]] = []
        for event in executor.run([play("a", ("tell", 0.5), ("wait", str(go_on)), ("end", ""))]):
            seen.append(type(event))
            if isinstance(event, Checkpointed):
                go_on.touch()
        assert seen == [Begun, Checkpointed, Ended]

    def test_a_failing_job_takes_nothing_with_it(self, executor: Executor) -> None:
        """An exception is one job's failure, with the line for people and the traceback."""
        ends = ends_of(executor.run([play("a"), play("b", ("raise", "b is refused")), play("c")]))
        failure = ends["b"]
        assert isinstance(failure, Failed)
        assert failure.message == "ValueError: b is refused"
        assert not failure.died
        assert "play_steps" in failure.traceback
        assert (text_of(ends["a"]), text_of(ends["c"])) == ("a", "c")

    def test_a_job_may_warn(self, executor: Executor) -> None:
        """A LabWarning is an event, each time, before those that follow it, and no warning here; the job goes on."""
        steps = [("warn", "that was hard"), ("tell", 0.5), ("warn", "that was hard"), ("end", "")]
        with warnings.catch_warnings(action="error"):
            events = list(executor.run([play(name, *steps) for name in "ab"]))
        for name in "ab":
            own = [event for event in events if event.job == name]
            assert [type(event) for event in own] == [Begun, Warned, Checkpointed, Warned, Ended]
            assert {event.text for event in own if isinstance(event, Warned)} == {"that was hard"}

    def test_a_job_may_pause(self, executor: Executor) -> None:
        """It is over then."""
        ends = ends_of(executor.run([play("a", ("pause",)), play("b")]))
        assert isinstance(ends["a"], Paused)
        assert text_of(ends["b"]) == "b"

    def test_no_job_begins_when_time_is_up(self, executor: Executor) -> None:
        """Except for the first in each slot."""
        names = [f"job {number}" for number in range(executor.slots + 3)]
        events = list(executor.run([play(name) for name in names], Limit(time.monotonic() - 1, 600.0)))
        paused = [name for name, end in ends_of(events).items() if isinstance(end, Paused)]
        assert sorted(paused) == sorted(names[executor.slots :])
        assert {event.job for event in events if isinstance(event, Begun)} == set(names[: executor.slots])

    def test_a_job_that_takes_too_long_is_ended(self, executor: Executor) -> None:
        """It fails, in words, whatever it catches; it is not begun again, and the others go on."""
        late = [play(name, ("tell", 0.5), ("hang",)).model_copy(update={"timeout": 2.0}) for name in "bc"]
        in_time = play("d", ("sleep", 0.1), ("end", "d")).model_copy(update={"timeout": PATIENCE})
        events = list(executor.run([play("a"), *late, in_time, play("e")]))
        ends = ends_of(events)
        for name in "bc":
            failure = ends[name]
            assert isinstance(failure, Failed)
            assert "took longer than 2 s and was ended; give it longer with --trial-timeout" in failure.message
            assert (failure.timed_out, failure.died, failure.attempt) == (True, False, 1)
            assert [type(event) for event in events if event.job == name] == [Begun, Checkpointed, Failed]
        assert [text_of(ends[name]) for name in "ade"] == ["a", "d", "e"]

    def test_the_time_of_a_job_is_its_own(self, executor: Executor) -> None:
        """However long whoever takes its events needs for them, and however many jobs came before it."""
        jobs = [play(name, *[("tell", 0.5)] * 3, ("end", name)).model_copy(update={"timeout": 2.0}) for name in "abc"]
        events: list[JobEvent] = []
        for event in executor.run(jobs):
            events.append(event)
            time.sleep(0.5)
        ends = ends_of(events)
        assert [text_of(ends[name]) for name in "abc"] == list("abc")
        assert len(events) == 15

    def test_a_job_that_tells_no_end_fails(self, executor: Executor) -> None:
        """In words for whoever wrote its entry."""
        failure = ends_of(executor.run([play("a", ("tell", 0.5))]))["a"]
        assert isinstance(failure, Failed)
        assert "yielded no end; let the last event be Ended or Paused" in failure.message

    def test_an_end_of_several_megabytes(self, executor: Executor) -> None:
        """Comes whole, beside others."""
        texts = {name: name * (MEGABYTES << 20) for name in "abc"}
        ends = ends_of(executor.run([play(name, ("end", text)) for name, text in texts.items()]))
        assert all(text_of(ends[name]) == text for name, text in texts.items())

    def test_names_are_unique(self, executor: Executor) -> None:
        """Else no event could say whose it is."""
        with pytest.raises(RunError, match="2 jobs of one run are named 'b'; give each a name of its own"):
            list(executor.run([play("a"), play("b"), play("b")]))

    def test_no_jobs_no_events(self, executor: Executor) -> None:
        """An empty list is answered at once."""
        assert list(executor.run([])) == []

    def test_a_run_left_in_the_middle(self, executor: Executor) -> None:
        """Does not answer the next one, whether it is closed or kept."""
        closed = iter(executor.run([play(name) for name in "abcd"]))
        next(closed)
        del closed
        kept = iter(executor.run([play(name) for name in "efgh"]))
        next(kept)
        events = list(executor.run([play("i")]))
        assert [type(event) for event in events] == [Begun, Ended]
        assert text_of(events[-1]) == "i"

    def test_a_process_that_dies_costs_an_attempt(self, executor: Executor) -> None:
        """The job is begun once more; where it dies again, it fails alone."""
        if not self.own_processes:
            pytest.skip("jobs run in the process of the driver here")
        jobs = [play("a", ("die", 1), ("end", "a")), play("b", ("die", 2), ("end", "b")), play("c")]
        events = list(executor.run(jobs))
        ends = ends_of(events)
        assert (text_of(ends["a"]), ends["a"].attempt) == ("a", 2)
        assert isinstance(ends["b"], Failed)
        assert ends["b"].died
        assert ends["b"].attempt == 2
        assert (text_of(ends["c"]), ends["c"].attempt) == ("c", 1)
        for name in "ab":  # the first Begun may be lost with its process, for it was told by it
            assert [event.attempt for event in events if event.job == name and isinstance(event, Begun)][-1] == 2
