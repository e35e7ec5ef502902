"""A fault at every call with which a run writes, and kills at random moments: a share of what `make torture` does."""

import os
import sqlite3
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from torture_parts._bench import open_bench
from torture_parts._check import content, faults_of_end, faults_of_store
from torture_parts._faults import KINDS, ROLES, compiler
from torture_parts._kills import kill_at_random, measure_whole
from torture_parts._points import FULL, KILL, Point, all_points, draw_points
from torture_parts._runs import RunEnd

SHARE, SEED = 0.03, 19
KILLS = 4  # one of each kind


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """Needs a C compiler and Linux; without them the test is skipped, or fails with LRLAB_REQUIRE_NATIVE=1."""
    reason = "needs a C compiler" if compiler() is None else "" if sys.platform == "linux" else "needs Linux"
    if reason and os.environ.get("LRLAB_REQUIRE_NATIVE") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with open_bench(tmp_path_factory.mktemp("torture") / "bench", 1) as opened:
        yield opened


@pytest.mark.slow
def test_a_fault_at_any_call_leaves_what_no_fault_leaves(bench):
    points = all_points(bench.starts)
    tried = bench.try_points(draw_points(points, SHARE, SEED))
    assert {f"{one.point.name} ({one.path})": one.faults for one in tried if one.faults} == {}
    missed = [one.point for one in tried if not one.fired]
    # Some calls go by the clock, as the notes of running trials do: a quicker run makes fewer than the one counted.
    late = [one.number / max(bench.starts[one.start].calls(one.role, one.kind), 1) for one in missed]
    assert [share for share in late if share < 0.7] == []
    assert len(tried) - len(missed) > 0.8 * len(tried)


@pytest.mark.slow
def test_every_kind_of_call_is_found_where_it_is_made(bench):
    made = {(ROLES[point.role], KINDS[point.kind]) for point in all_points(bench.starts)}
    own = {("driver", kind) for kind in KINDS} | {("server", "send")}
    assert made == own | {("worker", kind) for kind in KINDS if kind != "truncate"}


@pytest.mark.slow
def test_a_disk_that_stays_full_ends_a_run_with_rungs_in_words(bench):
    last = bench.starts[0].calls(0, 0)
    points = [Point(0, 0, last // 2, FULL, True), Point(2, 0, 1, FULL, True)]
    for one in bench.try_points(points):
        assert one.fired
        assert not one.faults
        assert one.codes == (1, 0)
        assert "at a rung that could not be kept, as the warnings say: make room for checkpoints" in one.said


@pytest.mark.slow
def test_kills_at_random_moments_lose_and_double_nothing(bench):
    place = bench.places[0]
    whole, seed, kills = measure_whole(*place), SEED, []
    while not any(kill.hit for kill in kills):  # where the machine has grown faster, all may come after the end
        assert seed < SEED + 5
        kills += kill_at_random(*place, whole, KILLS, seed, lambda _: None)
        seed += 1
    assert {kill.faults for kill in kills} == {()}


@pytest.fixture
def folder(tmp_path):
    """A folder with a store of one record, as the bench looks at it."""
    with sqlite3.connect(tmp_path / "records.db") as database:
        for table, columns in (
            ("record", "key, record, form"),
            ("array", "key, name, npy, form"),
            ("standing", "trial, standing"),
            ("failure", "trial"),
            ("plan", "id"),
        ):
            database.execute(f"create table {table} ({columns})")
        provenance = '"provenance": {"stack": 3, "ratio": 2.0, "left_at": null, "torch": "2"}'
        record = f'{{"score": 0.5, "train_seconds": 1.0, "evaluate_seconds": 1.0, {provenance}}}'
        database.execute("insert into record values ('a', ?, 0)", (record,))
        database.execute("insert into array values ('a', 'rates', x'00', 0)")
    database.close()
    return tmp_path


def change(folder, statement):
    with sqlite3.connect(folder / "records.db") as database:
        database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update record set record = replace(record, '0.5', '0.6')", "different ['a'] ['score: 0.6 is not 0.5']"),
        ("update record set record = replace(record, '\"2\"', '\"3\"')", "different ['a']"),
        ("update array set npy = x'01'", "arrays: missing [], too many [], different ['a rates']"),
        ("delete from record", "records: missing ['a']"),
        ("insert into standing values ('b', '')", "standings: missing [], too many ['b']"),
        ("insert into failure values ('a')", "counts: missing [], too many [], different ['failure']"),
    ],
)
def test_what_differs_is_seen(folder, statement, said):
    before = content(folder / "records.db")
    assert list(faults_of_store(folder, before)) == []
    change(folder, statement)
    (fault,) = faults_of_store(folder, before)
    assert said in fault


@pytest.mark.parametrize("change_of_text", ['"train_seconds": 1.0', '"stack": 3'])
def test_times_and_neighbours_are_no_difference(folder, change_of_text):
    before = content(folder / "records.db")
    change(folder, f"update record set record = replace(record, '{change_of_text}', '{change_of_text}1')")
    assert list(faults_of_store(folder, before)) == []


def test_what_is_left_behind_is_seen(folder):
    before = content(folder / "records.db")
    (folder / "records-checkpoints").mkdir()
    assert list(faults_of_store(folder, before)) == ["left behind: ['records-checkpoints']"]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (RunEnd(None, 1.0, "", ""), "it hung"),
        (RunEnd(1, 1.0, "", "Traceback\nlrlab: cannot open the store x"), "it showed 'Traceback'"),
        (RunEnd(0, 1.0, '{"rows": [{"peak": 1, "seconds": 2}]}', ""), "it gave another answer"),
        (RunEnd(0, 1.0, "", ""), "it gave another answer"),
        (RunEnd(1, 1.0, "", "lrlab: 3 of 9 trials failed"), "it ended with 1: 'lrlab: 3 of 9 trials failed'"),
    ],
)
def test_how_a_run_may_not_end_is_seen(end, said):
    (fault,) = faults_of_end(end, [{"peak": 2}])
    assert fault.startswith(said)


def test_a_point_says_which_call_goes_wrong_and_how():
    assert Point(0, 0, 7, FULL, True).name == "driver, write 7: ENOSPC from then on"
    assert Point(2, 4, 1, KILL).name == "worker, rename 1: SIGKILL before"
    assert Point(0, 0, 2, KILL, start=2).name == "after a full disk, driver, write 2: SIGKILL before"
