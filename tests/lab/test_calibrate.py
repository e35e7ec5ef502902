"""Which setup is chosen, for paces that are given; and one calibration that is real."""

import pytest

from lrlab import engine, lab
from lrlab.errors import RunError
from lrlab.lab._calibrate import calibrate
from lrlab.spec import Failed
from lrlab.store import Store
from support.pace import MEMORY, MISSING, NOT_COMPILED, Pretended, Slow, faster_until, in_lanes, job
from support.tasks import BLOBS_FILE, study
from support.workshops import workshop


@pytest.mark.parametrize(("best", "chosen"), [(4, 4), (8, 8), (16, 16), (100, 32)])
def test_stacks_grow_while_that_gains(best, chosen):
    setup = calibrate(job(), Pretended(faster_until(best)), "auto")
    assert (setup.layout, setup.size, setup.processes, setup.threads) == ("grouped", chosen, 2, 1)
    assert setup.ratio == pytest.approx(min(best, chosen))


def test_what_loses_is_run_one_by_one():
    setup = calibrate(job(), Pretended(lambda layout, size, threads: 0.01 * (1 if layout == "loop" else 1.2)), "auto")
    assert (setup.layout, setup.size, setup.ratio) == ("loop", 1, 1.0)


@pytest.mark.parametrize(("later", "chosen"), [(0.008, "loop"), (0.0099, "grouped")])
def test_a_stack_that_gains_little_is_compared_once_more(later, chosen):
    """The machine was busy when one by one was measured first."""
    first = iter([0.01] * 2)  # a warm-up and a measurement

    def table(layout, size, threads):
        return next(first, later) if layout == "loop" else 0.009 * (1 + (layout != "grouped"))

    executor = Pretended(table)
    executor.slots = 1
    setup = calibrate(job(), executor, "auto")
    assert (setup.layout, setup.size) == (chosen, 1 if chosen == "loop" else 4)
    assert setup.update == (later if chosen == "loop" else 0.009)


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
    assert (setup.layout, setup.why) == ("vmap", f"{NOT_COMPILED}; no")


def test_a_little_work_is_not_worth_a_search():
    executor = Pretended(faster_until(16))
    assert calibrate(job(total=4, updates=10), executor, "auto").layout == "loop"
    assert {layout for layout, _, _ in executor.asked} == {"loop"}


def test_a_candidate_that_costs_more_than_it_can_bring_is_not_measured(monkeypatch):
    """A measurement takes 2 s, and the work 12 s in stacks of four, 6 s in those of eight."""
    executor = Slow(faster_until(16), 2, monkeypatch)
    setup = calibrate(job(total=30, updates=320), executor, "auto")
    assert (setup.layout, setup.size, setup.enough_for) == ("grouped", 8, 9600)
    assert executor.sizes("grouped") == [4, 8]
    assert executor.sizes("channels_last") == []
    assert calibrate(job(total=300, updates=320), executor, "auto").enough_for is None


def test_a_budget_of_seconds_is_the_work_there_is(monkeypatch):
    executor = Slow(faster_until(16), 2, monkeypatch)
    assert calibrate(job()._replace(seconds=9), executor, "auto").layout == "loop"
    assert calibrate(job()._replace(seconds=11), executor, "auto").size == 16


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
    failed = Failed(job="any", message="ValueError: no", traceback="Traceback: here")
    with pytest.raises(RunError, match=r"the task cannot be trained: ValueError: no(?s:.)*here"):
        calibrate(
            job(),
            Pretended(lambda *_: failed),
            "auto",
        )


def test_lanes_are_taken_where_they_are_the_fastest():
    executor = Pretended(faster_until(4), lanes=in_lanes)
    setup = calibrate(job(), executor, "auto")
    assert (setup.layout, setup.size, setup.processes, setup.why) == ("lanes", 8, 2, "")
    assert (setup.update, setup.ratio) == (0.001, pytest.approx(10))
    assert executor.sizes("lanes") == [8, 16, 32]
    order = list(dict.fromkeys(layout for layout, _, _ in executor.asked))
    assert order.index("lanes") < order.index("grouped")


@pytest.mark.parametrize(("lane", "measured"), [(0.001, [4, 8, 16, 32]), (0.0008, [4])])
def test_stacks_that_lanes_beat_by_far_grow_no_further(lane, measured):
    table = lambda layout, size, threads: 0.01 if size == 1 or threads > 1 else 0.0025  # noqa: E731
    executor = Pretended(table, lanes=lambda size, threads: lane)
    assert calibrate(job(), executor, "auto").layout == "lanes"
    assert executor.sizes("grouped") == measured


def test_slow_lanes_lose():
    setup = calibrate(job(), Pretended(faster_until(16), lanes=lambda size, threads: 0.02), "auto")
    assert (setup.layout, setup.size, setup.why) == ("grouped", 16, "")


@pytest.mark.parametrize(("total", "sizes"), [(1, [1]), (10, [5]), (24, [8, 12]), (200, [8, 16, 32])])
def test_lanes_are_as_many_as_there_are_trials_for(total, sizes):
    executor = Pretended(faster_until(4), lanes=in_lanes)
    setup = calibrate(job(total=total), executor, "lanes")
    assert (executor.sizes("lanes"), setup.layout, setup.size) == (sizes, "lanes", min(sizes[0], 8))
    assert executor.sizes("grouped") == executor.sizes("channels_last") == []


