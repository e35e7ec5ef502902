"""What runs on a cluster, looked at without one: files on their way, addresses, demands, versions."""

import hashlib
import os
import tarfile
from io import BytesIO

import pytest

from lrlab.errors import ClusterError, LabWarning, RunError
from lrlab.execution import RayCluster, SharedFolder
from lrlab.execution._pickling import pack_away
from lrlab.execution._ray_channel import Token
from lrlab.execution._ray_cluster import Node, _reason_of, check_demand, lost_cluster
from lrlab.execution._ray_crew import NodeCrew
from lrlab.execution._ray_files import DIGEST, HEAD, pack_files, state_of, unpack_files
from lrlab.execution._ray_flight import Flight
from lrlab.execution._ray_node import NodeReport, check_versions, needs_our_code, probe_node
from lrlab.execution._ray_worker import Done
from lrlab.spec import Ended, Metric, Paused, RunLoop, Standing, TrainStack, Trial
from lrlab.testing.execution import play

HERE = NodeReport("3.11.9", "0.1.0", "abc", "2.13.0", "2.4.0", "2.60.0", "a machine")
TRIAL = Trial.model_validate(
    {
        "task": "digits/mlp",
        "data": "0" * 16,
        "schedule": "constant",
        "peak": 0.1,
        "seed": 1,
        "budget": "10 updates",
        "batch_size": 32,
        "optimizer": {"name": "sgd"},
    }
)


def write_state(folder):
    folder.mkdir()
    for name in ("a.pt", "a.share", "a.pt.12.part", "b.pt"):
        (folder / name).write_text(name)
    return folder / "a.pt"


def test_a_file_travels_with_those_of_its_stem_alone(tmp_path):
    packed = pack_files(write_state(tmp_path / "there"))
    place = tmp_path / "here" / "other.pt"
    unpack_files(packed, place)
    assert {file.name: file.read_text() for file in place.parent.iterdir()} == {
        "other.pt": "a.pt",
        "other.share": "a.share",
    }


def test_small_files_alone_travel_where_that_is_asked(tmp_path):
    place = write_state(tmp_path / "there")
    place.write_bytes(bytes(1000))
    unpack_files(pack_files(place, least=100), tmp_path / "here" / "a.pt")
    assert [file.name for file in (tmp_path / "here").iterdir()] == ["a.share"]


def test_a_folder_replaces_the_one_before(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / name).write_text(name)
    unpack_files(pack_files(tmp_path / "new"), tmp_path / "old")
    assert [str(file.relative_to(tmp_path)) for file in (tmp_path / "old").rglob("*")] == ["old/deep", "old/deep/new"]


def test_nothing_is_packed_of_what_is_not_there(tmp_path):
    assert pack_files(tmp_path / "nowhere" / "a.pt") is None
    assert state_of(tmp_path / "nowhere" / "a.pt") == ()


def test_what_is_damaged_or_leads_out_of_its_folder_is_refused(tmp_path):
    packed = pack_files(write_state(tmp_path / "there"))
    for place in range(0, len(packed), 997):
        bad = bytearray(packed)
        bad[place] ^= 4
        with pytest.raises(RunError, match=r"what was sent for a.pt is damaged: .*; it is left out"):
            unpack_files(bytes(bad), tmp_path / "here" / "a.pt")
    assert not (tmp_path / "here").exists()
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../out"), BytesIO())
    hostile = HEAD + hashlib.sha256(content.getvalue()).digest() + content.getvalue()
    assert len(hostile) > DIGEST
    with pytest.raises(RunError, match=r"is damaged.*it is left out"):
        unpack_files(hostile, tmp_path / "here" / "a.pt")
    assert not (tmp_path / "out").exists()


def test_the_newest_attempt_of_the_newest_run_counts(tmp_path):
    shared = SharedFolder(str(tmp_path / "shared"))
    assert shared.newest("a.pt") is None
    assert shared.next_run() == 1
    for number, words in {(1, 2): b"old", (2, 10): b"newest", (2, 9): b"late"}.items():
        shared.write("a.pt", number, words)
    shared.write("a.pt.b", (9, 9), b"another")
    assert shared.newest("a.pt") == b"newest"
    assert shared.next_run() == 10
    shared.remove("a.pt")
    assert shared.newest("a.pt") is None
    assert shared.newest("a.pt.b") == b"another"


def test_an_address_is_tried(tmp_path):
    shared = SharedFolder(f"file://{tmp_path}/shared")
    mark = shared.leave_mark()
    assert SharedFolder(str(tmp_path / "shared")).sees(mark)
    shared.remove_mark(mark)
    assert not shared.sees(mark)
    (tmp_path / "file").touch()
    with pytest.raises(
        ClusterError, match=r"cannot be written to .*file/x: .*give an address that every node can write"
    ):
        SharedFolder(str(tmp_path / "file" / "x")).leave_mark()
    with pytest.raises(ClusterError, match=r"lies in the memory of one process.*give a folder that all nodes share"):
        SharedFolder("memory://a")
    with pytest.raises(
        ClusterError, match=r"cannot be opened: .*give a folder that all nodes share, or an address that"
    ):
        SharedFolder("nowhere://a")


