"""Which setup is chosen, for paces that are given; and one calibration that is real."""

import pytest

from lrlab import lab
from lrlab.errors import RunError
from lrlab.execution import Done, Failure, Inline
from lrlab.lab._calibrate import Job, calibrate
from lrlab.store import Store
from lrlab.testing.tasks import BLOBS_FILE, blobs, study, trial

GIGABYTE = 1 << 30


class Pretended:
    """An executor that answers a measurement by a table: seconds of one update per trial, by layout, size, threads."""

    slots = 2

    def __init__(self, table, trial_bytes=1000, free_bytes=GIGABYTE):
        self.table, self.bytes, self.asked = table, (trial_bytes, free_bytes), []

    def run(self, function, payloads):
        for position, payload in enumerate(payloads):
            key = (payload["layout"], len(payload["trials"]), payload["threads"])
            self.asked.append(key)
            answer = self.table(*key)
            if isinstance(answer, Failure):
                yield Done(position, None, answer)
                continue
            unstackable = isinstance(answer, str)
            result = {"unstackable": answer} if unstackable else {"update": answer, "look": 0.1}
            yield Done(position, result | dict(zip(("trial_bytes", "free_bytes"), self.bytes, strict=True)), None)

    def close(self):
        pass


def job(total=64, updates=10_000):
    task = blobs()
    sample = [trial(task, seed=seed) for seed in range(40)]
    return Job(sample, total, updates, "somewhere")


def faster_until(best):
    """A stack gains until it has `best` trials."""

    def table(layout, size, threads):
        if threads > 1 or size == 1:
            return 0.01
        return 0.01 / min(size, best) + 0.001 * max(0, size / best - 1)

    return table


@pytest.mark.parametrize(("best", "chosen"), [(4, 4), (8, 8), (16, 16), (100, 32)])
def test_stacks_grow_while_that_gains(best, chosen):
    setup = calibrate(job(), Pretended(faster_until(best)), "auto")
    assert (setup.layout, setup.size, setup.processes, setup.threads) == ("grouped", chosen, 2, 1)
    assert setup.ratio == pytest.approx(min(best, chosen))


def test_what_loses_is_run_one_by_one():
    setup = calibrate(job(), Pretended(lambda layout, size, threads: 0.01 * (1 if layout == "loop" else 1.2)), "auto")
    assert (setup.layout, setup.size, setup.ratio) == ("loop", 1, 1.0)


def test_images_lie_channels_last_where_that_is_faster():
    def table(layout, size, threads):
        return {"channels_last": 0.008}.get(layout, 0.01)

    setup = calibrate(job(), Pretended(table), "auto")
    assert (setup.layout, setup.size, setup.ratio) == ("channels_last", 1, 1.25)


def test_asked_for_it_is_stacked_all_the_same():
    slow = Pretended(lambda layout, size, threads: 0.01 * (1 if layout == "loop" else 1.2))
    assert calibrate(job(), slow, "stacked").layout == "grouped"


def test_what_no_layout_holds_runs_one_by_one_and_says_why():
    def table(layout, size, threads):
        return 0.01 if size == 1 else f"{layout} cannot hold attention"

    setup = calibrate(job(), Pretended(table), "stacked")
    assert (setup.layout, setup.size) == ("loop", 1)
    assert setup.why == "grouped cannot hold attention"


def test_what_not_even_a_loop_holds_is_left_to_the_plain_loop():
    setup = calibrate(job(), Pretended(lambda layout, size, threads: "a buffer changes its shape"), "auto")
    assert (setup.layout, setup.processes, setup.update) == ("reference", 2, None)
    assert setup.why == "a buffer changes its shape"


def test_what_only_vmap_holds_is_stacked_by_vmap():
    def table(layout, size, threads):
        return "no" if layout == "grouped" else 0.01 / (size if layout == "vmap" else 1)

    setup = calibrate(job(), Pretended(table), "auto")
    assert (setup.layout, setup.why) == ("vmap", "no")


def test_a_little_work_is_not_worth_a_search():
    executor = Pretended(faster_until(16))
    assert calibrate(job(total=4, updates=10), executor, "auto").layout == "loop"
    assert {layout for layout, _, _ in executor.asked} == {"loop"}


def test_the_plain_loop_is_taken_where_asked_for():
    assert calibrate(job(), Pretended(faster_until(16)), "reference").layout == "reference"


def test_a_stack_is_cut_to_the_memory_there_is():
    room = Pretended(faster_until(100), trial_bytes=10_000_000, free_bytes=2 * 6 * 13_000_000 / 0.8)
    setup = calibrate(job(), room, "auto")
    assert setup.size == 6
    assert max(size for _, size, _ in room.asked) == 6


def test_processes_are_cut_to_the_memory_there_is():
    room = Pretended(faster_until(100), trial_bytes=10_000_000, free_bytes=16_000_000)
    setup = calibrate(job(), room, "auto")
    assert (setup.processes, setup.size) == (1, 1)


def test_few_trials_are_shared_by_the_processes():
    executor = Pretended(faster_until(100))
    assert calibrate(job(total=10), executor, "auto").size == 5


def test_one_process_of_two_threads_where_that_is_faster():
    def table(layout, size, threads):
        return {"loop": 1.0, "channels_last": 1.0, "grouped": 0.9}[layout] / (3 if threads == 2 else 1)

    setup = calibrate(job(), Pretended(table), "auto")
    assert (setup.processes, setup.threads) == (1, 2)


def test_a_task_that_cannot_be_trained_says_so():
    with pytest.raises(RunError, match=r"the task cannot be trained: ValueError: no(?s:.)*here"):
        calibrate(job(), Pretended(lambda *_: Failure("ValueError: no", "Traceback: here")), "auto")


def test_a_real_calibration_is_remembered(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    prepared = lab.prepare(study("t"), lab.open_task(f"{tmp_path / 'mine.py'}:task"))
    with Store(tmp_path / "s.db", write=True) as store:
        setup = lab.setup_of(prepared, store, Inline(), "stacked")
        assert setup.layout == "grouped"
        assert setup.size == 8
        assert 0 < setup.update < 1
        assert 0 < setup.look < 1
        assert setup.ratio > 0
        longer = prepared._replace(study=prepared.study.model_copy(update={"budget": "9 epochs"}))
        nobody = Pretended(lambda *_: Failure("asked again", ""))
        nobody.slots = 1
        assert lab.setup_of(longer, store, nobody, "stacked") == setup
