"""A Ray cluster: reached or started, looked at node by node, compared with what jobs need."""

import os
import signal
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ClusterError, LabError, LabWarning, shortened, visible
from ..spec import Job, counted
from ._processes import usable_cores
from ._ray_node import NodeReport, probe_node

REACHED = 5.0  # seconds in which a port answers
PROBED = 180.0  # seconds in which a node starts a process and says what it has; importing torch is in it
STORE_BYTES = 256 << 20  # for objects, of a cluster that is started here
INSTALL = 'pip install "lrlab[ray]"'
SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


class Node(NamedTuple):
    """A node that is alive. cores, cards: whole ones. memory: bytes. address: for people."""

    key: str
    address: str
    cores: int
    cards: int
    memory: int


def load_ray() -> Any:
    """Ray, imported. Raises ClusterError where it is not installed."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        return import_module("ray")
    except ImportError as error:
        raise ClusterError(
            f"a cluster needs Ray, which cannot be imported ({error}); {INSTALL}, here and on every node"
        ) from None


class Cluster:
    """A connection to a cluster.

    address: where it is; None: RAY_ADDRESS, else one is started on this machine. cores: of one that is started; None:
    all. say: is told what is worth a sentence.
    Raises ClusterError where it cannot be reached, or is of another Python or Ray.
    """

    def __init__(self, address: str | None, cores: int | None, say: Callable[[str], None]) -> None:
        self.ray = load_ray()
        self.owned = not self.ray.is_initialized()
        self.sent = False  # whether our code was sent to the nodes
        self._options: dict[str, Any] = {}
        if self.owned:
            named = address or os.environ.get("RAY_ADDRESS", "").strip() or None
            self.local = named in (None, "local")
            self._connect(None if self.local else named, cores, say)
        else:
            self.local = False

    def close(self) -> None:
        """Leave it; one that was started here ends."""
        if self.owned:
            self.ray.shutdown()

    def nodes(self) -> list[Node]:
        """The nodes that are alive, as Ray has it."""
        return [_node_of(row) for row in self.ray.nodes() if row.get("Alive")]

    def probe(self, nodes: Sequence[Node], describe: str) -> dict[str, NodeReport]:
        """What each node has, by its key; one that does not answer, as it is gone just now, is left out, and said.

        describe: the function, `module:function`, that says in words what a pace depends on there. Raises ClusterError
        where none answers.
        """
        remote = self.ray.remote(num_cpus=0, max_retries=0, max_calls=1)(probe_node)
        asked = {node.key: remote.options(**self.at_node(node.key)).remote(describe) for node in nodes}
        self.ray.wait(list(asked.values()), num_returns=len(asked), timeout=PROBED)
        reports: dict[str, NodeReport] = {}
        silent: list[str] = []
        for node in nodes:
            try:
                reports[node.key] = NodeReport(*self.ray.get(asked[node.key], timeout=REACHED))
            except self.ray.exceptions.RayError as error:
                silent.append(f"node {node.address} of the cluster does not answer: {_first_line(error)}")
        if silent and not reports:
            raise ClusterError(f"{silent[0]}; look at it with `ray status`, and start it again with `ray start`")
        for words in silent:
            warnings.warn(f"{words}; it is not used", LabWarning, stacklevel=2)
        return reports

    def at_node(self, key: str) -> dict[str, Any]:
        """Ray's options for what is to run on this node, or nowhere."""
        strategies = import_module("ray.util.scheduling_strategies")
        return {"scheduling_strategy": strategies.NodeAffinitySchedulingStrategy(key, soft=False)}

    def send_code(self, folder: Path) -> None:
        """Connect once more, with a package that all nodes get. Raises ClusterError where somebody else connected."""
        if not self.owned:
            raise ClusterError(
                f"nodes of the cluster lack {folder.name}, or have another; install it there, or write "
                f'ray.init(runtime_env={{"py_modules": [{folder.name}]}})'
            )
        self.ray.shutdown()
        with _signals_as_they_were():
            self.ray.init(**self._options, runtime_env={"py_modules": [str(folder)]})
        self.sent = True

    def driver_node(self) -> str:
        """The node of this process; through Ray's client, which has none, the head."""
        here = self.ray.get_runtime_context().get_node_id()
        nodes = self.ray.nodes()
        if any(row["NodeID"] == here for row in nodes):
            return here
        heads = [row["NodeID"] for row in nodes if "node:__internal_head__" in row.get("Resources", {})]
        return heads[0] if heads else nodes[0]["NodeID"]

    def _connect(self, address: str | None, cores: int | None, say: Callable[[str], None]) -> None:
        options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}  # it would print to our answers
        if address is None:
            cores = usable_cores() if cores is None else cores
            say(f"a Ray cluster of {counted(cores, 'core')} is started on this machine (name another with --address)")
            options |= {"num_cpus": cores, "object_store_memory": STORE_BYTES, "address": "local"}
            options |= {"include_dashboard": False}
        else:
            _check_port(address)
            options |= {"address": address}
        self._options = options
        try:
            with _signals_as_they_were():
                self.ray.init(**options)
        except LabError:
            raise
        except Exception as error:  # Ray raises RuntimeError, ConnectionError, ValueError and its own
            raise ClusterError(_reason_of(error, address)) from error