def test_a_little_work_is_laid_into_lanes_where_asked_for():
    executor = Pretended(faster_until(4), lanes=in_lanes)
    assert calibrate(job(total=4, updates=10), executor, "lanes").layout == "lanes"


def test_what_lanes_do_not_know_is_stacked_and_says_why():
    executor = Pretended(faster_until(4), lanes=lambda size, threads: "LSTM is no layer of lanes")
    for asked in ("auto", "lanes"):
        setup = calibrate(job(), executor, asked)
        assert (setup.layout, setup.why) == ("grouped", "not in lanes: LSTM is no layer of lanes")


def test_stacks_alone_are_asked_for_without_lanes():
    executor = Pretended(faster_until(4), lanes=in_lanes)
    assert calibrate(job(), executor, "stacked").layout == "grouped"
    assert executor.sizes("lanes") == []


def test_what_is_not_compiled_is_told_at_length_only_where_it_was_asked_for():
    executor = Pretended(faster_until(4))
    assert calibrate(job(), executor, "auto").why == NOT_COMPILED
    setup = calibrate(job(), executor, "lanes")
    assert (setup.layout, setup.why) == ("grouped", f"not in lanes: {MISSING}")


def test_lanes_that_crash_leave_the_task_to_torch():
    executor = Pretended(
        faster_until(4), lanes=lambda *_: Failed(job="any", message="its process was ended by signal SIGILL")
    )
    setup = calibrate(job(), executor, "auto")
    assert (setup.layout, setup.why) == ("grouped", "not in lanes: its process was ended by signal SIGILL")


def test_lanes_that_fail_with_threads_stay_at_one():
    def lanes(size, threads):
        return in_lanes(size, 1) if threads == 1 else "no threads"

    setup = calibrate(job(), Pretended(faster_until(4), lanes=lanes), "auto")
    assert (setup.layout, setup.processes, setup.threads) == ("lanes", 2, 1)


@pytest.mark.parametrize(("lane_bytes", "sizes", "why"), [(10, [8, 16, 32], ""), (20, [8, 16], ""), (60, [8], MEMORY)])
def test_lanes_are_cut_to_the_memory_they_say_they_take(lane_bytes, sizes, why):
    """Room for 34, 17 and 5 trials in each process."""
    room = Pretended(faster_until(4), trial_bytes=20, lane_bytes=lane_bytes, free_bytes=1120, lanes=in_lanes)
    setup = calibrate(job(), room, "lanes")
    assert (room.sizes("lanes"), setup.why) == (sizes, why)
    assert setup.layout == ("grouped" if why else "lanes")


def test_no_lanes_are_tried_where_a_vector_of_them_may_not_fit():
    room = Pretended(faster_until(100), trial_bytes=10_000_000, free_bytes=16_000_000, lanes=in_lanes)
    assert calibrate(job(), room, "auto").why == MEMORY
    assert room.sizes("lanes") == []


def test_a_real_calibration_is_remembered(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    prepared = lab.prepare(study("t"), lab.open_task(f"{tmp_path / 'mine.py'}:task"))
    with Store(tmp_path / "s.db", write=True) as store:
        setup = lab.setup_of(prepared, workshop(store, engine="stacked"))
        assert setup.layout == "grouped"
        assert setup.size in (4, 8)  # whichever was faster
        assert 0 < setup.update < 1
        assert 0 < setup.look < 1
        assert setup.ratio > 0
        longer = prepared._replace(study=prepared.study.model_copy(update={"budget": "9 epochs"}))
        nobody = Pretended(lambda *_: Failed(job="any", message="asked again"))
        nobody.slots = 1
        assert lab.setup_of(longer, workshop(store, nobody, engine="stacked")) == setup


def test_lanes_that_were_compiled_since_are_measured(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    prepared = lab.prepare(study("t"), lab.open_task(f"{tmp_path / 'mine.py'}:task"))
    with Store(tmp_path / "s.db", write=True) as store:
        for compiled, table in ((False, None), (True, in_lanes)):
            monkeypatch.setattr(engine, "is_available", lambda layout, compiled=compiled: compiled)
            shop = workshop(store, Pretended(faster_until(4), lanes=table), engine="lanes")
            found = [lab.setup_of(prepared, shop) for _ in range(2)]
            assert found[0] == found[1]
            assert found[0].layout == ("lanes" if compiled else "grouped")


def test_what_was_cut_short_is_looked_at_again_for_a_longer_study(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    prepared = lab.prepare(study("t"), lab.open_task(f"{tmp_path / 'mine.py'}:task"))
    longer = lab.prepare(prepared.study.model_copy(update={"budget": "900 epochs"}), prepared.task)
    with Store(tmp_path / "s.db", write=True) as store:
        short, again, long = (
            lab.setup_of(one, workshop(store, Pretended(faster_until(4)))) for one in (prepared, prepared, longer)
        )
        assert short == again
        assert (short.layout, long.layout, long.enough_for) == ("loop", "grouped", None)
        assert lab.setup_of(prepared, workshop(store, Pretended(faster_until(4)))) == long
