"""Memory that ran out: told by exceptions, and by what the system counts."""

import signal

import pytest
import torch

from lrlab.execution import Processes, _memory_kills, _processes, failure_of
from lrlab.execution._memory_kills import is_out_of_memory, memory_kills
from lrlab.spec import Begun, Failed
from support.jobs import SignalSelf


def allocate_too_much():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 56, dtype=torch.uint8)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        torch.OutOfMemoryError("no"),
        allocate_too_much(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_says_that_memory_ran_out(error):
    assert is_out_of_memory(error)
    assert failure_of(error).memory


@pytest.mark.parametrize("error", [ValueError("out of memory cells"), RuntimeError("no"), OSError(28, "No space left")])
def test_others_do_not(error):
    assert not failure_of(error).memory


@pytest.fixture
def counters(tmp_path, monkeypatch):
    """Files of the system that count, as it writes them: of the container, and of the machine."""
    monkeypatch.setattr(_memory_kills, "CGROUPS", tmp_path)
    monkeypatch.setattr(_memory_kills, "OWN_CGROUP", tmp_path / "own")
    monkeypatch.setattr(_memory_kills, "MACHINE", tmp_path / "vmstat")
    (tmp_path / "own").write_text("1:name=systemd:/\n0::/mine\n")
    (tmp_path / "mine").mkdir()

    def write(container=None, machine=None):
        for file, count in ((tmp_path / "mine" / "memory.events", container), (tmp_path / "vmstat", machine)):
            file.unlink(missing_ok=True)
            if count is not None:
                file.write_text(f"low 0\noom 7\noom_kill {count}\noom_group_kill 0\n")

    return write


def test_the_container_is_asked_first_then_the_machine(counters):
    counters()
    assert memory_kills() is None
    counters(machine=3)
    assert memory_kills() == 3
    counters(container=1, machine=3)
    assert memory_kills() == 1


@pytest.fixture
def one(monkeypatch):
    executor = Processes(1, ["lrlab.testing.execution", "support.jobs"])
    yield executor
    executor.close()


def test_a_worker_that_the_system_ends_for_memory_is_not_begun_again(one, monkeypatch):
    counts = iter(range(100))
    monkeypatch.setattr(_processes, "memory_kills", lambda: next(counts))
    events = list(one.run([SignalSelf(name="a", signal=signal.SIGKILL)]))
    assert [(type(event), event.attempt) for event in events] == [(Begun, 1), (Failed, 1)]
    assert events[-1].died
    assert events[-1].memory
    assert "ended by the system, for memory ran out; use fewer --workers" in events[-1].message


@pytest.mark.parametrize("count", [5, None])
def test_a_kill_by_somebody_is_none_for_memory(one, monkeypatch, count):
    monkeypatch.setattr(_processes, "memory_kills", lambda: count)
    end = list(one.run([SignalSelf(name="a", signal=signal.SIGKILL)]))[-1]
    assert (end.died, end.memory, end.attempt) == (True, False, 2)
