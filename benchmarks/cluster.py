"""Ray on this machine as a cluster of several nodes: what a job costs, a second node gains, a lost one costs.

python benchmarks/cluster.py                            # writes results/ray.md; eight minutes on an idle machine
python benchmarks/cluster.py --updates 300 --rounds 1   # a small one
"""

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import lrlab
from lrlab.errors import LabWarning
from lrlab.execution import Processes, RayCluster, machine_words
from lrlab.spec import Begun, EpochMeasured
from lrlab.store import Store
from lrlab.testing.execution import play

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "results" / "ray.md"
LRLAB = str(Path(sys.executable).with_name("lrlab"))
OBJECTS = 80 << 20
SCHEDULES = ["constant", "cosine"]
JOBS = 100


@contextmanager
def cluster_of(nodes: int) -> Iterator[Any]:
    """A cluster of a head without cores, which is this process's node, and so many nodes of one core each."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "object_store_memory": OBJECTS, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, object_store_memory=OBJECTS)
        cluster.wait_for_nodes()
        ray.init(address=cluster.address, logging_level="ERROR", log_to_driver=False)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


def seconds_per_job(executor: Any, rounds: int, count: int = JOBS) -> list[float]:
    """Of jobs that do nothing; the workers are there already."""
    list(executor.run([play(f"warm {number}") for number in range(8)]))
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        list(executor.run([play(f"{number}") for number in range(count)]))
        found.append((time.perf_counter() - start) / count)
    return found


def study_seconds(store: Path, updates: int, listen: Callable[[Any], None] | bool = False, **how: Any) -> float:
    """How long a study takes from the call to the answer."""
    start = time.perf_counter()
    options: dict[str, Any] = {"peaks": [0.1], "seeds": 8, "engine": "reference", "progress": listen} | how
    lrlab.compare("digits/mlp", SCHEDULES, updates=updates, store=store, **options)
    return time.perf_counter() - start


def measured(store: Path) -> dict[str, Any]:
    """What was measured, by trial: no times, nothing about the machine."""
    import sqlite3

    with sqlite3.connect(store) as database:
        keys = [key for (key,) in database.execute("select key from record")]
    left_out = {"train_seconds", "evaluate_seconds", "provenance"}
    with Store(store) as opened:
        return {key: record.model_dump(exclude=left_out) for key, record in opened.get(keys).items()}


def processes_of(node: Any) -> list[int]:
    """A node's raylet and all that it started."""
    found, ahead = [], [node.all_processes["raylet"][0].process.pid]
    while ahead:
        found.append(ahead.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*"):
            ahead += map(int, (task / "children").read_text().split())
    return found


def lose_a_node(folder: Path, updates: int, number: int, name: str) -> str:
    """A study in which a node is killed or frozen; the row that says what came of it."""
    with cluster_of(2) as cluster:
        node, hurt = cluster.add_node(num_cpus=1, object_store_memory=OBJECTS), list[float]()
        cluster.wait_for_nodes()
        again = list[float]()

        def lose(event: Any) -> None:
            if isinstance(event, EpochMeasured) and not hurt:
                for process in processes_of(node):
                    os.kill(process, number)
                hurt.append(time.perf_counter())
            if isinstance(event, Begun) and event.attempt > 1:
                again.append(time.perf_counter())

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LabWarning)
            study_seconds(folder / f"{name}.db", updates, lose, on="ray")
        if number == signal.SIGSTOP:
            for process in processes_of(node):
                os.kill(process, signal.SIGKILL)
    same = measured(folder / f"{name}.db") == measured(folder / "here.db")
    waited = f"{again[0] - hurt[0]:.1f} s" if again else "no job was on it"
    return f"| {name} | {len(measured(folder / f'{name}.db'))} | {'yes' if same else 'NO'} | {waited} |"


def driver_peak(folder: Path, updates: int, *words: str) -> float:
    """Megabytes of the command's own process, at its most."""
    asked = ["compare", "digits/mlp", *SCHEDULES, "--updates", str(updates), "--peaks", "0.1", "--seeds", "8"]
    name = str(folder / f"rss{len(words)}.db")
    command = [LRLAB, *asked, "--engine", "reference", "--store", name, *words]
    process, most = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), 0.0
    while process.poll() is None:
        try:
            text = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        most = max([most, *(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmHWM"))])
        time.sleep(0.1)
    if process.wait() != 0:
        raise SystemExit(f"the command failed: {' '.join(command)}")
    return most


def say(text: str) -> None:
    print(f"{time.perf_counter():8.0f} s: {text}", file=sys.stderr, flush=True)


def spread(values: list[float], digits: int = 3) -> str:
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f}, n = {len(values)})"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--updates", type=int, default=16000)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as text:
        RESULT.write_text(measure_all(Path(text), asked.updates, asked.rounds), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def measure_all(folder: Path, updates: int, rounds: int) -> str:
    import ray

    load = os.getloadavg()[0]
    say("jobs that do nothing")
    with cluster_of(1) as cluster:
        executor, local = RayCluster(), Processes(1, ["lrlab.testing.execution"])
        jobs, here = seconds_per_job(executor, rounds), seconds_per_job(local, rounds)
        executor.close()
        local.close()
        say("the driver's memory")
        on_ray = driver_peak(folder, updates // 20, "--on", "ray", "--address", cluster.address)
        alone = driver_peak(folder, updates // 20)
        say("a study on one node")
        study_seconds(folder / "warm.db", 50, on="ray")
        one = [study_seconds(folder / f"one{number}.db", updates, on="ray") for number in range(rounds)]
        cluster.add_node(num_cpus=1, object_store_memory=OBJECTS)
        cluster.wait_for_nodes()
        say("and on two")
        study_seconds(folder / "warm2.db", 50, on="ray")
        two = [study_seconds(folder / f"two{number}.db", updates, on="ray") for number in range(rounds)]
    say("a node that is killed, and one that is frozen")
    shorter = max(updates // 8, 300)
    study_seconds(folder / "here.db", shorter, workers=0)
    lost = [
        lose_a_node(folder, shorter, signal.SIGKILL, "killed"),
        lose_a_node(folder, shorter, signal.SIGSTOP, "frozen"),
    ]
    trials = len(measured(folder / "here.db"))
    return "\n".join(
        [
            "# On Ray",
            "",
            f"A study of {trials} trials of {updates} updates each ({' and '.join(SCHEDULES)} on digits/mlp, the plain "
            "loop, one trial a job), on clusters of nodes of one core each on one machine.",
            "",
            "| what | measured |",
            "| --- | --- |",
            f"| a job that does nothing, seconds | {spread(jobs, 4)} |",
            f"| the same by local processes, seconds | {spread(here, 4)} |",
            f"| the study on one node, seconds | {spread(one, 1)} |",
            f"| on two, seconds | {spread(two, 1)} |",
            f"| two nodes' share of one's time | {median(two) / median(one):.2f} |",
            f"| the driver's memory at its most, MB | {on_ray:.0f}; of a local run {alone:.0f} |",
            "",
            f"Of three nodes one is lost in the middle of a study of {shorter} updates; then all records are compared "
            "with those of this machine alone, bit for bit.",
            "",
            "| the node is | trials, each once | equal | its job runs elsewhere after |",
            "| --- | --- | --- | --- |",
            *lost,
            "",
            f"lrlab {lrlab.__version__}, Ray {ray.__version__}, Python {platform.python_version()}; {machine_words()}; "
            f"load {load:.1f} when it began, on {os.cpu_count()} cores. A study's time runs from the call to the "
            "answer, with reaching the cluster and asking its nodes for their versions; starting "
            "the cluster is off the clock.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