def test_what_no_node_has_is_said_for_each_job():
    nodes = [Node("a", "one", 2, 0, 10**9), Node("b", "two", 4, 0, 10**9)]
    check_demand([play("fits")], nodes)
    card = play("card").on("cuda")
    wide = play("wide").model_copy(update={"resources": play("x").resources.model_copy(update={"cores": 8})})
    large = play("large").model_copy(update={"resources": play("x").resources.model_copy(update={"memory": 2 * 10**9})})
    with pytest.raises(
        ClusterError,
        match=r"card needs a graphics card, and none of its 2 nodes has one; wide needs 8 cores on one node, and the "
        r"largest has 4; large needs 2 GB of memory on one node, and the largest has 1; and 1 more jobs; add such",
    ):
        check_demand([card, wide, large, play("more").on("cuda:1")], nodes)


def test_other_versions_are_said_with_the_node():
    check_versions(HERE, {"one": HERE})
    there = {"one": HERE, "two": HERE._replace(torch="2.6.0"), "three": HERE._replace(torch="2.6.0", numpy="")}
    with pytest.raises(
        ClusterError,
        match=r"2 nodes \(two, ...\) have torch 2.6.0, and here 2.13.0; three has numpy nowhere, and here 2.4.0; "
        "records of several versions share no table: install the same everywhere",
    ):
        check_versions(HERE, there)
    assert not needs_our_code(HERE, {"one": HERE})
    assert needs_our_code(HERE, {"one": HERE, "two": HERE._replace(lrlab="")})
    assert needs_our_code(HERE, {"one": HERE, "two": HERE._replace(digest="abd")})


class JoinedCluster:
    """A cluster under way; its nodes lack lrlab."""

    sent, owned = False, True

    def __init__(self):
        self.connected_anew = False

    def probe(self, nodes, describe):
        return {node.key: NodeReport(*probe_node(""))._replace(lrlab="", digest="") for node in nodes}

    def send_code(self, folder):
        self.connected_anew = True


def test_a_node_that_joins_without_lrlab_is_not_used_and_ends_no_job():
    crew, cluster = NodeCrew(None, None, "cpu", None, "", print), JoinedCluster()
    crew._cluster = cluster
    node = Node("k" * 8, "10.0.0.7", 4, 0, 1)
    with pytest.warns(LabWarning, match=r"a new node is not used: 10\.0\.0\.7 .*install lrlab .* there, or start"):
        crew._take_new([node])
    assert not cluster.connected_anew
    assert crew._avoided == {node.key}
    assert not crew._nodes


def test_a_machine_says_what_it_has():
    report = NodeReport(*probe_node("lrlab.execution:machine_words"))
    assert report.python.startswith("3.")
    assert report.torch
    assert len(report.digest) == 12
    assert "cores" in report.words
    assert NodeReport(*probe_node("lrlab.nowhere:nothing")).words == ""


@pytest.mark.parametrize(
    ("error", "address", "says"),
    [
        (
            RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 2.49.0\n    Python: 3.11.4\n"),
            "a:1",
            r"has another Python or Ray: Ray: 2.49.0 Python: 3.11.4; all nodes need the same Ray, and the same Python",
        ),
        (RuntimeError("Invalid authentication token"), "a:1", r"wants another token.*ray get-auth-token"),
        (ImportError("ray client"), "ray://a:1", r'ray:// needs pip install "ray\[client\]" on both sides'),
        (
            ConnectionError("nothing there"),
            "auto",
            r"cannot be joined: ConnectionError: nothing there; this machine must",
        ),
        (OSError("disk full"), None, r"Ray cannot be started on this machine: OSError: disk full; look for room"),
    ],
)
def test_why_there_is_no_connection(error, address, says):
    with pytest.raises(ClusterError, match=says):
        raise ClusterError(_reason_of(error, address))


def test_a_cluster_that_is_lost_is_said():
    assert "what was measured is stored, and the same command goes on" in str(lost_cluster(OSError("gone")))


def test_jobs_move_with_their_files():
    stack = TrainStack(
        name="a", trials=(TRIAL,), where="value:/here/task", layout="grouped", checkpoint="/here/a.pt", until=100.0,
        begin_from=("/here/b.pt",),
    )  # fmt: skip
    assert stack.kept_in() == "/here/a.pt"
    assert stack.read_from() == ("/here/task", "/here/b.pt")
    moved = stack.moved({"/here/a.pt": "/there/a.pt", "/here/task": "/there/task"}).shifted(-40.0)
    assert (moved.checkpoint, moved.where, moved.begin_from) == ("/there/a.pt", "value:/there/task", ("/here/b.pt",))
    assert (moved.until, stack.until) == (60.0, 100.0)
    loop = RunLoop(name="a", trial=TRIAL, where="train.py:train", folder="/here/a.run")
    assert (loop.kept_in(), loop.read_from(), loop.shifted(5.0)) == ("/here/a.run", (), loop)
    assert loop.moved({"/here/a.run": os.devnull}).folder == os.devnull


def test_a_rung_whose_files_find_no_room_here_is_waited_for(tmp_path):
    (tmp_path / "here").write_text("a file, where a folder should be")
    place = str(tmp_path / "here" / "a.pt")
    job = TrainStack(name="a", trials=(TRIAL,), where="value:/a", layout="grouped", checkpoint=place, rung="1 epochs")
    standing = Standing(trial=TRIAL.key, metric=Metric(name="accuracy"), updates=10, updates_per_epoch=5, epochs=())
    packed = pack_files(write_state(tmp_path / "there"))
    for standings, end in (((standing,), Paused(job="a", at_rung=True)), ((), Ended(job="a"))):
        done = Done(pack_away(Ended(job="a", standings=standings)), packed)
        with pytest.warns(LabWarning, match="that they wait" if standings else "goes on without"):
            assert RayCluster()._end_of(Flight(job, Token(1, "a", 1)), done) == end
