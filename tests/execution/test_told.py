"""What a job says from inside a call, where it cannot yield."""

from lrlab.execution import Inline, Processes, teller
from lrlab.spec import Begun, Ended, EpochMeasured, Job


def tell_from_inside(job, attempt):
    said = {"job": job.name, "attempt": attempt}
    yield Begun(**said)
    for number in (1, 2):
        teller()(EpochMeasured(**said, number=number, share=number / 2, epochs={}))
    yield Ended(**said)


class Telling(Job):
    entry = "test_told:tell_from_inside"


def test_what_is_told_comes_between_begin_and_end(monkeypatch):
    monkeypatch.syspath_prepend(str(__file__).rpartition("/")[0])
    for executor in (Inline(), Processes(1)):
        events = list(executor.run([Telling(name="a")]))
        executor.close()
        assert [type(event) for event in events] == [Begun, EpochMeasured, EpochMeasured, Ended]
        assert [event.number for event in events[1:3]] == [1, 2]


def test_outside_a_job_nothing_is_told():
    assert teller()(Begun(job="a")) is None
