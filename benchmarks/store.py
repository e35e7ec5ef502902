"""How large a store of many records is, and how long it takes to answer from it, or to begin a large study.

    python benchmarks/store.py make FOLDER            # trains a few trials, and writes a store of RECORDS like them
    python benchmarks/store.py measure FOLDER LABEL   # times the verbs on it, as processes; keeps them in store.json

A study of digits/mlp, eight schedules of ten epochs. A few trials of it are really trained; each other record is one of
these under its own trial, with its losses moved a little, so that no two are alike, and its outputs and hits shuffled.
Times are of whole processes, by the wall and by the processor: other programs ran on the machine.
"""

import argparse
import io
import json
import os
import platform
import random
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

import lrlab
from lrlab.lab import comparison_study, open_task
from lrlab.lab._phases import drive
from lrlab.spec import Evaluation, Record, Study, Trial, planned_rates
from lrlab.store import Store, StoredStudy

RESULTS = Path(__file__).parent / "results"
KEPT = RESULTS / "store.json"
SEEDS = 2486
PLANNED_PEAKS, PLANNED_SEEDS = 125, 100  # of a study that only begins: with eight schedules 100,000 trials in one phase
SCHEDULES = (
    "constant",
    "cosine",
    "linear",
    "exponential",
    "one_cycle",
    "warmup(span=5%)+cosine",
    "warmup(span=5%)+linear",
    "inverse_time",
)
EPOCHS = "10 epochs"
PAUSE = 0.02  # seconds between two looks at a process's memory


def large_study(seeds: int, name: str = "many") -> Study:
    """The study: tuned on four peaks and two seeds, confirmed on so many."""
    return comparison_study(
        "digits/mlp",
        SCHEDULES,
        name=name,
        budget=EPOCHS,
        peaks=[0.01, 0.03, 0.1, 0.3],
        confirm_seeds=seeds,
        tune={"refine": None, "extend": 0},
        confirm={"rivals": False},
    )


def planned_study() -> Study:
    """A study whose first phase has 100,000 trials."""
    return comparison_study(
        "digits/mlp",
        SCHEDULES,
        name="planned",
        budget=EPOCHS,
        peaks=[float(f"{peak:.4g}") for peak in np.geomspace(0.001, 1, PLANNED_PEAKS)],
        tuning_seeds=PLANNED_SEEDS,
        confirm_seeds=10,
        tune={"refine": None, "extend": 0},
        confirm={"rivals": False},
    )


def make(folder: Path, seeds: int) -> None:
    """A few trained trials, and a store of the large study whose records are made of them."""
    folder.mkdir(parents=True, exist_ok=True)
    few, many = folder / "few.db", folder / "many.db"
    few_seeds = large_study(10, "few")
    (folder / "few.yaml").write_text(json.dumps(few_seeds.to_dict()))
    lrlab.run(folder / "few.yaml", store=few, workers=1)
    study = large_study(seeds)
    (folder / "many.yaml").write_text(json.dumps(study.to_dict()))
    (folder / "planned.yaml").write_text(json.dumps(planned_study().to_dict()))
    many.unlink(missing_ok=True)
    data = open_task(study.task).data
    draw = random.Random(1)
    with Store(few) as source, Store(many, write=True) as target:
        pattern = list(_patterns(source))
        target.add_study(StoredStudy(study, data, ""))

        def add_all(batch) -> dict[str, Record]:
            made = [_like(draw.choice(pattern), trial, draw) for trial in batch.trials]
            for start in range(0, len(made), 200):
                target.add_all(made[start : start + 200])
            return {record.trial.key: record for record, _ in made}

        drive(study, data, add_all, target.standings)
        print(f"{len(target)} records in {many}: {many.stat().st_size / 1e6:.0f} MB")


def _patterns(source: Store) -> Iterator[tuple[Record, dict[str, bytes]]]:
    study = source.studies()[-1]
    found: dict[str, Record] = {}

    def look_up(batch) -> dict[str, Record]:
        records = source.get(trial.key for trial in batch.trials)
        found.update(records)
        return records

    drive(study.study, study.data, look_up, source.standings)
    for key, record in found.items():
        names = ("rates", "right", "test", "validation")
        yield record, {name: source.array(key, name) for name in names if source.has_array(key, name)}


