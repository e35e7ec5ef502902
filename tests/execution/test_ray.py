"""Jobs on a Ray cluster of several nodes on this machine; nodes are killed and frozen under them."""

import signal
import subprocess
import sys
import time
import warnings

import pytest

import lrlab
from lrlab.errors import ClusterError, LabWarning
from lrlab.execution import RayCluster
from lrlab.execution._ray_cluster import Cluster, Node
from lrlab.spec import Begun, Ended, Failed, Resources
from lrlab.testing.execution import ExecutorContract, ends_of, play, text_of
from support.clusters import frozen, node_size, signal_node
from support.jobs import CountUp, NameProcess

pytestmark = pytest.mark.slow


class TestRay(ExecutorContract):
    @pytest.fixture
    def executor(self, ray_cluster):
        executor = RayCluster()
        yield executor
        executor.close()


@pytest.fixture
def victim(ray_cluster):
    """A node more, to be lost."""
    node = ray_cluster.add_node(**node_size())
    ray_cluster.wait_for_nodes()
    yield node
    signal_node(node, signal.SIGCONT)
    ray_cluster.remove_node(node, allow_graceful=False)
    ray_cluster.wait_for_nodes()


def counting(folder, count, stop=3):
    """Jobs that count to 5 and wait at 3; each keeps its checkpoint in the folder."""
    place, go_on = folder / "checkpoints", folder / "go on"
    place.mkdir(exist_ok=True)
    return [
        CountUp(name=f"job {number}", checkpoint=str(place / f"{number}.pt"), end=5, stop=stop, file=str(go_on))
        for number in range(count)
    ]


def run_and_lose(executor, jobs, folder, lose):
    """Run jobs; once all of the first in each slot wait at 3, `lose` is called, and they go on."""
    events, waiting = [], set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LabWarning)
        for event in executor.run(jobs):
            events.append(event)
            if getattr(event, "share", 0.0) == 3 / 5 and not isinstance(event, Begun):
                waiting.add(event.job)
            if len(waiting) == executor.slots and lose is not None:
                lose()
                lose = None
                (folder / "go on").touch()
    return events


@pytest.mark.parametrize("shared", [False, True], ids=["sent", "shared"])
def test_a_killed_node_costs_one_attempt_which_goes_on_from_its_checkpoint(victim, tmp_path, shared):
    executor = RayCluster(checkpoints=str(tmp_path / "shared") if shared else None)
    try:
        jobs = counting(tmp_path, 4)
        events = run_and_lose(executor, jobs, tmp_path, lambda: signal_node(victim, signal.SIGKILL))
        ends = ends_of(events)
        assert executor.slots == 4
    finally:
        executor.close()
    assert sorted(ends) == [job.name for job in jobs]
    assert sorted(text_of(end) for end in ends.values()) == [*["0 to 5"] * 3, "3 to 5"]
    assert sorted(end.attempt for end in ends.values()) == [1, 1, 1, 2]
    assert not list((tmp_path / "shared").iterdir() if shared else ())


def test_a_frozen_node_is_given_up_and_what_it_says_later_is_not_heard(victim, tmp_path):
    executor = RayCluster(silent=15.0)  # on a busy machine others may be silent for long, and are begun again too
    thawed = tmp_path / "thawed"
    thaw = frozen(victim)
    try:
        events = []
        jobs = [*counting(tmp_path, 4), play("last", ("wait", str(thawed)), ("end", "last"))]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", LabWarning)
            waiting, ended = set(), set()
            for event in executor.run(jobs):
                events.append(event)
                if getattr(event, "share", 0.0) == 3 / 5 and not isinstance(event, Begun):
                    waiting.add(event.job)
                if len(waiting) == 4 and not (tmp_path / "go on").exists():
                    thaw.__enter__()
                    (tmp_path / "go on").touch()
                if isinstance(event, Ended):
                    ended.add(event.job)
                if len(ended) == 4 and not thawed.exists():  # the old attempt goes on now, and ends
                    thaw.__exit__(None, None, None)
                    time.sleep(3)
                    thawed.touch()
    finally:
        executor.close()
    ends = ends_of(events)
    assert sorted(ends) == sorted(job.name for job in jobs)
    assert all(isinstance(end, Ended) for end in ends.values())
    assert max(end.attempt for end in ends.values()) >= 2
    assert any("a node of the cluster is lost" in str(warning.message) for warning in caught)


