"""What a node of a cluster has: asked by a function that travels by value, as lrlab may not be there yet."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import ClusterError
from ..spec import counted

OWN = ("lrlab", "digest")  # what can be sent along
SAME = ("python", "torch", "numpy", "ray")  # what must be installed as it is here


class NodeReport(NamedTuple):
    """Versions, "" where it is not installed. digest: of lrlab's own files. words: what a pace depends on."""

    python: str
    lrlab: str
    digest: str
    torch: str
    numpy: str
    ray: str
    words: str


def probe_node(describe: str) -> tuple[str, ...]:
    """A `NodeReport` of this machine, as a plain tuple. describe: the function that says what a pace depends on."""
    import hashlib
    import platform
    from importlib import import_module, metadata
    from importlib.util import find_spec

    def version_of(name: str) -> str:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return ""

    version = digest = words = ""
    found = find_spec("lrlab")
    if found is not None and found.origin:
        folder = Path(found.origin).parent
        hashed = hashlib.sha256()
        for file in sorted(folder.rglob("*.py")):
            hashed.update(f"{file.relative_to(folder)} {file.stat().st_size}\n".encode() + file.read_bytes())
        digest = hashed.hexdigest()[:12]
        version = import_module("lrlab").__version__
        module, _, name = describe.partition(":")
        try:
            words = getattr(import_module(module), name)() if name else ""
        except Exception:  # another version of it, or torch is missing: the versions say so
            words = ""
    installed = (version_of(name) for name in ("torch", "numpy", "ray"))
    return (platform.python_version(), version, digest, *installed, words)


probe_node.__module__ = "__main__"  # so that it is pickled by value


def needs_our_code(here: NodeReport, there: Mapping[str, NodeReport]) -> bool:
    """Whether some node lacks lrlab, or has another."""
    return any((report.lrlab, report.digest) != (here.lrlab, here.digest) for report in there.values())


def check_versions(here: NodeReport, there: Mapping[str, NodeReport], names: tuple[str, ...] = SAME) -> None:
    """Raise ClusterError where a node has other versions than this machine. there: by what errors call the node."""
    wrong: defaultdict[str, list[str]] = defaultdict(list)
    for node, report in there.items():
        for name in names:
            has, needed = getattr(report, name), getattr(here, name)
            if has != needed:
                wrong[f"{name} {has or 'nowhere'}, and here {needed or 'nowhere'}"].append(node)
    if not wrong:
        return
    listed = "; ".join(f"{_nodes_words(nodes)} {what}" for what, nodes in wrong.items())
    raise ClusterError(
        f"the cluster has other versions than this machine: {listed}; "
        "records of several versions share no table: install the same everywhere"
    )


def _nodes_words(nodes: list[str]) -> str:
    return f"{nodes[0]} has" if len(nodes) == 1 else f"{counted(len(nodes), 'node')} ({nodes[0]}, ...) have"
