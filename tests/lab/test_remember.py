"""What was measured is remembered on this machine, and never needed."""

import pytest

from lrlab import lab
from lrlab.lab import _prepare, _remember
from lrlab.spec import Ended, Failed, Setup, Timing
from lrlab.store import Store
from support.tasks import BLOBS_FILE, study
from support.workshops import workshop

SETUP = Setup(layout="grouped", size=8, update=0.01)


def test_a_setup_is_read_back_for_its_key_alone():
    assert _remember.recall("a") is None
    _remember.note("a", SETUP)
    assert _remember.recall("a") == SETUP
    assert _remember.recall("b") is None


@pytest.mark.parametrize("changed", ["another processor", "2.6.0", "no lanes"])
def test_another_machine_measures_itself(monkeypatch, changed):
    _remember.note("a", SETUP)
    monkeypatch.setattr(_remember, "machine", lambda: changed)
    assert _remember.recall("a") is None


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"layout": "none"}', '{"layout": "loop", "size": 0}', "\x00"])
def test_a_damaged_file_is_as_good_as_none(tmp_path, damage):
    _remember.note("a", SETUP)
    (file,) = (tmp_path / "cache").rglob("*.json")
    file.write_text(damage)
    assert _remember.recall("a") is None
    _remember.note("a", SETUP)
    assert _remember.recall("a") == SETUP


def test_bytes_that_are_no_text_are_as_good_as_none(tmp_path):
    _remember.note("a", SETUP)
    (file,) = (tmp_path / "cache").rglob("*.json")
    file.write_bytes(b"\xff\xfe\x00")
    assert _remember.recall("a") is None


def test_a_folder_that_takes_no_files_is_no_harm(tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LRLAB_CACHE", str(tmp_path / "taken"))
    _remember.note("a", SETUP)
    assert _remember.recall("a") is None


class Counting:
    """Answers every measurement alike; counts them."""

    def __init__(self, slots=2):
        self.slots, self.asked = slots, 0

    def run(self, jobs, limit=None):
        self.asked += bool(jobs)
        timing = Timing(update=0.01, mean=0.01, look=0.1, trial_bytes=10, free_bytes=10**9)
        return (Ended(job=job.name, timing=timing) for job in jobs)


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    place = lab.open_task(f"{tmp_path / 'mine.py'}:task")
    return lambda **changes: lab.prepare(study(place.where, **changes), place)


def test_a_new_store_measures_nothing_again(prepared, tmp_path):
    first, again, said = Counting(), Counting(), []
    with Store(tmp_path / "a.db", write=True) as store:
        setup = lab.setup_of(prepared(), workshop(store, first, listen=lambda event: said.append("measuring")))
    with Store(tmp_path / "b.db", write=True) as store:
        assert lab.setup_of(prepared(), workshop(store, again, listen=lambda event: said.append("again"))) == setup
    assert (first.asked > 0, again.asked, said) == (True, 0, ["measuring"])


@pytest.mark.parametrize(
    ("changes", "measured"),
    [
        ({"schedules": ("constant", "cosine", "linear"), "confirm": {"seeds": 2}}, False),
        ({"confirm": {"seeds": 5}}, False),
        ({"budget": "1 epochs"}, False),
        ({"batch_size": 8}, True),
        ({"optimizer": "adam"}, True),
    ],
)
def test_what_is_nearly_the_same_is_not_measured_again(prepared, tmp_path, changes, measured):
    executor = Counting()
    with Store(tmp_path / "a.db", write=True) as store:
        lab.setup_of(prepared(budget="900 epochs"), workshop(store, executor))
        before = executor.asked
        lab.setup_of(prepared(**{"budget": "900 epochs"} | changes), workshop(store, executor))
    assert (executor.asked > before) == measured


@pytest.mark.parametrize("changed", ["__version__", "machine_kind"])
def test_another_version_or_machine_measures_again(prepared, tmp_path, monkeypatch, changed):
    executor = Counting()
    with Store(tmp_path / "a.db", write=True) as store:
        lab.setup_of(prepared(), workshop(store, executor))
        before = executor.asked
        lab.setup_of(prepared(), workshop(store, executor))
        assert executor.asked == before
        if changed == "__version__":
            monkeypatch.setattr(_prepare, changed, "9.9.9")
        else:
            for module in (_prepare, _remember):
                monkeypatch.setattr(module, changed, lambda: "another")
        lab.setup_of(prepared(), workshop(store, executor))
    assert executor.asked > before


@pytest.mark.parametrize(("workers", "used"), [(1, 1), (2, 2), (12, 12), (40, 12), (1000, 12)])
def test_no_more_processes_than_trials(prepared, tmp_path, workers, used):
    executor = Counting(workers)
    side_by_side, run = [], executor.run
    executor.run = lambda jobs, limit=None: side_by_side.append(len(jobs)) or run(jobs)
    with Store(tmp_path / "a.db", write=True) as store:
        setup = lab.setup_of(prepared(), workshop(store, executor))  # twelve trials
    assert max(side_by_side) == used
    assert setup.processes <= used


def test_the_plain_loops_pace_is_known_too(prepared, tmp_path):
    """Of a model that no layout holds: a budget needs it."""

    class Plain(Counting):
        def run(self, jobs, limit=None):
            if jobs and jobs[0].layout == "reference":
                return super().run(jobs)
            refused = Timing(refused="a buffer changes its shape")
            return (Ended(job=job.name, timing=refused) for job in jobs)

    with Store(tmp_path / "a.db", write=True) as store:
        setup = lab.setup_of(prepared(), workshop(store, Plain()))
    assert (setup.layout, setup.update, setup.look) == ("reference", 0.01, 0.1)
    assert setup.why == "a buffer changes its shape"


def test_a_pace_that_cannot_be_measured_now_is_the_one_that_was(prepared):
    class Broken(Counting):
        def run(self, jobs, limit=None):
            return (Failed(job=job.name, message="no") for job in jobs)

    setup = Setup(layout="lanes", update=0.5, look=0.25)
    assert lab.pace_now(lab.workload_of(prepared(), "cpu"), setup, Broken()) == (0.5, 0.25, 0.0)
