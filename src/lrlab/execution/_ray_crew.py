"""The nodes that work for a run: which there are, which are avoided, what they have, where checkpoints go."""

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import ClusterError, LabWarning
from ..spec import Job
from ._ray_address import SharedFolder
from ._ray_cluster import Cluster, Node, check_demand
from ._ray_files import pack_files, unpack_files
from ._ray_node import SAME, NodeReport, check_versions, needs_our_code, probe_node

EVERY = 1.0  # seconds between two looks at the nodes
ANSWER = 120.0  # seconds in which a node tries the address of checkpoints


class NodeCrew:
    """The cluster as a run uses it; reached when it is first asked. The arguments are those of `RayCluster`."""

    def __init__(
        self,
        address: str | None,
        most: int | None,
        device: str,
        checkpoints: str | None,
        describe: str,
        say: Callable[[str], None],
    ) -> None:
        self._address, self._most, self._device, self._describe = address, most, device, describe
        self._say = say
        self._shared = None if checkpoints is None else SharedFolder(checkpoints)
        self._run = 0
        self._cluster: Cluster | None = None
        self._nodes: dict[str, Node] = {}
        self._avoided: set[str] = set()
        self._slots = 0
        self._reports: dict[str, NodeReport] = {}
        self._looked = 0.0

    @property
    def cluster(self) -> Cluster:
        """The connection. Raises ClusterError where there can be none."""
        if self._cluster is None:
            self._open()
        assert self._cluster is not None
        return self._cluster

    @property
    def slots(self) -> int:
        """How many jobs run at once, as it was when the cluster was reached."""
        assert self.cluster is not None
        return self._slots

    @property
    def threads(self) -> int:
        """The most cores that one job may have."""
        assert self.cluster is not None
        return max((node.cores for node in self._nodes.values()), default=1)

    @property
    def kind(self) -> str:
        """The kinds of nodes in words; a setup is measured on all of them, and the slowest counts."""
        assert self.cluster is not None
        return "; ".join(sorted({self._reports[key].words or "unknown" for key in self._nodes}))

    @property
    def room(self) -> int:
        """How many jobs may be under way now: one at least, which waits for a node where there is none."""
        usable = sum(self._size_of(node) for key, node in self._nodes.items() if key not in self._avoided)
        return max(usable if self._most is None else min(usable, self._most), 1)

    @property
    def checkpoints(self) -> tuple[str, int] | None:
        """The address that checkpoints go to and the number of this run there; None: to the driver."""
        return None if self._shared is None else (self._shared.address, self._run)

    def check_demand(self, jobs: Sequence[Job]) -> None:
        """Raise ClusterError where no node can hold a job."""
        assert self.cluster is not None
        check_demand(jobs, list(self._nodes.values()))

    def where(self) -> dict[str, Any]:
        """Ray's options for where a job may run."""
        there = self._avoided & self._nodes.keys()
        if not there or there == self._nodes.keys():
            return {}
        return {"label_selector": {"ray.io/node-id": f"!in({','.join(sorted(there))})"}}

    def look_at_nodes(self) -> set[str]:
        """The nodes that are gone since the last look; new ones are looked at, and work from now on."""
        if time.monotonic() - self._looked < EVERY:
            return set()
        self._looked = time.monotonic()
        there = {node.key: node for node in self.cluster.nodes()}
        gone = self._nodes.keys() - there.keys()
        for key in gone:
            del self._nodes[key]
        self._take_new([node for key, node in there.items() if key not in self._nodes and key not in self._avoided])
        return set(gone)

    def is_lost(self, key: str) -> bool:
        """Whether a node that was there is gone, as Ray has it now."""
        return key != "" and all(node.key != key for node in self.cluster.nodes())

    def avoid(self, key: str, words: str) -> None:
        """Send nothing more to a node. words: why."""
        if key and key not in self._avoided:
            self._avoided.add(key)
            self.warn(f"a node of the cluster is lost ({key[:8]}: {words}); its jobs go on elsewhere")

    def warn(self, text: str) -> None:
        """Tell of something that did not end the run."""
        warnings.warn(text, LabWarning, stacklevel=2)

    def newest_files(self, job: Job) -> bytes | None:
        """What a job goes on from, as it was packed: of the shared address, else of this machine; None: nothing."""
        place = job.kept_in()
        if place is None:
            return None
        if self._shared is not None:
            try:
                packed = self._shared.newest(Path(place).name)
            except Exception as error:
                self.warn(f"checkpoints at {self._shared.address} cannot be read ({type(error).__name__}: {error})")
                packed = None
            if packed is not None:
                return packed
        with suppress(OSError):
            return pack_files(Path(place))
        return None

    def bring_home(self, job: Job, wanted: bool, whole: bool) -> None:
        """Clear the shared address of a job that is over. wanted: put its files in their usual place here, first.

        whole: they came with the end.
        """
        place = job.kept_in()
        if self._shared is None or place is None:
            return
        try:
            packed = self._shared.newest(Path(place).name) if wanted and not whole else None
            if packed is not None:
                unpack_files(packed, Path(place))
            self._shared.remove(Path(place).name)
        except Exception as error:
            self.warn(f"checkpoints at {self._shared.address} cannot be tidied ({type(error).__name__}: {error})")

    def close(self) -> None:
        """Leave the cluster."""
        if self._cluster is not None:
            self._cluster.close()
        self._cluster = None

    def _open(self) -> None:
        mark = None if self._shared is None else self._shared.leave_mark()
        cluster = Cluster(self._address, self._most, self._say)
        try:
            nodes = cluster.nodes()
            self._reports = self._check_nodes(cluster, nodes)
            nodes = [node for node in nodes if node.key in self._reports]
            self._nodes = {node.key: node for node in nodes}
            total = sum(map(self._size_of, nodes))
            if total < 1:
                what = "cores" if self._device == "cpu" else "graphics cards"
                raise ClusterError(f"the cluster has no {what} to offer; add a node that has, with `ray start`")
            self._slots = total if self._most is None else min(total, self._most)
            self._try_address(cluster, nodes, mark)
        except BaseException:
            cluster.close()
            raise
        self._cluster = cluster

    def _size_of(self, node: Node) -> int:
        """How many jobs a node takes at once, of one core or one card each."""
        return node.cores if self._device == "cpu" else node.cards

    def _check_nodes(
        self, cluster: Cluster, nodes: Sequence[Node], *, under_way: bool = False
    ) -> dict[str, NodeReport]:
        """What the nodes have. lrlab is sent along where they lack it. Raises ClusterError where versions differ.

        under_way: whether jobs run already: sending code connects again, and would end them.
        """
        here = NodeReport(*probe_node(""))
        reports = cluster.probe(nodes, self._describe)
        named = {node.key: node.address for node in nodes}
        check_versions(here, {named[key]: report for key, report in reports.items()})
        if not cluster.sent and needs_our_code(here, reports):
            if under_way:
                raise ClusterError(
                    f"{nodes[0].address} has no lrlab or another, and none can be sent while jobs run; install lrlab "
                    f"{here.lrlab} there, or start the run again"
                )
            self._say(f"lrlab {here.lrlab} is sent to the nodes, which have none or another")
            cluster.send_code(Path(__file__).parents[1])
            reports = cluster.probe(nodes, self._describe)
        check_versions(here, {named[key]: report for key, report in reports.items()}, ("lrlab", "digest", *SAME))
        return reports

    def _take_new(self, nodes: Sequence[Node]) -> None:
        """Have nodes that came later work too, where they have what is needed."""
        for node in nodes:
            try:
                self._reports |= self._check_nodes(self.cluster, [node], under_way=True)
            except ClusterError as error:
                self._avoided.add(node.key)
                self.warn(f"a new node is not used: {error}")
                continue
            self._nodes[node.key] = node

    def _try_address(self, cluster: Cluster, nodes: Sequence[Node], mark: str | None) -> None:
        """Raise ClusterError where a node cannot write checkpoints, or sees another folder than this machine."""
        if self._shared is None or mark is None:
            return
        self._run = self._shared.next_run()
        task = cluster.ray.remote(num_cpus=0, max_retries=0)(try_address)
        asked = [task.options(**cluster.at_node(node.key)).remote(self._shared.address, mark) for node in nodes]
        try:
            answers = cluster.ray.get(asked, timeout=ANSWER)
        finally:
            self._shared.remove_mark(mark)
        for node, answer in zip(nodes, answers, strict=True):
            if answer:
                raise ClusterError(f"node {node.address}: {answer}")


def try_address(address: str, mark: str) -> str:
    """Why checkpoints cannot be written there from this machine, in words; "" where they can."""
    try:
        shared = SharedFolder(address)
        own = shared.leave_mark()
        shared.remove_mark(own)
        seen = shared.sees(mark)
    except ClusterError as error:
        return str(error)
    if seen:
        return ""
    return f"{address} is another folder there than here; give one that all nodes share"