def check_demand(jobs: Sequence[Job], nodes: Sequence[Node]) -> None:
    """Raise ClusterError where no node can hold a job, naming what is missing, per job."""
    missing = [f"{job.name} {what}" for job in jobs if (what := _missing_for(job, nodes))]
    if missing:
        more = f"; and {len(missing) - 3} more jobs" if len(missing) > 3 else ""
        raise ClusterError(
            f"the cluster cannot run what is asked: {'; '.join(missing[:3])}{more}; add such a node, or ask for less"
        )


def _missing_for(job: Job, nodes: Sequence[Node]) -> str:
    needs = job.resources
    if needs.device != "cpu" and not any(node.cards for node in nodes):
        return f"needs a graphics card, and none of its {counted(len(nodes), 'node')} has one"
    most = max((node.cores for node in nodes), default=0)
    if needs.cores > most:
        return f"needs {needs.cores} cores on one node, and the largest has {most}"
    memory = max((node.memory for node in nodes), default=0)
    if (needs.memory or 0) > memory:
        return f"needs {(needs.memory or 0) / 1e9:.3g} GB of memory on one node, and the largest has {memory / 1e9:.3g}"
    return ""


def _node_of(row: Mapping[str, Any]) -> Node:
    has = row.get("Resources", {})
    address = f"{row.get('NodeManagerAddress', '?')} ({row['NodeID'][:8]})"
    return Node(row["NodeID"], address, int(has.get("CPU", 0)), int(has.get("GPU", 0)), int(has.get("memory", 0)))


@contextmanager
def _signals_as_they_were() -> Iterator[None]:
    """Ray puts a handler of its own for SIGTERM; a stop must go on to be ours."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)


def _check_port(address: str) -> None:
    """Raise ClusterError where nothing answers there: Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if address == "auto":
        return
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise ClusterError(
            f"an address of a cluster is auto, HOST:PORT or ray://HOST:PORT, but got {shortened(address, 100)!r}; "
            "`ray start --head` prints it"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACHED).close()
    except OSError as error:
        raise ClusterError(
            f"no cluster answers at {visible(address)}: {error.strerror or error}; start one there with "
            f"`ray start --head --port={port}`, or leave out --address, which starts one on this machine"
        ) from None


def _reason_of(error: Exception, address: str | None) -> str:
    """Why there is no connection, and the way out."""
    where, text = visible(address or "this machine"), _first_line(error)
    whole = str(error)
    if "ersion mismatch" in whole:
        found = " ".join(line.strip() for line in whole.splitlines() if "Ray:" in line or "Python:" in line)
        return (
            f"the cluster at {where} has another Python or Ray: {found or text}; all nodes need the same Ray, "
            "and the same Python to the patch"
        )
    if "uthenticat" in whole or "token" in whole.lower():
        return (
            f"the cluster at {where} wants another token: {text}; give this machine that of the head "
            "(`ray get-auth-token` there, RAY_AUTH_TOKEN here)"
        )
    if address is not None and address.startswith("ray://") and "client" in whole:
        return f'the cluster at {where} cannot be reached: {text}; ray:// needs pip install "ray[client]" on both sides'
    if address is not None:
        return (
            f"the cluster at {where} cannot be joined: {text}; this machine must be one of its nodes "
            "(`ray start --address=HEAD:6379`), or name it as ray://HEAD:10001; where the head asks for a token, as it "
            "does unless told otherwise, set RAY_AUTH_MODE=token"
        )
    return f"Ray cannot be started on this machine: {text}; look for room in the temporary folder and for free memory"


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [""]
    return f"{type(error).__name__}: {shortened(lines[0], 300)}"


def lost_cluster(error: BaseException) -> ClusterError:
    """What is said where the cluster, or this machine's part of it, is gone in the middle of a run."""
    return ClusterError(
        f"the cluster was lost ({_first_line(error)}); what was measured is stored, and the same command goes on"
    )