def _like(pattern: tuple[Record, Mapping[str, bytes]], trial: Trial, draw: random.Random) -> tuple[Record, dict]:
    """A record of a trial, much as the pattern: numbers a little off, outputs and hits in another order.

    The test score stays what the hits say, so that an answer counts the test examples too, as that of a real study.
    """
    record, arrays = pattern
    epochs = tuple(epoch.model_copy(update=_moved(epoch.__dict__, draw)) for epoch in record.epochs)
    evaluations = {}
    for name in ("validation", "test"):
        there = getattr(record, name)
        assert isinstance(there, Evaluation)
        moved = {"loss": there.loss} | ({"score": there.score} if name == "validation" else {})
        evaluations[name] = there.model_copy(update=_moved(moved, draw))
    times = _moved({"train_seconds": record.train_seconds, "evaluate_seconds": record.evaluate_seconds}, draw)
    new = record.model_copy(update={"trial": trial, "epochs": epochs, **evaluations, **times})
    kept = {name: _shuffled(npy, draw) for name, npy in arrays.items() if name != "rates"}
    rates = planned_rates(new)
    assert rates is not None
    return new, kept | {"rates": _npy(rates)}


def _moved(values: Mapping[str, float | None], draw: random.Random) -> dict[str, float]:
    return {name: value * (1 + draw.gauss(0, 0.01)) for name, value in values.items() if isinstance(value, float)}


def _shuffled(npy: bytes, draw: random.Random) -> bytes:
    array = np.load(io.BytesIO(npy))
    return _npy(array[np.random.default_rng(draw.randrange(2**32)).permutation(len(array))])


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def measure(folder: Path, label: str) -> None:
    """Time the verbs on the store, and keep the numbers under a label."""
    many, empty = folder / "many.db", folder / "empty.db"
    verbs = [str(Path(sys.executable).with_name("lrlab"))]
    study = [*verbs, "run", str(folder / "many.yaml"), "--store", str(many), "--workers", "1"]
    found: dict[str, object] = {"size": many.stat().st_size}
    with sqlite3.connect(many) as database:
        found["records"] = database.execute("select count(*) from record").fetchone()[0]
    found["report"] = _time_process([*verbs, "report", "--store", str(many), "--page", str(folder / "page.html")])
    found["again"] = _time_process([*study, "--page", str(folder / "page.html")])
    empty.unlink(missing_ok=True)
    planned = [*verbs, "run", str(folder / "planned.yaml"), "--store", str(empty), "--workers", "1"]
    found["begin"] = _time_process(planned, until=empty)
    found["trials"] = planned_study().planned_trials
    found["machine"] = (
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    KEPT.write_text(json.dumps(kept | {label: found}, indent=1) + "\n")
    print(json.dumps(found, indent=1))


def _time_process(command: list[str], until: Path | None = None) -> dict[str, float]:
    """Seconds by the wall and the processor, and the most memory in bytes, to its end or until a record is there."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    most = user = 0.0
    while process.poll() is None:
        most, user = max(most, _memory_of(process.pid)), max(user, _processor_of(process.pid))
        if until is not None and _has_begun(until):
            break
        time.sleep(PAUSE)
    wall = time.monotonic() - began
    if until is not None:
        process.terminate()
    error = process.communicate()[1]
    if until is None and process.returncode:
        raise SystemExit(error.decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user = user if until is not None else after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "processor": user, "memory": most}


def _has_begun(store: Path) -> bool:
    """Whether the first confirming record is there: the large phase has been planned."""
    if not store.exists():
        return False
    try:
        database = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=0.1)
        try:
            return database.execute("select count(*) from member").fetchone()[0] > 50_000
        finally:
            database.close()
    except sqlite3.Error:
        return False


def _memory_of(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def _processor_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "measure"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("label", nargs="?", default="now")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    asked = parser.parse_args()
    if asked.what == "make":
        make(asked.folder, asked.seeds)
    else:
        measure(asked.folder, asked.label)