def test_a_process_that_a_job_has_spent_is_given_no_other_at_no_attempts_cost(ray_cluster):
    executor = RayCluster(slots=1)
    jobs = [NameProcess(name=f"{number}", spends=True) for number in range(3)]
    ends = ends_of(executor.run(jobs))
    executor.close()
    assert len({text_of(end) for end in ends.values()}) == 3
    assert {end.attempt for end in ends.values()} == {1}


def test_a_node_that_goes_away_while_it_is_asked_is_not_used(ray_cluster, monkeypatch):
    gone = Node("ab" * 28, "gone", 1, 0, 1)
    monkeypatch.setattr(Cluster, "nodes", lambda self, known=Cluster.nodes: [gone, *known(self)])
    executor = RayCluster()
    with pytest.warns(
        LabWarning, match="node gone of the cluster does not answer: TaskUnschedulable.*; it is not used"
    ):
        assert executor.slots == 3
    executor.close()
    monkeypatch.setattr(Cluster, "nodes", lambda self: [gone])
    with pytest.raises(
        ClusterError, match=r"node gone .*look at it with `ray status`, and start it again with `ray start`"
    ):
        _ = RayCluster().slots


SENDING = """
import lrlab.execution._ray_crew as crew
from lrlab.execution import RayCluster
from lrlab.testing.execution import play, text_of

crew.needs_our_code = lambda here, there: True  # as if the nodes had none
executor = RayCluster({address!r}, say=print)
print(text_of(list(executor.run([play("a", ("print", "hello"), ("end", "done"))]))[-1]))
executor.close()
"""


def test_lrlab_is_sent_along_where_a_node_has_another(ray_cluster, tmp_path, monkeypatch):
    (tmp_path / "driver.py").write_text(SENDING.format(address=ray_cluster.address))
    done = subprocess.run([sys.executable, "driver.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == f"lrlab {lrlab.__version__} is sent to the nodes, which have none or another\ndone\n", (
        done.stderr
    )
    monkeypatch.setattr("lrlab.execution._ray_crew.needs_our_code", lambda here, there: True)
    with pytest.raises(
        ClusterError, match=r"lack lrlab, or have another; install it there, or write ray.init\(runtime_env"
    ):
        _ = RayCluster().slots  # this process connected by itself


def test_a_demand_that_no_node_meets_is_told_before_anything_begins(ray_cluster):
    executor = RayCluster()
    large = play("large").model_copy(update={"resources": Resources(cores=64)})
    card = play("card").model_copy(update={"resources": Resources(device="cuda")})
    with pytest.raises(
        ClusterError, match=r"large needs 64 cores on one node, and the largest has 1; card needs a gra"
    ):
        list(executor.run([play("a"), large, card]))
    with pytest.raises(ClusterError, match=r"needs 1e.06 GB of memory on one node.*add such a node, or ask for less"):
        list(executor.run([play("a").model_copy(update={"resources": Resources(memory=10**15)})]))
    executor.close()
    with pytest.raises(ClusterError, match="has no graphics cards to offer; add a node that has, with `ray start`"):
        _ = RayCluster(device="cuda").slots


def test_an_address_that_nobody_can_write_to_is_told_before_anything_begins(ray_cluster, tmp_path):
    (tmp_path / "file").write_text("in the way")
    executor = RayCluster(checkpoints=str(tmp_path / "file" / "folder"))
    with pytest.raises(
        ClusterError, match=r"checkpoints cannot be written to .*/file/folder: NotADirectoryError.*or lea"
    ):
        list(executor.run([play("a")]))
    executor.close()


def test_what_a_job_prints_comes_to_standard_error(ray_cluster, capfd):
    executor = RayCluster()
    assert text_of(list(executor.run([play("a", ("print", "hello from there"), ("end", "a"))]))[-1]) == "a"
    executor.close()
    out, err = capfd.readouterr()
    assert out == ""
    assert "hello from there" in err


def test_a_job_that_kills_every_worker_fails_alone(ray_cluster):
    executor = RayCluster()
    ends = ends_of(executor.run([play("a"), play("b", ("die", 9)), play("c")]))
    executor.close()
    assert isinstance(ends["b"], Failed)
    assert ends["b"].died
    assert "its process was ended (" in ends["b"].message
    assert "2 times" in ends["b"].message
