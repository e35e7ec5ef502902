"""What every executor promises. Inherit, provide `executor`, and each promise is checked against your backend."""

import os
import signal
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..errors import LabWarning
from ..execution import Executor

HERE = "lrlab.testing.execution"


def double(payload: dict[str, Any]) -> dict[str, Any]:
    """Twice the number."""
    return {"value": 2 * payload["value"]}


def say(payload: dict[str, Any]) -> dict[str, Any]:
    """Print a text."""
    print(payload["text"], flush=True)
    return {}


def fail_on_three(payload: dict[str, Any]) -> dict[str, Any]:
    """The number, unless it is three."""
    if payload["value"] == 3:
        raise ValueError("three is refused")
    return payload


def warn(payload: dict[str, Any]) -> dict[str, Any]:
    """Warn of the number, as what a run got over and as others do; answer with it."""
    warnings.warn(f"number {payload['value']} was hard", LabWarning, stacklevel=2)
    with warnings.catch_warnings(action="ignore"):
        warnings.warn("of no interest", UserWarning, stacklevel=2)
    return payload


def where(payload: dict[str, Any]) -> dict[str, Any]:
    """The number of this process, after a moment."""
    time.sleep(payload.get("seconds", 0))
    return {"process": os.getpid()}


def die_once(payload: dict[str, Any]) -> dict[str, Any]:
    """Kill this process the first time, answer the second."""
    mark = Path(payload["mark"])
    if payload["value"] == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return payload


def freeze(payload: dict[str, Any]) -> dict[str, Any]:
    """Stop this process where that is asked for; it goes on when another tells it to."""
    if payload["stop"]:
        os.kill(os.getpid(), signal.SIGSTOP)
    return payload


def die(payload: dict[str, Any]) -> dict[str, Any]:
    """Kill this process where the number is one."""
    if payload["value"] == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return payload


class ExecutorContract:
    """The promises of an executor."""

    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        """An executor, closed afterwards."""
        raise NotImplementedError

    def test_every_call_ends_once(self, executor: Executor) -> None:
        """Each payload has one end, with its result."""
        ends = list(executor.run(f"{HERE}:double", [{"value": value} for value in range(7)]))
        assert sorted(end.position for end in ends) == list(range(7))
        assert all(end.result == {"value": 2 * end.position} and end.failure is None for end in ends)

    def test_a_failing_call_takes_nothing_with_it(self, executor: Executor) -> None:
        """An exception is one call's failure, with the line for people and the traceback."""
        ends = {end.position: end for end in executor.run(f"{HERE}:fail_on_three", [{"value": v} for v in range(5)])}
        failure = ends[3].failure
        assert failure is not None
        assert failure.message == "ValueError: three is refused"
        assert "fail_on_three" in failure.traceback
        assert [ends[index].result for index in (0, 1, 2, 4)] == [{"value": value} for value in (0, 1, 2, 4)]

    def test_a_call_may_warn(self, executor: Executor) -> None:
        """What a call warns of is warned of here; it goes on and ends as any other."""
        with pytest.warns(LabWarning) as told:
            ends = list(executor.run(f"{HERE}:warn", [{"value": value} for value in range(3)]))
        assert {str(one.message) for one in told} == {f"number {value} was hard" for value in range(3)}
        assert sorted(end.result["value"] for end in ends if end.result is not None) == [0, 1, 2]

    def test_no_calls_no_ends(self, executor: Executor) -> None:
        """An empty list is answered at once."""
        assert list(executor.run(f"{HERE}:double", [])) == []

    def test_it_can_be_used_again(self, executor: Executor) -> None:
        """A run that was left in the middle does not answer the next one."""
        for _ in executor.run(f"{HERE}:double", [{"value": value} for value in range(4)]):
            break
        ends = list(executor.run(f"{HERE}:double", [{"value": 5}]))
        assert [end.result for end in ends] == [{"value": 10}]
